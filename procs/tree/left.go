package tree

import (
	"time"

	"example.com/muster/procs"
)

// parting is how a process that a run has left was found before it was asked to end.
type parting struct {
	asked  bool // it is to end, whatever becomes of others of its slot
	going  bool // it was about to end: by its own doing, or by somebody else's
	minds  bool // it has a handler for the signal, and so may end with a code
	daemon bool // it had left the session of its run
}

// Ending notes that all descendants of a slot are being ended: those that end
// until its next run begins, or until [Tracker.Kept], were asked to.
func (t *Tracker) Ending(id procs.ID) {
	t.drain() // who has ended already was not
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.slots[id]; s != nil {
		s.ending = true
	}
}

// Kept takes Ending back for what a run has left and its pool lets live. Of that only those
// were asked to end who are in the process group of the run, which was signalled.
func (t *Tracker) Kept(id procs.ID) {
	t.drain() // who has ended already was asked
	left := t.left(id)
	groups := make([]int, len(left))
	for i, n := range left {
		l, _ := t.kernel.look(n.ref.PID)
		groups[i] = l.pgid
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[id]
	if s == nil || !s.ending {
		return
	}
	s.ending = false
	for i, n := range left {
		n.signalled = n.signalled || groups[i] == s.run.PID
	}
}

// Killed notes that all that lives of a slot is being killed.
func (t *Tracker) Killed(id procs.ID) {
	left := t.left(id)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range left {
		n.signalled = true
	}
}

// Left is Ending for those that a run has left, before sig asks them to end: it looks at
// how each takes that.
func (t *Tracker) Left(id procs.ID, sig procs.Signal) {
	t.Ending(id)
	left := t.left(id)
	found := t.partings(left, sig)
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, n := range left {
		n.parting = found[i]
	}
}

// Lingering is Left for those alone that have not left the session of the run that started
// them, and returns them. It may be called again, for those that are new.
func (t *Tracker) Lingering(id procs.ID, sig procs.Signal) (refs []procs.PIDRef) {
	t.drain() // who has ended already was not asked
	left := t.left(id)
	found := t.partings(left, sig)
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, n := range left {
		if found[i].daemon {
			continue
		}
		if !n.parting.asked {
			n.parting = found[i]
			n.parting.asked = true
		}
		refs = append(refs, n.ref)
	}
	return refs
}

// leftover is what still runs of a slot, and who led the session of its run.
type leftover struct {
	*node
	leader int
}

// left returns what still runs of a slot.
func (t *Tracker) left(id procs.ID) (left []leftover) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[id]
	if s == nil {
		return nil
	}
	s.base.walk(func(n *node) {
		if !n.isRoot() && !n.ended() {
			left = append(left, leftover{n, n.ofRun().PID})
		}
	})
	return left
}

// partings looks at how each of some processes takes a signal.
func (t *Tracker) partings(left []leftover, sig procs.Signal) []parting {
	found := make([]parting, len(left))
	for i, n := range left {
		pending, minds := t.kernel.heeds(n.ref.PID, sig)
		l, ok := t.kernel.look(n.ref.PID)
		found[i] = parting{going: pending || l.exiting || !ok, minds: minds, daemon: l.sid != n.leader}
	}
	return found
}

// Stopped counts the descendants of a slot that ended as they were asked to since
// [Tracker.Ending], and those among them that had left the session of their run. Helpers
// of multiprocessing go by themselves once nobody needs them, and do not count. If the
// process of the run led a terminal, hangup is when it ended, else zero: the kernel then
// sends SIGHUP to the processes in the foreground (setsid(2)), and hung of those that are
// counted ended of it.
func (t *Tracker) Stopped(id procs.ID, hangup time.Time) (n, daemons, hung int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[id]
	if s == nil {
		return 0, 0, 0
	}
	sum := s.stopped
	s.base.walk(func(n *node) {
		if n.ended() { // nobody has waited for it yet
			t.name(n)
			sum.add(n)
		}
	})
	if !hangup.IsZero() && hangup.Sub(sum.hungAt) < hangupTakes {
		hung = sum.hung
	}
	return sum.n + hung, sum.daemons, hung
}

// stopped counts processes that were asked to end, and did, and those that last ended of
// SIGHUP together.
type stopped struct {
	n, daemons int
	hung       int
	hungAt     time.Time // when the last of these ended
}

// hangupTakes is how long before a leader's end is seen its hangup may have ended others,
// and how far apart these may end.
const hangupTakes = 100 * time.Millisecond

func (s *stopped) add(n *node) {
	switch {
	case n.stopped():
		s.n++
		if n.parting.daemon {
			s.daemons++
		}
	case n.exit.Signal == procs.SIGHUP && !n.helps() && n.ofRun().N == n.slot.run.N:
		if n.exit.At.Sub(s.hungAt) >= hangupTakes {
			s.hung = 0
		}
		s.hung, s.hungAt = s.hung+1, n.exit.At
	}
}

// stopped reports whether a process of the present run, or a lingering one of any, has
// ended as it was asked to, and is none of multiprocessing's helpers.
func (n *node) stopped() bool {
	heeded := n.exit.Signal != 0 || n.exit.Unknown || n.parting.minds // it lived when it was asked, and has ended since
	counts := n.parting.asked || n.ofRun().N == n.slot.run.N
	return n.exit.Asked && heeded && !n.parting.going && counts && !n.helps()
}

// helps reports whether a process is one of multiprocessing's helpers.
func (n *node) helps() bool {
	return n.role == procs.RoleForkserver || n.role == procs.RoleResourceTracker
}
