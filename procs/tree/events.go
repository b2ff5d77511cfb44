package tree

import (
	"slices"
	"time"

	"example.com/muster/procs"
)

// eventKind says what happened to a process.
type eventKind uint8

const (
	forked eventKind = iota
	execed
	exited
	lost // the kernel dropped events, nobody knows how many
)

// event is what the process connector reports of one process. Threads are not
// reported.
type event struct {
	kind   eventKind
	pid    int
	parent int       // of a fork
	status uint32    // of an exit: the wait status of the main thread
	at     time.Time // as the kernel stamped it
}

// apply brings the tree up to date with events, in their order. What has to
// be read of the processes concerned is read afterwards, without the lock.
func (t *Tracker) apply(events []event) {
	guard := t.guard()
	var exec, exit, crashed []*node
	t.mu.Lock()
	for i := range events {
		e := &events[i]
		switch n := t.byPID[e.pid]; {
		case e.kind == lost:
			t.missed()
		case e.kind == forked:
			if n = t.fork(e, n, guard); n != nil && len(n.argv) == 0 && n.parent != n.slot.base {
				exec = append(exec, n) // its parent called exec a moment ago, and is not read yet
			}
		case n == nil: // somebody else's process
		case e.kind == execed:
			n.release()
			n.forked, n.argv, n.plain, n.comm, n.own, n.exit = false, nil, nil, "", "", nil
			n.title.begin(t.now())
			t.changed(n.slot)
			exec = append(exec, n)
		case e.kind == exited:
			n.state = procs.RunZombie
			n.die(exitOf(e.status, e.at))
			t.changed(n.slot)
			exit = append(exit, n)
			if n.comm == "" && n.exit.Signal.SelfMade() {
				crashed = append(crashed, n)
			}
		}
	}
	exec = slices.DeleteFunc(exec, func(n *node) bool { return n.exit != nil }) // nothing is left to be read
	t.mu.Unlock()
	t.readPrograms(append(crashed, exec...)) // a zombie has its name until its parent has waited
	t.exiting = append(t.exiting, exit...)
}

// sameStart is how far the two start times of one process may lie apart: /proc
// counts in ticks of 10 ms. No pid comes round again that quickly.
const sameStart = 100 * time.Millisecond

// fork adds a new process and returns it, nil if it is not the tree's or known
// already. n is what was known under its pid.
func (t *Tracker) fork(e *event, n *node, guard int) *node {
	if n != nil {
		if !n.confirmed && n.startedAt.Sub(e.at).Abs() < sameStart {
			n.confirmed, n.startedAt = true, e.at // a look into /proc was quicker
			if n.isRoot() && t.note == "" {
				n.slot.exact = true // from its beginning on, all is told
			}
			return nil
		}
		t.end(n, unknownEnd(e.at)) // its number is in use again, so it is gone
	}
	parent := t.byPID[e.parent]
	switch {
	case parent != nil:
		parent.slot.forks++
	case e.parent == guard:
		s := newSlot(procs.ID{})
		t.unclaimed[s] = struct{}{}
		parent = s.base
	default:
		return nil
	}
	n = t.addNode(parent, e.pid)
	n.ppid, n.startedAt, n.confirmed, n.forked = e.parent, e.at, true, true
	n.argv, n.plain, n.comm, n.threads, n.state = parent.argv, parent.plain, parent.comm, 1, procs.RunRunning
	if parent == n.slot.base {
		n.slot.root, n.slot.first = n, e.pid
	}
	t.changed(n.slot)
	return n
}

// missed notes that events were lost: whatever runs now may have forked.
func (t *Tracker) missed() {
	for _, s := range t.slots {
		s.exact = false
	}
	for s := range t.unclaimed {
		s.exact = false
	}
	for _, n := range t.byPID {
		n.moved = true
	}
	t.note = "the kernel dropped process events under load: for what ran then, forks are \"at least\""
	t.lastSweep = time.Time{} // look at everything next time
	t.moved()
}

// programsPerSecond bounds how many command lines are read at once: a shell loop
// starts thousands of processes that nobody can read in time. What lives on is
// read in the next look, see readUnread.
const programsPerSecond = 300

// readPrograms reads what processes run that have called exec, or that were forked
// by such a one before that was read.
func (t *Tracker) readPrograms(nodes []*node) {
	if len(nodes) == 0 {
		return
	}
	t.mu.Lock()
	now := 0
	for now < len(nodes) && t.programs.take(t.now()) {
		now++
	}
	for _, n := range nodes[now:] {
		n.unread = true
	}
	t.mu.Unlock()
	t.read(nodes[:now])
}

// readUnread reads what there was no time for, of those that live.
func (t *Tracker) readUnread() {
	var nodes []*node
	t.mu.Lock()
	for _, n := range t.byPID {
		if n.unread && n.exit == nil {
			n.unread = false
			nodes = append(nodes, n)
		}
	}
	t.mu.Unlock()
	t.read(nodes)
}

func (t *Tracker) read(nodes []*node) {
	if len(nodes) == 0 {
		return
	}
	type program struct {
		argv []string
		comm string
	}
	read := make([]program, len(nodes))
	for i, n := range nodes {
		read[i].argv, read[i].comm = t.kernel.program(n.ref.PID)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, n := range nodes {
		if t.byPID[n.ref.PID] != n {
			continue
		}
		argv, comm := n.argv, n.comm
		if n.program(read[i].argv, read[i].comm); n.comm != comm || !slices.Equal(n.argv, argv) {
			t.changed(n.slot)
		}
	}
}

// confirmExits finds out which of the processes whose main thread has ended
// are gone. Others are zombies that nobody has waited for yet, or live on in
// other threads. It is called a moment after the events: by then most parents
// have waited.
func (t *Tracker) confirmExits() {
	nodes := t.exiting
	if len(nodes) == 0 {
		return
	}
	t.exiting = nil
	looks := make([]look, len(nodes))
	comms := make([]string, len(nodes))
	nameless, unread := make([]bool, len(nodes)), make([]bool, len(nodes))
	t.mu.Lock()
	for i, n := range nodes {
		nameless[i] = n.comm == ""
	}
	t.mu.Unlock()
	for i, n := range nodes {
		if t.kernel.exists(n.ref.PID) {
			var there bool
			looks[i], there = t.kernel.look(n.ref.PID) // without a state if it has just gone
			unread[i] = there && looks[i].state == 0
			if nameless[i] {
				_, comms[i] = t.kernel.program(n.ref.PID) // all that a zombie says of its program
			}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, n := range nodes {
		if t.byPID[n.ref.PID] == n {
			if n.comm == "" && comms[i] != "" {
				n.program(nil, comms[i])
			}
			if unread[i] {
				t.exiting = append(t.exiting, n)
				continue
			}
			if t.settle(n, looks[i]); n.exit != nil && looks[i].runs() {
				t.exiting = append(t.exiting, n)
			}
		}
	}
}

// inDoubt is for how long a report of an end counts for more than a look that still finds
// the process running: on a busy machine it does now and then, and the process is gone a
// moment later. Where it does go on, by an exec in another thread, that is reported as well.
const inDoubt = time.Second

// settle draws the conclusion from a look at a process whose main thread
// ended. A look without a state has found nothing.
func (t *Tracker) settle(n *node, l look) {
	switch {
	case l.state == 0 || n.ref.StartTime != 0 && l.start != n.ref.StartTime:
		t.end(n, unknownEnd(t.now()))
		return
	case l.ended && l.status != 0 && l.status != unknownStatus && n.exit != nil:
		asked := n.exit.Asked
		n.exit = exitOf(l.status, n.exit.At) // of the whole process, not of its main thread
		n.exit.Asked = asked
	case l.state != 'Z' && n.exit != nil && t.now().Sub(n.exit.At) < inDoubt:
		return
	case l.state != 'Z':
		n.exit = nil // it goes on: another thread has called exec, and taken over the pid
		t.changed(n.slot)
	}
	t.update(n, l)
}

// bucket lets through so many a second.
type bucket struct {
	second time.Time
	left   int
}

func (b *bucket) take(now time.Time) bool {
	if now.Sub(b.second) >= time.Second {
		b.second, b.left = now, programsPerSecond
	}
	b.left--
	return b.left >= 0
}
