package graph

import (
	"slices"

	"example.com/muster/procs"
)

// othersMayEnd reports whether a process that has a lock as well may let go of it
// in place of its holder: one that goes on by itself. Who takes a lock twice may use
// it as a signal that another one gives, so that there anybody may who is not stuck.
func (l *looked) othersMayEnd(w *Wait, o *Object, free map[int]int) bool {
	if len(o.Others) == 0 {
		return false
	}
	if o.heldBy(w.PIDRef) {
		return slices.ContainsFunc(o.Others, func(p procs.PIDRef) bool { return free[p.PID] > 0 })
	}
	goesOn := l.goingOn(o)
	return slices.ContainsFunc(o.Others, func(p procs.PIDRef) bool { return goesOn[p] })
}

func (o *Object) heldBy(p procs.PIDRef) bool {
	return slices.ContainsFunc(o.Holders, func(h Holder) bool { return h.PIDRef == p })
}

// goingOn returns the processes that go on by themselves, but for those that a lock
// sets aside: they compute or sleep, their wait has a timeout, or it is for
// somebody who goes on. Who waits for bytes or signals from outside does not.
func (l *looked) goingOn(o *Object) map[procs.PIDRef]bool {
	key := o.ID
	if len(o.Aside) == 0 {
		key = ""
	}
	if found, ok := l.going[key]; ok {
		return found
	}
	g := going{l, map[Thread]bool{}, map[procs.PIDRef]bool{}}
	for changed := true; changed; {
		changed = false
		for i := range l.Threads {
			s := &l.Threads[i]
			if !g.threads[s.Thread] && g.goes(s) && !slices.Contains(o.Aside, s.PIDRef) {
				g.threads[s.Thread], g.procs[s.PIDRef], changed = true, true, true
			}
		}
	}
	if l.going == nil {
		l.going = map[ID]map[procs.PIDRef]bool{}
	}
	l.going[key] = g.procs
	return g.procs
}

// going are those of whom it is known so far that they go on.
type going struct {
	*looked
	threads map[Thread]bool
	procs   map[procs.PIDRef]bool
}

// goes reports whether a thread goes on, as far as that follows from the others.
func (g *going) goes(s *State) bool {
	w := g.waits[s.Thread]
	switch {
	case s.Timed || w != nil && w.Timed:
		return true
	case w != nil:
		return g.ends(g.objects[w.For])
	}
	switch s.Doing {
	case Idle, InPipe, InSocket, InTTY, InChild, Zombie:
		return false
	}
	return true
}

// ends reports whether somebody who goes on could end the wait for an object. What
// is not known of bytes comes from outside.
func (g *going) ends(o *Object) bool {
	if o.Within.PID != 0 && g.procs[o.Within] {
		return true
	}
	for i := range o.Holders {
		switch h := &o.Holders[i]; {
		case h.Dead, h.Outside:
		case !g.known[h.PIDRef], h.byThread() && g.threads[h.Thread], !h.byThread() && g.procs[h.PIDRef]:
			return true
		}
	}
	if !o.Complete && !o.carries() && o.Kind != EventFD && !slices.ContainsFunc(o.Holders, func(h Holder) bool { return h.Outside }) {
		return true
	}
	return slices.ContainsFunc(o.Others, func(p procs.PIDRef) bool { return g.procs[p] })
}

// releasable reports whether another process that has an abandoned lock could
// still let go of it: one that neither waits for it, nor for those who do.
func (l *looked) releasable(o *Object, waiters []Waiter) bool {
	if len(o.Others) == 0 {
		return false
	}
	_, free := l.stuck(o.ID, false)
	return slices.ContainsFunc(o.Others, func(p procs.PIDRef) bool {
		return free[p.PID] > 0 && !slices.ContainsFunc(waiters, func(w Waiter) bool { return w.PIDRef == p })
	})
}
