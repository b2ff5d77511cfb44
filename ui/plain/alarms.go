package plain

import (
	"fmt"
	"slices"
	"strings"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/waits"
)

// Alarms tells of each deadlock and each abandoned lock once, and once when it
// is over. The zero value has told nothing.
type Alarms struct {
	told map[string]string // what is so, and the sentence for its end
}

// News returns the sentences that a board brings.
func (a *Alarms) News(b *waits.Board) (news []string) {
	now := map[string]string{}
	tell := func(key, begins, ends string) {
		if before, told := a.told[key]; told {
			ends = before // by the names that it was told with
		} else {
			news = append(news, safe(begins))
		}
		now[key] = ends
	}
	for i := range b.View.Deadlocks {
		d := &b.View.Deadlocks[i]
		tell(keyOf(d), "deadlock: "+b.Cycle(d), "the deadlock of "+b.Members(d)+" is over")
	}
	for i := range b.View.Locks {
		if l := &b.View.Locks[i]; l.Abandoned {
			tell(string(l.ID), "abandoned lock: "+b.Sentence(l), "nobody waits any more for "+waits.The(&l.Object)+", which was abandoned")
		}
	}
	var over []string
	for key, ends := range a.told {
		if _, still := now[key]; !still {
			over = append(over, safe(ends))
		}
	}
	slices.Sort(over)
	a.told = now
	return append(over, news...)
}

// keyOf names a deadlock by who is in it, whoever comes first.
func keyOf(d *graph.Deadlock) string {
	var in []string
	for _, e := range d.Cycle {
		in = append(in, fmt.Sprint(e.PID, e.StartTime, e.TID, e.WaitsFor))
	}
	slices.Sort(in)
	return strings.Join(in, " ")
}
