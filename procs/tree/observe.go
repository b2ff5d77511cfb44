package tree

import (
	"cmp"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// Process is one process that lives in the tree, for whoever measures it.
type Process struct {
	// Seq names the process for as long as the tracker lives.
	Seq uint64
	procs.PIDRef
	ID procs.ID
	// Root: it is the process of the slot's run.
	Root bool
	// Ended: it is a zombie.
	Ended     bool
	StartedAt int64 // nanoseconds since 1970; 0 if not known
}

// Processes appends all processes of all slots to list, in no order. It is
// worth calling again only when [Tracker.Version] has moved.
func (t *Tracker) Processes(list []Process) []Process {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.byPID {
		if _, anonymous := t.unclaimed[n.slot]; anonymous {
			continue
		}
		p := Process{Seq: n.seq, PIDRef: n.ref, ID: n.slot.id, Root: n.isRoot(), Ended: n.exit != nil}
		if !n.startedAt.IsZero() {
			p.StartedAt = n.startedAt.UnixNano()
		}
		list = append(list, p)
	}
	return list
}

// Look is what somebody who measures a process has seen of it, see
// [Tracker.Observe].
type Look struct {
	Seq uint64
	PID int
	// Gone: there is no such process any more.
	Gone bool
	// Moved: it has run since it was last observed, and may have forked.
	Moved bool
	// Stat is what its stat file says; nil if it was not read.
	Stat *procfs.Stat
	// PeakRSSBytes is the most memory that it is known to have had; 0 if not known.
	PeakRSSBytes int64

	look look
	exit *procs.Exit // of one that is Gone, if a pidfd has told
}

// Observe tells the tracker what was seen while measuring, which saves it
// from looking itself.
func (t *Tracker) Observe(looks []Look) {
	gone := false
	for i := range looks {
		l := &looks[i]
		gone = gone || l.Gone
		s := l.Stat
		if s == nil {
			continue
		}
		l.look = look{
			ppid: s.PPID, pgid: s.PGID, sid: s.SID, state: s.State, threads: s.Threads,
			start: s.StartTime, ended: s.Ended(), status: s.ExitStatus,
		}
		if l.look.ended && l.look.status == 0 { // may mean: not permitted
			l.look, _ = t.kernel.look(l.PID)
		}
	}
	if gone {
		t.drain() // how it ended may wait to be read
		t.drainExits()
	}
	t.observe(looks)
}

func (t *Tracker) observe(looks []Look) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range looks {
		l := &looks[i]
		n := t.byPID[l.PID]
		if n == nil || n.seq != l.Seq {
			continue
		}
		n.moved = n.moved || l.Moved
		n.title.ran = n.title.ran || l.Moved
		n.peakRSS = max(n.peakRSS, l.PeakRSSBytes)
		switch {
		case l.Gone && l.exit != nil:
			if n.exit == nil || n.exit.Unknown {
				n.die(l.exit)
			}
			t.end(n, l.exit)
		case l.Gone:
			t.end(n, unknownEnd(t.now()))
		case l.look.state == 0: // nothing was read
		case n.ref.StartTime != 0 && n.ref.StartTime != l.look.start:
			t.end(n, unknownEnd(t.now()))
		case l.look.ended || n.exit != nil:
			t.settle(n, l.look)
		default:
			t.update(n, l.look)
		}
	}
}

// update takes over what a look says of a process.
func (t *Tracker) update(n *node, l look) {
	before := *n
	n.see(l, t.now())
	switch {
	case n.ref != before.ref || n.ppid != before.ppid || n.ended() != before.ended():
		t.changed(n.slot)
	case n.state != before.state:
		n.slot.list = nil
	}
	t.tellZombie(n)
}

// WithStartTime returns a process with its start time, which the kernel does not tell with a
// fork: without it [Tracker.Descendants] lists a process until that was measured first, and who
// keeps it by its [procs.PIDRef] would take it for two. One that has ended stays as it is.
func (t *Tracker) WithStartTime(ref procs.PIDRef) procs.PIDRef {
	if ref.StartTime != 0 {
		return ref
	}
	n, known := t.startOf(ref.PID)
	if n == nil || known.StartTime != 0 {
		return cmp.Or(known, ref)
	}
	l, ok := t.kernel.look(ref.PID)
	if !ok || l.start == 0 {
		return ref
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byPID[ref.PID] != n {
		return ref
	}
	if n.ref.StartTime == 0 {
		n.ref.StartTime = l.start
		t.changed(n.slot)
	}
	return n.ref
}

// startOf returns the process that has a number now, and what is known of its start; nil if
// it is none of the tree's.
func (t *Tracker) startOf(pid int) (*node, procs.PIDRef) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.byPID[pid]
	if n == nil {
		return nil, procs.PIDRef{}
	}
	return n, n.ref
}
