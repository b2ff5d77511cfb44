package graph

import (
	"cmp"
	"slices"
	"time"

	"example.com/muster/procs"
)

// Tracker remembers what one look cannot tell: since when a thread has waited,
// who had a lock last, how much time it has cost. The zero value is ready. It
// has one owner.
type Tracker struct {
	last   *looked
	waits  map[Thread]seenWait
	locks  map[ID]*history
	cycles map[string]seenCycle
	rings  map[string]seenCycle
	// abandoned are the locks that nobody was seen to have, and in which look.
	abandoned map[ID]time.Time
	unsure    bool
	// frozen are the threads of which the last look told that nothing can end their
	// wait, and resumed those that it has only taken to wait on (see resumed.go).
	frozen, resumed map[Thread]bool
}

// MaxLocks bounds how many locks are remembered after the last wait for them,
// remembered how long they are told of.
const (
	MaxLocks   = 4096
	remembered = 10 * time.Minute
)

// seenWait is a wait that has been going on.
type seenWait struct {
	since time.Time
	seen  time.Time // in which look first
}

// history is what has been seen of one lock.
type history struct {
	first, last time.Time // looks
	object      Object    // without holders
	holder      *LastHolder
	stats       Stats
	// began is the first look at a wait that has gone on in each look since, and open how
	// much of that could not be told from a wait for work: it takes some looks to know who
	// has a lock.
	began time.Time
	open  time.Duration
	// waiting is how many waited in the last look, without a timeout.
	waiting int
}

// seenCycle is a cycle that the last look has seen.
type seenCycle struct {
	since time.Time
	ran   []uint64
	told  bool
}

// looked is a look with what is needed to find one's way in it.
type looked struct {
	Look
	objects map[ID]*Object
	waits   map[Thread]*Wait
	states  map[Thread]*State
	known   map[procs.PIDRef]bool
	going   map[ID]map[procs.PIDRef]bool // what goingOn has found
}

func index(l Look) *looked {
	ix := &looked{
		Look: l, objects: make(map[ID]*Object, len(l.Objects)), waits: make(map[Thread]*Wait, len(l.Waits)),
		states: make(map[Thread]*State, len(l.Threads)), known: map[procs.PIDRef]bool{},
	}
	for i := range l.Objects {
		ix.objects[l.Objects[i].ID] = &l.Objects[i]
	}
	for i := range l.Threads {
		s := &l.Threads[i]
		ix.states[s.Thread], ix.known[s.PIDRef] = s, true
	}
	for i := range l.Waits {
		if ix.objects[l.Waits[i].For] != nil {
			ix.waits[l.Waits[i].Thread] = &l.Waits[i]
		}
	}
	return ix
}

// Add takes one more look and says what follows.
func (t *Tracker) Add(l Look) *View {
	r := resumption{t, index(l), t.resumed, map[Thread]bool{}, map[ID]bool{}}
	ix := r.resume()
	t.unsure = false
	v := &View{At: l.At, Threads: ix.Threads, Lines: l.Lines, Coverage: l.Coverage}
	t.noteWaits(ix, r.goesOn)
	stuck, _ := ix.stuck("", false)
	v.Deadlocks, t.cycles = t.twiceSeen(ix, ix.cycles(stuck), t.cycles, r.goesOn)
	v.Rings, t.rings = t.twiceSeen(ix, ix.rings(stuck), t.rings, r.goesOn)
	waiting := map[ID][]Waiter{}
	for _, w := range ix.waits {
		since := t.waits[w.Thread].since
		waiting[w.For] = append(waiting[w.For], Waiter{Thread: w.Thread, Since: since, Timed: w.Timed, Stack: ix.states[w.Thread].stack()})
	}
	for id, waiters := range waiting {
		if o := ix.objects[id]; !o.hidden() || inCycle(id, v.Deadlocks) {
			v.Locks = append(v.Locks, t.lock(ix, id, waiters, v))
		}
	}
	for id, h := range t.locks { // what nobody waits for now, but did
		if waiting[id] == nil && h.stats.Contended > 0 && l.At.Sub(h.last) < remembered {
			h.stats.Watched = l.At.Sub(h.first)
			v.Locks = append(v.Locks, Lock{Object: h.object, LastHolder: h.holder, Stats: h.stats})
		}
	}
	slices.SortFunc(v.Locks, worseFirst)
	t.forget(l.At)
	for id, at := range t.abandoned {
		if !at.Equal(l.At) {
			delete(t.abandoned, id)
		}
	}
	t.frozen = frozenIn(v, stuck)
	t.last = ix
	return v
}

// Unsure reports whether the last look has seen for the first time what is told
// only when it was seen twice: a ring, or a lock that nobody has.
func (t *Tracker) Unsure() bool { return t.unsure }

func (s *State) stack() []string {
	if s == nil {
		return nil
	}
	return s.Stack
}

// noteWaits carries each wait's beginning on from the look before, if it is
// the same wait: one in which the thread has not run, or as in resumed.go.
func (t *Tracker) noteWaits(ix *looked, goesOn func(Thread) bool) {
	waits := make(map[Thread]seenWait, len(ix.waits))
	for th, w := range ix.waits {
		now := seenWait{ix.At, ix.At}
		if was, ok := t.waits[th]; ok && goesOn(th) {
			now = was
		}
		if !w.Since.IsZero() {
			now.since = w.Since
		}
		waits[th] = now
	}
	t.waits = waits
}

// lock says what is known of one lock that has waiters.
func (t *Tracker) lock(ix *looked, id ID, waiters []Waiter, v *View) Lock {
	o := ix.objects[id]
	slices.SortFunc(waiters, func(a, b Waiter) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.PID, b.PID), cmp.Compare(a.TID, b.TID))
	})
	l := Lock{Object: *o, Waiters: waiters, Deadlocked: inCycle(id, v.Deadlocks), Ring: inCycle(id, v.Rings)}
	l.Wanted = o.Wanted && t.kept(o, waiters, ix.At)
	l.Chain = ix.chain(o)
	switch {
	case l.Deadlocked, l.Ring:
		l.Contended = true
	case o.abandoned() && t.twice(id, ix.At):
		l.Abandoned, l.Releasable = true, ix.releasable(o, waiters)
	case o.abandoned(): // it may have been between two of them
	default:
		l.Idle, l.Contended = ix.ends(o, waiters, l.Chain, v.Deadlocks)
	}
	h := t.note(ix, o, &l)
	l.LastHolder, l.Stats = h.holder, h.stats
	return l
}

// kept reports whether one of the waiters has waited since the look before, or one had when that
// was made: what is not for long needs no look.
func (t *Tracker) kept(o *Object, waiters []Waiter, now time.Time) bool {
	if h := t.locks[o.ID]; h != nil && h.object.Wanted && h.last.Equal(t.last.At) {
		return true
	}
	return slices.ContainsFunc(waiters, func(w Waiter) bool { return !t.waits[w.Thread].seen.Equal(now) })
}

// hidden reports whether an object is told of only as a step of a deadlock: it
// is no lock, or nothing says that it is one.
func (o *Object) hidden() bool { return o.Kind == Child || o.Guess && o.Kind != ThreadLock }

func inCycle(id ID, deadlocks []Deadlock) bool {
	return slices.ContainsFunc(deadlocks, func(d Deadlock) bool {
		return slices.ContainsFunc(d.Cycle, func(e Edge) bool { return e.WaitsFor == id })
	})
}

// abandoned reports whether whoever had the lock has ended, and nobody else
// can let go of it.
func (o *Object) abandoned() bool {
	if !o.Complete || !o.Taken || o.Any || o.Within.PID != 0 {
		return false
	}
	for _, h := range o.Holders {
		if !h.Dead {
			return false
		}
	}
	return true
}

// twice reports whether a lock was abandoned in the look before as well. Its
// value and its holders are read one after the other, while it may change hands.
func (t *Tracker) twice(id ID, now time.Time) bool {
	if t.abandoned == nil {
		t.abandoned = map[ID]time.Time{}
	}
	before, ok := t.abandoned[id]
	t.abandoned[id] = now
	t.unsure = t.unsure || !ok
	return ok && t.last != nil && (before.Equal(t.last.At) || before.Equal(now))
}

// note adds this look to what is known of a lock.
func (t *Tracker) note(ix *looked, o *Object, l *Lock) *history {
	if t.locks == nil {
		t.locks = map[ID]*history{}
	}
	h := t.locks[o.ID]
	if h == nil {
		h = &history{first: ix.At, last: ix.At}
		t.locks[o.ID] = h
	}
	passed := time.Duration(0) // since the look before, if it has seen a wait for this lock as well
	if t.last != nil && h.last.Equal(t.last.At) {
		passed = ix.At.Sub(h.last)
	}
	h.last, h.object = ix.At, l.Object
	h.object.Holders, h.object.Others, h.object.Aside, h.object.Taken = nil, nil, nil, false
	h.stats.Watched = ix.At.Sub(h.first)
	for _, w := range l.Waiters {
		if t.waits[w.Thread].seen.Equal(ix.At) {
			h.stats.Waits++
		}
		h.stats.Total += passed
		h.stats.Longest = max(h.stats.Longest, ix.At.Sub(w.Since))
	}
	if passed == 0 || l.Waiters[0].Since.After(h.began) {
		h.began, h.open = ix.At, 0
	}
	switch {
	case l.Contended || l.Abandoned:
		h.stats.Contended += passed + h.open
		h.open = 0
	case l.Idle:
		h.open = 0
	default:
		h.open += passed
	}
	h.noteHolder(ix.At, o, passed > 0 && l.waiting(t.last.At) >= h.waiting)
	h.waiting = l.waiting(ix.At)
	if l.Abandoned {
		h.noteEnd(ix)
	}
	return h
}

// noteEnd notes of a thread that had an abandoned lock whether its process lives on.
func (h *history) noteEnd(ix *looked) {
	if h.holder == nil || !h.holder.byThread() || !ix.known[h.holder.PIDRef] || ix.states[h.holder.Thread] != nil {
		return
	}
	ended := *h.holder // a new one: views share the old
	ended.Dead, ended.Lives = true, true
	h.holder = &ended
}

// waiting is how many wait without a timeout, since before a time. Who lets go of a lock
// wakes one of them.
func (l *Lock) waiting(since time.Time) (n int) {
	for _, w := range l.Waiters {
		if !w.Timed && !w.Since.After(since) {
			n++
		}
	}
	return n
}

// noteHolder remembers who has the lock, if that is one. Who is the first to be known has
// been in the way of the wait from its beginning on; who was seen in the look before as well
// has had it since then if nobody's wait has ended meanwhile.
func (h *history) noteHolder(at time.Time, o *Object, unbroken bool) {
	if o.Ended != nil && (h.holder == nil || h.holder.Until.Before(o.Ended.Until)) {
		h.holder = o.Ended
	}
	if len(o.Holders) == 0 || !o.sharesFile() && (o.Any || len(o.Holders) > 1) {
		return
	}
	now := o.Holders[0]
	if now.Dead {
		if h.holder == nil { // it was not seen alive with the lock, but the lock names it
			h.holder = &LastHolder{Holder: now, Since: at, Until: at}
		}
		return
	}
	since := h.began
	switch {
	case h.holder == nil:
		h.stats.Holds++
	case h.holder.Thread != now.Thread:
		since = at
		h.stats.Holds++
	case unbroken:
		since = h.holder.Since
	default:
		since = at
	}
	h.holder = &LastHolder{Holder: now, Since: since, Until: at} // a new one: views share the old
	h.stats.HoldsLongest = max(h.stats.HoldsLongest, at.Sub(h.holder.Since))
}

// forget drops the locks that were seen longest ago, if there are too many.
func (t *Tracker) forget(now time.Time) {
	if len(t.locks) <= MaxLocks {
		return
	}
	ids := make([]ID, 0, len(t.locks))
	for id := range t.locks {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b ID) int { return t.locks[a].last.Compare(t.locks[b].last) })
	for _, id := range ids[:len(ids)-MaxLocks] {
		if t.locks[id].last.Before(now) {
			delete(t.locks, id)
		}
	}
}

// twiceSeen tells the cycles that were there in the look before as well, with
// the same waits: no thread of theirs has run in between. One that was told stays as
// long as the waits are the same, though threads have run: as in resumed.go. before are
// those of the look before, and now is what to remember for the next.
func (t *Tracker) twiceSeen(ix *looked, cycles [][]Edge, before map[string]seenCycle, goesOn func(Thread) bool) (list []Deadlock, now map[string]seenCycle) {
	now = map[string]seenCycle{}
	runs := func(e Edge) bool { return !goesOn(e.Thread) }
	for _, cycle := range cycles {
		c := seenCycle{since: ix.At, ran: ix.ranOf(cycle)}
		key := keyOf(cycle)
		if was, ok := before[key]; ok && (slices.Equal(was.ran, c.ran) || was.told && !slices.ContainsFunc(cycle, runs)) {
			c.since, c.told = was.since, true
			list = append(list, Deadlock{Cycle: cycle, Since: c.since})
		} else {
			t.unsure = true
		}
		now[key] = c
	}
	return list, now
}

func (l *looked) ranOf(cycle []Edge) []uint64 {
	ran := make([]uint64, len(cycle))
	for i, e := range cycle {
		ran[i] = l.ran(e.Thread)
	}
	return ran
}
