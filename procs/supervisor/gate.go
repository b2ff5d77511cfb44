package supervisor

import (
	"context"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
)

// judge says how what a pool depends on stands.
func (s *Supervisor) judge(p *pool) lifecycle.Verdict {
	return lifecycle.Wait(p.spec.DependsOn, func(d procs.Dependency) lifecycle.Verdict {
		other := s.reg.byName[d.Pool]
		if other == nil || other.leaving {
			return lifecycle.Judge(d.On, nil, nil)
		}
		peers := make([]lifecycle.Peer, len(other.slots))
		for i, sl := range other.slots {
			peers[i].Slot = *sl.status.Load()
			peers[i].Soon = peers[i].State.Settled() && sl.busy.Load()
		}
		return lifecycle.Judge(d.On, &other.spec, peers)
	})
}

// entry is how a slot begins under a verdict.
func entry(v lifecycle.Verdict) []lifecycle.Input {
	switch {
	case v.Met:
		return []lifecycle.Input{lifecycle.Start{}}
	case v.Blocked:
		return []lifecycle.Input{lifecycle.Hold{Why: v.Why}, lifecycle.Block{Why: v.Why}}
	default:
		return []lifecycle.Input{lifecycle.Hold{Why: v.Why}}
	}
}

// gate tells the slots of a pool that wait how what they wait for stands.
func (s *Supervisor) gate(p *pool) {
	if s.waiting.Load() == 0 { // as mostly, and there may be thousands of slots
		return
	}
	var cmd slotCommand
	for _, sl := range p.slots {
		if !sl.waits.Load() {
			continue
		}
		if cmd == nil {
			cmd = gateSlot(s.judge(p))
		}
		_ = sl.ask(context.Background(), cmd) // refused if it does not wait any more
	}
}

func gateSlot(v lifecycle.Verdict) slotCommand {
	return func(s *slot) error {
		switch {
		case !s.life.Held() && !s.life.Blocked():
			return nil
		case v.Met:
			return s.next(lifecycle.Release{})
		case v.Why == s.life.Reason && v.Blocked == s.life.Blocked():
			return nil // it says so already
		case v.Blocked:
			return s.next(lifecycle.Block{Why: v.Why})
		default:
			return s.next(lifecycle.Hold{Why: v.Why})
		}
	}
}

// enter is the command to start a slot of a pool whose dependencies stand as
// v says. By hand means that somebody asked for this very pool and for none
// that it waits for: then it waits no longer.
func enter(v lifecycle.Verdict, byHand bool) slotCommand {
	return func(s *slot) error {
		waits := s.life.Held() || s.life.Blocked()
		if waits && !byHand {
			return nil // it starts in its turn
		}
		if waits || s.life.Live() || s.life.State == procs.BackingOff {
			return s.next(lifecycle.Start{})
		}
		for _, in := range entry(v) {
			if err := s.next(in); err != nil {
				return err
			}
		}
		return nil
	}
}

// renew is the command to end and start a slot again: one that does not live
// is started as by [enter], and one that lives comes back in its turn, too.
func renew(v lifecycle.Verdict, byHand bool) slotCommand {
	return func(s *slot) error {
		if s.life.Live() {
			if byHand {
				return s.next(lifecycle.Restart{})
			}
			return s.next(lifecycle.Restart{Why: v.Why})
		}
		return enter(v, byHand)(s)
	}
}
