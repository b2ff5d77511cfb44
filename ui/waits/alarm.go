package waits

import (
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
)

// Alarms returns what must be said on every screen of a deadlock, a ring or an
// abandoned lock, in words, the longest text first: whoever shows it takes the
// first that fits. It is empty if there is nothing to be said.
func (b *Board) Alarms() []string {
	switch {
	case len(b.View.Deadlocks) > 0:
		return b.cycles("deadlock", b.View.Deadlocks)
	case len(b.View.Rings) > 0:
		return b.cycles("ring", b.View.Rings)
	}
	n := 0
	var first *graph.Lock
	for i := range b.View.Locks {
		if l := &b.View.Locks[i]; l.Abandoned {
			if n++; first == nil {
				first = l
			}
		}
	}
	if n == 0 {
		return nil
	}
	count := "abandoned lock"
	if n > 1 {
		count = draw.Count(n) + " abandoned locks"
	}
	waits := b.waiters(first) + " for " + The(&first.Object)
	texts := []string{count + ": " + waits, count}
	if first.LastHolder != nil {
		texts = append([]string{count + ": " + waits + ", but " + b.People.Thread(first.LastHolder.Thread) + ", which had it, has ended"}, texts...)
	}
	return texts
}

// cycles says of the first of some cycles who is in it, or how many they are.
func (b *Board) cycles(word string, list []graph.Deadlock) []string {
	first := &list[0]
	if n := len(list); n > 1 {
		return []string{draw.Plural(n, word) + "; " + b.eachOther(first), draw.Plural(n, word)}
	}
	return []string{word + ": " + b.eachOther(first), word + " of " + b.size(first)}
}

// eachOther says of a cycle who is in it.
func (b *Board) eachOther(d *graph.Deadlock) string {
	if len(d.Cycle) == 1 {
		return b.Cycle(d)
	}
	each := " wait for each other's lock"
	for _, e := range d.Cycle {
		if b.child(e.WaitsFor) {
			each = " wait for each other"
		}
	}
	return b.Members(d) + each
}

// Members names who is in a cycle: "web/0, web/1 and web/2", or "2 threads of web/0".
func (b *Board) Members(d *graph.Deadlock) string {
	if len(d.Cycle) == 1 || !spread(d) {
		return b.size(d)
	}
	var names []string
	for _, e := range d.Cycle {
		names = append(names, b.People.Thread(e.Thread))
	}
	last := len(names) - 1
	if last > 3 {
		names, last = append(names[:3:3], draw.Count(last-2)+" more"), 3
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// spread reports whether a cycle goes through several processes.
func spread(d *graph.Deadlock) bool {
	for _, e := range d.Cycle {
		if e.PIDRef != d.Cycle[0].PIDRef {
			return true
		}
	}
	return false
}

// size counts who is in a cycle: "2 processes", "2 threads of web/0".
func (b *Board) size(d *graph.Deadlock) string {
	if len(d.Cycle) == 1 || !spread(d) {
		return draw.Plural(len(d.Cycle), "thread") + " of " + b.People.Name(d.Cycle[0].PIDRef)
	}
	in := map[procs.PIDRef]bool{}
	for _, e := range d.Cycle {
		in[e.PIDRef] = true
	}
	return draw.Plural(len(in), "process", "processes")
}
