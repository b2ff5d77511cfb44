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
	"sync"
	"sync/atomic"

	"example.com/muster/procs"
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
	// Changed is called after every change of a slot's state, with the state
	// before; it must be quick.
	Changed func(before, after procs.Slot)
	Jitter  func() float64 // in [0, 1); nil means none
	// Cols and Rows are the first size of the slots' terminals.
	Cols, Rows int
}

// Launcher starts runs.
type Launcher interface {
	// Launch returns once the program has been exec'd, or with an error of
	// type *[NotStarted] that says why it could not be.
	Launch(ctx context.Context, l Launch) (Process, error)
}

// Launch is one run to be started.
type Launch struct {
	Spec       procs.Spec
	ID         procs.ID
	N          int
	Cols, Rows int
}

// Process is a run that has been started.
type Process interface {
	Ref() procs.PIDRef
	// Output is the mode in use, never auto.
	Output() procs.OutputMode
	// FirstLine is the number of the slot's line at which the run's output begins.
	FirstLine() uint64
	// Exit delivers the end once. The output may not have been read to its
	// end by then: see Drain.
	Exit() <-chan procs.Exit
	SignalGroup(procs.Signal) error
	// Drain returns when all that the run printed has reached the store; it
	// reports whether somebody still holds the output open.
	Drain() (cut bool)
	Resize(cols, rows int) error
}

// NotStarted is why a command could not be started.
type NotStarted struct {
	Code int // 127 not found, 126 anything else
	Why  string
}

func (e *NotStarted) Error() string { return e.Why }

// Tree knows the descendants of runs.
type Tree interface {
	Add(procs.Run)
	Remove(procs.Run)
	// Refresh looks now.
	Refresh(full bool)
	// Living returns the descendants of a slot that live, as of the last look.
	Living(procs.ID) []procs.PIDRef
	// Signal sends a signal to one process, if it is still that one.
	Signal(procs.PIDRef, procs.Signal) error
}

// Supervisor owns the pools. Make one with [New], let [Supervisor.Run] run.
type Supervisor struct {
	opt     Options
	first   []*pool // as they are when Run begins
	inbox   chan request
	done    chan struct{} // closed when Run has returned
	version atomic.Uint64
	pools   atomic.Pointer[[]poolView]
	ended   atomic.Bool // stopping: Shutdown has been asked
	settled chan struct{}
	wg      sync.WaitGroup
}

// pool is the owner's own record of a pool; only Run's goroutine touches it.
type pool struct {
	spec  procs.Spec
	slots []*slot
}

// poolView is what readers see of a pool.
type poolView struct {
	spec  procs.Spec
	slots []*slot
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
	s := &Supervisor{opt: opt, inbox: make(chan request), done: make(chan struct{}), settled: make(chan struct{}, 1)}
	for _, spec := range opt.Pools {
		p := &pool{spec: spec}
		s.first = append(s.first, p)
		s.grow(p, spec.Size)
	}
	s.publish(s.first)
	return s
}

// Run starts every pool and serves commands until a [procs.Shutdown] has been
// carried out or ctx is done; then every process is killed. It returns when no
// run is left.
func (s *Supervisor) Run(ctx context.Context) {
	defer close(s.done)
	pools, stopping := s.first, false
	for _, p := range pools {
		s.start(p.slots)
	}
	for {
		select {
		case r := <-s.inbox:
			err := s.serve(r, pools)
			s.publish(pools)
			if sd, ok := r.cmd.(procs.Shutdown); ok {
				stopping = true
				s.ended.Store(true)
				s.shutdown(pools, sd.Now)
			}
			r.reply <- err
		case <-s.settled:
			if forgetRemoved(pools) {
				s.publish(pools)
			}
		case <-ctx.Done():
			stopping = true
			s.ended.Store(true)
			s.shutdown(pools, true)
			ctx = context.WithoutCancel(ctx)
		}
		if stopping && s.idle() {
			break
		}
	}
	for _, p := range pools {
		for _, sl := range p.slots {
			close(sl.quit)
		}
	}
	s.wg.Wait()
}

// Do carries out a command. It returns once every slot has accepted it, with
// an error if none has.
func (s *Supervisor) Do(ctx context.Context, c procs.Command) error {
	r := request{ctx: ctx, cmd: c, reply: make(chan error, 1)}
	select {
	case s.inbox <- r:
	case <-s.done:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("cannot reach the supervisor: %w", context.Cause(ctx))
	}
	select {
	case err := <-r.reply:
		return err
	case <-s.done:
		return nil // the command was the last one
	}
}

// Done is closed when Run has returned.
func (s *Supervisor) Done() <-chan struct{} { return s.done }

// Version moves with every change of any slot.
func (s *Supervisor) Version() uint64 { return s.version.Load() }

// Stopping reports whether a shutdown has been asked for.
func (s *Supervisor) Stopping() bool { return s.ended.Load() }

// Pools returns the state of every slot. The slices are the caller's own.
func (s *Supervisor) Pools() []procs.Pool {
	views := *s.pools.Load()
	out := make([]procs.Pool, len(views))
	for i, v := range views {
		out[i] = procs.Pool{
			Name: v.spec.Name, Argv: v.spec.Argv, Size: v.spec.Size, Slots: make([]procs.Slot, len(v.slots)),
			Disabled: v.spec.Disabled, DependsOn: v.spec.DependsOn,
		}
		for j, sl := range v.slots {
			out[i].Slots[j] = *sl.status.Load()
		}
	}
	return out
}

// Specs returns the pools as they are asked for now.
func (s *Supervisor) Specs() []procs.Spec {
	views := *s.pools.Load()
	specs := make([]procs.Spec, len(views))
	for i, v := range views {
		specs[i] = v.spec
	}
	return specs
}

// Runs returns the runs whose process lives.
func (s *Supervisor) Runs() []procs.Run {
	var runs []procs.Run
	for _, v := range *s.pools.Load() {
		for _, sl := range v.slots {
			if st := sl.status.Load(); st.State.Live() && st.PID != 0 {
				runs = append(runs, st.Run)
			}
		}
	}
	return runs
}

// idle reports whether no slot lives and none will start by itself.
func (s *Supervisor) idle() bool {
	for _, v := range *s.pools.Load() {
		for _, sl := range v.slots {
			if sl.busy.Load() {
				return false
			}
		}
	}
	return true
}

// Idle reports whether no slot lives and none will start unless asked.
func (s *Supervisor) Idle() bool { return len(*s.pools.Load()) > 0 && s.idle() }

func (s *Supervisor) publish(pools []*pool) {
	views := make([]poolView, len(pools))
	for i, p := range pools {
		views[i] = poolView{p.spec, append([]*slot(nil), p.slots...)}
	}
	s.pools.Store(&views)
	s.version.Add(1)
}

// grow adds slots up to a size, and returns those that are new.
func (s *Supervisor) grow(p *pool, size int) []*slot {
	old := len(p.slots)
	for n := old; n < size; n++ {
		p.slots = append(p.slots, newSlot(s, p.spec, procs.ID{Pool: p.spec.Name, Slot: n}))
	}
	return p.slots[min(old, len(p.slots)):]
}

// start lets slots run. They end by commands, never by a context, so that each
// climbs its ladder.
func (s *Supervisor) start(slots []*slot) {
	for _, sl := range slots {
		s.wg.Go(sl.run)
	}
}

// forgetRemoved drops the slots that have been scaled away and have ended, and
// reports whether there were any.
func forgetRemoved(pools []*pool) (any bool) {
	for _, p := range pools {
		for n := len(p.slots); n > 0 && n > p.spec.Size && p.slots[n-1].removed.Load(); n-- {
			close(p.slots[n-1].quit)
			p.slots = p.slots[:n-1]
			any = true
		}
	}
	return any
}

func (s *Supervisor) shutdown(pools []*pool, now bool) {
	in := stopSlot
	if now {
		in = killSlot
	}
	for i := len(pools) - 1; i >= 0; i-- {
		for _, sl := range pools[i].slots {
			_ = sl.ask(context.Background(), in) // refused if it does not run: then it has stopped
		}
	}
}
