// Package lifecycle decides what happens to one slot: which state follows
// which input, and what is to be done about it. It is pure: the clock and the
// jitter are passed in, and acting on the [Action]s is left to the supervisor.
//
// [Slot.Next] decides for a slot, [Wait] for a pool that depends on others,
// [Check] for a probe. These promises hold for any sequence of inputs (see the
// fuzz test):
//
//   - there are never two live runs: Spawn is only returned when the last run
//     has ended and its descendants are gone;
//   - a stop always ends: each Stop leads to SIGKILL after its grace, and what
//     remains of the descendants is climbed down in the same way;
//   - a command that cannot be started is never retried;
//   - a slot that is held starts when it is released or somebody asks for it,
//     and by nothing else.
package lifecycle

import (
	"errors"
	"fmt"
	"time"

	"example.com/muster/procs"
)

// phase is where within a state a slot is. The state is for people, the phase
// for the machine: "stopping" is shown both while the leader and while its
// descendants are being ended.
type phase int

const (
	// idle: no process. From any end; to starting, held.
	idle phase = iota
	// held: no process yet, as what the pool depends on is waited for. To
	// starting when that is so, to idle when it cannot become so.
	held
	// starting: a Spawn is under way. To up, or to idle when it fails or is given up.
	starting
	// up: the leader lives and nobody asked for its end. To ending, clearing.
	up
	// ending: the leader lives, the stop ladder has begun. To clearing.
	ending
	// clearing: the leader is gone, its descendants are being ended. To idle.
	clearing
)

// wish is what follows once the present run is over.
type wish int

const (
	wishPolicy wish = iota // what the restart policy says
	wishStop
	wishStart
	wishRemove
	wishAgain // a bad end, whatever its code: the run did not answer its liveness probe
)

// Slot is the state of one slot. It is a value: Next returns a new one.
type Slot struct {
	Restart     procs.RestartPolicy
	Stop        procs.StopPolicy
	KeepDaemons bool

	State     procs.State
	Since     time.Time // of State
	Reason    string
	Restarts  int // automatic restarts since the last explicit start
	StartedAt time.Time
	LastExit  *procs.Exit
	// NextTry is when a slot that backs off is started again.
	NextTry time.Time
	// Removed says that the slot has ended and must be forgotten.
	Removed bool

	phase   phase
	then    wish
	blocked bool      // idle and failed, but only because of another pool
	unwell  string    // why it is ended with wishAgain
	waits   string    // what the run after wishStart waits for; "" for nothing
	streak  int       // restarts in a row, cleared by a run that stayed up
	killAt  time.Time // when the grace is over; zero if no ladder is climbed
	grantAt time.Time // when that was set
}

// New returns a slot that has not been started.
func New(spec procs.Spec, now time.Time) Slot {
	s := Slot{State: procs.Stopped, Since: now}
	if spec.Disabled {
		s.Reason = "disabled"
	}
	return s.Adopt(spec)
}

// Deadline is when the slot wants a [Tick]; the zero time if it wants none.
func (s Slot) Deadline() time.Time {
	switch {
	case s.State == procs.BackingOff:
		return s.NextTry
	case s.phase == starting: // killed once it has started
		return time.Time{}
	}
	return s.killAt
}

// Resume moves every deadline by what it saw of a pause that began at paused:
// muster's clocks stand still while the processes do.
func (s Slot) Resume(paused, now time.Time) Slot {
	if !s.NextTry.IsZero() {
		s.NextTry = s.NextTry.Add(Stood(paused, s.Since, now))
	}
	if !s.killAt.IsZero() {
		s.killAt = s.killAt.Add(Stood(paused, s.grantAt, now))
	}
	return s
}

// Stood is how much of a pause is over that something has seen which was set
// at a moment, before or in it.
func Stood(paused, set, now time.Time) time.Duration {
	if set.After(paused) {
		paused = set
	}
	return now.Sub(paused)
}

// grant begins the grace.
func (s Slot) grant(grace time.Duration, now time.Time) Slot {
	s.killAt, s.grantAt = now.Add(grace), now
	return s
}

// Adopt returns the slot under the policies of another spec. What has begun
// goes on: a grace that runs keeps its end.
func (s Slot) Adopt(spec procs.Spec) Slot {
	s.Restart, s.Stop, s.KeepDaemons = spec.Restart, spec.Stop, spec.KeepDaemons
	return s
}

// Live reports whether a process or a descendant of the slot may exist.
func (s Slot) Live() bool { return s.phase != idle && s.phase != held }

// Returns reports whether the slot is being started, or ends to be started anew.
func (s Slot) Returns() bool {
	return s.State == procs.Starting && s.phase == starting || s.State == procs.Stopping && s.then == wishStart
}

// Held reports whether the slot waits for what its pool depends on.
func (s Slot) Held() bool { return s.phase == held }

// Blocked reports whether the slot has failed only because what its pool
// depends on has. It is held again, or released, when that recovers.
func (s Slot) Blocked() bool { return s.blocked }

// Leaving reports whether the run is being ended, and nothing follows it.
func (s Slot) Leaving() bool {
	return s.Live() && (s.then == wishStop || s.then == wishRemove)
}

// Errors of Next: the input does not apply in this state. The slot is unchanged.
var (
	ErrLive    = errors.New("it is running already")
	ErrNotLive = errors.New("it is not running")
	ErrRemoved = errors.New("it has been scaled away")
	ErrNotHeld = errors.New("it waits for nothing")
)

// Next returns the slot after the input and what is to be done, in order.
// jitter is a random number in [0, 1).
func (s Slot) Next(in Input, now time.Time, jitter float64) (Slot, []Action, error) {
	if s.Removed {
		return s, nil, ErrRemoved
	}
	switch in := in.(type) {
	case Start:
		return s.start(now)
	case Stop:
		return s.stop(wishStop, now)
	case Restart:
		return s.restart(in, now)
	case Hold:
		return s.hold(in, now)
	case Release:
		return s.release(now)
	case Block:
		return s.block(in, now)
	case Unhealthy:
		return s.unhealthy(in, now)
	case Remove:
		return s.remove(now)
	case Kill:
		return s.kill(now)
	case Started:
		return s.started(in, now)
	case StartFailed:
		return s.startFailed(in, now, jitter)
	case GivenUp:
		return s.givenUp(now)
	case Exited:
		return s.exited(in, now)
	case Cleared:
		return s.cleared(now, jitter)
	case Tick:
		return s.tick(now)
	}
	return s, nil, fmt.Errorf("unknown input %T", in)
}

func (s Slot) to(state procs.State, reason string, now time.Time) Slot {
	if s.State != state {
		s.Since = now
	}
	s.State, s.Reason = state, reason
	return s
}

func (s Slot) start(now time.Time) (Slot, []Action, error) {
	switch s.phase {
	case idle, held:
		s.Restarts, s.streak = 0, 0
		return s.spawn(now)
	case ending, clearing:
		if s.then == wishRemove {
			return s, nil, ErrRemoved
		}
		s.then, s.waits = wishStart, ""
		return s, nil, nil
	case starting: // it may have been stopped before it has begun
		switch s.then {
		case wishRemove:
			return s, nil, ErrRemoved
		case wishStop, wishStart:
			s.then, s.waits, s.killAt = wishPolicy, "", time.Time{}
			return s.to(procs.Starting, "", now), nil, nil
		}
	}
	return s, nil, ErrLive
}

func (s Slot) restart(in Restart, now time.Time) (Slot, []Action, error) {
	if !s.Live() {
		return s.start(now)
	}
	next, actions, err := s.stop(wishStart, now)
	if err == nil {
		next.waits = in.Why
	}
	return next, actions, err
}

func (s Slot) spawn(now time.Time) (Slot, []Action, error) {
	s = s.to(procs.Starting, "", now)
	s.Since = now // also if it was held until now
	s.phase, s.then, s.blocked, s.NextTry, s.killAt = starting, wishPolicy, false, time.Time{}, time.Time{}
	return s, []Action{Spawn{}}, nil
}

// stop begins the ladder, or climbs it faster when it has begun.
func (s Slot) stop(then wish, now time.Time) (Slot, []Action, error) {
	switch s.phase {
	case idle:
		if s.State == procs.BackingOff || s.blocked {
			s.NextTry, s.blocked = time.Time{}, false
			return s.to(procs.Stopped, "", now), nil, nil
		}
		return s, nil, ErrNotLive
	case held:
		s.phase = idle
		return s.to(procs.Stopped, "", now), nil, nil
	case starting: // signalled as soon as it has started
		if s.then == wishRemove && then != wishRemove {
			return s, nil, ErrRemoved
		}
		s.then = then
		return s.to(procs.Stopping, "", now), nil, nil
	case up:
		s.then, s.phase = then, ending
		s = s.grant(s.Stop.Grace, now)
		return s.to(procs.Stopping, "", now), []Action{s.firstRung()}, nil
	case ending, clearing:
		if s.then == wishRemove && then != wishRemove {
			return s, nil, ErrRemoved
		}
		again := s.then == then && then == wishStop
		s.then = then
		if again {
			return s.kill(now)
		}
		return s.to(procs.Stopping, s.Reason, now), nil, nil
	}
	return s, nil, ErrNotLive
}

// firstRung is how the ladder asks the run to end.
func (s Slot) firstRung() Action {
	if s.Stop.ToLeader {
		return SignalLeader{s.Stop.Signal}
	}
	return SignalGroup{s.Stop.Signal}
}

func (s Slot) remove(now time.Time) (Slot, []Action, error) {
	if !s.Live() {
		s.phase, s.blocked, s.Removed = idle, false, true
		return s.to(procs.Stopped, "", now), nil, nil
	}
	return s.stop(wishRemove, now)
}

func (s Slot) kill(now time.Time) (Slot, []Action, error) {
	switch s.phase {
	case idle, held:
		return s.stop(wishStop, now)
	case starting:
		if s.then != wishRemove {
			s.then = wishStop
		}
		s = s.grant(0, now)
		return s.to(procs.Stopping, "", now), nil, nil
	case up, ending:
		if s.then != wishRemove {
			s.then = wishStop // also where a restart was under way
		}
		s.phase, s.killAt = ending, time.Time{}
		return s.to(procs.Stopping, "killed", now), []Action{KillTree{}}, nil
	default:
		if s.then != wishRemove {
			s.then = wishStop // nor does it come back once the last descendant has gone
		}
		s.killAt = time.Time{}
		return s, []Action{KillTree{}}, nil
	}
}

func (s Slot) started(in Started, now time.Time) (Slot, []Action, error) {
	if s.phase != starting {
		return s, nil, fmt.Errorf("a run started in state %s", s.State)
	}
	s.StartedAt, s.phase = in.At, up
	if s.then == wishPolicy {
		return s.to(procs.Running, "", now), nil, nil
	}
	kill, then := !s.killAt.IsZero(), s.then
	s, actions, err := s.stop(then, now)
	if kill {
		s, actions, err = s.kill(now)
		s.then = then // a restart that was asked for after the kill
	}
	return s, actions, err
}

// startFailed ends what cannot be started. What may be started at another try is tried
// again as a run that has failed is.
func (s Slot) startFailed(in StartFailed, now time.Time, jitter float64) (Slot, []Action, error) {
	if s.phase != starting {
		return s, nil, fmt.Errorf("a start failed in state %s", s.State)
	}
	e := in.Exit
	s.phase, s.LastExit, s.killAt = idle, &e, time.Time{}
	s.Removed = s.then == wishRemove
	if e.Lacks != "" && s.then == wishPolicy && s.Restart.When != procs.RestartNo {
		return s.again(e.StartError, now, jitter)
	}
	return s.to(procs.Failed, e.StartError, now), nil, nil
}

func (s Slot) givenUp(now time.Time) (Slot, []Action, error) {
	if s.phase != starting {
		return s, nil, fmt.Errorf("a start was given up in state %s", s.State)
	}
	if s.then != wishStop && s.then != wishRemove {
		return s.spawn(now) // it was asked for anew meanwhile
	}
	s.phase, s.killAt, s.Removed = idle, time.Time{}, s.then == wishRemove
	return s.to(procs.Stopped, "", now), nil, nil
}

func (s Slot) exited(in Exited, now time.Time) (Slot, []Action, error) {
	if s.phase != up && s.phase != ending {
		return s, nil, fmt.Errorf("a run ended in state %s", s.State)
	}
	e := in.Exit
	e.Asked = s.phase == ending
	s.LastExit = &e
	if !e.Asked && now.Sub(s.StartedAt) >= s.Restart.ResetAfter {
		s.streak = 0
	}
	s.phase = clearing
	if s.KeepDaemons {
		return s, []Action{Settle{}}, nil
	}
	if s.killAt.IsZero() && s.then == wishPolicy {
		s = s.grant(s.Stop.Grace, now)
	}
	return s, []Action{ClearDescendants{Signal: s.Stop.Signal}}, nil
}

// Stuck gives the slot a reason while its descendants are being ended or, if they are reading, come
// to the end of what the run has printed.
func (s Slot) Stuck(n int, reading bool, now time.Time) Slot {
	if s.phase != clearing || n == 0 {
		return s
	}
	what := "its last descendant"
	if n > 1 {
		what = fmt.Sprintf("its last %d descendants", n)
	}
	if reading {
		return s.to(procs.Stopping, "it has ended; "+what+" may read to the end", now)
	}
	return s.to(procs.Stopping, "ending "+what, now)
}

func (s Slot) cleared(now time.Time, jitter float64) (Slot, []Action, error) {
	if s.phase != clearing {
		return s, nil, fmt.Errorf("descendants ended in state %s", s.State)
	}
	s.phase, s.killAt = idle, time.Time{}
	switch s.then {
	case wishRemove:
		s.Removed = true
		return s.to(procs.Stopped, "", now), nil, nil
	case wishStop:
		return s.to(procs.Stopped, "", now), nil, nil
	case wishStart:
		s.Restarts, s.streak = 0, 0
		if s.waits != "" {
			s.phase = held
			return s.to(procs.Starting, s.waits, now), nil, nil
		}
		return s.spawn(now)
	case wishAgain:
		return s.again(s.unwell, now, jitter)
	}
	return s.follow(now, jitter)
}

// follow applies the restart policy to a run that ended by itself.
func (s Slot) follow(now time.Time, jitter float64) (Slot, []Action, error) {
	again := s.Restart.When == procs.RestartAlways ||
		s.Restart.When == procs.RestartOnFailure && !s.LastExit.OK()
	if !again {
		return s.to(procs.Exited, s.LastExit.String(), now), nil, nil
	}
	return s.again(s.LastExit.String(), now, jitter)
}

// again starts another run after a backoff, unless that has been done too
// often already. why is how the last run ended.
func (s Slot) again(why string, now time.Time, jitter float64) (Slot, []Action, error) {
	if s.Restart.Max > 0 && s.streak >= s.Restart.Max {
		return s.to(procs.Failed, fmt.Sprintf("crash loop: %s after %s", why, restarts(s.streak)), now), nil, nil
	}
	s.streak++
	s.Restarts++
	s.NextTry = now.Add(Backoff(s.Restart, s.streak, jitter))
	return s.to(procs.BackingOff, why, now), nil, nil
}

func restarts(n int) string {
	if n == 1 {
		return "1 restart"
	}
	return fmt.Sprintf("%d restarts", n)
}

func (s Slot) tick(now time.Time) (Slot, []Action, error) {
	due := s.Deadline()
	if due.IsZero() || now.Before(due) {
		return s, nil, nil
	}
	if s.State == procs.BackingOff {
		return s.spawn(now)
	}
	s.killAt = time.Time{}
	return s, []Action{KillTree{}}, nil
}

// Backoff is the wait before the n-th restart in a row (from 1): the policy's
// Backoff doubled each time up to BackoffMax, less or more a tenth of jitter.
func Backoff(p procs.RestartPolicy, n int, jitter float64) time.Duration {
	d := p.Backoff
	for i := 1; i < n && d < p.BackoffMax; i++ {
		d *= 2
	}
	d = min(d, p.BackoffMax)
	return d + time.Duration((jitter*2-1)*float64(d)/10)
}
