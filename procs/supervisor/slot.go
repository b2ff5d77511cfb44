package supervisor

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
	"example.com/muster/procs/probe"
	"example.com/muster/procs/spawn"
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
	fresh   atomic.Bool // it will start by itself, and has not begun to
	waits   atomic.Bool // for what its pool depends on, be it in vain
	removed atomic.Bool
	leaving atomic.Bool // a removal has been asked for
	returns atomic.Bool // it starts, or will start again by command
	ending  atomic.Bool // the present run is to end, and nothing follows it
	// terminal is the present run's; nil without one.
	terminal atomic.Pointer[spawn.Terminal]

	life       lifecycle.Slot
	runs       int // how many have been started
	current    procs.Run
	process    Process // nil while none lives
	output     procs.OutputMode
	cols, rows int                  // of its terminal, while nobody holds it at another size
	holds      []*hold              // the last one has its way
	fitted     atomic.Pointer[hold] // the size that its terminal was given last; any goroutine may read it
	paused     time.Time            // when it was paused; zero if it is not
	vars       procs.Vars           // of the present or last run

	ready, live *check          // the probes of the present run; nil if it has none
	line        <-chan struct{} // closed when the line has come that it is to print; nil if none is waited for
	tried       chan tried

	launched chan launchResult
	clearing *time.Ticker // polls the descendants that are being ended
	untold   time.Time    // since when they are, until that has been told
	draining *draining    // nil once they have been asked to end
}

type slotRequest struct {
	cmd   slotCommand
	reply chan error
}

// slotCommand is carried out on the slot's goroutine.
type slotCommand func(*slot) error

type launchResult struct {
	process Process
	spec    procs.Spec // as it was started
	err     error
	at      time.Time
	vars    procs.Vars
	line    <-chan struct{}
}

// The commands that are only an input to the lifecycle.
var (
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
		tried: make(chan tried), vars: procs.Vars{ID: id},
		cols: sup.opt.Cols, rows: sup.opt.Rows,
	}
	s.busy.Store(!spec.Disabled) // it starts by itself
	s.fresh.Store(!spec.Disabled)
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
// carries out what the lifecycle answers, beginning with first.
func (s *slot) run(first []lifecycle.Input) {
	defer close(s.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for _, in := range first {
		s.must(in)
	}
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
		case t := <-s.tried:
			s.answered(t)
		case <-s.line:
			s.lineFound()
		case <-timer.C:
			s.due(time.Now())
		case <-poll:
			s.pollDescendants()
		case <-s.quit:
			s.sup.ports.release(s.vars.Port, s.vars.PprofPort)
			return
		}
	}
}

// arm sets the timer to the next deadline; a paused slot has none.
func (s *slot) arm(timer *time.Timer) {
	next := s.life.Deadline()
	for _, c := range []*check{s.ready, s.live} {
		if c != nil && !c.Deadline().IsZero() && (next.IsZero() || c.Deadline().Before(next)) {
			next = c.Deadline()
		}
	}
	if next.IsZero() || !s.paused.IsZero() {
		timer.Reset(time.Hour)
		return
	}
	timer.Reset(max(0, time.Until(next)))
}

// due does what the time has come for.
func (s *slot) due(now time.Time) {
	if !s.paused.IsZero() {
		return
	}
	if d := s.life.Deadline(); !d.IsZero() && !now.Before(d) {
		s.tellOverdue(now)
		s.must(lifecycle.Tick{})
	}
	s.probeDue(now)
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
	if life.State == procs.Stopping && s.life.State != procs.Stopping {
		s.sup.opt.Tree.Ending(s.id)
	}
	s.life = life
	if life.State != procs.Running {
		s.unwatch()
	}
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
	case lifecycle.SignalLeader:
		s.signalLeader(a.Signal)
	case lifecycle.KillTree:
		s.killTree()
	case lifecycle.ClearDescendants:
		s.clear(a.Signal)
	case lifecycle.Settle:
		s.sup.opt.Tree.Kept(s.id)
		s.sup.opt.Tree.Remove(s.current)
		s.must(lifecycle.Cleared{})
	}
}

// setWaits says whether the slot waits for what its pool depends on.
func (s *slot) setWaits(on bool) {
	switch before := s.waits.Swap(on); {
	case on && !before:
		s.sup.waiting.Add(1)
	case before && !on:
		s.sup.waiting.Add(-1)
	}
}

// publish shows the slot's state to everybody else, if it is another one.
func (s *slot) publish() {
	before, after := s.status.Load(), s.view()
	wasBusy, busy := s.busy.Load(), s.life.Live() || s.life.Held() || s.life.State == procs.BackingOff
	waits := s.life.Held() || s.life.Blocked()
	s.ending.Store(s.life.Leaving())
	// What mostly differs is compared first: DeepEqual takes long to find it.
	same := before.State == after.State && before.PID == after.PID && before.N == after.N
	if same && wasBusy == busy && s.waits.Load() == waits && s.removed.Load() == s.life.Removed && s.returns.Load() == s.life.Returns() && reflect.DeepEqual(before, after) {
		return
	}
	s.status.Store(after)
	s.fresh.Store(false)
	s.removed.Store(s.life.Removed)
	s.returns.Store(s.life.Returns())
	s.setWaits(waits)
	s.busy.Store(busy)
	s.sup.moved()
	if s.sup.opt.Changed != nil && (before.State != after.State || before.Ready != after.Ready) {
		s.sup.opt.Changed(*before, *after)
	}
	if before.State != after.State || before.Ready != after.Ready || before.Reason != after.Reason || !busy {
		s.sup.stirred.add(s.id.Pool)
	}
}

// shown is the slot's state for those who look at it, and is not to be changed: one that
// has not begun to start is no stopped one.
func (s *slot) shown() *procs.Slot {
	fresh := s.fresh.Load() // before the state that it is about
	v := s.status.Load()
	if fresh && v.State == procs.Stopped {
		soon := *v
		soon.State = procs.Starting
		return &soon
	}
	return v
}

func (s *slot) view() *procs.Slot {
	l := s.life
	v := &procs.Slot{
		Run: s.current, State: l.State, Since: l.Since, Reason: l.Reason, Output: s.output,
		Restarts: l.Restarts, StartedAt: l.StartedAt, LastExit: l.LastExit, Paused: !s.paused.IsZero(),
		Probed: s.spec.Ready != nil, Port: s.vars.Port, PprofPort: s.vars.PprofPort,
	}
	v.ID = s.id
	if s.process != nil {
		v.FirstLine = s.process.FirstLine()
	}
	if l.State == procs.Running && s.process != nil {
		var why string
		if v.Ready, why = s.standing(); why != "" {
			v.Reason = why
		}
	}
	if l.State == procs.BackingOff {
		v.NextTry = l.NextTry
	}
	if s.process == nil {
		v.PID, v.StartTime = 0, 0
	}
	return v
}

// launching describes the run that is starting, or the present one.
func (s *slot) launching() Launch {
	cols, rows := s.size()
	return Launch{Spec: s.spec, ID: s.id, N: s.runs, Vars: s.vars, Cols: cols, Rows: rows}
}

func (s *slot) launch() {
	s.runs++
	l := s.launching()
	s.sup.starts.add(&s.sup.wg, func() {
		if s.ending.Load() {
			s.launched <- launchResult{err: errGivenUp}
			return
		}
		s.launched <- s.sup.launch(l)
	})
}

// errGivenUp says that a run was not wanted any more when its turn came to start.
var errGivenUp = errors.New("given up")

// launch finds the ports of a run, and starts it.
func (s *Supervisor) launch(l Launch) (r launchResult) {
	vars, notices, err := s.ports.assign(l.Spec, l.Vars)
	for _, text := range notices {
		s.notify(text)
	}
	l.Vars, r.vars, r.spec = vars, vars, l.Spec
	if err == nil && l.Spec.Ready != nil && l.Spec.Ready.LogLine != "" {
		var lines *probe.Lines
		if lines, err = probe.NewLines(l.Spec.Ready.LogLine); err == nil {
			l.Tap, r.line = lines.Write, lines.Found()
		}
	}
	if err == nil {
		r.process, err = s.opt.Launch.Launch(context.Background(), l)
	}
	r.err, r.at = err, time.Now()
	return r
}

func (s *slot) started(l launchResult) {
	if l.err == errGivenUp {
		s.runs--
		s.must(lifecycle.GivenUp{})
		return
	}
	s.vars = l.vars
	if l.err != nil {
		not := notStarted(l.err)
		e := procs.Exit{Code: not.Code, StartError: not.Why, Lacks: not.Lacks, At: l.at}
		s.current = procs.Run{ID: s.id, N: s.runs}
		if s.sup.opt.Ended != nil {
			s.sup.opt.Ended(s.current, s.vars.Spec(s.spec), e)
		}
		s.must(lifecycle.StartFailed{Exit: e})
		return
	}
	s.process = l.process
	s.output = l.process.Output()
	s.terminal.Store(l.process.Terminal())
	s.line = l.line
	s.watch(l.spec, l.at)
	s.rewatch(l.spec) // there may be another one by now
	s.current = procs.Run{ID: s.id, N: s.runs, PIDRef: l.process.Ref()}
	s.sup.opt.Tree.Add(s.current)
	if s.life.State == procs.Stopping { // it was stopped before it has begun
		s.sup.opt.Tree.Ending(s.id)
	}
	if s.sup.opt.Started != nil {
		s.sup.opt.Started(s.current, s.vars.Spec(s.spec))
	}
	if !s.paused.IsZero() {
		s.signalGroup(procs.SIGSTOP)
	}
	s.must(lifecycle.Started{At: l.at})
	l.process.Read()
}

func (s *slot) exited(e procs.Exit) {
	s.unwatch()
	s.terminal.Store(nil)
	e.TailCut = s.process.Drain()
	e.FirstLine = s.process.FirstLine()
	e.RunStartedAt = s.life.StartedAt
	e.Asked, e.Why = s.life.State == procs.Stopping, s.life.Unwell()
	s.process = nil
	if !s.spec.KeepDaemons {
		s.sup.opt.Tree.Refresh(false)
		e.Descendants = len(s.sup.opt.Tree.Living(s.id))
	}
	if s.sup.opt.Ended != nil {
		s.sup.opt.Ended(s.current, s.vars.Spec(s.spec), e)
	}
	s.must(lifecycle.Exited{Exit: e})
}
