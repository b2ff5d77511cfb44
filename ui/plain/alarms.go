package plain

import (
	"fmt"
	"slices"
	"strings"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/waits"
)

// Alarms tells of each deadlock, each ring and each abandoned lock once, and once when it
// is over. The zero value has told nothing.
type Alarms struct {
	told map[string]alarm // by what is so
}

// alarm is what has been told.
type alarm struct {
	ends string // the sentence for its end, by the names that it was told with
	ring bool   // of a ring, which may turn out to be a deadlock
}

// News returns the sentences that a board brings.
func (a *Alarms) News(b *waits.Board) (news []string) {
	now := map[string]alarm{}
	tell := func(key, begins string, is alarm) {
		if before, told := a.told[key]; told && (is.ring || !before.ring) {
			is = before
		} else {
			news = append(news, safe(begins))
		}
		now[key] = is
	}
	for i := range b.View.Deadlocks {
		d := &b.View.Deadlocks[i]
		tell(keyOf(d), "deadlock: "+b.Cycle(d), alarm{ends: "the deadlock of " + b.Members(d) + " is over"})
	}
	for i := range b.View.Rings {
		d := &b.View.Rings[i]
		tell(keyOf(d), b.Ring(d), alarm{ends: "the ring of " + b.Members(d) + " is over", ring: true})
	}
	for i := range b.View.Locks {
		if l := &b.View.Locks[i]; l.Abandoned {
			tell(string(l.ID), "abandoned lock: "+b.Sentence(l), alarm{ends: "nobody waits any more for " + waits.The(&l.Object) + ", which was abandoned"})
		}
	}
	var over []string
	for key, was := range a.told {
		if _, still := now[key]; !still {
			over = append(over, safe(was.ends))
		}
	}
	slices.Sort(over)
	a.told = now
	return append(over, news...)
}

// keyOf names a cycle by who is in it, whoever comes first.
func keyOf(d *graph.Deadlock) string {
	var in []string
	for _, e := range d.Cycle {
		in = append(in, fmt.Sprint(e.PID, e.StartTime, e.TID, e.WaitsFor))
	}
	slices.Sort(in)
	return strings.Join(in, " ")
}
