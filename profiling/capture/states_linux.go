package capture

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/procfs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/native"
	"example.com/muster/profiling/peek"
)

// states looks at threads in /proc. What waits has a stack that can be read; of
// what runs it is only known that it does, and for how long. It is for whom the
// kernel does not sample, and for the waits of whom it does: then it says nothing
// of those that run.
type states struct {
	t    *taking
	over chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex
	procs   []*looked
	begun   bool
	symbols native.Symbols
	room    int // descriptors that may still be kept
	joined  int
	looks   int64
	denied  map[int]bool // pids
	shallow int64        // stacks that end early
}

// looked is a process that is looked at.
type looked struct {
	*Subject
	mem     peek.Process
	by      source // who samples it
	waits   bool   // only its waits are told
	tasks   *os.File
	links   int // of that directory, by which the kernel tells how many there are
	threads map[int]*seen
	clock   time.Duration
	still   bool
	lived   time.Time // when it was made sure of last
	maps    []peek.Mapping
	mapped  time.Time
}

// seen is a thread.
type seen struct {
	name      string
	schedstat *os.File // nil: there was no room for it
	ran       uint64   // how often it has been given a processor
	cpu       time.Duration
	delay     time.Duration
	known     bool
	state     State
	stack     []frame
	rough     bool // it has names that another look may find
	// What has been seen since it was last told.
	n    int64
	wall time.Duration
	gone bool
}

// pauseShare is how much longer than a look the pause after it is, at least.
const pauseShare = 20

// aliveEvery is how often it is made sure that a process has not ended.
const aliveEvery = 100 * time.Millisecond

// maxThreads bounds the threads of a process that are looked at.
const maxThreads = 4096

func newStates(t *taking) *states {
	return &states{t: t, over: make(chan struct{}), denied: map[int]bool{}, room: roomFor(4)}
}

// roomFor returns how many descriptors may be kept: a share of what is permitted.
func roomFor(share uint64) int {
	var lim unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &lim) != nil {
		return 512
	}
	return int(min(lim.Cur/share, 8<<10))
}

func (s *states) name() string { return "states" }

func (s *states) join(of *Subject) error { return s.watch(of, s) }

// watch looks at a process from now on. by is who samples it, perhaps another
// source: then only its waits are told.
func (s *states) watch(of *Subject, by source) error {
	p, err := openLooked(of)
	if err != nil {
		return err
	}
	p.by, p.waits = by, by != source(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, old := range s.procs {
		if old.PIDRef == of.PIDRef { // it runs another program now
			s.drop(old)
			s.procs = append(s.procs[:i], s.procs[i+1:]...)
			break
		}
	}
	s.procs = append(s.procs, p)
	s.joined++
	if !s.begun {
		s.begun = true
		s.done.Go(s.run)
	}
	return nil
}

// openLooked opens a process to be looked at.
func openLooked(of *Subject) (*looked, error) {
	p := &looked{Subject: of, mem: peek.Process{Ref: of.PIDRef}, threads: map[int]*seen{}}
	if !p.mem.Alive() {
		return nil, peek.ErrGone
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/task", of.PID))
	if err != nil {
		return nil, peek.ErrGone
	}
	p.tasks = f
	return p, nil
}

// run looks again and again until the capture is over.
func (s *states) run() {
	period := time.Second / time.Duration(s.t.request.Rate)
	last := time.Now()
	for pause := period; ; {
		ended := false
		select {
		case <-s.over:
			ended = true
		case <-time.After(pause):
		}
		now := time.Now()
		s.mu.Lock()
		s.look(now.Sub(last))
		s.mu.Unlock()
		if ended {
			return
		}
		last = now
		took := time.Since(now)
		pause = max(period-took, pauseShare*took)
	}
}

// tellEvery is after how many looks what was seen is told, so that progress is seen.
const tellEvery = 50

// look looks at all of them; elapsed is the time since the look before.
func (s *states) look(elapsed time.Duration) {
	s.looks++
	alive := s.procs[:0]
	for _, p := range s.procs {
		if by := s.t.of(p.PID); by != nil && by != p.by || !s.process(p, elapsed) {
			s.drop(p)
			continue
		}
		if s.looks%tellEvery == 0 {
			for tid, t := range p.threads {
				s.tell(p, tid, t)
			}
		}
		alive = append(alive, p)
	}
	s.procs = alive
}

// process looks at the threads of a process; false if it has ended. Where its CPU
// clock stands still none of them has left its place.
func (s *states) process(p *looked, elapsed time.Duration) bool {
	clock, err := procfs.CPUClock(p.PID)
	p.still = err == nil && clock == p.clock && len(p.threads) > 0 && !p.rough()
	if err != nil || time.Since(p.lived) > aliveEvery {
		if !p.mem.Alive() { // the clock of one that has ended stands still
			return false
		}
		p.lived = time.Now()
	}
	p.clock = clock
	if p.still {
		for _, t := range p.threads {
			t.n, t.wall = t.n+1, t.wall+elapsed
		}
		return true
	}
	if !p.list(&s.room) {
		return false
	}
	for tid, t := range p.threads {
		s.thread(p, tid, t, elapsed)
		if t.gone {
			s.tell(p, tid, t)
			t.forget(&s.room)
			delete(p.threads, tid)
		}
	}
	return true
}

// rough reports whether another look may find more of what stands still.
func (p *looked) rough() bool {
	for _, t := range p.threads {
		if t.rough {
			return true
		}
	}
	return false
}

// list finds the threads that are new; false if the process has ended. The kernel
// counts them in the links of the directory (fs/proc/base.c, proc_task_getattr).
// room is for how many more a descriptor may be kept.
func (p *looked) list(room *int) bool {
	var st unix.Stat_t
	if unix.Fstat(int(p.tasks.Fd()), &st) != nil {
		return false
	}
	if n := int(st.Nlink); n == p.links && len(p.threads) == n-2 {
		return true
	}
	p.links = int(st.Nlink)
	if _, err := p.tasks.Seek(0, 0); err != nil {
		return false
	}
	names, _ := p.tasks.Readdirnames(maxThreads) // what could not be read has ended
	for _, name := range names {
		tid, err := strconv.Atoi(name)
		if err != nil || p.threads[tid] != nil {
			continue
		}
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/comm", p.PID, tid)) // without it there is no name
		t := &seen{name: clip(strings.TrimSuffix(string(b), "\n"))}
		if *room > 0 {
			if f, err := os.Open(fmt.Sprintf("/proc/%d/task/%d/schedstat", p.PID, tid)); err == nil {
				t.schedstat, *room = f, *room-1
			}
		}
		p.threads[tid] = t
	}
	return len(names) > 0
}

// thread looks at one thread. Who has not had a processor since is where it was.
func (s *states) thread(p *looked, tid int, t *seen, elapsed time.Duration) {
	cpu, delay, ran, ok := t.read(p.PID, tid)
	if !ok {
		t.gone = true
		return
	}
	used, waited := cpu-t.cpu, delay-t.delay
	first := !t.known
	if t.known && ran == t.ran && ran != 0 && t.state != OnCPU && !t.rough {
		t.n, t.wall = t.n+1, t.wall+elapsed
		return
	}
	s.tell(p, tid, t)
	t.cpu, t.delay, t.ran, t.known = cpu, delay, ran, true
	if !s.find(p, tid, t) {
		t.known = false
		return
	}
	if first {
		return // it stands for no time yet
	}
	s.running(p, tid, t, used, waited, elapsed)
	if t.state != OnCPU {
		t.n, t.wall = 1, max(0, elapsed-used-waited)
	}
}

// find finds out what a thread does; false if it has ended, or does not stay at
// one place for long enough to be looked at.
func (s *states) find(p *looked, tid int, t *seen) bool {
	name := fmt.Sprintf("/proc/%d/task/%d/syscall", p.PID, tid)
	text, err := os.ReadFile(name)
	for range 3 {
		at, ok := locks.See(text)
		switch {
		case os.IsPermission(err):
			s.denied[p.PID] = true
			t.state, t.stack = stateByLetter(p.PID, tid)
			return true
		case err != nil || !ok:
			return false
		case at.Doing == graph.OnCPU:
			t.state, t.stack = OnCPU, nil
			return true
		}
		t.state, t.stack, t.rough = s.waiting(p, at)
		was := text
		if text, err = os.ReadFile(name); err == nil && bytes.Equal(text, was) {
			return true // nothing has moved meanwhile
		}
	}
	t.stack = []frame{unreadable}
	return err == nil
}

// The frames of what runs: nobody sees where.
var (
	running = frame{function: "<running>"}
	ready   = frame{function: "<waits for a processor>"}
)

// running tells of the time that a thread has used a processor, or has waited for
// one, as the kernel counts it (Documentation/scheduler/sched-stats.rst).
func (s *states) running(p *looked, tid int, t *seen, used, waited, elapsed time.Duration) {
	n := int64(0)
	if t.state == OnCPU {
		n = 1
	}
	used = min(max(used, 0), 2*elapsed)
	waited = min(max(waited, 0), 2*elapsed)
	l := look{of: p.Subject, tid: tid, thread: t.name, state: OnCPU, n: n, cpu: used, wall: used, stack: []frame{running}}
	if !p.waits && (n > 0 || used > 0) {
		s.t.recorder.add(&l)
	}
	if s.t.request.Kind == Wall && waited > 0 {
		l.n, l.cpu, l.wall, l.stack = 0, 0, waited, []frame{ready}
		s.t.recorder.add(&l)
	}
}

// waiting tells in which state a blocked thread is, its stack, and whether
// another look may find more names.
func (s *states) waiting(p *looked, at locks.Seen) (state State, stack []frame, rough bool) {
	state = Sleep
	switch at.Doing {
	case graph.InLock:
		state = Lock
	case graph.InIO, graph.InChild:
		state = IO
	}
	if s.t.request.Kind != Wall {
		return state, nil, false
	}
	if time.Since(p.mapped) > time.Second || peek.Find(p.maps, at.PC) == nil {
		p.mapped = time.Now()
		if maps, err := p.mem.Maps(); err == nil {
			p.maps = maps
		}
	}
	frames, note := s.symbols.Stack(p.mem, p.maps, native.Registers{PC: at.PC, SP: at.SP})
	if note != "" && note != native.Rough {
		s.shallow++
	}
	if state == Lock && idle(frames) {
		state = Sleep
	}
	return state, shown(frames, false), note == native.Rough
}

// idle reports whether a thread that waits for a futex only waits for work: for a
// condition, or it is one of Go's that has nothing to run.
func idle(frames []native.Frame) bool {
	for i := range frames[:min(len(frames), 6)] {
		f := frames[i].Function
		if strings.Contains(f, "pthread_cond_") || strings.HasPrefix(f, "runtime.notesleep") || strings.HasPrefix(f, "runtime.notetsleep") {
			return true
		}
	}
	return false
}

// stateByLetter is what the kernel tells everybody of a thread: the letter of
// proc(5).
func stateByLetter(pid, tid int) (State, []frame) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", pid, tid))
	var st procfs.Stat
	if err == nil {
		err = procfs.ParseStat(b, &st)
	}
	switch {
	case err == nil && st.State == 'R':
		return OnCPU, nil
	case err == nil && st.State == 'D':
		return IO, []frame{unreadable}
	}
	return Sleep, []frame{unreadable}
}

// tell adds what has been seen of a waiting thread.
func (s *states) tell(p *looked, tid int, t *seen) {
	if t.n > 0 && t.state != OnCPU && t.state != "" && s.t.request.Kind == Wall {
		s.t.recorder.add(&look{of: p.Subject, tid: tid, thread: t.name, state: t.state, stack: t.stack, n: t.n, wall: t.wall})
	}
	t.n, t.wall = 0, 0
}

// read reads how long a thread has used a processor and waited for one, and how
// often it was given one; false if it has ended.
func (t *seen) read(pid, tid int) (cpu, delay time.Duration, ran uint64, ok bool) {
	var buf [128]byte
	var text []byte
	if t.schedstat != nil {
		n, err := unix.Pread(int(t.schedstat.Fd()), buf[:], 0)
		if err != nil {
			return 0, 0, 0, false
		}
		text = buf[:n]
	} else if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/schedstat", pid, tid)); err == nil {
		text = b
	}
	f := bytes.Fields(text)
	if len(f) < 3 {
		return 0, 0, 0, false
	}
	c, err := strconv.ParseInt(string(f[0]), 10, 64)
	d, err2 := strconv.ParseInt(string(f[1]), 10, 64)
	ran, err3 := strconv.ParseUint(string(f[2]), 10, 64)
	return time.Duration(c), time.Duration(d), ran, err == nil && err2 == nil && err3 == nil
}

// drop tells what was seen of a process, and lets go of it.
func (s *states) drop(p *looked) {
	for tid, t := range p.threads {
		s.tell(p, tid, t)
		t.forget(&s.room)
	}
	_ = p.tasks.Close() // it was only read
}

// forget lets go of a thread.
func (t *seen) forget(room *int) {
	if t.schedstat != nil {
		_ = t.schedstat.Close() // it was only read
		*room++
	}
}

// leave ends the looks.
func (s *states) leave() []profiling.Coverage {
	close(s.over)
	s.done.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.procs {
		s.drop(p)
	}
	s.procs = nil
	s.symbols.Close()
	if s.joined == 0 {
		return nil
	}
	notes := []string{fmt.Sprintf("%d looks at what waits", s.looks)}
	if s.t.request.Kind == CPU {
		notes = []string{fmt.Sprintf("%d looks: how long each thread used a processor is exact, and where it was then is not known", s.looks)}
	}
	if n := len(s.denied); n > 0 {
		notes = append(notes, fmt.Sprintf("the stacks of %s may not be read: muster doctor tells why", profiling.Count(n, "process", "processes")))
	}
	if s.shallow > 0 {
		notes = append(notes, fmt.Sprintf("stacks that end early, as their code has no tables: %d", s.shallow))
	}
	return []profiling.Coverage{{Source: s.name(), OK: true, Note: strings.Join(notes, "; ")}}
}
