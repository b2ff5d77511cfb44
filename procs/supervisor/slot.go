package supervisor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
)

// slot is one slot of a pool. Its goroutine (run) owns every field that is not
// atomic; others ask it by messages and read status.
type slot struct {
	id    procs.ID
	spec  procs.Spec
	sup   *Supervisor
	inbox chan slotRequest
	quit  chan struct{} // closed by the supervisor: the slot is idle and must go
	done  chan struct{} // closed when run has returned

	status  atomic.Pointer[procs.Slot]
	busy    atomic.Bool // it lives, or will start by itself
	removed atomic.Bool
	leaving atomic.Bool // a removal has been asked for

	life       lifecycle.Slot
	runs       int // how many have been started
	current    procs.Run
	process    Process // nil while none lives
	output     procs.OutputMode
	cols, rows int
	paused     time.Time // when it was paused; zero if it is not

	launched chan launchResult
	clearing *time.Ticker // polls the descendants that are being ended
}

type slotRequest struct {
	cmd   slotCommand
	reply chan error
}

// slotCommand is carried out on the slot's goroutine.
type slotCommand func(*slot) error

type launchResult struct {
	process Process
	err     error
	at      time.Time
}

// The commands that are only an input to the lifecycle.
var (
	startSlot   = feed(lifecycle.Start{})
	stopSlot    = feed(lifecycle.Stop{})
	killSlot    = feed(lifecycle.Kill{})
	restartSlot = feed(lifecycle.Restart{})
)

func feed(in lifecycle.Input) slotCommand {
	return func(s *slot) error { return s.next(in) }
}

func removeSlot(s *slot) error {
	s.leaving.Store(true)
	return s.next(lifecycle.Remove{})
}

func newSlot(sup *Supervisor, spec procs.Spec, id procs.ID) *slot {
	s := &slot{
		id: id, spec: spec, sup: sup,
		inbox: make(chan slotRequest), quit: make(chan struct{}), done: make(chan struct{}),
		life: lifecycle.New(spec, time.Now()), launched: make(chan launchResult, 1),
		cols: sup.opt.Cols, rows: sup.opt.Rows,
	}
	s.busy.Store(true) // it starts at once
	s.status.Store(s.view())
	return s
}

// ask sends a command to the slot and waits for its answer.
func (s *slot) ask(ctx context.Context, cmd slotCommand) error {
	r := slotRequest{cmd, make(chan error, 1)}
	select {
	case s.inbox <- r:
	case <-s.done:
		return lifecycle.ErrRemoved
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-r.reply:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run is the slot's goroutine: it feeds the lifecycle with what happens and
// carries out what the lifecycle answers.
func (s *slot) run() {
	defer close(s.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	_ = s.next(lifecycle.Start{}) // never refused: a new slot is idle
	for {
		s.arm(timer)
		var exited <-chan procs.Exit
		if s.process != nil {
			exited = s.process.Exit()
		}
		var poll <-chan time.Time
		if s.clearing != nil {
			poll = s.clearing.C
		}
		select {
		case r := <-s.inbox:
			r.reply <- r.cmd(s)
		case l := <-s.launched:
			s.started(l)
		case e := <-exited:
			s.exited(e)
		case <-timer.C:
			if s.paused.IsZero() {
				s.must(lifecycle.Tick{})
			}
		case <-poll:
			s.pollDescendants()
		case <-s.quit:
			return
		}
	}
}

// arm sets the timer to the next deadline; a paused slot has none.
func (s *slot) arm(timer *time.Timer) {
	due := s.life.Deadline()
	if due.IsZero() || !s.paused.IsZero() {
		timer.Reset(time.Hour)
		return
	}
	timer.Reset(max(0, time.Until(due)))
}

// must feeds an input that the lifecycle cannot refuse in this state.
func (s *slot) must(in lifecycle.Input) {
	if err := s.next(in); err != nil {
		panic(fmt.Sprintf("slot %s: %v", s.id, err))
	}
}

// next feeds one input and carries out the answer.
func (s *slot) next(in lifecycle.Input) error {
	life, actions, err := s.life.Next(in, time.Now(), s.sup.opt.Jitter())
	if err != nil {
		return err
	}
	s.life = life
	for _, a := range actions {
		s.act(a)
	}
	s.publish()
	return nil
}

func (s *slot) act(a lifecycle.Action) {
	switch a := a.(type) {
	case lifecycle.Spawn:
		s.launch()
	case lifecycle.SignalGroup:
		s.signalGroup(a.Signal)
	case lifecycle.KillTree:
		s.killTree()
	case lifecycle.ClearDescendants:
		s.clear(a.Signal)
	case lifecycle.Settle:
		s.sup.opt.Tree.Remove(s.current)
		s.must(lifecycle.Cleared{})
	}
}

// publish shows the slot's state to everybody else.
func (s *slot) publish() {
	before, after := s.status.Load(), s.view()
	s.status.Store(after)
	s.removed.Store(s.life.Removed)
	s.busy.Store(s.life.Live() || s.life.State == procs.BackingOff)
	s.sup.version.Add(1)
	if s.sup.opt.Changed != nil && before.State != after.State {
		s.sup.opt.Changed(*before, *after)
	}
	if !s.busy.Load() {
		select {
		case s.sup.settled <- struct{}{}:
		default: // the supervisor has been told already
		}
	}
}

func (s *slot) view() *procs.Slot {
	l := s.life
	v := &procs.Slot{
		Run: s.current, State: l.State, Since: l.Since, Reason: l.Reason, Output: s.output,
		Restarts: l.Restarts, StartedAt: l.StartedAt, LastExit: l.LastExit, Paused: !s.paused.IsZero(),
	}
	v.ID = s.id
	if l.State == procs.BackingOff {
		v.NextTry = l.NextTry
	}
	if s.process == nil {
		v.PID, v.StartTime = 0, 0
	}
	return v
}

func (s *slot) launch() {
	s.runs++
	l := Launch{Spec: s.spec, ID: s.id, N: s.runs, Cols: s.cols, Rows: s.rows}
	// The goroutine ends with Launch, which answers within the guard's deadline.
	s.sup.wg.Go(func() {
		p, err := s.sup.opt.Launch.Launch(context.Background(), l)
		s.launched <- launchResult{p, err, time.Now()}
	})
}

func (s *slot) started(l launchResult) {
	if l.err != nil {
		e := procs.Exit{Code: 126, StartError: l.err.Error(), At: l.at}
		var not *NotStarted
		if errors.As(l.err, &not) {
			e.Code = not.Code
		}
		s.current = procs.Run{ID: s.id, N: s.runs}
		if s.sup.opt.Ended != nil {
			s.sup.opt.Ended(s.current, s.spec, e)
		}
		s.must(lifecycle.StartFailed{Exit: e})
		return
	}
	s.process = l.process
	s.output = l.process.Output()
	s.current = procs.Run{ID: s.id, N: s.runs, PIDRef: l.process.Ref()}
	s.sup.opt.Tree.Add(s.current)
	if s.sup.opt.Started != nil {
		s.sup.opt.Started(s.current, s.spec)
	}
	if !s.paused.IsZero() {
		s.signalGroup(procs.SIGSTOP)
	}
	s.must(lifecycle.Started{At: l.at})
}

func (s *slot) exited(e procs.Exit) {
	e.TailCut = s.process.Drain()
	e.FirstLine = s.process.FirstLine()
	e.RunStartedAt = s.life.StartedAt
	e.Asked = s.life.State == procs.Stopping
	s.process = nil
	if !s.spec.KeepDaemons {
		s.sup.opt.Tree.Refresh(false)
		e.Descendants = len(s.sup.opt.Tree.Living(s.id))
	}
	if s.sup.opt.Ended != nil {
		s.sup.opt.Ended(s.current, s.spec, e)
	}
	s.must(lifecycle.Exited{Exit: e})
}
