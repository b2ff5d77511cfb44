package graph

import (
	"slices"

	"example.com/muster/procs"
)

// A signal takes a thread out of its wait for a moment: a handler runs, and the same
// is asked for again. That is one wait if nobody can have let go of what it is for:
//
//   - the look before has told that nothing can end the wait, as it is part of a
//     deadlock, or for an abandoned lock;
//   - or those who have it have not run since the look before, or only in between of
//     one wait of their own; nor has who else could let go of it, or it wants it itself;
//   - or it is not known which thread of a process has it, and that holds for all of them.
//
// Who has run may have let go of a lock and taken it again, which leaves no trace: who
// has run as well and waits for it then waits anew. So does who has tried with a timeout.
// What this cannot tell is a program that gives up when a signal comes, to try again later.
type resumption struct {
	*Tracker
	now      *looked
	wasTaken map[Thread]bool // who was only taken to wait on in the look before
	waits    map[Thread]bool // what is known; false of who is being asked about
	locks    map[ID]bool
}

// resume adds the waits that threads are out of only in this look, and have been in until
// the one before it: nothing says that they have ended. The next look tells.
func (r *resumption) resume() *looked {
	l, back := r.now.Look, map[Thread]bool{}
	var waits []Wait
	var objects []Object
	if r.last != nil {
		known := map[ID]bool{}
		for _, w := range r.last.Waits {
			if r.now.waits[w.Thread] != nil || !r.goesOn(w.Thread) {
				continue
			}
			back[w.Thread] = true
			waits = append(waits, w)
			if o := r.last.objects[w.For]; r.now.objects[o.ID] == nil && !known[o.ID] {
				known[o.ID] = true
				objects = append(objects, *o)
			}
		}
	}
	r.resumed = back
	if len(back) == 0 {
		return r.now
	}
	l.Waits, l.Objects = slices.Concat(l.Waits, waits), slices.Concat(l.Objects, objects) // those of the look are the caller's
	l.Threads = slices.Clone(l.Threads)
	for i := range l.Threads {
		if s := &l.Threads[i]; back[s.Thread] {
			was := r.last.states[s.Thread]
			s.Doing, s.Timed, s.Stack = was.Doing, was.Timed, was.Stack
		}
	}
	return index(l)
}

// goesOn reports whether a thread is in the wait in which it was in the look before.
func (r *resumption) goesOn(th Thread) bool {
	on, known := r.waits[th]
	if !known {
		r.waits[th] = false
		on = r.isSame(th)
		r.waits[th] = on
	}
	return on
}

func (r *resumption) isSame(th Thread) bool {
	was, now := r.last.waits[th], r.now.waits[th]
	if was == nil {
		return false
	}
	if now != nil && now.For == was.For && (r.last.ran(th) == r.now.ran(th) || r.now.objects[now.For].Renews) {
		return true
	}
	return r.wantsAgain(th) && r.sameHolders(was.For) && (r.frozen[th] || !was.ForWork && r.held(was.For))
}

// wantsAgain reports whether a thread that has run waits for the same as before, and
// without a timeout, or is out of that wait for a moment.
func (r *resumption) wantsAgain(th Thread) bool {
	was, now := r.last.waits[th], r.now.waits[th]
	if was == nil || was.Timed {
		return false
	}
	if now == nil {
		return !r.wasTaken[th] && r.now.states[th].out()
	}
	return now.For == was.For && now.ForWork == was.ForWork && !now.Timed
}

// out reports whether a thread may be out of a wait for a moment only.
func (s *State) out() bool {
	return s != nil && (s.Doing == OnCPU || s.Doing == Runnable || s.Doing == InLock)
}

func (l *looked) ran(th Thread) uint64 {
	if s := l.states[th]; s != nil {
		return s.Ran
	}
	return 0
}

// sameHolders reports whether those who have an object are those who had it in the look
// before, as far as somebody still waits for it.
func (r *resumption) sameHolders(id ID) bool {
	was, now := r.last.objects[id], r.now.objects[id]
	if now == nil {
		now = was
	}
	return slices.EqualFunc(was.Holders, now.Holders, func(a, b Holder) bool {
		return a.Thread == b.Thread && a.Dead == b.Dead
	})
}

// held reports whether nobody can have let go of a lock since the look before.
func (r *resumption) held(id ID) bool {
	held, known := r.locks[id]
	if !known {
		r.locks[id] = false
		held = r.isHeld(r.last.objects[id])
		r.locks[id] = held
	}
	return held
}

func (r *resumption) isHeld(o *Object) bool {
	if o.Within.PID != 0 && (o.Taken || o.Wanted) {
		return r.heldWithin(o)
	}
	if !o.Taken || !o.Complete || o.Passed || o.Within.PID != 0 || len(o.Holders) == 0 {
		return false
	}
	for _, h := range o.Holders {
		switch {
		case h.Dead:
		case h.byThread() && !r.stays(h.Thread), !h.byThread() && !r.allStay(h.PIDRef, ""):
			return false
		}
	}
	return !slices.ContainsFunc(o.Others, func(p procs.PIDRef) bool { return !r.allStay(p, o.ID) })
}

// heldWithin reports the same of a lock that keeps no owner: one of those threads of its
// process that do not want it may have it. If there is none, a handler lets go of it.
func (r *resumption) heldWithin(o *Object) bool {
	others := slices.ContainsFunc(r.last.Threads, func(s State) bool {
		w := r.last.waits[s.Thread]
		return s.PIDRef == o.Within && (w == nil || w.For != o.ID)
	})
	return others && !o.Renews && len(o.Holders) == 0 && r.allStay(o.Within, o.ID)
}

// stays reports whether a thread is where it was in the look before. Who has waited for
// the interpreter in between of two looks may have had it.
func (r *resumption) stays(th Thread) bool {
	was := r.last.states[th]
	if was == nil || was.Ran == 0 {
		return false
	}
	blocked := was.Doing != OnCPU && was.Doing != Runnable && was.Doing != Unknown
	if blocked && r.now.ran(th) == was.Ran {
		return true
	}
	w := r.last.waits[th]
	return w != nil && !r.last.objects[w.For].Renews && r.goesOn(th)
}

// allStay reports the same of all threads that a process had, but for those that want a
// lock: they do not have it to let go of. "" where none is set aside.
func (r *resumption) allStay(p procs.PIDRef, wanted ID) bool {
	isNew := func(s State) bool { return s.PIDRef == p && r.last.states[s.Thread] == nil }
	return r.last.known[p] && !slices.ContainsFunc(r.now.Threads, isNew) && !slices.ContainsFunc(r.last.Threads, func(s State) bool {
		w := r.last.waits[s.Thread]
		wants := wanted != "" && w != nil && w.For == wanted && r.wantsAgain(s.Thread)
		return s.PIDRef == p && !wants && !r.stays(s.Thread)
	})
}

// frozenIn returns the threads of which a look tells that nothing can end their wait.
func frozenIn(v *View, stuck map[Thread]bool) map[Thread]bool {
	frozen, dead := map[Thread]bool{}, map[procs.PIDRef]bool{}
	for _, d := range v.Deadlocks {
		for _, e := range d.Cycle {
			dead[e.PIDRef] = true
		}
	}
	for th := range stuck {
		if dead[th.PIDRef] {
			frozen[th] = true
		}
	}
	for _, l := range v.Locks {
		if l.Abandoned && !l.Releasable {
			for _, w := range l.Waiters {
				frozen[w.Thread] = true
			}
		}
	}
	return frozen
}
