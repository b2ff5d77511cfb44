package lifecycle

import (
	"time"

	"example.com/muster/procs"
)

// hold makes a slot wait for what its pool depends on. A slot that backs off
// has been started before and does not wait again.
func (s Slot) hold(in Hold, now time.Time) (Slot, []Action, error) {
	switch {
	case s.phase == held:
	case s.phase != idle:
		return s, nil, ErrLive
	case s.State == procs.BackingOff:
		return s.start(now)
	case !s.blocked:
		s.Restarts, s.streak = 0, 0
	}
	s.phase, s.blocked = held, false
	return s.to(procs.Starting, in.Why, now), nil, nil
}

func (s Slot) release(now time.Time) (Slot, []Action, error) {
	if s.phase != held && !s.blocked {
		return s, nil, ErrNotHeld
	}
	return s.spawn(now)
}

func (s Slot) block(in Block, now time.Time) (Slot, []Action, error) {
	if s.phase != held && !s.blocked {
		return s, nil, ErrNotHeld
	}
	s.phase, s.blocked = idle, true
	return s.to(procs.Failed, in.Why, now), nil, nil
}

// unhealthy ends a run that does not answer, and has it started again.
func (s Slot) unhealthy(in Unhealthy, now time.Time) (Slot, []Action, error) {
	if s.phase != up {
		return s, nil, ErrNotLive // somebody ends it already
	}
	if in.WellUntil.Sub(s.StartedAt) >= s.Restart.ResetAfter {
		s.streak = 0
	}
	s, actions, err := s.stop(wishAgain, now)
	s.unwell = NotAlive + in.Why
	return s.to(procs.Stopping, s.unwell, now), actions, err
}

// Unwell says why the present run is being ended, if that is because its
// liveness probe says no; else "".
func (s Slot) Unwell() string {
	if s.then != wishAgain {
		return ""
	}
	return s.unwell
}
