package supervisor

import (
	"context"
	"errors"
	"fmt"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
)

// serve carries out one command on the owner's goroutine.
func (s *Supervisor) serve(r request, pools []*pool) error {
	switch c := r.cmd.(type) {
	case procs.Start:
		if s.ended.Load() {
			return ErrClosed
		}
		return each(r.ctx, pools, c.IDs, "start", startSlot)
	case procs.Stop:
		return each(r.ctx, pools, c.IDs, "stop", stopSlot)
	case procs.Kill:
		return each(r.ctx, pools, c.IDs, "kill", killSlot)
	case procs.Restart:
		if s.ended.Load() {
			return ErrClosed
		}
		return each(r.ctx, pools, c.IDs, "restart", restartSlot)
	case procs.SendSignal:
		return each(r.ctx, pools, c.IDs, "signal", func(sl *slot) error { return sl.signal(c.Signal) })
	case procs.SignalPID:
		if err := s.opt.Tree.Signal(c.Ref, c.Signal); err != nil {
			return fmt.Errorf("cannot signal pid %d: %w", c.Ref.PID, err)
		}
		return nil
	case procs.Scale:
		if s.ended.Load() {
			return ErrClosed
		}
		return s.scale(r.ctx, pools, c)
	case procs.Pause:
		return each(r.ctx, pools, nil, "pause", pauseSlot)
	case procs.Resume:
		return each(r.ctx, pools, nil, "resume", resumeSlot)
	case procs.Resize:
		return each(r.ctx, pools, nil, "resize", func(sl *slot) error { return sl.resize(c.Cols, c.Rows) })
	case procs.Shutdown:
		return nil // Run does it
	}
	return fmt.Errorf("cannot carry out %T: unknown command", r.cmd)
}

// each asks the chosen slots. It fails if none accepts; slots that the command
// does not apply to are no failure as long as it applies to one.
func each(ctx context.Context, pools []*pool, ids []procs.ID, verb string, cmd slotCommand) error {
	slots, err := choose(pools, ids)
	if err != nil {
		return fmt.Errorf("cannot %s %w", verb, err)
	}
	var first error
	accepted := 0
	for _, sl := range slots {
		err := sl.ask(ctx, cmd)
		if err == nil {
			accepted++
		} else if first == nil {
			first = fmt.Errorf("cannot %s %s: %w", verb, sl.id, err)
		}
	}
	if accepted > 0 && (errors.Is(first, lifecycle.ErrLive) || errors.Is(first, lifecycle.ErrNotLive)) {
		return nil
	}
	return first
}

func choose(pools []*pool, ids []procs.ID) ([]*slot, error) {
	var out []*slot
	if ids == nil {
		for _, p := range pools {
			out = append(out, p.slots...)
		}
		return out, nil
	}
	for _, id := range ids {
		sl := find(pools, id)
		if sl == nil {
			return nil, fmt.Errorf("%s: there is no such process", id)
		}
		out = append(out, sl)
	}
	return out, nil
}

func find(pools []*pool, id procs.ID) *slot {
	for _, p := range pools {
		if p.spec.Name == id.Pool && id.Slot >= 0 && id.Slot < len(p.slots) {
			return p.slots[id.Slot]
		}
	}
	return nil
}

// MaxSize bounds a pool, so that a slip of the finger does not start a million.
const MaxSize = 10_000

func (s *Supervisor) scale(ctx context.Context, pools []*pool, c procs.Scale) error {
	for _, p := range pools {
		if p.spec.Name != c.Pool {
			continue
		}
		if c.Size < 0 || c.Size > MaxSize {
			return fmt.Errorf("cannot scale %s to %d: a pool has 0 to %d processes", c.Pool, c.Size, MaxSize)
		}
		// A slot that is still being scaled away cannot be taken back; the
		// pool grows again when it has gone.
		for _, sl := range p.slots[:min(c.Size, len(p.slots))] {
			if sl.leaving.Load() {
				return fmt.Errorf("cannot scale %s to %d: %s is still stopping", c.Pool, c.Size, sl.id)
			}
		}
		p.spec.Size = c.Size
		for n := c.Size; n < len(p.slots); n++ {
			if err := p.slots[n].ask(ctx, removeSlot); err != nil && !errors.Is(err, lifecycle.ErrRemoved) {
				return fmt.Errorf("cannot scale %s: %w", c.Pool, err)
			}
		}
		s.start(s.grow(p, c.Size))
		return nil
	}
	return fmt.Errorf("cannot scale %s: there is no such pool", c.Pool)
}
