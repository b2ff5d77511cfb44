package supervisor

import (
	"context"
	"fmt"
	"time"

	"example.com/muster/procs"
)

// roll is a rolling restart: so many slots at a time are restarted, and the
// next ones when those are available again.
type roll struct {
	queue []*slot
	out   map[*slot]*outage
	told  bool // that it waits for what the pool depends on
}

// outage is a slot that was restarted and is not available yet.
type outage struct {
	after int       // the run that was ended
	due   time.Time // when it must be ready; zero until its new run began
}

// readyWithin is how long a restarted slot may take to be ready, beside what
// its probe takes to say so.
const readyWithin = time.Minute

func readyTime(p *procs.Probe) time.Duration {
	if p == nil {
		return readyWithin
	}
	return readyWithin + p.Delay + time.Duration(p.Failures)*p.Every
}

// beginRolls is the command of the same idea: slots that run are restarted,
// others are left alone.
func (s *Supervisor) beginRolls(names []string) error {
	pools := s.reg.pools
	if len(names) > 0 {
		pools = nil
		for _, name := range names {
			p := s.reg.byName[name]
			if p == nil {
				return noSuchf("cannot restart %s: there is no such pool", name)
			}
			pools = append(pools, p)
		}
	}
	for _, p := range pools {
		if p.roll != nil {
			return fmt.Errorf("cannot restart %s: a rolling restart is under way", p.spec.Name)
		}
	}
	begun := false
	for _, p := range pools {
		begun = s.beginRoll(p, runs) || begun
	}
	if !begun {
		return fmt.Errorf("cannot restart %s: nothing runs", nameAll(pools))
	}
	s.advanceAll()
	return nil
}

func nameAll(pools []*pool) string {
	if len(pools) == 1 {
		return pools[0].spec.Name
	}
	return "the pools"
}

// runs says which slots a rolling restart is about: those that run, or will in a
// moment.
func runs(sl *slot, st *procs.Slot) bool { return st.State == procs.Running || sl.returns.Load() }

// beginRoll queues the slots that a rule selects; [Supervisor.advance] does the rest.
func (s *Supervisor) beginRoll(p *pool, about func(*slot, *procs.Slot) bool) bool {
	r := &roll{out: map[*slot]*outage{}}
	for _, sl := range p.slots {
		if about(sl, sl.status.Load()) && !sl.waits.Load() && !sl.leaving.Load() {
			r.queue = append(r.queue, sl)
		}
	}
	if len(r.queue) == 0 {
		return false
	}
	p.roll = r
	return true
}

// advanceAll looks after every rolling restart and sets the timer to the next
// moment at which one may have taken too long.
func (s *Supervisor) advanceAll() {
	for _, p := range s.reg.pools {
		s.advance(p)
	}
}

// advance takes a rolling restart as far as it can go now. That of a pool
// waits for those of the pools that it depends on.
func (s *Supervisor) advance(p *pool) {
	if p.roll == nil || !s.paused.IsZero() {
		return
	}
	for _, below := range s.below(p) {
		if below.roll != nil && len(p.roll.out) == 0 {
			return // its end calls again
		}
	}
	now := time.Now()
	for sl, o := range p.roll.out {
		done, why := s.restarted(p, sl, o, now)
		if why != "" {
			s.giveUp(p, why)
			return
		}
		if done {
			delete(p.roll.out, sl)
		}
	}
	if s.mayTakeDown(p) {
		s.takeDown(p)
	} else if len(p.roll.out) == 0 {
		return // a change of what it waits for calls again
	}
	if len(p.roll.out) == 0 {
		s.endRoll(p)
		return
	}
	s.armRolls()
}

// mayTakeDown reports whether what the pool depends on is as it should be: a
// slot that is restarted now would miss it. What cannot come by itself is not
// waited for.
func (s *Supervisor) mayTakeDown(p *pool) bool {
	if len(p.roll.queue) == 0 {
		return true
	}
	v := s.judge(p)
	if v.Met || v.Blocked {
		return true
	}
	if !p.roll.told {
		p.roll.told = true
		s.notify(fmt.Sprintf("the rolling restart of %s %s", p.spec.Name, v.Why))
	}
	return false
}

// takeDown restarts as many of the slots that are left as the pool permits.
func (s *Supervisor) takeDown(p *pool) {
	r := p.roll
	for len(r.queue) > 0 && len(r.out) < max(1, p.spec.MaxUnavailable) {
		sl := r.queue[0]
		r.queue = r.queue[1:]
		st := sl.status.Load()
		if st.State == procs.Stopped || sl.leaving.Load() {
			continue // somebody has stopped it meanwhile
		}
		if sl.ask(context.Background(), restartSlot) == nil {
			r.out[sl] = &outage{after: st.N}
		}
	}
}

// restarted reports whether a slot is available again, or why it will not be.
func (s *Supervisor) restarted(p *pool, sl *slot, o *outage, now time.Time) (done bool, why string) {
	st := sl.status.Load()
	switch {
	case sl.removed.Load() || st.State == procs.Stopped:
		return true, "" // somebody has stopped it meanwhile
	case st.N <= o.after || st.State == procs.Stopping || st.State == procs.Starting:
		return false, ""
	case st.State == procs.Running && st.Ready:
		return true, ""
	case st.State == procs.Running:
		if o.due.IsZero() {
			o.due = now.Add(readyTime(p.spec.Ready))
		}
		if now.Before(o.due) {
			return false, ""
		}
		return false, fmt.Sprintf("%s has not become ready within %s: %s", st.ID, readyTime(p.spec.Ready), st.Reason)
	case st.State == procs.Exited && st.LastExit != nil && st.LastExit.OK():
		return true, ""
	}
	return false, fmt.Sprintf("%s: %s", st.ID, st.Reason)
}

// giveUp ends a rolling restart that would only take down more. What it has
// not come to runs on.
func (s *Supervisor) giveUp(p *pool, why string) {
	left := ""
	switch n := len(p.roll.queue); n {
	case 0:
	case 1:
		left = fmt.Sprintf("; %s runs on as it was", p.roll.queue[0].id)
	default:
		left = fmt.Sprintf("; %d others run on as they were", n)
	}
	s.notify(fmt.Sprintf("the rolling restart of %s has stopped: %s%s", p.spec.Name, why, left))
	s.endRoll(p)
}

// endRoll goes on with the rolling restarts that waited for this one.
func (s *Supervisor) endRoll(p *pool) {
	p.roll = nil
	s.publish()
	for _, above := range s.reg.above[p.spec.Name] {
		s.advance(above)
	}
}

// armRolls sets the timer to the first moment at which a slot has taken too long.
func (s *Supervisor) armRolls() {
	var first time.Time
	for _, p := range s.reg.pools {
		if p.roll == nil {
			continue
		}
		for _, o := range p.roll.out {
			if !o.due.IsZero() && (first.IsZero() || o.due.Before(first)) {
				first = o.due
			}
		}
	}
	if !first.IsZero() {
		s.rolls.Reset(max(0, time.Until(first)))
	}
}

// shiftRolls moves the deadlines after a pause.
func (s *Supervisor) shiftRolls(d time.Duration) {
	for _, p := range s.reg.pools {
		if p.roll == nil {
			continue
		}
		for _, o := range p.roll.out {
			if !o.due.IsZero() {
				o.due = o.due.Add(d)
			}
		}
	}
}
