package capture

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/native"
	"example.com/muster/profiling/peek"
	"example.com/muster/profiling/perf"
	"example.com/muster/profiling/permits"
)

// kernelSamples has the kernel sample those that use a processor. One goroutine
// takes the records out of its rings, another finds out what they mean: that may
// take long where a program's tables are large.
type kernelSamples struct {
	t     *taking
	waits *states // nil, or who tells of those that wait
	open  func(rate int, stack bool) (*perf.Sampler, error)

	over chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex // of sampler and queue
	sampler *perf.Sampler
	refused error // why there is none
	turned  int   // processes that were not sampled for that reason
	queue   []perf.Record
	queued  int // bytes of stacks in the queue
	wake    chan struct{}
	dropped int64 // samples that the queue had no room for

	live    sync.Mutex // of all below
	procs   map[int]*ran
	symbols native.Symbols
	joined  int
	count   struct{ samples, lost, broken, cut, bare, brief, made int64 }
}

// ran is a process that is sampled.
type ran struct {
	mem     peek.Process
	subject *Subject // nil for a descendant that nobody has named
	parent  int
	ended   bool
	maps    []peek.Mapping
	stale   bool // something was mapped since
	mapped  time.Time
	names   map[int]string // of threads
	seen    map[int]bool   // threads that have had a sample
	jit     *native.PerfMap
	jitted  time.Time // when it was read
}

// maxQueued bounds the bytes of stacks that wait to be read.
const maxQueued = 64 << 20

func newKernelSamples(t *taking, waits *states) *kernelSamples {
	return &kernelSamples{t: t, waits: waits, open: perf.Open, over: make(chan struct{}), wake: make(chan struct{}, 1), procs: map[int]*ran{}}
}

func (k *kernelSamples) name() string { return "perf" }

// join samples a process and what it starts. One that was started by a process
// that is sampled is sampled already: then it only gets its name.
func (k *kernelSamples) join(s *Subject) error {
	if !(peek.Process{Ref: s.PIDRef}).Alive() {
		return peek.ErrGone
	}
	err := k.attach(s.PID)
	if err == errNotMine {
		return err
	}
	if err != nil {
		return refusal(s.PID, err)
	}
	k.live.Lock()
	p := k.process(s.PID)
	p.subject, p.mem.Ref = s, s.PIDRef
	k.joined++
	k.live.Unlock()
	if k.waits != nil {
		_ = k.waits.watch(s, k) // it fails if it has ended
	}
	return nil
}

// attach has the kernel sample a process.
func (k *kernelSamples) attach(pid int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sampler == nil && k.refused == nil {
		k.begin()
	}
	if k.refused != nil {
		k.turned++
		return errNotMine // it is told once for all
	}
	return k.sampler.Attach(pid)
}

// begin makes the rings, and starts to read them.
func (k *kernelSamples) begin() {
	if k.sampler, k.refused = k.open(k.t.request.Rate, true); k.refused != nil {
		k.sampler = nil
		return
	}
	k.done.Go(k.read)
	k.done.Go(k.explain)
}

// read takes the records out of the rings until the capture is over.
func (k *kernelSamples) read() {
	tick := time.NewTicker(k.sampler.Every())
	defer tick.Stop()
	for ended := false; !ended; {
		select {
		case <-tick.C:
		case <-k.over:
			ended = true
		}
		k.mu.Lock()
		if ended {
			k.sampler.Stop()
		}
		k.sampler.Read(k.enqueue)
		k.mu.Unlock()
		select {
		case k.wake <- struct{}{}:
		default:
		}
	}
	close(k.wake)
}

// enqueue keeps a record until it is explained. Where there is no room the piece
// of the stack goes first.
func (k *kernelSamples) enqueue(r perf.Record) {
	if s, ok := r.(*perf.Sample); ok {
		if k.queued+len(s.Stack) > maxQueued {
			s.Stack = nil
		}
		if k.queued > maxQueued && len(k.queue) > maxStacks {
			k.dropped++
			return
		}
		k.queued += len(s.Stack) + 8*len(s.Calls)
	}
	k.queue = append(k.queue, r)
}

// explain makes looks of the records.
func (k *kernelSamples) explain() {
	for range k.wake {
		k.explainAll()
	}
	k.explainAll()
}

func (k *kernelSamples) explainAll() {
	k.mu.Lock()
	list := k.queue
	k.queue, k.queued = nil, 0
	k.mu.Unlock()
	for _, r := range list {
		k.live.Lock()
		k.one(r)
		k.live.Unlock()
	}
}

// one takes note of a record.
func (k *kernelSamples) one(r perf.Record) {
	switch r := r.(type) {
	case *perf.Sample:
		k.sample(r)
	case *perf.Lost:
		k.count.lost += int64(r.N)
	case *perf.Fork:
		if r.PID != r.Parent {
			parent := k.process(r.Parent)
			k.procs[r.PID] = &ran{mem: peek.Process{Ref: procs.PIDRef{PID: r.PID}}, parent: r.Parent, maps: parent.maps, mapped: parent.mapped, names: map[int]string{}, seen: map[int]bool{}}
		}
	case *perf.Exit:
		p := k.process(r.PID)
		if !p.seen[r.TID] {
			k.count.brief++
		}
		delete(p.seen, r.TID)
		p.ended = p.ended || r.PID == r.TID
	case *perf.Exec:
		p := k.process(r.PID)
		p.maps, p.mapped, p.jit, p.jitted = nil, time.Time{}, nil, time.Time{}
		p.names = map[int]string{r.TID: r.Name}
		if p.subject != nil && k.t.of(r.PID) == k {
			k.t.lost(k, p.subject, nil) // it may be another's now
		}
	case *perf.Name:
		k.process(r.PID).names[r.TID] = r.Name
	case *perf.Mapping:
		k.process(r.PID).newMapping(r)
	}
}

// process returns what is known of a process.
func (k *kernelSamples) process(pid int) *ran {
	p := k.procs[pid]
	if p == nil {
		p = &ran{mem: peek.Process{Ref: procs.PIDRef{PID: pid}}, names: map[int]string{}, seen: map[int]bool{}}
		k.procs[pid] = p
	}
	return p
}

// subject tells whose a process is: its own, or that of the ancestor who started it.
func (k *kernelSamples) subject(pid int) *Subject {
	for at, n := pid, 0; n < 64; n++ {
		p := k.procs[at]
		if p == nil {
			return nil
		}
		if s := p.subject; s != nil {
			if at == pid {
				return s
			}
			return &Subject{PIDRef: procs.PIDRef{PID: pid}, Pool: s.Pool, Process: s.Process}
		}
		at = p.parent
	}
	return nil
}

// sample adds a sample.
func (k *kernelSamples) sample(s *perf.Sample) {
	p := k.process(s.PID)
	of := k.subject(s.PID)
	if by := k.t.of(s.PID); of == nil || by != nil && by != source(k) {
		return // it has become another source's
	}
	k.count.samples++
	p.seen[s.TID] = true
	p.refresh(s)
	m := native.Moment{V: s.V, Known: s.Known, PC: s.PC, Stack: s.Stack, Calls: s.Calls}
	frames, end := k.symbols.Sampled(p.mem, p.maps, &m, p.made)
	if slices.ContainsFunc(frames, func(f native.Frame) bool { return f.Function == native.Made }) {
		k.count.made++
	}
	switch end {
	case native.Broken:
		if len(frames) <= 1 {
			k.count.bare++
		} else {
			k.count.broken++
		}
	case native.Cut:
		k.count.cut++
	}
	period := k.sampler.Period()
	k.t.recorder.add(&look{of: of, tid: s.TID, thread: p.thread(s.TID), state: OnCPU, stack: shown(frames, s.Kernel), n: 1, cpu: period, wall: period})
}

// shown makes frames of a profile.
func shown(frames []native.Frame, kernel bool) (stack []frame) {
	if kernel {
		stack = append(stack, frame{function: "<kernel>"})
	}
	for i := range frames {
		f := &frames[i]
		stack = append(stack, frame{function: f.Function, file: f.File, line: f.Line, module: f.Module, inlined: f.Inlined})
	}
	if len(stack) == 0 || !kernel && len(stack) == 1 && stack[0].function == native.Unknown {
		return []frame{unreadable}
	}
	return stack
}

// mapsEvery is how often a process's mappings are read at most.
const mapsEvery = 20 * time.Millisecond

// refresh sees to it that the mappings hold what a sample is about.
func (p *ran) refresh(s *perf.Sample) {
	known := len(s.Calls) == 0 || peek.Find(p.maps, s.Calls[0]) != nil
	if !p.stale && known || p.ended || time.Since(p.mapped) < mapsEvery {
		return
	}
	p.mapped = time.Now()
	if maps, err := p.mem.Maps(); err == nil {
		p.maps, p.stale = maps, false
	}
}

// newMapping notes one, in case that the process ends before anybody can look.
func (p *ran) newMapping(r *perf.Mapping) {
	p.stale = true
	m := peek.Mapping{Start: r.Addr, End: r.Addr + r.Len, Offset: r.Offset, Dev: fmt.Sprintf("%02x:%02x", r.Major, r.Minor), Inode: r.Inode, Path: r.Path}
	if m.End <= m.Start || len(p.maps) >= peek.MaxMaps {
		return
	}
	if r.Path == "//anon" {
		m.Path = ""
	}
	for bit, perm := range map[uint32]peek.Perm{unix.PROT_READ: peek.Read, unix.PROT_WRITE: peek.Write, unix.PROT_EXEC: peek.Exec} {
		if r.Prot&bit != 0 {
			m.Perm |= perm
		}
	}
	p.maps = peek.Put(p.maps, m)
}

// jitEvery is how often a map of code that was made at run time is read anew.
const jitEvery = time.Second

// made names code that was made at run time.
func (p *ran) made(pc uint64) string {
	if name := p.jit.Name(pc); name != "" {
		return name
	}
	if time.Since(p.jitted) > jitEvery && !p.ended {
		p.jitted = time.Now()
		if m, err := native.OpenPerfMap(p.mem); err == nil { // most programs write none
			p.jit = m
		}
	}
	return p.jit.Name(pc)
}

// thread names a thread.
func (p *ran) thread(tid int) string {
	name, ok := p.names[tid]
	if !ok {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/comm", p.mem.Ref.PID, tid)) // without it there is no name
		name = clip(strings.TrimSuffix(string(b), "\n"))
		p.names[tid] = name
	}
	return name
}

// leave ends the sampling, and waits until all is explained.
func (k *kernelSamples) leave() []profiling.Coverage {
	close(k.over)
	k.done.Wait()
	k.symbols.Close()
	if k.refused != nil {
		return []profiling.Coverage{{Source: k.name(), Note: fmt.Sprintf("%d not sampled: %s", k.turned, explainRefusal(k.refused))}}
	}
	if k.sampler == nil {
		return nil
	}
	defer k.sampler.Close()
	if k.joined == 0 {
		return nil
	}
	return []profiling.Coverage{{Source: k.name(), OK: true, Note: k.told()}}
}

// told is what there is to say of the samples.
func (k *kernelSamples) told() string {
	notes := []string{fmt.Sprintf("%d samples", k.count.samples)}
	if k.sampler.UserOnly() {
		notes = append(notes, "of user code only, since kernel.perf_event_paranoid is 2: time in system calls has none (sudo sysctl kernel.perf_event_paranoid=1)")
	}
	for _, c := range []struct {
		n    int64
		what string
	}{
		{k.count.lost + k.dropped + int64(k.sampler.Unknown()), "were lost: the machine did not get round to reading them"},
		{k.count.bare, "have one function only, as neither a table nor a frame pointer leads on from it"},
		{k.count.broken, "end early, where neither a table nor a frame pointer leads on"},
		{k.count.made, "are in code that was made at run time and has no names: node --perf-basic-prof writes them, and DOTNET_PerfMapEnabled=1"},
		{k.count.brief, fmt.Sprintf("threads ended before they had used %s of a processor, and have none", k.sampler.Period().Round(time.Millisecond))},
		{k.count.cut, fmt.Sprintf("are deeper than the %d KiB that are taken of a stack", perf.StackBytes(k.t.request.Rate)>>10)},
	} {
		if c.n > 0 {
			notes = append(notes, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(notes, "; ")
}

// refusal says why one process may not be sampled.
func refusal(pid int, err error) error {
	switch err {
	case unix.ESRCH:
		return peek.ErrGone
	case unix.EMFILE, unix.ENFILE:
		return errors.New("it has so many threads that there are not enough descriptors for them: ulimit -n 65536")
	case unix.EACCES, unix.EPERM:
		var r *permits.Refusal
		if errors.As(permits.Look(pid), &r) {
			return fmt.Errorf("not permitted: %s: %s", r.Why, r.Permit)
		}
	}
	return errors.New(explainRefusal(err))
}

// explainRefusal says why the kernel samples nobody, and what would permit it.
func explainRefusal(err error) string {
	why, permit := permits.PerfRefused(err)
	return why + ": " + permit
}
