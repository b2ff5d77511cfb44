// Package sample measures what the slots' processes and their descendants
// use: CPU, memory, threads, descriptors, bytes read and written, context
// switches. One goroutine, [Sampler.Run], does all the reading, in one pass
// over all processes at each tick; everybody else sees immutable values.
//
// Start at [New], then pass.go: what is read of which process, and when.
// Reading costs more than anything else here, so a process that has not run
// since the last look is asked for its CPU clock only: it cannot have changed
// much. See bench_test.go for what that is worth.
package sample

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/internal/beat"
	"example.com/muster/procs"
	"example.com/muster/procs/tree"
)

// Defaults of [Options].
const (
	DefaultInterval = time.Second
	DefaultHistory  = 600
)

// Options is what a [Sampler] has to know.
type Options struct {
	Interval time.Duration // between two passes; 0 is [DefaultInterval]
	History  int           // samples kept for each slot; 0 is [DefaultHistory]
	// Tree knows the processes. The sampler tells it what it sees of them.
	Tree *tree.Tracker
	// Runs returns the runs whose processes live, in a slice that nobody changes.
	Runs func() []procs.Run
	// Ended returns the CPU time of the runs of a slot that have ended, with what
	// they had waited for, as the kernel told it at their ends. It is asked after
	// Runs, in the same pass. Nil: nobody knows.
	Ended func(procs.ID) time.Duration
	// Passed is called after each pass; nil: nobody is told.
	Passed func()
}

// View is what there is to say of a slot. It is immutable.
type View struct {
	Sample procs.Sample
	// Kernel is what the kernel does with the slot's own process.
	Kernel procs.RunState
	// Debugged says that a debugger is attached to it, as far as that traces by ptrace(2).
	Debugged bool
	// Descendants are those of [tree.Tracker.Descendants], measured, as of TreeVersion at least.
	Descendants []procs.Descendant
	TreeVersion uint64
	// ForksPerSecond is taken over the last five seconds. Unless ForksExact
	// there may have been more.
	ForksPerSecond float64
	ForksExact     bool
	// CPUTime is what the slot's processes, of all runs, are known to have used:
	// of those that have ended and that nobody has waited for, as of the last look.
	CPUTime time.Duration
}

// Sampler measures. Its methods may be called from any goroutine, Run once.
type Sampler struct {
	o       Options
	version atomic.Uint64
	frame   atomic.Pointer[frame]
	host    atomic.Pointer[procs.Host]
	focus   atomic.Pointer[procs.ID]

	mu      sync.Mutex // guards history; never held while anything is read
	history map[procs.ID]*history

	// What follows belongs to Run, but for what p.spent does.
	p    pass
	runs []procs.Run // of the last pass
}

// frame is the result of one pass.
type frame struct {
	index map[procs.ID]int
	views []View
	left  map[procs.ID]View // of slots without a run; their samples are of none
	moves uint64
	at    time.Time // when the pass began
}

// New returns a sampler that has measured nothing yet.
func New(o Options) *Sampler {
	if o.Interval <= 0 {
		o.Interval = DefaultInterval
	}
	if o.History <= 0 {
		o.History = DefaultHistory
	}
	s := &Sampler{o: o, history: map[procs.ID]*history{}}
	s.p = newPass(o.Tree, newReader())
	s.frame.Store(&frame{})
	s.host.Store(&procs.Host{CPUPercent: procs.Unknown})
	return s
}

// Run measures at once and then at every beat of the interval, until ctx ends.
func (s *Sampler) Run(ctx context.Context) error {
	defer s.p.close()
	timer := time.NewTimer(s.o.Interval)
	defer timer.Stop()
	var host hostMeter
	for {
		timer.Reset(beat.Until(s.o.Interval)) // before the pass: one that takes long delays no other
		s.pass()
		s.host.Store(host.read())
		s.version.Add(1)
		if s.o.Passed != nil {
			s.o.Passed()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
	}
}

// pass makes one pass over all processes and publishes what it found.
func (s *Sampler) pass() {
	runs := s.o.Runs()
	if s.o.Ended != nil {
		for id, sl := range s.p.slots {
			sl.endTime = s.o.Ended(id)
		}
	}
	s.p.measure(time.Now(), s.focus.Load())
	for _, sl := range s.p.slots {
		s.p.learnEnds(sl)
	}
	f := &frame{views: make([]View, len(runs)), index: s.frame.Load().index, moves: s.p.moves, at: s.p.at}
	if !sameRuns(s.runs, runs) {
		f.index = make(map[procs.ID]int, len(runs))
		for i, run := range runs {
			f.index[run.ID] = i
		}
	}
	s.runs = runs
	for i, run := range runs {
		f.views[i] = s.p.view(run)
	}
	s.remember(runs, f.views)
	f.left = s.p.forget(f.index)
	s.frame.Store(f)
}

// sameRuns reports whether two lists have the same slots in the same places. That of
// the pass before mostly is this one itself.
func sameRuns(a, b []procs.Run) bool {
	if len(a) != len(b) {
		return false
	}
	return len(a) == 0 || &a[0] == &b[0] || slices.EqualFunc(a, b, func(a, b procs.Run) bool { return a.ID == b.ID })
}

// remember adds the samples of a pass to the histories.
func (s *Sampler) remember(runs []procs.Run, views []View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, run := range runs {
		if views[i].Sample.Run == 0 { // none that lives has been measured
			continue
		}
		h := s.history[run.ID]
		if h == nil {
			h = &history{limit: s.o.History}
			s.history[run.ID] = h
		}
		h.put(views[i].Sample)
	}
}

// Slot returns the newest view of a slot; while its process has not been measured, and once
// it has ended, false and nothing but what its runs have used and what the last one has left.
// Of a slot whose runs are too short to be measured there is a sample of no run,
// which has the share of CPU of all of them.
func (s *Sampler) Slot(id procs.ID) (View, bool) {
	f := s.frame.Load()
	i, ok := f.index[id]
	if !ok {
		v, a := f.left[id], s.p.spent.get(id)
		v.CPUTime = a.cpu
		if s.o.Ended != nil {
			v.CPUTime = a.with(s.o.Ended(id))
		}
		return v, false
	}
	if f.views[i].Sample.At.IsZero() { // between two runs
		return View{CPUTime: f.views[i].CPUTime}, false
	}
	return f.views[i], true
}

// History returns the last n samples of a slot, oldest first, over all its
// runs. It is kept when a run ends.
func (s *Sampler) History(id procs.ID, n int) []procs.Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.history[id]
	if h == nil {
		return nil
	}
	return h.last(n)
}

// Host returns what the whole machine uses.
func (s *Sampler) Host() procs.Host { return *s.host.Load() }

// Moves counts how often a process had run since the pass before, or had gone;
// at is when the last pass began. While the count stays nobody has done anything.
func (s *Sampler) Moves() (count uint64, at time.Time) {
	f := s.frame.Load()
	return f.moves, f.at
}

// Version grows with each pass.
func (s *Sampler) Version() uint64 { return s.version.Load() }

// Focus names the slot that somebody looks at: all there is to read is read
// of its processes in each pass.
func (s *Sampler) Focus(id procs.ID) { s.focus.Store(&id) }
