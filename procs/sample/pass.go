package sample

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/tree"
)

const (
	// lookEvery is how many passes a process that does not run goes without being
	// read, twice as many if it rests: its memory may be reclaimed while it sleeps.
	lookEvery = 10
	// detailEvery is the same for the details.
	detailEvery = 60
	// detailBudget bounds the details read in a pass, counted in threads:
	// each costs about 8 us, and a process 6 us more.
	detailBudget = 150
	// restAfter is after how many passes without having run a process is looked at
	// in every other pass only, if there are more than manyProcesses.
	restAfter     = 10
	manyProcesses = 250
)

// pass measures all processes, again and again.
type pass struct {
	tree   *tree.Tracker
	reader reader

	version uint64 // of the tree, when processes was taken from it
	list    []tree.Process
	entries map[uint64]*entry // by tree.Process.Seq
	order   []*entry          // the same; details are given out from turn on
	turn    int
	count   uint64 // passes so far
	moves   uint64 // how often a process had run since the pass before, or had gone
	before  time.Time
	at      time.Time
	looks   []tree.Look
	told    []*entry // whose stat has been read in this round
	roused  []*slot  // in which one has waited for children since, or a run has ended
	slots   map[procs.ID]*slot
	stirred []*slot // those of which there may be something else to say than after the pass before
	left    int     // how many slots there were without a run
	spent   *spent
}

// slot is what a pass knows of one slot. What each pass asks of each is side by side in
// memory: of a thousand that sleep, little else costs anything. So it is in entry.
type slot struct {
	id      procs.ID
	stirred uint64 // the last pass in which it is, see stir
	root    *entry
	entries []*entry // the root among them
	account          // of all runs
	// endTime is what was told, before the pass, of the runs that have ended.
	endTime time.Duration
	ended   uint64 // the pass in which a run was last found gone
	late    late
	// What the tree said when its version was asked.
	asked  uint64
	listed []procs.Descendant
	total  uint64 // of forks
	exact  bool
	forks  rate
}

// entry is one process.
type entry struct {
	tree.Process
	slot    *slot
	probe   probe
	gone    bool
	unread  bool          // the last try to read it has failed
	moved   bool          // it has run since the pass before
	still   int           // for how many looks it has not
	clock   time.Duration // CPU time at clockAt
	clockAt time.Time     // zero before the first look
	used    time.Duration // CPU time since the pass before
	usage   procs.Usage
	state   procs.RunState
	details uint64 // the pass that last read its details; 0 never
	seen    uint64 // the pass that last found it in the tree
	rss     int64  // as its stat had it, which may be wrong by
	rssFix  int64  // so much: the difference when the details were read
	ppid    int
	waited  reaped // children that it has waited for
	// childTime is what its stat tells of them; waited takes it over in learn.
	childTime time.Duration
	late      late
	// queue is what its main thread has had of the processors so far, if it was last
	// seen to be ready to run.
	queue  struct{ ran, waited time.Duration }
	tracer int // the pid of who traced it when its details were read; 0 if nobody did
}

func newPass(t *tree.Tracker, r reader) pass {
	return pass{tree: t, reader: r, entries: map[uint64]*entry{}, slots: map[procs.ID]*slot{}, spent: &spent{}}
}

// close gives back what is held open.
func (p *pass) close() {
	for _, e := range p.entries {
		if e.probe != nil {
			e.probe.close()
		}
	}
	clear(p.entries)
}

// measure looks at every process once. Those that the tree discovers by what
// the first round has seen are looked at in a second.
func (p *pass) measure(now time.Time, focus *procs.ID) {
	p.count++
	p.before, p.at = p.at, now
	p.sync()
	p.round()
	p.tree.Refresh(false)
	if p.sync() {
		p.round()
	}
	p.looks = p.looks[:0]
	p.readDetails(focus)
	p.tree.Observe(p.looks)
}

// stir says that something of a slot is not as it was, so that it is looked at in this
// pass and in the next one, in which shares of CPU fall back.
func (p *pass) stir(s *slot) {
	if s.stirred < p.count {
		p.stirred = append(p.stirred, s)
	}
	s.stirred = p.count + 1
}

// settle ends a pass: those that are stirred now only are so no more in the next one.
func (p *pass) settle() {
	p.stirred = slices.DeleteFunc(p.stirred, func(s *slot) bool { return s.stirred <= p.count })
}

// sync takes over the tree's processes, if they have changed.
func (p *pass) sync() bool {
	version := p.tree.Version()
	if version == p.version {
		return false
	}
	p.version = version
	p.list = p.tree.Processes(p.list[:0])
	slices.SortFunc(p.list, func(a, b tree.Process) int { return cmp.Compare(a.Seq, b.Seq) }) // parents first, see learn
	for _, s := range p.slots {
		s.root, s.entries = nil, s.entries[:0]
		p.stir(s)
	}
	p.order = p.order[:0]
	for _, proc := range p.list {
		e := p.entries[proc.Seq]
		if e == nil {
			e = &entry{usage: unknown}
			p.entries[proc.Seq] = e
		}
		e.Process, e.seen = proc, version
		p.place(e)
	}
	var gone []*entry
	for _, e := range p.entries {
		if e.seen != version {
			gone = append(gone, e)
		}
	}
	slices.SortFunc(gone, func(a, b *entry) int { return cmp.Compare(a.Seq, b.Seq) }) // runs before what they had
	for _, e := range gone {
		p.bequeath(e)
		if e.probe != nil {
			e.probe.close()
		}
	}
	for _, e := range gone {
		delete(p.entries, e.Seq)
	}
	return true
}

// place puts a process into its slot.
func (p *pass) place(e *entry) {
	s := p.slots[e.ID]
	if s == nil {
		s = &slot{id: e.ID, account: p.spent.get(e.ID)}
		p.slots[e.ID] = s
		p.stir(s)
	}
	if e.Root {
		s.root = e
	}
	e.slot = s
	s.entries = append(s.entries, e)
	p.order = append(p.order, e)
}

// round looks at every process that this pass has not looked at, and tells
// the tree what it saw.
func (p *pass) round() {
	p.looks = p.looks[:0]
	for _, e := range p.order {
		if p.due(e) && !p.rests(e) {
			p.look(e)
		}
	}
	p.rouse()
	for _, e := range p.told {
		p.learn(e)
	}
	p.told = p.told[:0]
	p.tree.Observe(p.looks)
}

// due reports whether a process has not been looked at in this pass.
func (p *pass) due(e *entry) bool { return !e.gone && !e.clockAt.After(p.at) }

// rests reports whether a process need not be looked at in this pass: what it has
// used by the next one, it has used in both.
func (p *pass) rests(e *entry) bool {
	return p.still(e) && (p.count+e.Seq)%2 != 0 // not in its turn of lookEvery
}

// still reports whether a process is one of many and has not run for long.
func (p *pass) still(e *entry) bool { return e.still >= restAfter && len(p.order) > manyProcesses }

// look measures one process.
func (p *pass) look(e *entry) {
	if e.probe == nil {
		probe, err := p.reader.open(e.PID)
		if err != nil {
			p.fail(e, err)
			return
		}
		e.probe = probe
	}
	clock, err := e.probe.clock()
	if err != nil {
		p.fail(e, err)
		return
	}
	e.slot.cpu += max(0, clock-e.clock) // of a new one the clock was 0
	p.account(e, clock, time.Now())
	asleep := e.state != procs.RunRunning && e.state != procs.RunQueued && e.state != procs.RunDisk
	every := uint64(lookEvery)
	if p.still(e) {
		every *= 2
	}
	if turn := (p.count + e.Seq) % every; !e.moved && asleep && turn != 0 && !e.unread {
		return
	}
	p.stir(e.slot)
	l := &looked{}
	if err := e.probe.look(l); err != nil {
		p.fail(e, err)
		return
	}
	e.unread = false
	if l.hasStat {
		e.ppid = l.stat.PPID
		e.childTime = time.Duration(l.stat.ChildTime) * (time.Second / procfs.TicksPerSecond)
		if e.childTime > e.waited.total {
			p.roused = append(p.roused, e.slot)
		}
		p.told = append(p.told, e)
	}
	e.state = e.stateOf(l)
	e.rss = l.rssBytes
	e.usage.RSSBytes, e.usage.Threads = e.memory(), l.threads
	seen := tree.Look{Seq: e.Seq, PID: e.PID, Moved: e.moved, PeakRSSBytes: max(0, e.usage.RSSBytes)}
	if l.hasStat {
		seen.Stat = &l.stat
	}
	p.looks = append(p.looks, seen)
}

// busyPercent is the share of CPU from which on it is asked whether it is another thread
// than the main one that runs: that costs 8 us for each.
const busyPercent = 5

// stateOf is the state of a whole process: the kernel's letter is of its main thread
// alone, and does not tell who runs from who waits for a processor.
func (e *entry) stateOf(l *looked) procs.RunState {
	before := e.queue
	e.queue.ran, e.queue.waited = 0, 0
	switch {
	case l.state == procs.RunRunning:
		e.queue.ran, e.queue.waited = e.probe.queue()
		// Of two for each CPU, which wait as long as they run, each runs.
		if ran, waited := e.queue.ran-before.ran, e.queue.waited-before.waited; before.ran > 0 && 4*waited > 5*ran {
			return procs.RunQueued
		}
	case l.state == procs.RunSleeping && l.threads > 1 && e.usage.CPUPercent >= busyPercent && e.probe.runs():
		return procs.RunRunning
	}
	return l.state
}

// fail follows from a process that cannot be measured: it has ended, or, as for want of
// descriptors, it is tried again in the next pass, and is until then what it was.
func (p *pass) fail(e *entry, err error) {
	if procfs.IsGone(err) || errors.Is(err, errGone) {
		p.lost(e)
		return
	}
	e.unread = true
	p.looks = append(p.looks, tree.Look{Seq: e.Seq, PID: e.PID, Moved: e.moved})
}

// lost notes that a process has ended and been waited for.
func (p *pass) lost(e *entry) {
	e.gone, e.usage, e.used = true, unknown, 0
	p.stir(e.slot)
	p.bequeath(e)
	p.moves++
	if e.probe != nil {
		e.probe.close()
		e.probe = nil
	}
	p.looks = append(p.looks, tree.Look{Seq: e.Seq, PID: e.PID, Gone: true})
}

// account works out the share of CPU from the time between two looks at the
// clock. A process that was not there in the pass before has none yet, but
// what it used belongs to its slot.
func (p *pass) account(e *entry, clock time.Duration, now time.Time) {
	switch {
	case e.clockAt.IsZero():
		e.moved, e.used = true, 0
		if !p.before.IsZero() && e.StartedAt > p.before.UnixNano() {
			e.used = clock
		}
	default:
		e.used = max(0, clock-e.clock)
		e.moved = clock != e.clock
		e.usage.CPUPercent = 100 * float64(e.used) / float64(now.Sub(e.clockAt))
	}
	if e.moved {
		p.moves++
		e.still = 0
		p.stir(e.slot)
	} else {
		e.still++
	}
	e.clock, e.clockAt = clock, now
}

// readDetails reads what costs more: of the slot in focus, of processes that
// have run, and of the others by turns.
func (p *pass) readDetails(focus *procs.ID) {
	if focus != nil {
		if s := p.slots[*focus]; s != nil {
			for _, e := range s.entries {
				p.detail(e)
			}
		}
	}
	budget := detailBudget
	for i := 0; i < len(p.order) && budget > 0; i++ {
		e := p.order[(p.turn+i)%len(p.order)]
		if e.probe == nil || e.details == p.count || !e.moved && p.count-e.details < detailEvery && e.details != 0 {
			continue
		}
		p.detail(e)
		if budget -= 1 + max(1, e.usage.Threads); budget <= 0 {
			p.turn += i
		}
	}
}

func (p *pass) detail(e *entry) {
	if e.probe == nil || e.details == p.count {
		return
	}
	p.stir(e.slot)
	d := e.probe.detail(e.usage.Threads, &e.usage)
	e.details, e.tracer = p.count, d.tracer
	if d.peakRSSBytes > 0 && !e.Root { // of a run's own process the kernel tells it at the end
		p.looks = append(p.looks, tree.Look{Seq: e.Seq, PID: e.PID, PeakRSSBytes: d.peakRSSBytes})
	}
	if e.usage.RSSBytes != procs.Unknown {
		e.rssFix = e.usage.RSSBytes - e.rss
	}
}

// memory is the best that is known of the resident set. The kernel keeps it
// in counters per CPU, so stat may say 0 of a small process; the details know
// better, and how far stat was off then is a good guess of how far it is now.
func (e *entry) memory() int64 {
	n := e.rss + e.rssFix
	switch {
	case e.state == procs.RunZombie:
		return 0
	case n <= 0:
		return procs.Unknown
	}
	return n
}

// forget drops the slots that have no processes and no run, and returns what there is to
// say of those that have no run any more, but processes.
func (p *pass) forget(index map[procs.ID]int) (left map[procs.ID]View) {
	p.left = 0
	for id, s := range p.slots {
		if _, ok := index[id]; ok {
			continue
		}
		p.spent.put(id, s.account)
		if len(s.entries) == 0 {
			delete(p.slots, id)
			continue
		}
		p.left++
		if v := p.viewLeft(id, s); v.Sample.Processes > 0 {
			if left == nil {
				left = map[procs.ID]View{}
			}
			left[id] = v
		}
	}
	return left
}
