// Package tree finds the descendants of the processes that the pools run, and
// says of each whose child it is, what it is there for, and how it ended.
//
// There are two ways to know. The kernel's process connector reports every
// fork, exec and exit on the machine as it happens ([Tracker.Run]): nothing
// is missed and the exit of each descendant is known. Where it is not
// permitted, [Tracker.Refresh] looks into /proc, and what begins and ends
// between two looks can only be counted as "at least n".
//
// Start at [New]; read with [Tracker.Descendants]. What recognises roles and
// makes labels is pure and stands in role.go and label.go;
// names that processes give themselves are told by [Tracker.Name], the titles that
// they write over their arguments are read again and again, see title.go.
package tree

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/internal/bounded"
	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// Options is what a [Tracker] has to know.
type Options struct {
	// GuardPID returns the pid of the process that starts the slots and that
	// adopts their orphans (see PR_SET_CHILD_SUBREAPER in prctl(2)), or 0
	// while there is none. Nil stands for this process.
	GuardPID func() int
	// Session is the value of MUSTER_SESSION in the children's environment.
	Session string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Tracker knows all processes that the slots have started. Its methods may be
// called from any goroutine; none of them waits for a process.
type Tracker struct {
	guard   func() int
	session string
	now     func() time.Time
	kernel  kernel
	version atomic.Uint64
	namedAt atomic.Uint64 // see NamedAt
	told    chan struct{} // see Changed
	deaths  deathRing
	pidfds  atomic.Pointer[pidfds] // nil: exits are not followed by them
	opened  chan struct{}          // closed once Run has tried to open the connector

	// draining orders those who take events from the connector, so that
	// they are applied as they happened. It is taken before mu.
	draining sync.Mutex
	exiting  []*node // guarded by draining: their exit was reported a moment ago

	mu    sync.Mutex // guards all below; never held while the kernel is asked
	slots map[procs.ID]*slot
	// unclaimed are children of the guard that no run has claimed: those
	// that the guard has started a moment ago, and its own helpers.
	unclaimed map[*slot]struct{}
	// late are children of the guard that ended before a run has claimed them, by their pid.
	late        map[int]late
	byPID       map[int]*node
	graves      bounded.Map[int, *slot] // by pid: which slot keeps the last process of that number that has ended
	names       map[int]early           // by pid, of those that are not known yet
	programs    bucket
	titles      bucket
	leaders     leaders
	seq         uint64 // of the newest node
	lastSweep   time.Time
	lastZombies time.Time // when zombies were last asked after
	// walks counts those who look into /proc at this moment; gone holds the
	// pids that ended meanwhile, so that a late look cannot revive them.
	walks int
	gone  map[int]struct{}
	conn  *connector // nil: polling only
	note  string     // why conn is nil, or what it has missed
	// unknownEnds counts descendants of which nothing told how they ended.
	unknownEnds int
}

// New returns a tracker that knows nothing yet.
func New(o Options) *Tracker {
	if o.GuardPID == nil {
		o.GuardPID = os.Getpid
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Tracker{
		guard: o.GuardPID, session: o.Session, now: o.Now, kernel: newKernel(), opened: make(chan struct{}), told: make(chan struct{}, 1),
		slots: map[procs.ID]*slot{}, unclaimed: map[*slot]struct{}{}, late: map[int]late{}, byPID: map[int]*node{},
		names: map[int]early{}, gone: map[int]struct{}{}, leaders: leaders{},
		note: "descendants are found by polling: the process connector has not been opened",
	}
}

// Add begins to follow a run: its process and all that descends from it.
func (t *Tracker) Add(run procs.Run) {
	t.drain() // the fork of this very process may wait to be read
	f := t.meet(run)

	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.claim(run)
	n := t.byPID[run.PID]
	if n == nil {
		n = t.addNode(s.base, run.PID)
		if !t.claimLate(run, s) {
			s.exact = false // it may have forked before anybody looked
		}
	}
	s.begin(n, run)
	s.base.walk(t.tellZombie) // they were nobody's until now
	s.outputs = f.outputs
	if f.look.state != 0 {
		n.see(f.look, t.now())
	}
	t.leaders.put(f.look.sid, s)
	n.ref.StartTime = max(n.ref.StartTime, run.StartTime)
	n.program(f.argv, f.comm)
	n.unread = n.unread || f.unread
	t.changed(s)
}

// meet reads what is not known yet of a run's process. When the connector has
// reported its fork that is its program at most, while it lives: it leads its own session, as
// the guard starts all of them, and its orphans will be known by their forks.
func (t *Tracker) meet(run procs.Run) find {
	var f find
	t.mu.Lock()
	n := t.byPID[run.PID]
	followed := n != nil && n.confirmed && run.StartTime != 0
	named := followed && (n.exit != nil || !n.forked && len(n.argv) > 0)
	if followed && !named && !t.programs.take(t.now()) {
		named, f.unread = true, true
	}
	t.mu.Unlock()
	if followed {
		f.look.sid = run.PID
	} else {
		f.look, _ = t.kernel.look(run.PID)
		f.outputs = t.kernel.outputs(run.PID)
	}
	if !named {
		f.argv, f.comm = t.kernel.program(run.PID)
	}
	return f
}

// claim returns the slot of a run, which takes over what the run's process
// has been seen to do before it was claimed.
func (t *Tracker) claim(run procs.Run) *slot {
	s := t.slots[run.ID]
	if s == nil {
		s = newSlot(run.ID)
		t.slots[run.ID] = s
	}
	n := t.byPID[run.PID]
	s.run = run
	switch {
	case n == nil:
	case run.StartTime != 0 && n.ref.StartTime != 0 && n.ref.StartTime != run.StartTime:
		t.end(n, unknownEnd(t.now())) // an earlier process of that number
	case n.slot != s:
		t.move(n, s)
	default: // a look into /proc took it for an orphan of an earlier run
		s.forks = max(s.forks, 1) - 1
		n.reparent(s.base)
	}
	return s
}

// Remove says that the process of a run has ended. What it leaves behind
// stays with the slot until it ends.
func (t *Tracker) Remove(run procs.Run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[run.ID]
	if s == nil || s.root == nil || s.run.PID != run.PID || s.run.N != run.N {
		return
	}
	t.end(s.root, unknownEnd(t.now()))
}

// Forks returns how many processes have been started within the slot, not
// counting the runs themselves. exact reports whether nothing was missed
// since the present run began; otherwise there were at least that many.
func (t *Tracker) Forks(id procs.ID) (total uint64, exact bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[id]
	if s == nil {
		return 0, t.conn != nil
	}
	return s.forks, s.exact && t.conn != nil
}

// Coverage says why forks and exits are not exact, and what would permit it;
// "" when they are.
func (t *Tracker) Coverage() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.note
}

// Exits says why not each end of a descendant is told, with how it ended; "" when
// it is, and was so far.
func (t *Tracker) Exits() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	note := ""
	switch {
	case t.conn != nil:
	case t.pidfds.Load() != nil:
		note = "ends of descendants are told by pidfds: of one that ends before it is first seen nothing is known"
	default:
		note = "how a descendant ended is known only if it is seen before its parent has waited for it"
	}
	if n := t.unknownEnds; n > 0 {
		if note != "" {
			note += "; "
		}
		note += fmt.Sprintf("of %d so far nothing told how they ended", n)
		if t.conn == nil {
			note += " (pidfds tell that since Linux 6.15)"
		}
	}
	return note
}

// Traced reports whether somebody traces a process of a slot at this moment, by
// ptrace(2), who is none of the slot's own: a person's debugger.
func (t *Tracker) Traced(id procs.ID) bool {
	t.mu.Lock()
	var pids []int
	if s := t.slots[id]; s != nil {
		s.base.walk(func(n *node) { pids = append(pids, n.ref.PID) })
	}
	t.mu.Unlock()
	return slices.ContainsFunc(pids, func(pid int) bool {
		by := procfs.Tracer(pid)
		return by != 0 && !slices.Contains(pids, by)
	})
}

// Opened is closed once [Tracker.Run] follows the connector, or has found that
// it may not. What starts before that may be missed.
func (t *Tracker) Opened() <-chan struct{} { return t.opened }

// Version grows whenever a process appears, changes its program or ends.
func (t *Tracker) Version() uint64 { return t.version.Load() }

// changed marks what a slot shows as out of date.
func (t *Tracker) changed(s *slot) {
	s.list = nil
	t.moved()
}

// Changed gets a value soon after [Tracker.Version] has grown. It holds one
// value at most, and is for one reader.
func (t *Tracker) Changed() <-chan struct{} { return t.told }

// moved notes that a process has appeared, changed its program or ended.
func (t *Tracker) moved() {
	t.version.Add(1)
	select {
	case t.told <- struct{}{}:
	default: // one is waiting there
	}
}

// leaders remembers to which slot a session belongs, by the pid of its
// leader. The kernel does not give that number to another process while the
// session has members (kernel/pid.c), so an entry is right even when the
// leader is long gone, until a new leader replaces it.
type leaders map[int]*slot

// maxLeaders bounds what is remembered.
const maxLeaders = 8192

func (l leaders) put(sid int, s *slot) {
	if sid == 0 {
		return
	}
	if len(l) >= maxLeaders {
		for old := range maps.Keys(l) { // any will do: it is a rule of last resort
			delete(l, old)
			break
		}
	}
	l[sid] = s
}
