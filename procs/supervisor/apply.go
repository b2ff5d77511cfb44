package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
)

// apply makes the pools what the specs say. If they cannot be had as they are,
// it says why and changes nothing.
func (s *Supervisor) apply(ctx context.Context, specs []procs.Spec) error {
	changes := procs.Diff(s.reg.specs(), specs)
	if err := s.applicable(specs, changes); err != nil {
		return fmt.Errorf("cannot apply the configuration: %w", err)
	}
	after := make(map[string]procs.Spec, len(specs))
	for _, spec := range specs {
		after[spec.Name] = spec
	}
	s.rearrange(specs)
	var added []*pool
	for _, c := range changes {
		p := s.reg.byName[c.Pool]
		switch c.Kind {
		case procs.Added:
			added = append(added, p)
		case procs.Removed:
			p.dismiss()
		default:
			s.change(ctx, p, after[c.Pool])
		}
	}
	s.reg.index() // what depends on what may have changed
	for _, p := range added {
		s.start(p, s.grow(p, p.spec.Size))
	}
	for _, p := range s.reg.pools {
		s.gate(p)
	}
	s.advanceAll()
	s.clear()
	s.forgetRemoved()
	return nil
}

// applicable says why specs cannot be had.
func (s *Supervisor) applicable(specs []procs.Spec, changes []procs.Change) error {
	if _, err := lifecycle.Order(specs); err != nil {
		return err
	}
	for _, spec := range specs {
		switch {
		case len(spec.Argv) == 0:
			return fmt.Errorf("%s has no command", spec.Name)
		case spec.Size < 0 || spec.Size > MaxSize:
			return fmt.Errorf("%s: a pool has 0 to %d processes", spec.Name, MaxSize)
		}
	}
	for _, c := range changes {
		p := s.reg.byName[c.Pool]
		if p == nil || c.Kind == procs.Removed {
			continue
		}
		if c.Kind == procs.Added {
			return fmt.Errorf("%s is still stopping", c.Pool)
		}
		if err := p.room(c.To); err != nil {
			return err
		}
	}
	return nil
}

// rearrange puts the pools into the order of the specs, new ones among them;
// what leaves comes last.
func (s *Supervisor) rearrange(specs []procs.Spec) {
	var pools []*pool
	for _, spec := range specs {
		p := s.reg.byName[spec.Name]
		if p == nil {
			p = &pool{spec: spec}
		}
		pools = append(pools, p)
	}
	for _, p := range s.reg.pools {
		if !slices.Contains(pools, p) {
			pools = append(pools, p)
		}
	}
	s.reg.pools = pools
	s.reg.index()
}

// dismiss notes that the configuration has a pool no more.
func (p *pool) dismiss() {
	p.leaving, p.roll = true, nil
	for _, d := range p.spec.DependsOn {
		p.under = append(p.under, d.Pool)
	}
	p.spec.Size, p.spec.DependsOn = 0, nil
}

// clear stops the pools that leave: each once those have gone that depended on
// it and leave as well, as at the end of a session.
func (s *Supervisor) clear() {
	for _, p := range s.reg.pools {
		if !p.leaving || p.asked || s.leansOn(p) {
			continue
		}
		p.asked = true
		for _, sl := range p.slots {
			_ = sl.ask(context.Background(), removeSlot) // refused if it has gone
		}
	}
}

// leansOn reports whether a pool that has not gone depended on p, and leaves.
func (s *Supervisor) leansOn(p *pool) bool {
	return slices.ContainsFunc(s.reg.pools, func(up *pool) bool {
		return up != p && up.leaving && len(up.slots) > 0 && slices.Contains(up.under, p.spec.Name)
	})
}

// change gives a pool another spec: policies at once, the command with the
// next run of each slot, which a rolling restart brings about if it must.
func (s *Supervisor) change(ctx context.Context, p *pool, spec procs.Spec) {
	was, old := p.spec, meantSlots(p)
	spec.InheritStdin = was.InheritStdin // muster's own affair
	p.spec = spec
	for _, sl := range p.slots {
		_ = sl.ask(ctx, adopt(spec)) // refused if it has gone
	}
	_ = s.resize(ctx, p, spec.Size) // there is room, see applicable
	if was.Disabled != spec.Disabled {
		obeyed := s.enable(ctx, p, !spec.Disabled)
		old = slices.DeleteFunc(old, func(sl *slot) bool { return slices.Contains(obeyed, sl) })
	}
	if procs.Restarts(was, spec) {
		s.beginRoll(p, func(sl *slot, _ *procs.Slot) bool { return slices.Contains(old, sl) })
	}
}

// meantSlots returns the slots that are restarted for the sake of a new command:
// all that somebody wants to run, even if they have failed under the old one.
func meantSlots(p *pool) []*slot {
	return slices.DeleteFunc(slices.Clone(p.slots), func(sl *slot) bool { return sl.status.Load().State == procs.Stopped })
}

// enable starts what was disabled, or stops what is to be. It returns the slots
// that were not so already.
func (s *Supervisor) enable(ctx context.Context, p *pool, on bool) (obeyed []*slot) {
	cmd := haltSlot
	if on {
		cmd = enter(s.judge(p), false)
	}
	for _, sl := range p.slots {
		if sl.ask(ctx, cmd) == nil {
			obeyed = append(obeyed, sl)
		}
	}
	return obeyed
}

// adopt is the command to go on under another spec of the pool.
func adopt(spec procs.Spec) slotCommand {
	return func(s *slot) error {
		was := s.spec
		s.spec = spec
		s.life = s.life.Adopt(spec)
		s.rewatch(was)
		s.publish()
		return nil
	}
}

// MaxSize bounds a pool, so that a slip of the finger does not start a million.
const MaxSize = 10_000

func (s *Supervisor) scale(ctx context.Context, c procs.Scale) error {
	p := s.reg.byName[c.Pool]
	if p == nil || p.leaving {
		return noSuchf("cannot scale %s: there is no such pool", c.Pool)
	}
	if c.Size < 0 || c.Size > MaxSize {
		return fmt.Errorf("cannot scale %s to %d: a pool has 0 to %d processes", c.Pool, c.Size, MaxSize)
	}
	if err := p.room(c.Size); err != nil {
		return fmt.Errorf("cannot scale %s to %d: %w", c.Pool, c.Size, err)
	}
	p.spec.Size = c.Size
	if err := s.resize(ctx, p, c.Size); err != nil {
		return fmt.Errorf("cannot scale %s: %w", c.Pool, err)
	}
	for _, above := range s.reg.above[c.Pool] {
		s.gate(above) // a pool of none has all that one can wait for
	}
	return nil
}

// room says why a pool cannot have a size now: a slot that is still being
// scaled away cannot be taken back; the pool grows again when it has gone.
func (p *pool) room(size int) error {
	for _, sl := range p.slots[:min(size, len(p.slots))] {
		if sl.leaving.Load() {
			return fmt.Errorf("%s is still stopping", sl.id)
		}
	}
	return nil
}

func (s *Supervisor) resize(ctx context.Context, p *pool, size int) error {
	for n := size; n < len(p.slots); n++ {
		if err := p.slots[n].ask(ctx, removeSlot); err != nil && !errors.Is(err, lifecycle.ErrRemoved) {
			return err
		}
	}
	s.start(p, s.grow(p, size))
	return nil
}
