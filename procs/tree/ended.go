package tree

import "example.com/muster/procs"

// ended is a process that has ended, with its place in the tree.
type ended struct {
	procs.Descendant
	seq, parent uint64
	run         int    // of the slot, in which it was started
	own         string // the name that it has given itself
	labelRun    int
	parentLived bool // see [Death.ParentLived]
}

// endedRing keeps the last [keepEnded] processes of a slot that have ended.
// The zero value is empty and holds no memory.
type endedRing struct {
	buf     []ended
	next    int // where the next one goes, once buf is full
	dropped uint64
}

// put adds one; the oldest, which is returned, makes room for it.
func (r *endedRing) put(e ended) (old ended, ok bool) {
	if len(r.buf) < keepEnded {
		r.buf = append(r.buf, e)
		return old, false
	}
	old, r.buf[r.next] = r.buf[r.next], e
	r.next = (r.next + 1) % keepEnded
	r.dropped++
	return old, true
}

// find returns the last that ref may mean, nil if there is none.
func (r *endedRing) find(ref procs.PIDRef) *ended {
	for i := 1; i <= len(r.buf); i++ {
		if e := &r.buf[(r.next-i+2*len(r.buf))%len(r.buf)]; e.MayBe(ref) {
			return e
		}
	}
	return nil
}

// each calls f for all that are kept, oldest first.
func (r *endedRing) each(f func(ended)) {
	for i := range r.buf {
		f(r.buf[(r.next+i)%len(r.buf)])
	}
}

// last returns the newest n for which keep holds, newest first; it stops at
// the first that keep refuses.
func (r *endedRing) last(n int, keep func(ended) bool) []ended {
	var out []ended
	for i := 1; i <= min(n, len(r.buf)); i++ {
		e := r.buf[(r.next-i+2*len(r.buf))%len(r.buf)]
		if !keep(e) {
			break
		}
		out = append(out, e)
	}
	return out
}

// Ended returns the descendants of a slot that have ended, in the order of
// their ends, over all its runs. The last 1000 are kept; dropped counts those
// that had to go.
func (t *Tracker) Ended(id procs.ID) (list []procs.Descendant, dropped uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[id]
	if s == nil {
		return nil, 0
	}
	list = make([]procs.Descendant, 0, len(s.ended.buf))
	s.ended.each(func(e ended) { list = append(list, e.Descendant) })
	return list, s.ended.dropped
}

// Gone returns what the descendants of a slot that have ended were called, in the order of
// their ends: of those that [Tracker.Ended] returns. The list is immutable, and the same
// one until it differs.
func (t *Tracker) Gone(id procs.ID) []procs.Gone {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[id]
	if s == nil || len(s.ended.buf) == 0 {
		return nil
	}
	if s.gone == nil {
		s.gone = make([]procs.Gone, 0, len(s.ended.buf))
		s.ended.each(func(e ended) { s.gone = append(s.gone, procs.Gone{PID: e.PID, Label: e.Label}) })
	}
	return s.gone
}
