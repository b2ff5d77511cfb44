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
	host    atomic.Pointer[procs.Host]
	focus   atomic.Pointer[procs.ID]

	mu sync.Mutex // guards what the last pass has found; never held while anything is read
	frame
	history map[procs.ID]*history

	// What follows belongs to Run, but for what p.spent does.
	p    pass
	runs []procs.Run // of the last pass
	asks int         // in how many passes it is still asked what runs have used that have ended
	// Scratch: the views that a pass has made, and of which runs.
	made  []View
	which []int
}

// frame is what the passes have found. Of a thousand slots few are another second's
// work, so a pass writes over what it has made anew, and over nothing else.
type frame struct {
	index map[procs.ID]int
	views []View            // the times of their samples are those of the passes that made them
	left  map[procs.ID]View // of slots without a run; their samples are of none
	moves uint64
	at    time.Time // when the pass began
	beats beats
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

// asksAfter is in how many passes it is asked what ended runs have used once the list of
// those that live is another: the end of one may be told a moment later than that.
const asksAfter = 2

// pass makes one pass over all processes and publishes what it found.
func (s *Sampler) pass() {
	runs := s.o.Runs()
	same := len(runs) > 0 && len(runs) == len(s.runs) && &runs[0] == &s.runs[0]
	if !same {
		s.asks = asksAfter
	}
	s.measure()
	index := s.index
	if !same && !slices.EqualFunc(s.runs, runs, func(a, b procs.Run) bool { return a.ID == b.ID }) {
		index = make(map[procs.ID]int, len(runs))
		for i, run := range runs {
			index[run.ID] = i
		}
	}
	s.runs = runs
	left := s.left
	if strays := s.makeViews(index, !same); strays || !same {
		left = s.p.forget(index)
	}
	s.publish(frame{index: index, left: left, moves: s.p.moves, at: s.p.at}, !same)
	s.p.settle()
}

// measure looks at all processes, and asks what the runs have used that have ended, if
// some may have.
func (s *Sampler) measure() {
	ask := s.asks > 0 && s.o.Ended != nil
	s.asks = max(0, s.asks-1)
	if ask {
		for id, sl := range s.p.slots {
			sl.endTime = s.o.Ended(id)
		}
	}
	s.p.measure(time.Now(), s.focus.Load())
	if ask {
		for _, sl := range s.p.slots {
			s.p.learnEnds(sl)
		}
	}
}

// makeViews makes the views of all runs, or of those whose slots are stirred. It reports
// whether there are slots without a run.
func (s *Sampler) makeViews(index map[procs.ID]int, all bool) (strays bool) {
	s.made, s.which = s.made[:0], s.which[:0]
	add := func(i int) { s.made, s.which = append(s.made, s.p.view(s.runs[i])), append(s.which, i) }
	if all {
		for i := range s.runs {
			add(i)
		}
	}
	strays = s.p.left > 0
	for _, sl := range s.p.stirred {
		i, ok := index[sl.id]
		if ok && !all {
			add(i)
		}
		strays = strays || !ok
	}
	return strays
}

// publish takes over what a pass has found: the views it has made are those of some runs,
// or of all, which are others than before.
func (s *Sampler) publish(f frame, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.views, f.beats = s.views, s.beats
	f.beats.add(f.at)
	s.frame = f
	if all {
		s.views = slices.Grow(s.views[:0], len(s.made))[:len(s.made)]
	}
	for n, i := range s.which {
		s.views[i] = s.made[n]
		s.remember(s.runs[i].ID, &s.made[n])
	}
	if all {
		for _, h := range s.history {
			h.endBefore(&s.beats)
		}
	}
}

// remember adds the sample of a view to the history of its slot; the caller holds mu.
func (s *Sampler) remember(id procs.ID, v *View) {
	h := s.history[id]
	if v.Sample.Run == 0 { // none that lives has been measured
		if h != nil {
			h.endBefore(&s.beats)
		}
		return
	}
	if h == nil {
		h = &history{limit: s.o.History}
		s.history[id] = h
	}
	h.put(v.Sample, &s.beats)
}

// Slot returns the newest view of a slot; while its process has not been measured, and once
// it has ended, false and nothing but what its runs have used and what the last one has left.
// Of a slot whose runs are too short to be measured there is a sample of no run,
// which has the share of CPU of all of them.
func (s *Sampler) Slot(id procs.ID) (View, bool) {
	v, living := s.viewOf(id)
	switch {
	case !living:
		a := s.p.spent.get(id)
		v.CPUTime = a.cpu
		if s.o.Ended != nil {
			v.CPUTime = a.with(s.o.Ended(id))
		}
		return v, false
	case v.Sample.At.IsZero(): // between two runs
		return View{CPUTime: v.CPUTime}, false
	}
	return v, true
}

// viewOf is what the last pass had of a slot, and whether that had a run that lives.
func (s *Sampler) viewOf(id procs.ID) (v View, living bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, living := s.index[id]
	if !living {
		return s.left[id], false
	}
	v = s.views[i]
	if !v.Sample.At.IsZero() {
		v.Sample.At = s.at
	}
	return v, true
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
	return h.last(n, &s.beats)
}

// Host returns what the whole machine uses.
func (s *Sampler) Host() procs.Host { return *s.host.Load() }

// Moves counts how often a process had run since the pass before, or had gone;
// at is when the last pass began. While the count stays nobody has done anything.
func (s *Sampler) Moves() (count uint64, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.moves, s.at
}

// Version grows with each pass.
func (s *Sampler) Version() uint64 { return s.version.Load() }

// Focus names the slot that somebody looks at: all there is to read is read
// of its processes in each pass.
func (s *Sampler) Focus(id procs.ID) { s.focus.Store(&id) }
