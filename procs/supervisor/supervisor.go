// Package supervisor keeps pools of processes as their specs ask. One
// goroutine owns the registry of pools ([Supervisor.Run]), one more each slot
// (slot.go); what a slot does next is decided by package lifecycle and carried
// out here. Others send commands with [Supervisor.Do] and read [Supervisor.Pools],
// an immutable value; nobody else writes to either.
//
// Start at [New] and [Supervisor.Run].
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
	"example.com/muster/procs/spawn"
)

// Options are what a supervisor stands on. Launch and Tree are required.
type Options struct {
	Pools  []procs.Spec
	Launch Launcher
	Tree   Tree
	// Started and Ended are called on the slot's goroutine, in order, for
	// each run; they must be quick. Ended comes after the run's output has
	// been drained, and before a restart.
	Started func(procs.Run, procs.Spec)
	Ended   func(procs.Run, procs.Spec, procs.Exit)
	// Changed is called after every change of a slot's state or readiness,
	// with what was so before; it must be quick.
	Changed func(before, after procs.Slot)
	// Moved is called after every change of what readers see; it must be quick.
	// nil: nobody is told.
	Moved func()
	// Notice is told what the user must know and no slot's state says: a port
	// that was taken, a rolling restart that was given up. It may be nil.
	Notice func(text string)
	// Debugged reports whether a debugger is attached to a process of a slot; nil if
	// nobody knows. What a liveness probe says of such a slot counts for nothing.
	Debugged func(procs.ID) bool
	Jitter   func() float64 // in [0, 1); nil means none
	// Cols and Rows are the first size of the slots' terminals.
	Cols, Rows int
}

// Launcher starts runs.
type Launcher interface {
	// Launch returns once the program has been exec'd, or with an error of
	// type *[NotStarted] that says why it could not be.
	Launch(ctx context.Context, l Launch) (Process, error)
	// Exec runs a probe's command to its end, in the run's directory and
	// environment. When ctx ends first, the command's group is killed and
	// reaped; the error is then ctx's cause.
	Exec(ctx context.Context, l Launch, argv []string) (e procs.Exit, said string, err error)
}

// Launch is one run to be started.
type Launch struct {
	// Spec is the pool's, with its marks; Vars holds what they stand for.
	Spec       procs.Spec
	Vars       procs.Vars
	ID         procs.ID
	N          int
	Cols, Rows int
	// Tap is shown what the run prints as it arrives; it may be nil. It is
	// called as a spawn.Sink is.
	Tap func(stream procs.Stream, pid int, p []byte)
}

// Process is a run that has been started.
type Process interface {
	Ref() procs.PIDRef
	// Output is the mode in use, never auto.
	Output() procs.OutputMode
	// FirstLine is the number of the slot's line at which the run's output begins.
	FirstLine() uint64
	// Read begins to read what the run prints, once. It is called when others
	// have been told that the run has begun, so that its lines come after that.
	Read()
	// Exit delivers the end once. The output may not have been read to its
	// end by then: see Drain.
	Exit() <-chan procs.Exit
	SignalGroup(procs.Signal) error
	// Signal is for the process alone.
	Signal(procs.Signal) error
	// Drain returns when all that the run printed has reached the store; it
	// reports whether somebody still holds the output open.
	Drain() (cut bool)
	Resize(cols, rows int) error
	// Terminal is the run's own; nil without one.
	Terminal() *spawn.Terminal
}

// NotStarted is why a command could not be started.
type NotStarted struct {
	Code  int // 127 not found, 126 not executable, 1 what is no fault of the command's
	Why   string
	Lacks procs.Lack // see [procs.Exit]
}

func (e *NotStarted) Error() string { return e.Why }

// Tree knows the descendants of runs.
type Tree interface {
	Add(procs.Run)
	Remove(procs.Run)
	// Refresh looks now.
	Refresh(full bool)
	// Ending is told that all descendants of a slot are being ended, until its next run.
	Ending(procs.ID)
	// Kept takes that back for those that live on, but for who is in the group of the run.
	Kept(procs.ID)
	// Killed is told that all that lives of a slot is being killed, whether or not it
	// was to live on.
	Killed(procs.ID)
	// Left is Ending for those that a run has left, before that signal asks them to end.
	Left(procs.ID, procs.Signal)
	// Stopped counts those that have ended so since, helpers of multiprocessing apart
	// (they go by themselves), and those that had left the session of their run.
	// Hung of them ended as the kernel hung up on them, if hangup is when the process of
	// the run ended that led a terminal; else it is zero.
	Stopped(id procs.ID, hangup time.Time) (n, daemons, hung int)
	// Lingering is Left for those that have not left the session of the run that started
	// them, and returns them, as of the last look.
	Lingering(procs.ID, procs.Signal) []procs.PIDRef
	// Living returns the descendants of a slot that live, as of the last look.
	Living(procs.ID) []procs.PIDRef
	// Draining reports whether some of these read from pipes that nobody writes to any more,
	// and how many bytes are left in these.
	Draining(procs.ID) (left int, some bool)
	// Signal sends a signal to one process, if it is still that one.
	Signal(procs.PIDRef, procs.Signal) error
}

// Supervisor owns the pools. Make one with [New], let [Supervisor.Run] run.
type Supervisor struct {
	opt     Options
	inbox   chan request
	done    chan struct{} // closed when Run has returned
	version atomic.Uint64
	starts  starts
	waiting atomic.Int32 // how many slots wait for what their pool depends on
	pools   atomic.Pointer[[]poolView]
	runs    atomic.Pointer[living] // the last answer of Runs
	endedAt atomic.Int64           // when Shutdown was asked, in nanoseconds since 1970; 0 while it was not
	stirred stirred
	ports   ports
	overdue overdue
	wg      sync.WaitGroup

	// What follows is Run's alone.
	reg    registry
	halted map[*pool]bool          // while stopping: those that have been asked to end
	left   map[procs.ID]*lingering // what ends with the session
	hurry  bool                    // while stopping: nobody is given time to end
	// patience is over some time after that, if none of hurried slots has ended since.
	patience *time.Timer
	hurried  int
	ending   *ending     // of what is left; nil before that
	rolls    *time.Timer // when a slot of a rolling restart must be ready
	paused   time.Time   // zero if not
}

type request struct {
	ctx   context.Context
	cmd   procs.Command
	reply chan error
}

// ErrClosed is returned by Do when the supervisor has ended.
var ErrClosed = errors.New("the session has ended")

// New makes a supervisor; nothing is started before Run.
func New(opt Options) *Supervisor {
	if opt.Jitter == nil {
		opt.Jitter = func() float64 { return 0.5 }
	}
	s := &Supervisor{
		opt: opt, inbox: make(chan request), done: make(chan struct{}), halted: map[*pool]bool{},
		stirred: stirred{names: map[string]struct{}{}, wake: make(chan struct{}, 1)},
		overdue: overdue{wake: make(chan struct{}, 1)},
	}
	for _, spec := range opt.Pools {
		p := &pool{spec: spec}
		s.reg.pools = append(s.reg.pools, p)
		s.grow(p, spec.Size)
	}
	s.reg.index()
	s.publish()
	return s
}

// Run starts every pool and serves commands until a [procs.Shutdown] has been
// carried out or ctx is done; then every process is killed. It returns when no
// run is left.
func (s *Supervisor) Run(ctx context.Context) {
	defer close(s.done)
	s.rolls = time.NewTimer(time.Hour)
	defer s.rolls.Stop()
	more := time.NewTimer(time.Hour)
	defer more.Stop()
	s.patience = time.NewTimer(time.Hour)
	defer s.patience.Stop()
	for _, p := range s.reg.pools {
		s.start(p, p.slots)
	}
	abandoned := false
	for !abandoned && (!s.Stopping() || !s.idle()) {
		select {
		case r := <-s.inbox:
			err := s.serve(r)
			s.publish()
			r.reply <- err
		case <-s.stirred.wake:
			s.settle(s.stirred.take())
		case <-s.rolls.C:
			s.advanceAll()
		case <-s.patience.C:
			abandoned = s.hurry && s.standstill()
		case <-s.overdue.wake:
			more.Reset(overdueTogether)
		case <-more.C:
			s.tellMoreOverdue()
		case <-ctx.Done():
			s.shutdown(true)
			ctx = context.WithoutCancel(ctx)
		}
	}
	s.tellMoreOverdue()
	if abandoned {
		s.tellAbandoned()
	} else {
		s.endLingering(ctx)
	}
	for _, p := range s.reg.pools {
		for _, sl := range p.slots {
			close(sl.quit)
		}
	}
	if !abandoned { // else a start may never return
		s.wg.Wait()
	}
}

// settle does what follows from changes of slots of the named pools.
func (s *Supervisor) settle(changed map[string]struct{}) {
	if s.forgetRemoved() {
		if !s.Stopping() {
			s.clear()
		}
		s.publish()
	}
	if s.Stopping() {
		s.descend(changed)
		return
	}
	for name := range changed {
		for _, p := range s.reg.above[name] {
			s.gate(p)
			s.advance(p)
		}
		if p := s.reg.byName[name]; p != nil {
			s.gate(p) // a slot may have begun to wait, for what has come meanwhile
			s.advance(p)
		}
	}
}

// shutdown ends the session: in order, or at once if now or asked again.
func (s *Supervisor) shutdown(now bool) {
	again := !s.endedAt.CompareAndSwap(0, time.Now().UnixNano())
	if !s.hurry && (now || again) {
		s.hurry, s.hurried = true, len(slices.Collect(s.busy()))
		s.patience.Reset(killFor)
	}
	for _, p := range s.reg.pools {
		p.roll = nil
	}
	if now || again {
		s.killAll()
		return
	}
	if _, err := lifecycle.Order(s.reg.specs()); err != nil {
		s.reg.above = nil // there is no order: all at once
	}
	s.halt(append([]*pool(nil), s.reg.pools...))
}

func (s *Supervisor) notify(text string) {
	if s.opt.Notice != nil {
		s.opt.Notice(text)
	}
}

// Do carries out a command. It returns once every slot has accepted it, with
// an error if none has.
func (s *Supervisor) Do(ctx context.Context, c procs.Command) error {
	if in, ok := c.(procs.Type); ok {
		return s.typeInto(ctx, in)
	}
	r := request{ctx: ctx, cmd: c, reply: make(chan error, 1)}
	select {
	case s.inbox <- r:
	case <-s.done:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("cannot reach the supervisor: %w", context.Cause(ctx))
	}
	return <-r.reply // whoever takes a request answers it
}

// Done is closed when Run has returned.
func (s *Supervisor) Done() <-chan struct{} { return s.done }

// Version moves with every change of any slot.
func (s *Supervisor) Version() uint64 { return s.version.Load() }

// Stopping reports whether a shutdown has been asked for.
func (s *Supervisor) Stopping() bool { return s.endedAt.Load() != 0 }

// StoppingSince returns when that was asked first; zero if it has not been.
func (s *Supervisor) StoppingSince() time.Time {
	at := s.endedAt.Load()
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at)
}

// Pools returns the state of every slot. The slices are the caller's own.
func (s *Supervisor) Pools() []procs.Pool {
	views := *s.pools.Load()
	out := make([]procs.Pool, len(views))
	for i, v := range views {
		out[i] = procs.Pool{
			Name: v.spec.Name, Argv: v.spec.Argv, SlotOnly: v.spec.SlotOnly, Size: v.spec.Size, Slots: make([]procs.Slot, len(v.slots)),
			Disabled: v.spec.Disabled, DependsOn: v.spec.DependsOn, Rolling: v.rolling, RerunOf: v.spec.RerunOf,
		}
		for j, sl := range v.slots {
			out[i].Slots[j] = *sl.shown()
		}
	}
	return out
}

// Slot returns the state of one slot, which is not to be changed, and its
// pool's spec; nil if there is none.
func (s *Supervisor) Slot(id procs.ID) (procs.Spec, *procs.Slot) {
	if spec, sl := s.find(id); sl != nil {
		return spec, sl.shown()
	}
	return procs.Spec{}, nil
}

// find returns a slot and its pool's spec; nil if there is none.
func (s *Supervisor) find(id procs.ID) (procs.Spec, *slot) {
	for _, v := range *s.pools.Load() {
		if v.spec.Name == id.Pool && id.Slot >= 0 && id.Slot < len(v.slots) {
			return v.spec, v.slots[id.Slot]
		}
	}
	return procs.Spec{}, nil
}

// Specs returns the pools as they are asked for now.
func (s *Supervisor) Specs() []procs.Spec {
	var specs []procs.Spec
	for _, v := range *s.pools.Load() {
		if !v.leaving {
			specs = append(specs, v.spec)
		}
	}
	return specs
}

// Runs returns the runs whose process lives. The slice is not to be changed, and the
// same one until something has: it is asked for several times a second, and the states
// of a thousand slots are far apart in memory.
func (s *Supervisor) Runs() []procs.Run {
	last, version := s.runs.Load(), s.version.Load()
	if last != nil && last.version == version {
		return last.list
	}
	now := living{version: version, list: make([]procs.Run, 0, s.size())}
	for _, v := range *s.pools.Load() {
		for _, sl := range v.slots {
			if st := sl.status.Load(); st.State.Live() && st.PID != 0 {
				now.list = append(now.list, st.Run)
			}
		}
	}
	s.runs.CompareAndSwap(last, &now) // else another has a newer one
	return now.list
}

// living are the runs that live as of a version of the supervisor, or of a later one.
type living struct {
	version uint64
	list    []procs.Run // not changed
}

// size is how many slots there are.
func (s *Supervisor) size() (n int) {
	for _, v := range *s.pools.Load() {
		n += len(v.slots)
	}
	return n
}

// idle reports whether no slot lives and none will start by itself.
func (s *Supervisor) idle() bool {
	for range s.busy() {
		return false
	}
	return true
}

// Idle reports whether no slot lives and none will start unless asked.
func (s *Supervisor) Idle() bool { return len(*s.pools.Load()) > 0 && s.idle() }
