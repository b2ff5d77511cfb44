package graph

import (
	"slices"

	"example.com/muster/procs"
)

// stuck returns the threads of a look that cannot go on: nothing that could
// end their wait can go on either. It begins with everybody who may go on by
// itself, and gives the others their freedom for as long as somebody who can
// still go on could end their wait; what is left is stuck. Where something is
// not known, the thread may go on: a deadlock is never guessed. Who waits for the
// lost object counts as one that nobody frees; "" where there is none. alone counts
// who has taken a lock as the only one who lets go of it. free are how
// many threads of each process may go on.
func (l *looked) stuck(lost ID, alone bool) (stuck map[Thread]bool, free map[int]int) {
	stuck, free = map[Thread]bool{}, map[int]int{}
	for _, s := range l.Threads {
		if l.waitsForGood(s.Thread, lost) {
			stuck[s.Thread] = true
		} else {
			free[s.PID]++
		}
	}
	for changed := true; changed; {
		changed = false
		for t := range stuck {
			if w := l.waits[t]; w.For != lost && l.mayEnd(w, stuck, free, alone) {
				delete(stuck, t)
				free[t.PID]++
				changed = true
			}
		}
	}
	return stuck, free
}

// waitsForGood reports whether a thread waits for something without a timeout
// or the like, all of whose enders are known.
func (l *looked) waitsForGood(t Thread, lost ID) bool {
	w := l.waits[t]
	if w == nil || w.Timed || w.MayEnd {
		return false
	}
	o := l.objects[w.For]
	return o != nil && !o.Passed && o.Complete && (w.For == lost || len(o.Holders) > 0 || o.Within.PID != 0)
}

// mayEnd reports whether somebody who can go on could end a wait. A single
// holder has to let go itself; of several, or of those of an Any, one is enough.
func (l *looked) mayEnd(w *Wait, stuck map[Thread]bool, free map[int]int, alone bool) bool {
	o := l.objects[w.For]
	if o.Within.PID != 0 && free[o.Within.PID] > 0 {
		return true
	}
	for _, h := range o.Holders {
		switch {
		case h.Dead:
		case h.Outside || !l.known[h.PIDRef]:
			return true
		case h.byThread() && (!stuck[h.Thread] || l.states[h.Thread] == nil): // one that was not seen may go on
			return true
		case !h.byThread() && free[h.PID] > 0:
			return true
		}
	}
	return !alone && l.othersMayEnd(w, o, free)
}

// byThread reports whether one known thread alone can let go.
func (h *Holder) byThread() bool { return h.TID != 0 && !h.AnyThread }

// cycle follows the waits of stuck threads from one of them until it comes to
// one that it has seen. It returns nothing where the way ends at a dead holder,
// which is an abandoned lock, or at a wait that may not be for a lock at all.
func (l *looked) cycle(from Thread, stuck map[Thread]bool) []Edge {
	var path []Edge
	place := map[Thread]int{}
	for at := from; ; {
		if i, ok := place[at]; ok {
			return path[i:]
		}
		w := l.waits[at]
		next, ok := l.nextStuck(w, stuck)
		if !ok || l.objects[w.For].Guess {
			return nil
		}
		place[at] = len(path)
		path = append(path, Edge{at, w.For, next})
		at = next
	}
}

// nextStuck returns a stuck thread that could end a wait: one of another process
// where there is such. Who was forked has the other end of its own pipe as well,
// and to wait for oneself there says nothing of who should read it. Who idles is
// a step only where it has a lock that somebody wants.
func (l *looked) nextStuck(w *Wait, stuck map[Thread]bool) (next Thread, ok bool) {
	o := l.objects[w.For]
	for _, h := range o.Holders {
		t, found := l.stuckOf(&h, stuck)
		if found && o.Any && l.waits[t].Idles {
			continue
		}
		if found && t.PIDRef != w.PIDRef {
			return t, true
		}
		if found && !ok {
			next, ok = t, true
		}
	}
	return next, ok
}

// stuckOf returns the stuck thread by which a holder is a step of a cycle.
func (l *looked) stuckOf(h *Holder, stuck map[Thread]bool) (Thread, bool) {
	switch {
	case h.Dead:
		return Thread{}, false
	case h.TID != 0 && stuck[h.Thread]:
		return h.Thread, true
	case h.byThread():
		return Thread{}, false
	}
	for _, s := range l.Threads { // in the order of the look, so that two looks find the same
		if w := l.waits[s.Thread]; s.PIDRef == h.PIDRef && stuck[s.Thread] && !w.Idles && !l.objects[w.For].Guess {
			return s.Thread, true
		}
	}
	return Thread{}, false
}

// real reports whether a cycle may be told as a deadlock. Somebody in it must
// hold a lock, or two processes wait for each other: what a process alone waits
// for, such as a byte in its own socket, it may mean to. Not so where it is at a pipe
// of its own, and none of its threads can go on.
func (l *looked) real(cycle []Edge, stuck map[Thread]bool) bool {
	if e := cycle[0]; len(cycle) == 1 && l.ownPipe(e) && l.allStuck(e.PIDRef, stuck) {
		return true
	}
	if o := l.objects[cycle[0].WaitsFor]; len(cycle) == 1 && len(o.Holders) == 1 && o.Holders[0].Unsure {
		return false
	}
	for _, e := range cycle {
		if !l.objects[e.WaitsFor].Any || e.PIDRef != cycle[0].PIDRef {
			return true
		}
	}
	return false
}

// ownPipe reports whether a thread is at a pipe whose other end its process alone has.
func (l *looked) ownPipe(e Edge) bool {
	o := l.objects[e.WaitsFor]
	return o.Kind == Pipe && !slices.ContainsFunc(o.Holders, func(h Holder) bool { return h.PIDRef != e.PIDRef })
}

// allStuck reports whether no thread of a process can go on.
func (l *looked) allStuck(p procs.PIDRef, stuck map[Thread]bool) bool {
	return !slices.ContainsFunc(l.Threads, func(s State) bool { return s.PIDRef == p && !stuck[s.Thread] })
}

// cycles returns the cycles among the stuck threads, each once, beginning with
// its lowest thread.
func (l *looked) cycles(stuck map[Thread]bool) [][]Edge {
	var found [][]Edge
	in := map[Thread]bool{}
	for _, s := range l.Threads {
		if !stuck[s.Thread] || in[s.Thread] {
			continue
		}
		cycle := l.cycle(s.Thread, stuck)
		if len(cycle) == 0 || in[cycle[0].Thread] || !l.real(cycle, stuck) {
			continue
		}
		for _, e := range cycle {
			in[e.Thread] = true
		}
		found = append(found, rotate(cycle))
	}
	return found
}

// rings returns the cycles in which each waits for the next, and which only another process
// could end that shares one of their locks and goes on: it may let go of what it has not
// taken, which programs seldom do. stuck are those of the deadlocks. Who waits for itself
// makes no ring: so a lock is used as a signal, which another one gives.
func (l *looked) rings(stuck map[Thread]bool) [][]Edge {
	if !slices.ContainsFunc(l.Objects, func(o Object) bool { return len(o.Others) > 0 }) {
		return nil
	}
	all, _ := l.stuck("", true)
	return slices.DeleteFunc(l.cycles(all), func(c []Edge) bool {
		return len(c) == 1 || !slices.ContainsFunc(c, func(e Edge) bool { return !stuck[e.Thread] })
	})
}

// rotate lets a cycle begin with its lowest thread.
func rotate(cycle []Edge) []Edge {
	low := 0
	for i, e := range cycle {
		if e.PID < cycle[low].PID || e.PID == cycle[low].PID && e.TID < cycle[low].TID {
			low = i
		}
	}
	return append(append([]Edge{}, cycle[low:]...), cycle[:low]...)
}
