package capture

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/cpython"
	"example.com/muster/profiling/locks"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/peek"
)

// python looks at the threads of CPython programs from outside, without stopping
// them: where each one is, and what it does there. Each process has a goroutine.
type python struct {
	t     *taking
	open  func(procs.PIDRef) (*cpython.Interpreter, error)
	began time.Time // of the beat on which it looks
	over  chan struct{}
	done  sync.WaitGroup

	settles time.Duration // see find

	mu     sync.Mutex
	room   int // descriptors that may still be kept
	joined int
	looks  int64
	due    int64         // looks that were asked for
	broken int64         // stacks that could not be followed
	native bool          // a stack has inC, which was inferred
	missed time.Duration // processor time of programs of which no look saw a thread run
}

// snake is a Python program that is looked at.
type snake struct {
	*looked
	in     *cpython.Interpreter
	gils   []cpython.GIL
	gilsAt time.Time
	files  map[int]*os.File      // /proc/PID/task/TID/syscall, kept open
	most   int                   // of those
	room   int                   // for schedstats that may still be kept open
	owed   map[int]time.Duration // processor time that no look has told of yet
	begun  time.Duration         // what the process had used at the first look
	told   time.Duration         // of what it has used since, what looks have told of
	ran    map[int]runs          // threads that were seen to run
	last   map[int]stood         // what the last look saw of a thread that runs
	calls  map[[2]uint64]int     // of instructions: how often more threads stood there than not, of those known to run
	failed int                   // looks in a row that could read nothing
	looks  int64
	due    time.Duration // time that was to be looked at
	broken int64
	native bool // see python.native
}

// runs is what a thread was seen to run last.
type runs struct {
	thread string // its name
	stack  []frame
}

// stood is what a look saw of a thread that runs, or is ready to.
type stood struct {
	at    [2]uint64 // see cpython.Glance
	still bool      // it stood there
	cpu   time.Duration
	ran   uint64 // how often it had been given a processor
}

// maxRan bounds the threads of which that is kept.
const maxRan = 1 << 10

// inC stands for what is executed inside of a function of C that Python code
// has called.
var inC = frame{function: InC}

func newPython(t *taking) *python {
	return &python{t: t, began: time.Now(), open: cpython.Open, over: make(chan struct{}), room: roomFor(8), settles: time.Second}
}

func (p *python) name() string { return "cpython" }

// roomOfOne is for how many threads of one process descriptors are kept.
const roomOfOne = 64

func (p *python) join(of *Subject) error {
	in, err := p.find(of.PIDRef)
	switch {
	case errors.Is(err, cpython.ErrNotPython):
		return errNotMine
	case errors.Is(err, peek.ErrNotPermitted):
		return notPermitted(of.PID)
	case err != nil && !errors.Is(err, cpython.ErrNotReady):
		return err
	}
	l, err := openLooked(of)
	if err != nil {
		return err
	}
	s := &snake{looked: l, in: in, files: map[int]*os.File{}, owed: map[int]time.Duration{}, last: map[int]stood{}, calls: map[[2]uint64]int{}, ran: map[int]runs{}}
	p.mu.Lock()
	s.most = min(p.room/2, roomOfOne) // each thread has two
	s.room = s.most
	p.room -= 2 * s.most
	p.joined++
	p.mu.Unlock()
	p.done.Go(func() { p.follow(s) })
	return nil
}

// find finds the interpreter of a process. What cannot be understood of one that is no
// older than p.settles is its beginning: a child of fork is its parent's picture until
// Python has come to itself there (PyOS_AfterFork_Child).
func (p *python) find(ref procs.PIDRef) (*cpython.Interpreter, error) {
	in, err := p.open(ref)
	if errors.Is(err, cpython.ErrNotCovered) && time.Since(procfs.TickTime(procfs.BootTime(), ref.StartTime)) < p.settles {
		return nil, fmt.Errorf("%w: %w", cpython.ErrNotReady, err)
	}
	return in, err
}

// follow looks again and again until the capture is over or the program is.
func (p *python) follow(s *snake) {
	period := time.Second / time.Duration(p.t.request.Rate)
	n := int64(-1) // of the beat
	beat := time.NewTimer(p.untilBeat(period, &n))
	defer beat.Stop()
	last := time.Now()
	for on := true; on; {
		select {
		case <-p.over:
			on = false
		case <-beat.C:
		}
		beat.Reset(p.untilBeat(period, &n))
		now := time.Now()
		s.due += now.Sub(last)
		on = p.look(s, now.Sub(last)) && on
		last = now
	}
	for tid, t := range s.threads {
		p.leaves(s, tid, t)
	}
	_ = s.tasks.Close() // it was only read
	missed := p.share(s)
	p.mu.Lock()
	p.room += 2 * s.most
	p.missed += missed
	p.looks += s.looks
	p.due += int64(s.due / period)
	p.broken += s.broken
	p.native = p.native || s.native
	p.mu.Unlock()
}

// untilBeat is how long it takes until the look after the n-th is due, which becomes
// the n-th. All programs are looked at on one beat: to wake up costs more than a look
// does. There is one look in each period, at a moment of it that looks like chance:
// a beat that is even sees a program that repeats itself as often at the same place.
func (p *python) untilBeat(period time.Duration, n *int64) time.Duration {
	since := time.Since(p.began)
	*n = max(*n+1, int64(since/period))
	return max(0, time.Duration(*n)*period+time.Duration(scatter(*n)*float64(period))-since)
}

// scatter makes of each number another one from 0 to 1 (Steele, Lea, Flood: Fast
// splittable pseudorandom number generators, 2014: the mixing of SplitMix64).
func scatter(n int64) float64 {
	z := uint64(n+1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return float64(z>>11) / (1 << 53)
}

// maxFailed is after how many looks in a row that could read nothing it is asked
// what the process runs now.
const maxFailed = 3

// look looks at all threads; elapsed is the time since the look before. It is
// false if the process has ended, or has become another program.
func (p *python) look(s *snake, elapsed time.Duration) bool {
	s.looks++
	if s.in == nil || s.failed >= maxFailed {
		return p.reopen(s)
	}
	clock, err := procfs.CPUClock(s.PID)
	if err != nil {
		return false
	}
	if s.clock == 0 {
		s.begun = clock
	}
	s.still = clock == s.clock && len(s.threads) > 0
	s.clock = clock
	if s.still { // nobody has moved
		for _, t := range s.threads {
			t.n, t.wall = t.n+1, t.wall+elapsed
		}
		if s.looks%tellEvery == 0 {
			p.tellAll(s)
			return s.mem.Alive()
		}
		return true
	}
	if !s.list(&s.room) {
		return false
	}
	failed := s.failed
	for tid, t := range s.threads {
		if !p.thread(s, tid, t, elapsed) {
			p.leaves(s, tid, t)
		}
	}
	if s.failed == failed {
		s.failed = 0
	}
	return true
}

// reopen finds the interpreter anew; false if there is none to be had.
func (p *python) reopen(s *snake) bool {
	in, err := p.find(s.PIDRef)
	switch {
	case err == nil:
		s.in, s.failed, s.gils = in, 0, nil
		return true
	case errors.Is(err, cpython.ErrNotReady): // it begins
		s.in = nil
		return true
	case errors.Is(err, peek.ErrGone):
		return false
	case errors.Is(err, cpython.ErrNotPython):
		err = nil // it runs another program
	case errors.Is(err, peek.ErrNotPermitted): // it is another user's now, or has secrets (PR_SET_DUMPABLE)
		err = notPermitted(s.PID)
	}
	p.t.lost(p, s.Subject, err)
	return false
}

// thread looks at one thread; false if it has ended. Who has not had a processor
// since is where it was.
func (p *python) thread(s *snake, tid int, t *seen, elapsed time.Duration) bool {
	cpu, delay, ran, ok := t.read(s.PID, tid)
	if !ok {
		return false
	}
	used := cpu - t.cpu
	if t.known && ran == t.ran && t.state != OnCPU {
		t.n, t.wall = t.n+1, t.wall+elapsed
		return true
	}
	p.tell(s, tid, t)
	s.judge(tid, cpu, ran)
	first := !t.known
	t.cpu, t.delay, t.ran, t.known = cpu, delay, ran, true
	at, ok := s.doing(tid)
	if !ok {
		return s.mem.Alive() && !s.ended(tid)
	}
	if !first {
		s.owed[tid] += max(0, used)
	}
	t.state = s.state(&at)
	if t.state != OnCPU && p.t.request.Kind == CPU {
		return true
	}
	t.stack = p.stack(s, tid, t)
	switch {
	case first: // it stands for no time yet
	case t.state != OnCPU:
		t.n, t.wall = 1, elapsed
	default:
		r := runs{s.nameOf(tid, t), t.stack}
		if len(s.ran) < maxRan {
			s.ran[tid] = r
		}
		p.add(s, tid, r, look{n: 1, cpu: s.owed[tid], wall: elapsed})
		delete(s.owed, tid)
	}
	return true
}

// stack returns the stack of a thread, innermost first.
func (p *python) stack(s *snake, tid int, t *seen) []frame {
	g, err := s.in.Glance(tid)
	if err != nil {
		s.failed++
		s.broken++
		return []frame{unreadable}
	}
	if !g.Whole {
		s.broken++
		if len(g.Calls) == 0 {
			return []frame{unreadable}
		}
	}
	stack := make([]frame, 0, len(g.Calls)+1)
	switch {
	case len(g.Calls) == 0: // a thread of C
		stack = append(stack, inC)
	case t.state == OnCPU && s.inC(tid, &g, t):
		s.native = true
		stack = append(stack, inC)
	}
	for _, c := range g.Calls {
		stack = append(stack, frame{function: c.Qualified, file: c.File, line: c.Line, start: c.First})
	}
	return stack
}

// maxCalls bounds the instructions that are remembered.
const maxCalls = 1 << 14

// inC reports whether a thread that runs, or is ready to, is in a function of C: it
// stands, at an instruction that can run one and at which threads mostly do while
// they have a processor. One that has none stands anywhere, and which it is nobody
// says at this moment.
func (s *snake) inC(tid int, g *cpython.Glance, t *seen) bool {
	still := g.Unmoved() && (s.calls[g.At] > 0 || s.in.Stands(g)) && !s.in.Plain(g)
	s.last[tid] = stood{g.At, still, t.cpu, t.ran}
	return still && s.calls[g.At] > 0
}

// judge learns from the look before, if the thread has had a processor ever since and
// so had one then: it has used some, and was not given it anew.
func (s *snake) judge(tid int, cpu time.Duration, ran uint64) {
	was, ok := s.last[tid]
	delete(s.last, tid)
	if !ok || was.ran != ran || cpu <= was.cpu {
		return
	}
	_, known := s.calls[was.at]
	switch {
	case !known && len(s.calls) >= maxCalls:
	case was.still:
		s.calls[was.at]++
	default:
		s.calls[was.at]--
	}
}

// doing asks the kernel what a thread does; false if it does not say.
func (s *snake) doing(tid int) (locks.Seen, bool) {
	f := s.files[tid]
	if f == nil {
		name := fmt.Sprintf("/proc/%d/task/%d/syscall", s.PID, tid)
		if len(s.files) >= s.most {
			text, err := os.ReadFile(name)
			if err != nil {
				return locks.Seen{}, false
			}
			return locks.See(text)
		}
		var err error
		if f, err = os.Open(name); err != nil {
			return locks.Seen{}, false
		}
		s.files[tid] = f
	}
	var buf [256]byte
	n, err := unix.Pread(int(f.Fd()), buf[:], 0)
	if err != nil {
		return locks.Seen{}, false
	}
	return locks.See(buf[:n])
}

// ended reports whether a thread is no more.
func (s *snake) ended(tid int) bool {
	return unix.Access(fmt.Sprintf("/proc/%d/task/%d", s.PID, tid), unix.F_OK) != nil
}

// gilsEvery is how often it is looked where the locks of interpreters are: one
// that begins has a new one.
const gilsEvery = time.Second

// state tells what a thread does there.
func (s *snake) state(at *locks.Seen) State {
	switch at.Doing {
	case graph.OnCPU:
		return OnCPU
	case graph.InIO, graph.InChild:
		return IO
	case graph.InLock:
	default:
		return Sleep
	}
	if now := time.Now(); now.Sub(s.gilsAt) > gilsEvery {
		s.gilsAt = now
		if gils, err := s.in.GILs(); err == nil {
			s.gils = gils
		}
	}
	for _, g := range s.gils {
		if at.Futex != 0 && g.Contains(at.Futex) {
			return GIL
		}
	}
	return Lock
}

// nameOf returns what a thread is called: that of Python is only known of the
// first.
func (s *snake) nameOf(tid int, t *seen) string {
	if tid == s.PID {
		return "MainThread"
	}
	return t.name
}

// tell adds what has been seen of a waiting thread.
func (p *python) tell(s *snake, tid int, t *seen) {
	if t.n > 0 && t.known && t.state != OnCPU && p.t.request.Kind == Wall {
		p.t.recorder.add(&look{of: s.Subject, tid: tid, thread: s.nameOf(tid, t), state: t.state, stack: t.stack, n: t.n, wall: t.wall})
	}
	t.n, t.wall = 0, 0
}

func (p *python) tellAll(s *snake) {
	for tid, t := range s.threads {
		p.tell(s, tid, t)
	}
}

// leaves is the end of a thread, or of the looks at it. Processor time that no
// look has told of was used where it was seen last, as far as anybody knows.
func (p *python) leaves(s *snake, tid int, t *seen) {
	p.tell(s, tid, t)
	if owed := s.owed[tid]; owed > 0 && len(t.stack) > 0 {
		p.add(s, tid, runs{s.nameOf(tid, t), t.stack}, look{cpu: owed})
	}
	t.forget(&s.room)
	if f := s.files[tid]; f != nil {
		_ = f.Close() // it was only read
	}
	delete(s.files, tid)
	delete(s.owed, tid)
	delete(s.last, tid)
	delete(s.threads, tid)
}

// add tells of a thread that runs, and of processor time that it has used.
func (p *python) add(s *snake, tid int, r runs, l look) {
	l.of, l.tid, l.thread, l.state, l.stack = s.Subject, tid, r.thread, OnCPU, r.stack
	s.told += l.cpu
	p.t.recorder.add(&l)
}

// share gives the processor time of threads that no look saw running, since each ran
// for moments only or lived for one, to those of the program that were seen, alike:
// of five hundred threads that do the same a few are met. It returns what is left as
// none was seen.
func (p *python) share(s *snake) (missed time.Duration) {
	rest := s.clock - s.begun - s.told
	if rest <= 0 || len(s.ran) == 0 {
		return max(0, rest)
	}
	for tid, r := range s.ran {
		p.add(s, tid, r, look{cpu: rest / time.Duration(len(s.ran))})
	}
	return 0
}

// noMoment is how much processor time is worth a word.
const noMoment = 5 * time.Millisecond

// leave ends the looks.
func (p *python) leave() []profiling.Coverage {
	close(p.over)
	p.done.Wait()
	if p.joined == 0 {
		return nil
	}
	note := fmt.Sprintf("%s at %s", profiling.Count(p.looks, "look", "looks"), profiling.Count(p.joined, "process", "processes"))
	if p.native {
		note += "; <native> is inferred: the frame stands at one instruction while the program runs"
	}
	if p.looks < p.due/2 {
		note += fmt.Sprintf("; the machine was too busy for the %d looks that were asked for", p.due)
	}
	if p.broken > 0 {
		note += fmt.Sprintf("; %s could not be read to the end", profiling.Count(p.broken, "stack", "stacks"))
	}
	if p.missed >= noMoment {
		note += fmt.Sprintf("; %v of processor time fell between looks, and has no function", p.missed.Round(time.Millisecond))
	}
	return []profiling.Coverage{{Source: p.name(), OK: true, Note: note}}
}
