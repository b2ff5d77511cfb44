package tree

import (
	"cmp"
	"maps"
	"time"

	"example.com/muster/procs"
)

// What is kept of processes that have ended.
const (
	keepRecent = 64               // are listed with the living ones
	recentFor  = 10 * time.Second // and for this long
	keepEnded  = 1000             // are kept for a report
)

// slot is what is known of one slot: the tree of what lives, and what has
// ended lately. The tracker's mutex guards it.
type slot struct {
	id      procs.ID
	run     procs.Run
	base    *node // no process: its children are the root and the orphans that survived theirs
	root    *node // the process of the run; nil once it has ended
	first   int   // pid of the root of a slot that nobody has claimed
	living  int   // nodes other than base
	forks   uint64
	exact   bool // no fork was missed since the run began
	labels  names
	outputs [2]string // what the root's standard output and error are
	ended   endedRing
	gone    []procs.Gone       // the same by name; nil when out of date
	ending  bool               // its processes are being ended
	stopped stopped            // since then
	list    []procs.Descendant // cached; nil when out of date
	listEnd time.Time          // when the oldest recent entry of list is no longer recent
}

func newSlot(id procs.ID) *slot {
	s := &slot{id: id, exact: true, labels: newNames()}
	s.base = &node{slot: s}
	return s
}

// begin makes n the process of a run.
func (s *slot) begin(n *node, run procs.Run) {
	s.run, s.root, n.run = run, n, run
	s.ending, s.stopped = false, stopped{}
	n.release() // it is called by the slot's name
	s.labels.begin()
}

// node is one process that lives, or a zombie that nobody has waited for.
type node struct {
	run    procs.Run // that it was started in; zero: the slot's
	seq    uint64    // grows with each process that is found; names it for good
	ref    procs.PIDRef
	slot   *slot
	parent *node // as remembered: who forked it, or the nearest ancestor that still lives
	kids   map[*node]struct{}
	ppid   int // as the kernel has it now

	argv     []string
	comm     string
	plain    []string // argv before it has written a title over that; nil if it has not, or nobody saw it
	forked   bool     // it has not called exec since it was forked
	role     procs.Role
	label    string // "" until it is first shown
	own      string // the name that it has given itself, "" if none is known
	labelRun int    // in which the label means it
	reads    int    // how often its program was read by polling
	unread   bool   // its program is to be read when there is time, see readPrograms
	title    title

	state     procs.RunState
	threads   int
	startedAt time.Time
	peakRSS   int64 // bytes; 0 while nobody has looked
	// exit is how it ended, once the kernel has said so; it stays a node
	// for as long as it is a zombie, or if other threads of it live on.
	exit *procs.Exit
	// confirmed: the connector reported its fork.
	confirmed bool
	// moved: it has run since its children were last read. A process that
	// has not cannot have forked.
	moved bool
	// orphaned: who started it is gone; parentLived: it was there when n ended.
	orphaned, parentLived bool
	told                  bool // of its end
	signalled             bool // it was asked to end, though its slot lets others live
	parting               parting
}

// isRoot reports whether the node is the process of its slot's run.
func (n *node) isRoot() bool { return n.slot.root == n }

// ended reports whether the process is a zombie, with all its threads.
func (n *node) ended() bool { return n.exit != nil && n.threads <= 1 }

// reparent hangs the node under another one.
func (n *node) reparent(to *node) {
	if n.parent != nil {
		delete(n.parent.kids, n)
	}
	n.parent = to
	if to.kids == nil {
		to.kids = map[*node]struct{}{}
	}
	to.kids[n] = struct{}{}
}

// program notes what the process runs. Nothing at all is no news: a zombie
// shows no arguments. A process keeps its label unless it runs something
// else or has another title: some write their progress into their arguments. With
// a title it keeps its role.
func (n *node) program(argv []string, comm string) {
	before := n.shows()
	if len(argv) > 0 {
		switch {
		case titleOf(argv) == "":
			n.plain = nil
		case titleOf(n.argv) == "":
			n.plain = n.argv
		}
		n.argv = argv
	}
	if comm != "" {
		n.comm = comm
	}
	n.bequeath()
	if n.label == "" || n.parent == nil {
		return
	}
	role := RoleOf(n.began(), n.parent.began())
	if n.own != "" {
		n.role = role
		return
	}
	was, _ := labelOf(n.role, before, n.parent.shows())
	is, _ := labelOf(role, n.shows(), n.parent.shows())
	if role != n.role || was != is {
		n.release()
	}
}

// bequeath names those that n forked before it was known what n runs, and that
// may have ended before anybody could read what they run: the same.
func (n *node) bequeath() {
	if len(n.argv) == 0 {
		return
	}
	for kid := range n.kids {
		if kid.forked && len(kid.argv) == 0 {
			kid.program(n.argv, n.comm)
		}
	}
}

// shows returns what the label is made of.
func (n *node) shows() Program { return Program{Argv: n.argv, Comm: n.comm, Forked: n.forked} }

// began returns what the role is made of: a title says nothing of that.
func (n *node) began() Program {
	p := n.shows()
	if n.plain != nil {
		p.Argv = n.plain
	}
	return p
}

// see notes what a look into /proc has found.
func (n *node) see(l look, now time.Time) {
	if n.ref.StartTime == 0 {
		n.ref.StartTime = l.start
	}
	if n.startedAt.IsZero() {
		n.startedAt = l.startedAt
	}
	n.ppid, n.state, n.threads = l.ppid, procs.RunState(l.state), l.threads
	if l.ended && n.exit == nil {
		n.die(exitOf(l.status, now))
	}
}

// addNode adds a process under parent.
func (t *Tracker) addNode(parent *node, pid int) *node {
	t.seq++
	n := &node{seq: t.seq, run: parent.run, ref: procs.PIDRef{PID: pid}, slot: parent.slot, moved: true}
	n.title.begin(t.now())
	n.reparent(parent)
	n.slot.living++
	t.byPID[pid] = n
	return n
}

// end takes a process out of the tree. Its children move up to its parent; it
// is remembered as ended, unless it is the process of a run, whose end is the
// slot's own affair.
func (t *Tracker) end(n *node, exit *procs.Exit) {
	s := n.slot
	if !n.isRoot() {
		t.record(n, exit)
	} else {
		s.root = nil
	}
	for kid := range n.kids {
		kid.orphaned = true
		kid.reparent(n.parent)
	}
	delete(n.parent.kids, n)
	delete(t.byPID, n.ref.PID)
	if t.walks > 0 {
		t.gone[n.ref.PID] = struct{}{}
	}
	s.living--
	if s.first == n.ref.PID {
		t.keepLate(s)
	}
	if s.living == 0 {
		delete(t.unclaimed, s)
	}
	t.changed(s)
}

// late is what remains of a child of the guard that ended before a run claimed
// it: on a busy machine the run may come to that later.
type late struct {
	slot *slot
	at   time.Time
}

// maxLate bounds how many are kept for that, and lateFor how long.
const (
	maxLate = 64
	lateFor = 10 * time.Second
)

// keepLate keeps a slot that nobody has claimed yet and whose root has ended, if
// that had any children.
func (t *Tracker) keepLate(s *slot) {
	if _, anonymous := t.unclaimed[s]; !anonymous || s.forks == 0 {
		return
	}
	now := t.now()
	maps.DeleteFunc(t.late, func(_ int, l late) bool { return now.Sub(l.at) > lateFor })
	if len(t.late) < maxLate {
		t.late[s.first] = late{s, now}
	}
}

// claimLate hands what is over of a run's process to its slot, and reports
// whether there was anything.
func (t *Tracker) claimLate(run procs.Run, to *slot) bool {
	l, ok := t.late[run.PID]
	delete(t.late, run.PID)
	if !ok || t.now().Sub(l.at) > lateFor {
		return false
	}
	for n := range l.slot.base.kids { // zombies, mostly
		n.reparent(to.base)
		t.rehome(n, to)
	}
	t.inherit(l.slot, to)
	delete(t.unclaimed, l.slot)
	return true
}

// inherit hands over what is counted and kept of a slot that nobody had claimed.
func (t *Tracker) inherit(from, to *slot) {
	to.forks += from.forks
	to.exact = from.exact
	from.ended.each(func(e ended) {
		e.run, e.labelRun = to.run.N, to.run.N
		if e.own != "" {
			e.Label = to.labels.called(e.own, e.labelRun, e.seq)
		} else {
			e.Label = to.labels.made(e.Role, Program{Argv: e.Argv}, Program{}, e.labelRun, e.seq)
		}
		t.bury(to, e)
		t.deaths.add(Death{Run: to.run, Descendant: e.Descendant, ParentLived: e.parentLived})
	})
}

// record keeps a descendant that has ended.
func (t *Tracker) record(n *node, exit *procs.Exit) {
	if n.exit == nil {
		n.die(exit)
	}
	d := t.epitaph(n)
	if d.Exit.Unknown {
		t.unknownEnds++
	}
	n.slot.stopped.add(n)
	t.tell(n, d)
	t.bury(n.slot, ended{
		Descendant: d, seq: n.seq, parent: n.parent.seq, run: cmp.Or(n.run.N, n.slot.run.N), own: n.own, labelRun: n.labelRun, parentLived: n.parentLived,
	})
}

// epitaph returns a process that has ended as it stays on record.
func (t *Tracker) epitaph(n *node) procs.Descendant {
	how := *n.exit // that one may have been shown already
	how.RunStartedAt = n.startedAt
	t.name(n)
	d := n.descendant()
	d.Exit, d.State = &how, procs.RunDead
	return d
}

// move hands a whole subtree over to another slot, with what is counted and
// kept of it.
func (t *Tracker) move(n *node, to *slot) {
	from := n.slot
	n.reparent(to.base)
	t.rehome(n, to)
	if _, anonymous := t.unclaimed[from]; anonymous {
		t.inherit(from, to)
		delete(t.unclaimed, from)
	}
	t.changed(from)
}

func (t *Tracker) rehome(n *node, to *slot) {
	if n.isRoot() {
		n.slot.root = nil
	}
	n.slot.living--
	n.release()
	n.slot, n.run = to, to.run
	to.living++
	for kid := range n.kids {
		t.rehome(kid, to)
	}
}

// unknownEnd is the end of a process that nothing told about.
func unknownEnd(at time.Time) *procs.Exit { return &procs.Exit{Unknown: true, At: at} }
