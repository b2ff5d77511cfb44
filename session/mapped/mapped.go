// Package mapped is a map over items as a session: what the screens see of it,
// and what they may ask of it. Its one pool has a slot for each worker.
//
// Start at [New]. How far the map is comes from [task.Map.Progress]; what its
// processes use is measured as in any other session; what became of the items that
// have failed is put into crash reports (reports.go), and what was printed for them
// is kept for a look ([Output]).
package mapped

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/sample"
	"example.com/muster/procs/task"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
)

// Pool is the name of the only pool.
const Pool = "map"

// Config is what a session is made of. All of it is required.
type Config struct {
	Name string // of the session
	Map  *task.Map
	// Argv is what is run for the items, Dir where, LogDir where the output is kept on
	// disk; "" for nowhere.
	Argv   []string
	Dir    string
	LogDir string
	// Tree knows the descendants of the workers' processes, Signal reaches one.
	Tree   *tree.Tracker
	Signal func(procs.PIDRef, procs.Signal) error
	// StartTime is when a process began, as in [procs.PIDRef]; 0 if there is none.
	StartTime func(pid int) uint64
	Store     *output.Store
}

// Session implements ui/port.Session. Its methods may be called from any
// goroutine.
type Session struct {
	cfg      Config
	sampler  *sample.Sampler
	stopping atomic.Bool
	frozen   atomic.Bool
	stirred  chan struct{}

	mu      sync.Mutex // guards all below
	runs    map[int]procs.Run
	numbers map[int]int // of processes that each worker has had
	past    map[int]int // which of them that was, by pid
	version uint64
	last    *task.Progress // of that version
	snap    *procs.Snapshot
	snapKey uint64
	reports reports
	tasks   *session.Tasks
	moments session.Recorder
}

// New returns a session of a map that has not begun; see [Session.Run].
func New(cfg Config) *Session {
	s := &Session{cfg: cfg, stirred: make(chan struct{}, 1), runs: map[int]procs.Run{}, numbers: map[int]int{}, past: map[int]int{}}
	s.reports = reports{argv: cfg.Argv, dir: cfg.Dir, measured: s.measured}
	s.sampler = sample.New(sample.Options{Tree: cfg.Tree, Runs: s.follow, Ended: s.usedBy, Passed: s.sampled})
	return s
}

// lookEvery is how often it is looked whether the map has moved: while one runs, it
// mostly has.
const lookEvery = time.Second / 15

// Run measures the workers until ctx ends.
func (s *Session) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { _ = s.sampler.Run(ctx) }) // it ends with ctx only
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for seen := uint64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		version := s.Version()
		if version == seen {
			continue
		}
		seen = version
		select {
		case s.stirred <- struct{}{}:
		default: // the one before has not been taken
		}
	}
}

// follow finds out which processes the workers have now.
func (s *Session) follow() []procs.Run {
	p := s.cfg.Map.Progress()
	s.mu.Lock()
	defer s.mu.Unlock()
	var runs []procs.Run
	for i := range p.Workers {
		w := &p.Workers[i]
		run, had := s.runs[w.Worker]
		if had && run.PID != w.PID {
			s.cfg.Tree.Remove(run)
			delete(s.runs, w.Worker)
			had = false
		}
		if !had && w.PID != 0 {
			s.numbers[w.Worker]++
			run = procs.Run{ID: idOf(w.Worker), N: s.numbers[w.Worker], PIDRef: procs.PIDRef{PID: w.PID, StartTime: s.cfg.StartTime(w.PID)}}
			if run.StartTime == 0 { // it has ended
				continue
			}
			s.runs[w.Worker] = run
			if len(s.past) >= maxPast {
				clear(s.past)
			}
			s.past[w.PID] = run.N
			s.cfg.Tree.Add(run)
			had = true
		}
		if had {
			runs = append(runs, run)
		}
	}
	return runs
}

// usedBy returns the CPU time of a worker's processes that have ended.
func (s *Session) usedBy(id procs.ID) time.Duration {
	for _, w := range s.cfg.Map.Progress().Workers {
		if idOf(w.Worker) == id {
			return w.CPUTime
		}
	}
	return 0
}

// sampled is told of each pass over the workers.
func (s *Session) sampled() {
	s.mu.Lock()
	runs := slices.Collect(maps.Values(s.runs))
	s.mu.Unlock()
	s.moments.Note(runs, s.sampler.Slot, noLocks)
}

// noLocks stands for the locks of a map, which are not watched.
var noLocks = &graph.View{}

// maxPast is how many processes are remembered for the reports of their ends.
const maxPast = 4096

// measured returns which of a worker's processes a pid was, and the last
// measurements of it. s.mu is held.
func (s *Session) measured(worker, pid int) (n int, samples []procs.Sample) {
	n, known := s.past[pid]
	if !known {
		return 1, nil
	}
	all := s.sampler.History(idOf(worker), samplesKept)
	return n, slices.DeleteFunc(all, func(x procs.Sample) bool { return x.Run != n })
}

// samplesKept is how many measurements a report holds.
const samplesKept = 60

func idOf(worker int) procs.ID { return procs.ID{Pool: Pool, Slot: worker} }

// look notes whether the map has moved. s.mu is held.
func (s *Session) look() *task.Progress {
	p := s.cfg.Map.Progress()
	if l := s.last; l == nil || l.At != p.At || l.Size != p.Size || l.Paused != p.Paused || l.Stopped != p.Stopped || l.Ended != p.Ended || l.Counts != p.Counts {
		s.version++
		s.last = p
	}
	return s.last
}

// Version implements port.Session.
func (s *Session) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key()
}

// key is the version; s.mu is held.
func (s *Session) key() uint64 {
	s.look()
	return s.version + s.sampler.Version() + s.cfg.Store.Version()
}

// Stirred implements port.Session.
func (s *Session) Stirred() <-chan struct{} { return s.stirred }

// Store is where what was printed is kept.
func (s *Session) Store() *output.Store { return s.cfg.Store }

// Coverage says what of the workers' descendants may have been missed, "" if nothing.
func (s *Session) Coverage() string { return s.cfg.Tree.Coverage() }

// Output implements port.Session.
func (s *Session) Output(q procs.Query) (procs.Page, error) { return s.cfg.Store.Query(q) }

// Samples implements port.Session.
func (s *Session) Samples(id procs.ID, n int) []procs.Sample { return s.sampler.History(id, n) }

// Focus asks for details of one worker at every sample.
func (s *Session) Focus(id procs.ID) { s.sampler.Focus(id) }

// Found implements port.Session.
func (s *Session) Found() session.Found {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.look()
	if s.tasks == nil || s.tasks.Progress != p {
		s.tasks = &session.Tasks{Progress: p, Reports: s.reports.of(p.FailedItems)}
	}
	return session.Found{Crashes: s.tasks.Reports, CrashRows: s.reports.rows(s.tasks.Reports), Locks: noLocks, Tasks: s.tasks}
}

// Snapshot implements port.Session.
func (s *Session) Snapshot() *procs.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := s.key(); s.snap == nil || s.snapKey != key {
		s.snapKey = key
		s.snap = s.build()
	}
	return s.snap
}

// build puts a snapshot together; s.mu is held.
func (s *Session) build() *procs.Snapshot {
	p := s.last
	snap := &procs.Snapshot{
		Session: s.cfg.Name, At: p.At, StartedAt: p.Started, Host: s.sampler.Host(), Ended: p.Ended, Stopping: s.stopping.Load() || p.Stopped, Version: 1,
		LogDir: s.cfg.LogDir,
	}
	if !p.Ended {
		snap.At = time.Now()
	}
	if s.snap != nil {
		snap.Version = s.snap.Version + 1
	}
	pool := procs.Pool{Name: Pool, Argv: s.cfg.Argv, Size: p.Size}
	for i := range p.Workers {
		if w := &p.Workers[i]; w.Worker < p.Size || w.PID != 0 || w.Seq != 0 {
			pool.Slots = append(pool.Slots, s.slot(p, w))
		}
	}
	snap.Pools = []procs.Pool{pool}
	return snap
}

// slot is a worker.
func (s *Session) slot(p *task.Progress, w *task.WorkerProgress) procs.Slot {
	id := idOf(w.Worker)
	slot := procs.Slot{Run: procs.Run{ID: id}, State: procs.Stopped, Since: p.Started, Output: procs.OutputPipe}
	run, ok := s.runs[w.Worker]
	ok = ok && run.PID == w.PID
	switch {
	case ok:
		slot.Run, slot.State = run, procs.Running
	case w.PID != 0:
		slot.PID, slot.N, slot.State = w.PID, s.numbers[w.Worker]+1, procs.Running // it is not measured yet
	case w.Seq != 0:
		slot.State = procs.Starting
	}
	if w.Seq != 0 {
		slot.StartedAt = p.At.Add(-w.Age)
		slot.Since = slot.StartedAt
	}
	slot.Paused = s.frozen.Load()
	v, measured := s.sampler.Slot(id)
	slot.CPUTime = v.CPUTime
	switch {
	case ok && measured && v.Sample.Run == run.N:
		slot.Descendants, slot.ForksPerSecond, slot.ForksExact = v.Descendants, v.ForksPerSecond, v.ForksExact
		slot.Sample, slot.Kernel, slot.Debugged = v.Sample, v.Kernel, v.Debugged
	case measured: // its processes come and go: what all of them use is known, of this one nothing
		slot.Sample = sample.OfSlot(v.Sample)
	}
	out := s.cfg.Store.Slot(id)
	slot.Lines, slot.OutputBytes, slot.LastLine = out.Next(), out.Bytes(), out.Last()
	return slot
}

// Stopped reports whether somebody asked for the end before it had come.
func (s *Session) Stopped() bool { return s.stopping.Load() }

// errNoTerminal says why nobody can type into a worker.
var errNoTerminal = errors.New("the workers of a map have no terminal")

// errNotHere says of what a screen wants that a map does not have it.
var errNotHere = errors.New("a map over items has no such thing")

// Ask implements port.Session.
func (s *Session) Ask(_ context.Context, q session.Question) (session.Answer, error) {
	switch q := q.(type) {
	case session.PlanQuestion:
		return nil, session.ErrNoConfig
	case session.MomentsQuestion:
		return s.moments.Moments(q), nil
	case session.TerminalQuestion:
		return nil, fmt.Errorf("cannot type into %s: %w", q.ID, errNoTerminal)
	case session.StacksQuestion:
		return nil, fmt.Errorf("cannot read stacks here: %w; muster stacks PID reads those of a worker", errNotHere)
	}
	return nil, fmt.Errorf("cannot profile here: %w; muster profile PID profiles a worker", errNotHere)
}
