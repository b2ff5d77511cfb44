package supervisor

import (
	"context"

	"example.com/muster/procs/lifecycle"
)

// descend ends the session in order: a pool is stopped once every pool that
// depends on it has ended, so what is slow to stop holds up only what it
// needs. changed are the pools of which a slot has changed since the last call.
func (s *Supervisor) descend(changed map[string]struct{}) {
	var next []*pool
	for name := range changed {
		if p := s.reg.byName[name]; p != nil {
			next = append(next, s.below(p)...)
		}
	}
	s.halt(next)
}

// halt stops those of the pools that nobody needs any more, and what is
// needed by none but them.
func (s *Supervisor) halt(next []*pool) {
	for len(next) > 0 {
		p := next[len(next)-1]
		next = next[:len(next)-1]
		if s.halted[p] || s.needed(p) {
			continue
		}
		s.halted[p] = true
		for _, sl := range p.slots {
			if sl.busy.Load() {
				_ = sl.ask(context.Background(), haltSlot) // refused if it has stopped
			}
		}
		next = append(next, s.below(p)...)
	}
}

// below are the pools that one depends on.
func (s *Supervisor) below(p *pool) (pools []*pool) {
	for _, d := range p.spec.DependsOn {
		if dep := s.reg.byName[d.Pool]; dep != nil {
			pools = append(pools, dep)
		}
	}
	return pools
}

// needed reports whether a pool that depends on this one has not ended.
func (s *Supervisor) needed(p *pool) bool {
	for _, up := range s.reg.above[p.spec.Name] {
		if up != p && (!s.halted[up] || up.busy()) {
			return true
		}
	}
	return false
}

// haltSlot stops a slot, unless it is being stopped: being asked for the same
// by two is no reason to kill it.
func haltSlot(s *slot) error {
	if s.life.Leaving() {
		return nil
	}
	return s.next(lifecycle.Stop{})
}

// killAll ends everything at once.
func (s *Supervisor) killAll() {
	for i := len(s.reg.pools) - 1; i >= 0; i-- {
		for _, sl := range s.reg.pools[i].slots {
			if sl.busy.Load() {
				_ = sl.ask(context.Background(), killSlot) // refused if it has ended
			}
		}
	}
}
