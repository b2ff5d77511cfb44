// Package session is one running muster: it puts together what runs the pools
// (supervisor, output, tree, sample) and what explains their ends
// (profiling/crash), and answers questions about both, in this process as a
// Go interface and on a Unix socket for others.
//
// It starts no process and reads nothing from /proc itself; it is handed the
// rooms that do. Start at [New], then [Session.Run].
package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/sample"
	"example.com/muster/procs/supervisor"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling"
	"example.com/muster/profiling/capture"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/pyagent"
)

// Config is what a session is made of.
type Config struct {
	Name  string
	Pools []procs.Spec
	// Launch starts the runs.
	Launch supervisor.Launcher
	// Tree knows their descendants, Signal reaches one of them.
	Tree   *tree.Tracker
	Signal func(procs.PIDRef, procs.Signal) error
	// Store keeps the output, in LogDir too unless that is "".
	Store  *output.Store
	LogDir string
	// Agent is what Python programs report to; nil where there is none.
	Agent *pyagent.Agent
	// Reload reads the configuration anew; nil where there is none.
	Reload func() ([]procs.Spec, error)
	// Interval is the time between two samples.
	Interval   time.Duration
	Cols, Rows int
	Jitter     func() float64
	// Comm is the name of a process that is none of the session's, "" where
	// that is not known; nil: nobody knows.
	Comm func(pid int) string
	// Stacks reads the stacks of processes; nil: there are those only that the
	// look at the locks has read.
	Stacks func(context.Context, []procs.PIDRef) ([]graph.State, []profiling.Coverage)
	// GoCrash returns what the runtime of a Go program with muster's agent wrote
	// when it crashed, if anything; nil: nobody keeps that.
	GoCrash func(id procs.ID, pid int, since time.Time) []procs.Line
	// PostMortem knows what the kernel tells of processes after their death;
	// nil: nobody asks.
	PostMortem PostMortem
	// Environ is the environment of a run with the values of secrets hidden;
	// nil: nobody knows it.
	Environ func(procs.Run, procs.Spec) []string
	// OnCrash is the user's command for each crash, in place of those of the pools;
	// empty: there is none. Hook runs it; nil: nobody does.
	OnCrash []string
	Hook    Hook
	// FailFast stops everything at the first crash.
	FailFast bool
	// CrashDir is where reports of crashes are kept; "" for nowhere.
	CrashDir string
	// Profile carries out captures; nil: nobody does.
	Profile Profiler
	// ProfileAgent is asked where Python programs are to profile themselves;
	// nil where there is none.
	ProfileAgent capture.PythonAgent
	// ProfileWhen are triggers for all pools, beside their own.
	ProfileWhen []procs.Trigger
	// ProfileDir is where profiles are kept; "" for nowhere.
	ProfileDir string
}

// Session is one running muster. Its methods may be called from any goroutine.
type Session struct {
	cfg     Config
	started time.Time
	cwd     string // what the directories of pools are relative to
	sup     *supervisor.Supervisor
	sampler *sample.Sampler
	locks   *locks.Watcher
	past    lockPast
	events  eventRing
	crashes crashLog
	scanner scanner
	sent    sentLog
	hooks   hooks
	used    used
	notices noticeLog

	profiles profiles
	moments  Recorder

	stirred   chan struct{} // see Stirred
	applied   chan struct{} // gets a value when the specs have changed
	lockLooks chan struct{} // gets a value after each look at the locks
	failFast  failFast
	inside    atomic.Pointer[[]procs.PIDRef] // in which a person's pdb talks
	targeted  atomic.Pointer[targeted]       // see targets
	treeNotes atomic.Pointer[treeNotes]      // the tree's coverage while it was open; nil while it is

	changing sync.Mutex // held by who makes other pools of those that there are

	deaths *tree.Deaths
	runs   sync.Map // procs.ID to the procs.Run that was started last
	pids   sync.Map // procs.ID to the pids of its last runs; see procs.Slot

	snapMu  sync.Mutex // serialises building; readers take the pointer
	snap    atomic.Pointer[procs.Snapshot]
	snapKey uint64
}

// New puts a session together; nothing is started before Run.
func New(cfg Config) *Session {
	s := &Session{cfg: cfg, started: time.Now(), stirred: make(chan struct{}, 1), applied: make(chan struct{}, 1), lockLooks: make(chan struct{}, 1)}
	s.events.next = cfg.Store.Next
	s.crashes.session, s.scanner.session = s, s
	s.profiles = profiles{session: s, running: map[int]*capturing{}, claimed: map[procs.PIDRef]int{}, unwritten: map[int][]byte{}}
	s.profiles.when = newWhenever(&s.profiles)
	s.failFast.crashed = make(chan struct{})
	s.cwd, _ = os.Getwd() // "" where it is gone
	s.hooks.run, s.hooks.argv, s.hooks.notify, s.hooks.wake = cfg.Hook, cfg.OnCrash, s.Notify, make(chan struct{}, hooksAtOnce)
	s.sup = supervisor.New(supervisor.Options{
		Pools:   cfg.Pools,
		Launch:  cfg.Launch,
		Tree:    &trackerTree{Tracker: cfg.Tree, signal: cfg.Signal},
		Started: s.begun,
		Ended:   s.ended,
		Changed: s.changed,
		Moved:   s.stir,
		Notice:  s.Notify,
		Jitter:  cfg.Jitter, Debugged: s.debugged,
		Cols: cfg.Cols, Rows: cfg.Rows,
	})
	s.deaths = cfg.Tree.Deaths()
	s.sampler = sample.New(sample.Options{Interval: cfg.Interval, Tree: cfg.Tree, Runs: s.sup.Runs, Ended: s.used.of, Passed: s.sampled})
	s.locks = locks.New(locks.Options{Targets: s.targets, Moves: s.sampler.Moves, Agent: cfg.Agent, Looked: s.lookedAtLocks})
	return s
}

// openWait bounds how long the start waits for the tree to follow the kernel's
// events. It takes a millisecond where that is permitted, and a third of a
// second to find out that it is not.
const openWait = 25 * time.Millisecond

// Run starts every pool and returns when a shutdown has been carried out, or
// ctx is done and every run has been killed.
func (s *Session) Run(ctx context.Context) {
	var wg sync.WaitGroup
	// The observers outlive the supervisor: they see the last exit.
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	wg.Go(func() {
		if s.cfg.Tree.Run(watch) != nil { // why it may not is told by its Coverage
			_ = s.cfg.Tree.FollowExits(watch) // where that fails too, looks tell
		}
	})
	wg.Go(func() { _ = s.sampler.Run(watch) }) // it ends with watch only
	wg.Go(func() { s.locks.Run(watch) })
	wg.Go(func() { s.keepLocks(watch) })
	wg.Go(func() { s.stirByOutput(watch) })
	wg.Go(func() { s.showLiving(watch) })
	whenever, noMore := context.WithCancel(context.WithoutCancel(ctx))
	var window sync.WaitGroup
	window.Go(func() { s.profiles.when.run(whenever) })
	s.crashes.open()
	var told sync.WaitGroup
	told.Go(func() { s.crashes.run(watch) })
	if scans {
		told.Go(func() { s.scanner.run(watch) })
	}
	following, last := context.WithCancel(context.WithoutCancel(ctx)) // what follows from the last crash, too
	wg.Go(func() { s.hooks.work(following) })
	wg.Go(func() { s.endAtFirst(watch) })
	told.Go(func() { s.followDeaths(watch) })
	wg.Go(func() { s.watchFiles(watch) })
	select {
	case <-s.cfg.Tree.Opened(): // now it sees also what lives for a moment only
	case <-time.After(openWait):
	}
	s.sup.Run(ctx)
	noMore()
	window.Wait()
	s.profiles.close()
	s.cfg.Tree.Refresh(true)              // how the last of them ended
	s.treeNotes.Store(s.coverageOfTree()) // the tree itself will say that it has been closed
	stop()
	told.Wait()
	s.crashes.drain()
	s.crashes.kept.close()
	last()
	wg.Wait()
	s.failedLate()
}

// Idle reports whether no process lives and none will start unless asked.
func (s *Session) Idle() bool { return s.sup.Idle() }

// StoppingSince returns when it was asked first to end everything; zero if it has not been.
func (s *Session) StoppingSince() time.Time { return s.sup.StoppingSince() }

// Do carries out a command; see [supervisor.Supervisor.Do].
func (s *Session) Do(ctx context.Context, c procs.Command) error {
	if again, ok := c.(procs.Rerun); ok {
		_, err := s.Rerun(ctx, again.Crash)
		return err
	}
	switch c.(type) {
	case procs.Reload, procs.Apply, procs.Scale:
		s.changing.Lock()
		defer s.changing.Unlock()
	}
	if _, ok := c.(procs.Reload); ok {
		specs, err := s.reload()
		if err != nil {
			return err
		}
		c = procs.Apply{Pools: specs}
	}
	if end, ok := c.(procs.Shutdown); ok {
		if end.Now {
			s.hooks.hurry()
		} else {
			s.profiles.endFirst(ctx)
		}
	}
	s.note(c)
	err := s.sup.Do(ctx, c)
	if to, ok := c.(procs.SignalPID); ok && errors.Is(err, os.ErrProcessDone) {
		err = goneFrom(s.Snapshot().Pools, to.Ref)
	}
	if _, ok := c.(procs.Apply); ok {
		select {
		case s.applied <- struct{}{}:
		default: // the one before has not been taken
		}
	}
	return err
}

// ErrNoConfig says that the pools come from a command line and not from a file.
var ErrNoConfig = errors.New("cannot reload: this session was not started from a configuration file")

func (s *Session) reload() ([]procs.Spec, error) {
	if s.cfg.Reload == nil {
		return nil, ErrNoConfig
	}
	specs, err := s.cfg.Reload()
	if err != nil {
		return nil, err
	}
	for _, spec := range s.sup.Specs() {
		if spec.RerunOf.Pool != "" { // the file knows nothing of it
			specs = append(specs, spec)
		}
	}
	return specs, nil
}

// Plan says what a [procs.Reload] would change now.
func (s *Session) Plan(context.Context) ([]procs.Change, error) {
	specs, err := s.reload()
	if err != nil {
		return nil, err
	}
	return procs.Diff(s.sup.Specs(), specs), nil
}

// Output reads a window of what was printed.
func (s *Session) Output(q procs.Query) (procs.Page, error) { return s.cfg.Store.Query(q) }

// Store is where the output is kept.
func (s *Session) Store() *output.Store { return s.cfg.Store }

// Samples returns the last n measurements of a slot, oldest first.
func (s *Session) Samples(id procs.ID, n int) []procs.Sample { return s.sampler.History(id, n) }

// Focus asks for details of one slot at every sample.
func (s *Session) Focus(id procs.ID) { s.sampler.Focus(id) }

// Crashes returns the bad ends so far, oldest first; at most [MaxCrashes].
func (s *Session) Crashes() []*crash.Report { return s.crashes.list() }

// Events returns the events after a sequence number, and how many were missed.
func (s *Session) Events(after uint64) (events []procs.Event, missed uint64) {
	return s.events.after(after)
}

// WaitEvents returns once there is an event after the sequence number, or ctx is done.
func (s *Session) WaitEvents(ctx context.Context, after uint64) { s.events.wait(ctx, after) }

// Notify adds a warning of muster's own.
func (s *Session) Notify(text string) {
	s.notices.add(text)
	s.stir()
	s.events.add(procs.Event{Type: procs.EventNotice, Text: text, After: s.cfg.Store.Next()})
}

// Renotify puts a newer text in the place of a warning; with news it becomes the newest
// warning. It is no event of its own.
func (s *Session) Renotify(was, text string, news bool) {
	s.notices.renew(was, text, news)
	s.stir()
}

// Version moves whenever the snapshot, any output, the crashes, the locks or the captures do.
func (s *Session) Version() uint64 {
	return s.sup.Version() + s.sampler.Version() + s.cfg.Store.Version() + s.crashes.version.Load() + s.notices.version.Load() + s.locks.Version() + s.profiles.version.Load() + s.cfg.Tree.NamedAt()
}

// Stirred gets a value soon after the version has moved: at once, but after
// output that went on no more than [outputStirs] times a second. It holds one
// value at most, and is for one reader.
func (s *Session) Stirred() <-chan struct{} { return s.stirred }

// outputStirs is how many times a second it is told that there is more output.
const outputStirs = 15

// stir tells that the version has moved.
func (s *Session) stir() {
	select {
	case s.stirred <- struct{}{}:
	default: // the one before has not been taken
	}
}

// stirByOutput tells of output until ctx is done.
func (s *Session) stirByOutput(ctx context.Context) {
	tick := time.NewTimer(0)
	defer tick.Stop()
	for version := uint64(0); ctx.Err() == nil; {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		version = s.cfg.Store.Wait(ctx, version)
		s.stir()
		tick.Reset(time.Second / outputStirs)
	}
}

// trackerTree is the supervisor's view of the tree.
type trackerTree struct {
	*tree.Tracker
	signal func(procs.PIDRef, procs.Signal) error

	mu   sync.Mutex
	full time.Time // when everything was last looked at
}

// lookEvery bounds how often everything is looked at: when a large pool is
// stopped, each of its slots asks for it.
const lookEvery = 15 * time.Millisecond

func (t *trackerTree) Refresh(full bool) {
	if !full {
		t.Tracker.Refresh(false)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock() // who comes meanwhile waits, and then need not look
	if time.Since(t.full) > lookEvery {
		t.Tracker.Refresh(true)
		t.full = time.Now()
	}
}

func (t *trackerTree) Signal(ref procs.PIDRef, sig procs.Signal) error { return t.signal(ref, sig) }

// ended is told of each run's end, before its slot goes on.
func (s *Session) ended(run procs.Run, spec procs.Spec, e procs.Exit) {
	slot := s.cfg.Store.Slot(run.ID)
	slot.EndRun()
	if e.TailCut && s.slotOutput(run.ID) == procs.OutputPTY && e.Descendants > 0 {
		slot.Note(fmt.Sprintf("%s has ended and left %d running, whose terminal was hung up", run.ID, e.Descendants))
	}
	e.LastLineAfter = slot.Next()
	s.events.add(procs.Event{Type: procs.EventExit, ID: run.ID, PID: run.PID, Text: e.String(), After: s.cfg.Store.Next()})
	s.used.add(run.ID, e.UserTime+e.SystemTime)
	s.sawExit(run, spec, e)
	s.profiles.when.sawExit(run, &spec, e)
}

func (s *Session) slotOutput(id procs.ID) procs.OutputMode {
	if _, slot := s.sup.Slot(id); slot != nil {
		return slot.Output
	}
	return ""
}

// changed is told of each change of a slot's state or readiness. A run that has
// ended is not ready any more, which its end says.
func (s *Session) changed(before, after procs.Slot) {
	text := string(after.State)
	switch {
	case before.State == after.State && after.Ready:
		text = "ready"
	case before.State == after.State && after.Reason == "":
		return
	case before.State == after.State: // the reason begins with "not ready"
		text = after.Reason
	case after.Reason != "":
		text += ": " + after.Reason
	}
	s.events.add(procs.Event{Type: procs.EventState, ID: after.ID, PID: after.PID, Text: text, After: s.cfg.Store.Next()})
}
