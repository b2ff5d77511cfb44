package tree

import (
	"slices"
	"time"

	"example.com/muster/procs"
)

// sweepEvery is the beat at which the children of all processes are read,
// also of those that have not moved. It is a safety net: a process cannot
// fork without running, and the guard's children are read in every look.
// With the connector the net is wider, as the kernel says when it has dropped
// an event: of 1000 sleeping processes a sweep takes 50 ms of CPU.
const (
	sweepEvery         = 30 * time.Second
	sweepEveryFollowed = 3 * time.Minute
)

// maxDepth bounds how deep one look follows new processes.
const maxDepth = 64

// Refresh looks for new processes now. It follows what the connector has
// reported; without a connector it reads the children of the guard and of
// every process that has run since it was looked at last. full looks at every
// process, connector or not, and finds out which have ended: do that before
// [Tracker.Living].
func (t *Tracker) Refresh(full bool) {
	t.drain()
	t.mu.Lock()
	every := sweepEvery
	if t.conn != nil {
		every = sweepEveryFollowed
	}
	if t.now().Sub(t.lastSweep) >= every {
		full = true
	}
	if t.conn != nil && !full {
		var zombies []target
		due := t.now().Sub(t.lastZombies) >= zombiesEvery
		if due {
			t.lastZombies = t.now()
			zombies = t.zombies()
		}
		t.mu.Unlock()
		t.checkAll(zombies)
		if due {
			t.readUnread()
			t.readTitles()
		}
		return
	}
	t.walks++
	if full {
		t.lastSweep = t.now()
	}
	targets := t.targets(full)
	t.mu.Unlock()

	t.readUnread()
	t.readTitles()
	if full {
		t.checkAll(targets)
	}
	for depth := 0; len(targets) > 0 && depth < maxDepth; depth++ {
		targets = t.explore(targets)
	}

	t.mu.Lock()
	if t.walks--; t.walks == 0 {
		clear(t.gone)
	}
	t.mu.Unlock()
}

// target is a process whose children are to be read.
type target struct {
	pid, threads int
	seq          uint64 // 0 for the guard
	reread       bool   // it may have called exec
}

// targets lists the processes that may have new children.
func (t *Tracker) targets(all bool) []target {
	list := []target{{pid: t.guard()}}
	for pid, n := range t.byPID {
		if all || n.moved && !n.ended() {
			reread := t.conn == nil && n.reads < rereads
			list = append(list, target{pid: pid, threads: n.threads, seq: n.seq, reread: reread})
		}
		n.moved = false
	}
	return list
}

// zombiesAtOnce bounds how many zombies a look asks after, and zombiesEvery
// how often that is done, and how often it is read what there was no time for: when
// a pool ends, each of its slots looks.
const (
	zombiesAtOnce = 64
	zombiesEvery  = 100 * time.Millisecond
)

// zombies lists some of those that have ended and that were still to be
// waited for by their parents: nothing reports when that happens.
func (t *Tracker) zombies() []target {
	var list []target
	for pid, n := range t.byPID {
		if n.exit != nil && len(list) < zombiesAtOnce {
			list = append(list, target{pid: pid, seq: n.seq})
		}
	}
	return list
}

// child is a process that is listed as a child of another.
type child struct {
	pid    int
	parent target
}

// find is a child that was not in the tree.
type find struct {
	child
	look    look
	argv    []string
	comm    string
	environ map[string]string // of an orphan, as outputs
	outputs [2]string
	unread  bool // what it runs is to be read later
}

// explore reads the children of the targets, adds those that are new, and
// returns them as the next targets.
func (t *Tracker) explore(targets []target) []target {
	var children []child
	var pids []int
	for _, g := range targets {
		var ok bool
		if pids, ok = t.kernel.children(g.pid, g.threads, pids[:0]); !ok {
			t.again(g)
		}
		for _, pid := range pids {
			children = append(children, child{pid: pid, parent: g})
		}
	}
	fresh := t.unknown(children)
	t.reread(targets, fresh)
	var finds []find
	for _, c := range fresh {
		l, ok := t.kernel.look(c.pid)
		if !ok || l.ppid != c.parent.pid {
			continue // it has ended, or moved to the guard: the next look will tell
		}
		f := find{child: c, look: l}
		f.argv, f.comm = t.kernel.program(c.pid)
		if c.parent.seq == 0 {
			t.inspectOrphan(&f)
		}
		finds = append(finds, f)
	}
	added := t.adopt(finds)
	t.follow(added)
	return added
}

// again has the next look read the children of a target once more.
func (t *Tracker) again(g target) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.byPID[g.pid]; n != nil && n.seq == g.seq {
		n.moved = true
	}
}

// rereads is how often polling reads anew what a process runs that has moved.
// The first time, it may not have called exec yet.
const rereads = 3

// reread reads anew what processes run: without the connector nothing tells
// of an exec. Whoever has new children is read again as well, for their roles
// depend on it.
func (t *Tracker) reread(targets []target, fresh []child) {
	parents := make(map[uint64]bool, len(fresh))
	for _, c := range fresh {
		parents[c.parent.seq] = true
	}
	for _, g := range targets {
		if g.seq == 0 || !g.reread && !parents[g.seq] {
			continue
		}
		argv, comm := t.kernel.program(g.pid)
		t.mu.Lock()
		if n := t.byPID[g.pid]; n != nil && n.seq == g.seq && len(argv) > 0 {
			if n.reads++; n.comm != comm || !slices.Equal(n.argv, argv) {
				n.program(argv, comm)
				t.changed(n.slot)
			}
		}
		t.mu.Unlock()
	}
}

// unknown returns those children that are not in the tree yet.
func (t *Tracker) unknown(children []child) []child {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := children[:0]
	for _, c := range children {
		n := t.byPID[c.pid]
		if n == nil {
			fresh = append(fresh, c)
			continue
		}
		if n.ppid != c.parent.pid {
			n.ppid = c.parent.pid
			t.changed(n.slot)
		}
	}
	return fresh
}

// adopt adds what was found to the tree.
func (t *Tracker) adopt(finds []find) []target {
	t.mu.Lock()
	defer t.mu.Unlock()
	var added []target
	for i := range finds {
		f := &finds[i]
		if _, gone := t.gone[f.pid]; gone || t.byPID[f.pid] != nil {
			continue
		}
		parent := t.parentOf(f)
		if parent == nil {
			continue
		}
		n := t.addNode(parent, f.pid)
		n.see(f.look, t.now())
		if f.look.forked && titleOf(f.argv) != "" { // it was quicker
			n.argv = parent.began().Argv
		}
		n.program(f.argv, f.comm)
		n.moved = false
		t.count(n, f)
		t.tellZombie(n)
		t.changed(n.slot)
		added = append(added, target{pid: f.pid, threads: f.look.threads, seq: n.seq})
	}
	return added
}

// count counts a process that has been found as a fork of its slot, and
// remembers the session that it leads.
func (t *Tracker) count(n *node, f *find) {
	s := n.slot
	if _, anonymous := t.unclaimed[s]; anonymous && n.parent == s.base {
		s.root, s.first = n, f.pid
		return
	}
	s.forks++
	if f.look.sid == f.pid {
		t.leaders.put(f.pid, s)
	}
}

// parentOf returns the node under which a find belongs, nil if that is not
// known.
func (t *Tracker) parentOf(f *find) *node {
	if f.parent.seq == 0 {
		if s := t.ownerOf(f); s != nil {
			return s.base
		}
		s := newSlot(procs.ID{})
		s.exact = false
		t.unclaimed[s] = struct{}{}
		return s.base
	}
	parent := t.byPID[f.parent.pid]
	if parent == nil || parent.seq != f.parent.seq {
		return nil
	}
	return parent
}

// checkAll looks at every target once and takes out what has ended.
func (t *Tracker) checkAll(targets []target) {
	looks, gone := make([]Look, 0, len(targets)), false
	for _, g := range targets {
		if g.seq != 0 {
			l, ok := t.kernel.look(g.pid)
			looks = append(looks, Look{Seq: g.seq, PID: g.pid, Gone: !ok, look: l})
			gone = gone || !ok
		}
	}
	if gone {
		t.drain() // how it ended may wait to be read
	}
	t.drainExits() // or a pidfd tells
	t.observe(looks)
}
