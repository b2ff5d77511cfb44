package locks

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/native"
	"example.com/muster/profiling/pyagent"
)

// looker makes looks. It has one owner.
type looker struct {
	procs map[int]*process // by number: since when one lives may become known later
	order []*process       // as the targets came
	of    map[procs.PIDRef]*process
	room  int // how many files may still be kept open
	now   time.Time
	out   *pass
	files fileLocks
	socks sockets
	ends  others
	index endIndex
	kept  map[graph.ID]*keptObject
	// met are those that were new in the look before, newly in this one; eager
	// looks at all at once, and so does a look that somebody has asked for.
	met, newly map[int]struct{}
	eager      bool
	asked      bool
	more       bool // the next look may tell more, even if nobody runs
	ran        bool // somebody has, since the look before
	stillness  stillness
	counted    func() (moves uint64, at time.Time) // nil: nobody counts
	sems       semLocks
	searcher   semSearcher
	agent      *pyagent.Agent // nil: none
	known      pyagent.Known
	// symbols read the stacks of programs in C and the like.
	symbols native.Symbols
	goers   goers
	owed    bool                  // a Go program has been asked and has yet to answer, or to answer again
	ringed  map[graph.Thread]bool // those in a deadlock as of the look before
	unread  bool                  // some of them were not, when stacks were read
	apart   map[string]apart      // names that several things have had in common
	// recalled is by its name what was seen last.
	recalled map[string]recalled
	ctx      context.Context // of Run, for what is asked in the background
}

// pass is a look that is being made.
type pass struct {
	graph.Look
	objects  map[graph.ID]int // place in Objects
	coverage coverage
}

func newLooker(ctx context.Context, o Options) *looker {
	l := &looker{procs: map[int]*process{}, ringed: map[graph.Thread]bool{}, room: 512, agent: o.Agent, eager: o.Eager, counted: o.Moves, ctx: ctx}
	var lim unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &lim) == nil {
		l.room = int(min(lim.Cur/4, 16<<10))
	}
	return l
}

func (l *looker) close() {
	for _, p := range l.procs {
		p.close(&l.room)
	}
	l.symbols.Close()
	l.goers.done.Wait()
	l.searcher.done.Wait()
}

// look looks at all targets.
func (l *looker) look(now time.Time, targets []procs.PIDRef) graph.Look {
	l.now = now
	l.out = &pass{objects: map[graph.ID]int{}}
	l.out.At = now
	l.sems.seen = map[semFile]sight{}
	l.follow(targets)
	l.learn()
	l.noteHeld()
	for _, p := range l.order {
		for _, t := range p.threads {
			l.thread(p, t)
		}
	}
	l.doubt()
	l.goroutines()
	l.keep()
	l.stacks()
	l.judgePools()
	l.judgeParked()
	l.judgeRefused()
	l.judgeOthers()
	l.answers()
	l.tellApart()
	l.out.Coverage = l.out.coverage.list(len(l.order))
	return l.out.Look
}

// lasts reports whether a process was there in an earlier look. Most of those
// that come and go fast are never opened, which would cost as much as they do.
func (l *looker) lasts(pid int) bool {
	if l.eager || l.asked {
		return true
	}
	_, ok := l.met[pid]
	if !ok {
		l.newly[pid] = struct{}{}
		l.ran = true // there is something to look at next time
	}
	return ok
}

// follow opens what is new among the targets, looks at each, and lets go of
// what has ended or is no target any more.
func (l *looker) follow(targets []procs.PIDRef) {
	l.ran = false
	l.met, l.newly = l.newly, make(map[int]struct{}, len(l.newly))
	wanted := make(map[int]bool, len(targets))
	l.order, l.of = l.order[:0], make(map[procs.PIDRef]*process, len(targets))
	for _, ref := range targets {
		if wanted[ref.PID] {
			continue
		}
		p := l.followed(ref)
		if p == nil || !p.look(l.now, &l.room) {
			continue
		}
		wanted[ref.PID] = true
		l.ran = l.ran || !p.still
		l.order = append(l.order, p)
		l.of[p.PIDRef] = p
	}
	for pid, p := range l.procs {
		if !wanted[pid] {
			p.close(&l.room)
			delete(l.procs, pid)
		}
	}
}

// followed returns the process of a target, opened if it is new; nil if it is
// not looked at yet, or has ended.
func (l *looker) followed(ref procs.PIDRef) *process {
	p := l.procs[ref.PID]
	if p != nil && (ref.StartTime == 0 || ref.StartTime == p.StartTime) {
		return p
	}
	if p != nil { // the number is another one's now
		p.close(&l.room)
		delete(l.procs, ref.PID)
	}
	if !l.lasts(ref.PID) {
		return nil
	}
	if p = open(ref); p != nil {
		l.procs[ref.PID] = p
		l.ends.joined()
	}
	return p
}

// thread adds what a thread does, and what it waits for.
func (l *looker) thread(p *process, t *thread) {
	s := graph.State{Thread: t.Thread, Ran: t.ran, Doing: graph.Unknown}
	switch {
	case p.state == 'T' || p.state == 't':
		s.Doing, t.last = graph.Stopped, found{}
	case !t.fresh && l.recall(t):
		s.Doing = t.last.doing
	case !t.seen:
		l.out.coverage.denied(p)
	case t.blocked.Running:
		s.Doing = graph.OnCPU
	case t.blocked.NR < 0:
		s.Doing = graph.InIO // a page that has to be read
	default:
		before := len(l.out.Waits)
		s.Doing = l.waits(p, t)
		t.last = found{doing: s.Doing}
		if len(l.out.Waits) > before {
			t.last.waits, t.last.forWork = l.out.Waits[before].For, l.out.Waits[before].ForWork
		}
	}
	s.Timed = t.seen && !t.blocked.Running && (t.at.timed || t.at.is == callEpoll && t.blocked.epollTimed())
	l.out.Threads = append(l.out.Threads, s)
}

// waits adds what a thread in a system call waits for, and says in a word what
// that is.
func (l *looker) waits(p *process, t *thread) graph.Doing {
	if l.parked(p, t) {
		return graph.Idle
	}
	switch c := &t.at; c.is {
	case callFutex:
		return l.futex(p, t)
	case callFlock, callFcntl:
		return l.fileLock(p, t)
	case callSem:
		return l.sysvSem(p, t)
	case callRead, callWrite:
		return l.file(p, t, c.fd, c.is == callWrite)
	case callAccept:
		return l.file(p, t, c.fd, false)
	case callPoll:
		return l.poll(p, t)
	case callOpen:
		return l.opens(p, t)
	case callChild:
		l.child(p, t)
	}
	return t.at.is.plain()
}

// wait adds a wait for an object, which make describes unless another thread
// was seen to wait for it.
func (l *looker) wait(t *thread, id graph.ID, forWork bool, describe func() graph.Object) {
	o := l.object(id, describe)
	l.out.Waits = append(l.out.Waits, graph.Wait{Thread: t.Thread, For: id, Timed: t.at.timed, MayEnd: l.mayEnd(t, o, forWork), ForWork: forWork})
}

// object returns an object of this pass. It may be moved by the next call.
func (l *looker) object(id graph.ID, describe func() graph.Object) *graph.Object {
	i, ok := l.out.objects[id]
	if !ok {
		o := describe()
		o.ID = id
		i = len(l.out.Objects)
		l.out.objects[id] = i
		l.out.Objects = append(l.out.Objects, o)
	}
	return &l.out.Objects[i]
}

// keptObject is an object that the next looks need not describe anew: who is at
// the other end of a pipe seldom changes.
type keptObject struct {
	graph.Object
	at      time.Time
	holders []keptHolder // of a pipe, a socket or a counter, all that are looked at
	asked   time.Time    // the look that asked whether they have run since
	changed bool         // and what it found
}

// keptHolder is a process that has an end open, and how often it had run then.
type keptHolder struct {
	*process
	ran uint64
}

// stands reports whether none of its holders can have closed it since.
func (k *keptObject) stands(now time.Time) bool {
	if !k.asked.Equal(now) {
		k.asked = now
		k.changed = slices.ContainsFunc(k.holders, func(h keptHolder) bool { return h.process.ran != h.ran })
	}
	return !k.changed
}

// keepFor is for how long that holds.
const keepFor = time.Second

// keep remembers the pass's objects that can be kept.
func (l *looker) keep() {
	kept := make(map[graph.ID]*keptObject)
	for _, o := range l.out.Objects {
		switch o.Kind {
		case graph.Pipe, graph.Socket, graph.EventFD, graph.Child, graph.Go:
			k := &keptObject{Object: o, at: l.now}
			if o.Kind != graph.Child && o.Kind != graph.Go {
				for _, h := range o.Holders {
					if p := l.of[h.PIDRef]; p != nil {
						k.holders = append(k.holders, keptHolder{p, p.ran})
					}
				}
			}
			if was, ok := l.kept[o.ID]; ok && l.now.Sub(was.at) < keepFor {
				k.at = was.at
			}
			kept[o.ID] = k
		}
	}
	l.kept = kept
	for file := range l.sems.since {
		if _, ok := l.out.objects[file.id()]; !ok {
			delete(l.sems.since, file)
		}
	}
}

// recall repeats what the look before found of a thread that has not run
// since, if that is as good as looking again.
func (l *looker) recall(t *thread) bool {
	if t.last.doing == "" || !t.seen {
		return false
	}
	if t.last.waits == "" {
		return t.last.doing != graph.InLock
	}
	k, ok := l.kept[t.last.waits]
	if !ok || l.now.Sub(k.at) >= keepFor || !k.stands(l.now) {
		return false
	}
	l.wait(t, t.last.waits, t.last.forWork, func() graph.Object { return k.Object })
	return true
}

// holder makes a process a holder.
func (p *process) holder(rule string) graph.Holder {
	return graph.Holder{Thread: graph.Thread{PIDRef: p.PIDRef}, Evidence: profiling.Exact, Rule: rule}
}

// byPID returns the process that is looked at under that number.
func (l *looker) byPID(pid int) *process {
	i := slices.IndexFunc(l.order, func(p *process) bool { return p.PID == pid })
	if i < 0 {
		return nil
	}
	return l.order[i]
}

// byTID returns the process that has a thread of that number.
func (l *looker) byTID(tid int) (*process, *thread) {
	for _, p := range l.order {
		if t := p.thread(tid); t != nil {
			return p, t
		}
	}
	return nil, nil
}
