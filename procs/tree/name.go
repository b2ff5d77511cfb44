package tree

import (
	"cmp"
	"time"

	"example.com/muster/procs"
)

// Named is a name that a process has given itself: "ForkPoolWorker-3". "" says
// that it runs a new program, which has given it none yet.
type Named struct {
	procs.PIDRef
	Name string
}

const (
	// maxTold bounds the names that are kept of processes which are not known
	// yet, and toldFor for how long they are good where it is not known when
	// such a process has begun.
	maxTold = 4096
	toldFor = 10 * time.Second
	// maxGraves bounds of how many that have ended it is remembered where they are kept.
	maxGraves = 8192
)

// early is a name of a process that is not known yet.
type early struct {
	Named
	at time.Time
}

// Name takes in what processes have called themselves, which is then their
// label; also of those that have ended already. Where several of a run have
// the same name, all but the first get a number: "loader", "loader-2". A start
// time of 0 fits any.
func (t *Tracker) Name(list []Named) {
	if len(list) == 0 {
		return
	}
	t.drain() // the fork of one may wait to be read
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range list {
		if s := t.hear(&list[i]); s != nil {
			t.changed(s)
			t.namedAt.Store(t.version.Load())
		}
	}
}

// NamedAt returns the [Tracker.Version] at which labels were last changed by
// [Tracker.Name]. A list that is older shows other ones.
func (t *Tracker) NamedAt() uint64 { return t.namedAt.Load() }

// Label returns the label of a process within its slot, also of one that has
// ended; "" if it is not known.
func (t *Tracker) Label(ref procs.PIDRef) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.byPID[ref.PID]; n != nil && n.ref.MayBe(ref) {
		if n.isRoot() {
			return ""
		}
		t.name(n)
		return n.label
	}
	if s, ok := t.graves.Get(ref.PID); ok {
		if e := s.ended.find(ref); e != nil {
			return e.Label
		}
	}
	return ""
}

// hear takes in one name, and returns the slot in which that changes a label,
// nil if there is none.
func (t *Tracker) hear(x *Named) *slot {
	if n := t.byPID[x.PID]; n != nil && n.ref.MayBe(x.PIDRef) {
		if n.isRoot() || n.own == x.Name {
			return nil
		}
		n.own = x.Name
		n.release() // those of one time are numbered in the order of their starts, when they are listed
		return n.slot
	}
	if x.Name == "" {
		return nil
	}
	if s, ok := t.graves.Get(x.PID); ok {
		if e := s.ended.find(x.PIDRef); e != nil {
			if e.own == x.Name {
				return nil
			}
			e.own, s.gone = x.Name, nil
			s.labels.free(e.labelRun, e.Label, e.seq)
			e.Label = s.labels.called(e.own, e.labelRun, e.seq)
			return s
		}
	}
	if len(t.names) >= maxTold {
		clear(t.names)
	}
	t.names[x.PID] = early{*x, t.now()}
	return nil
}

// heard returns the name that was told of a process before it was known.
func (t *Tracker) heard(n *node) string {
	x, ok := t.names[n.ref.PID]
	if !ok {
		return ""
	}
	delete(t.names, n.ref.PID)
	same := n.ref.MayBe(x.PIDRef) && !n.startedAt.After(x.at.Add(sameStart))
	if !same || (n.ref.StartTime == 0 || x.StartTime == 0) && t.now().Sub(x.at) > toldFor {
		return ""
	}
	return x.Name
}

// name gives a process its role and its label, once: a label never changes
// but with the program, or with the name or title that the process gives itself.
func (t *Tracker) name(n *node) {
	if n.label != "" {
		return
	}
	var parent, began Program
	if n.parent != nil {
		parent, began = n.parent.shows(), n.parent.began()
	}
	n.role, n.labelRun = RoleOf(n.began(), began), cmp.Or(n.run.N, n.slot.run.N)
	if n.own == "" {
		n.own = t.heard(n)
	}
	if n.own != "" {
		n.label = n.slot.labels.called(n.own, n.labelRun, n.seq)
		return
	}
	n.label = n.slot.labels.made(n.role, n.shows(), parent, n.labelRun, n.seq)
}

// release takes its label from a process. It gets one when it is next shown.
func (n *node) release() {
	if n.label != "" {
		n.slot.labels.free(n.labelRun, n.label, n.seq)
		n.label = ""
	}
}

// bury keeps a process of a slot that has ended.
func (t *Tracker) bury(s *slot, e ended) {
	if old, ok := s.ended.put(e); ok {
		s.labels.free(old.labelRun, old.Label, old.seq)
	}
	s.gone = nil
	t.graves.Put(e.PID, s, maxGraves)
}
