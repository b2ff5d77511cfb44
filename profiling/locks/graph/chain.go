package graph

import (
	"cmp"
	"fmt"
	"strings"
)

// keyOf names a cycle by its threads and locks.
func keyOf(cycle []Edge) string {
	var b strings.Builder
	for _, e := range cycle {
		fmt.Fprintf(&b, "%d.%d.%d>%s ", e.PID, e.StartTime, e.TID, e.WaitsFor)
	}
	return b.String()
}

// maxChain bounds how far a chain is followed.
const maxChain = 32

// chain follows the first holder of an object to what it waits for, and so on
// until somebody does not wait, is not known, or was seen before.
func (l *looked) chain(o *Object) []Link {
	var links []Link
	seen := map[ID]bool{}
	for o != nil && !seen[o.ID] && len(links) < maxChain {
		seen[o.ID] = true
		h, ok := l.leader(o)
		if !ok {
			break
		}
		link := Link{Holder: h, Doing: Unknown}
		state, wait := l.doing(h.Thread)
		if state != nil {
			link.Doing, link.Stack = state.Doing, state.Stack
			if link.TID == 0 {
				link.TID = state.TID
			}
		}
		if h.Dead {
			link.Doing = Zombie
		}
		follow := wait != nil && !h.Dead && !l.objects[wait.For].Guess
		if follow {
			link.WaitsFor = wait.For
		}
		links = append(links, link)
		if !follow {
			break
		}
		o = l.objects[wait.For]
	}
	return links
}

// leader is the holder that a chain follows: of several, the one that can go
// on soonest, as that is whom the waiters wait for; of those who share a lock
// of a file, whoever took it.
func (l *looked) leader(o *Object) (Holder, bool) {
	if len(o.Holders) == 0 {
		return Holder{}, false
	}
	best, rank := o.Holders[0], 9
	if o.sharesFile() && !best.Dead {
		return best, true
	}
	for _, h := range o.Holders {
		r := 2
		switch s, w := l.doing(h.Thread); {
		case h.Dead:
			r = 4
		case w != nil && w.For == o.ID: // it waits for the others itself
			r = 3
		case s != nil && w == nil && s.Doing == OnCPU:
			r = 0
		case s != nil && w == nil:
			r = 1
		}
		if r < rank {
			best, rank = h, r
		}
	}
	return best, true
}

// sharesFile reports whether the holders have inherited one lock of a file,
// the first of them from nobody.
func (o *Object) sharesFile() bool { return o.Kind == Flock || o.Kind == OFD }

// doing returns what a thread does. Of a process whose thread is not known it
// is the one that says most: one that runs, else the main thread, else another,
// and last one that nothing more is known of than that it waits.
func (l *looked) doing(t Thread) (*State, *Wait) {
	if t.TID != 0 {
		return l.states[t], l.waits[t]
	}
	var found *State
	best := 5
	for i := range l.Threads {
		s := &l.Threads[i]
		if s.PIDRef != t.PIDRef || s.TID < 0 {
			continue
		}
		if r := l.tells(s); r < best {
			found, best = s, r
		}
	}
	if found == nil {
		return nil, nil
	}
	return found, l.waits[found.Thread]
}

// tells ranks how much the state of a thread tells of its process.
func (l *looked) tells(s *State) int {
	rank := 2
	if s.TID == s.PID {
		rank = 1
	}
	if w := l.waits[s.Thread]; w != nil && l.objects[w.For].Guess {
		rank += 2
	}
	if s.Doing == OnCPU {
		rank = 0
	}
	return rank
}

// ends says how the chain of a lock ends: with somebody who waits for work, or
// with somebody who keeps the waiters waiting. To have a lock and wait for the
// end of a child or a thread, for an answer, or for room in a full pipe is that,
// whatever those wait for: what was written is work for somebody. So is a deadlock. Where
// nobody is known to have it, only its value can tell.
func (l *looked) ends(o *Object, waiters []Waiter, chain []Link, told []Deadlock) (idle, contended bool) {
	forWork := true
	for _, w := range waiters {
		forWork = forWork && l.waits[w.Thread].ForWork
	}
	if forWork {
		return true, false
	}
	if o.Guess || len(chain) == 0 {
		return false, o.Taken && !o.Guess
	}
	if o.carries() {
		return false, true
	}
	for _, link := range chain {
		w := l.waits[link.Thread]
		if w == nil {
			continue
		}
		if of := l.objects[w.For]; w.ForAnswer || inCycle(w.For, told) || of.Kind == Child || of.carries() && !w.ForWork {
			break
		}
		if w.ForWork {
			return true, false
		}
	}
	return false, true
}

// carries reports whether it takes bytes from one to another: who waits for it, and
// not for work, waits for room.
func (o *Object) carries() bool { return o.Kind == Pipe || o.Kind == Socket }

// worseFirst orders locks for a person who looks for what is wrong.
func worseFirst(a, b Lock) int {
	return cmp.Or(
		cmp.Compare(a.rank(), b.rank()),
		cmp.Compare(b.Stats.Contended, a.Stats.Contended),
		cmp.Compare(len(b.Waiters), len(a.Waiters)),
		cmp.Compare(a.ID, b.ID),
	)
}

func (l *Lock) rank() int {
	switch {
	case l.Deadlocked:
		return 0
	case l.Ring:
		return 1
	case l.Abandoned:
		return 2
	case l.Contended:
		return 3
	case l.Idle:
		return 5
	case len(l.Waiters) == 0:
		return 6
	}
	return 4
}
