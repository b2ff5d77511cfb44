package graph

import (
	"time"

	"example.com/muster/procs"
)

// Blocked is a process that waits: the thread that speaks for it, and what for.
// Both are of the view.
type Blocked struct {
	Lock   *Lock
	Waiter *Waiter
}

// Blocked finds for each process what it waits for, if it has waited for it at
// least that long: what one of its threads waits for in a deadlock; else nothing if
// one runs, else what its main thread waits for; or if that is idle, as in Go it mostly
// is, what keeps another one waiting.
func (v *View) Blocked(least time.Duration) map[procs.PIDRef]Blocked {
	found := map[procs.PIDRef]Blocked{}
	running, idle := map[procs.PIDRef]bool{}, map[procs.PIDRef]bool{}
	for i := range v.Threads {
		t := &v.Threads[i]
		running[t.PIDRef] = running[t.PIDRef] || t.Doing == OnCPU
		idle[t.PIDRef] = idle[t.PIDRef] || t.TID == t.PID && t.Doing == Idle
	}
	ringed := v.ringed()
	inRing := map[procs.PIDRef]bool{}
	for i := range v.Locks {
		l := &v.Locks[i]
		for k := range l.Waiters {
			w := &l.Waiters[k]
			if inRing[w.PIDRef] || v.At.Sub(w.Since) < least {
				continue
			}
			if ringed[w.Thread] {
				inRing[w.PIDRef], found[w.PIDRef] = true, Blocked{l, w}
				continue
			}
			other := w.TID != w.PID && w.TID != 0
			if other && (!idle[w.PIDRef] || l.Quiet()) || running[w.PIDRef] {
				continue
			}
			found[w.PIDRef] = Blocked{l, w}
		}
	}
	return found
}

// ringed are the threads of all deadlocks.
func (v *View) ringed() map[Thread]bool {
	in := map[Thread]bool{}
	for _, d := range v.Deadlocks {
		for _, e := range d.Cycle {
			in[e.Thread] = true
		}
	}
	return in
}

// Quiet reports whether a lock needs no look: nobody waits for it but for work,
// or it may be no lock at all. The screens and the commands fold away what is.
func (l *Lock) Quiet() bool {
	if l.Deadlocked || l.Abandoned || l.Contended {
		return false
	}
	return l.Idle || len(l.Waiters) == 0 || l.Guess && !l.Wanted
}

// Keeper is who has a lock that somebody waits for, as far as that is known: the one at the
// begin of its chain, else its first holder; ok is false if nobody has it, or it was abandoned.
func (l *Lock) Keeper() (h Holder, ok bool) {
	switch {
	case l.Abandoned && !l.Deadlocked, len(l.Holders) == 0:
		return h, false
	case len(l.Chain) > 0:
		return l.Chain[0].Holder, true
	}
	return l.Holders[0], true
}

// Waited is what a process waited for at a moment that is over: what is kept of a
// [Blocked] when its view has gone. Its zero value is nothing. It can be compared.
type Waited struct {
	Kind        Kind // "" for nothing that is known
	ID          ID
	Name, State string // of the object
	Holder      int    // pid of who had it; 0 where nobody is known to have had it
	// These are as in [Object] and [Lock].
	Any, Guess, Wanted, Deadlocked, Abandoned, Releasable, Contended, Idle bool
}

// Waited is what is kept of it.
func (b Blocked) Waited() Waited {
	l := b.Lock
	w := Waited{
		Kind: l.Kind, ID: l.ID, Name: l.Name, State: l.State,
		Any: l.Any, Guess: l.Guess, Wanted: l.Wanted, Deadlocked: l.Deadlocked, Abandoned: l.Abandoned, Releasable: l.Releasable, Contended: l.Contended, Idle: l.Idle,
	}
	if h, ok := l.Keeper(); ok {
		w.Holder = h.PID
	}
	return w
}

// Lock is the lock as far as it is kept: with a waiter and a holder, but nothing else of them.
func (w Waited) Lock() Lock {
	l := Lock{
		Object:     Object{Kind: w.Kind, ID: w.ID, Name: w.Name, State: w.State, Any: w.Any, Guess: w.Guess, Wanted: w.Wanted},
		Deadlocked: w.Deadlocked, Abandoned: w.Abandoned, Releasable: w.Releasable, Contended: w.Contended, Idle: w.Idle, Waiters: make([]Waiter, 1),
	}
	if w.Holder != 0 {
		l.Holders = []Holder{{Thread: Thread{PIDRef: procs.PIDRef{PID: w.Holder}}}}
	}
	return l
}
