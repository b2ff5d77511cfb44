package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
)

// serve carries out one command on the owner's goroutine.
func (s *Supervisor) serve(r request) error {
	switch c := r.cmd.(type) {
	case procs.Shutdown:
		if !c.IfRunning || !s.Stopping() {
			s.shutdown(c.Now)
		}
		return nil
	case procs.Start, procs.Restart, procs.Scale, procs.Roll, procs.Apply:
		if s.Stopping() {
			return ErrClosed
		}
		return s.serveStart(r)
	case procs.Stop:
		return s.each(r.ctx, c.IDs, "stop", stopSlot)
	case procs.Kill:
		return s.each(r.ctx, c.IDs, "kill", killSlot)
	case procs.SendSignal:
		return s.each(r.ctx, c.IDs, "signal", func(sl *slot) error { return sl.signal(c) })
	case procs.SignalPID:
		if err := s.opt.Tree.Signal(c.Ref, c.Signal); err != nil {
			return fmt.Errorf("cannot signal pid %d: %w", c.Ref.PID, err)
		}
		return nil
	case procs.Pause:
		if s.paused.IsZero() {
			s.paused = time.Now()
		}
		return s.each(r.ctx, nil, "pause", pauseSlot)
	case procs.Resume:
		return s.resume(r.ctx)
	case procs.Resize:
		return s.each(r.ctx, nil, "resize", func(sl *slot) error { return sl.resize(c.Cols, c.Rows) })
	}
	return refuse(r.cmd)
}

// refuse says of a command that it is not for pools of processes.
func refuse(c procs.Command) error {
	what := "do that"
	switch c := c.(type) {
	case procs.RetryItems:
		what = "try items again"
	case procs.SkipItem:
		what = fmt.Sprintf("leave item %d out", c.Seq)
	case procs.PauseItems:
		what = "go on with items"
		if c.On {
			what = "pause items"
		}
	}
	return fmt.Errorf("cannot %s: this session is no map over items", what)
}

// serveStart carries out the commands after which something may start.
func (s *Supervisor) serveStart(r request) error {
	switch c := r.cmd.(type) {
	case procs.Start:
		return s.eachInOrder(r.ctx, c.IDs, "start", enter)
	case procs.Restart:
		return s.eachInOrder(r.ctx, c.IDs, "restart", renew)
	case procs.Scale:
		return s.scale(context.WithoutCancel(r.ctx), c) // half of it would be worse than late
	case procs.Roll:
		return s.beginRolls(c.Pools)
	case procs.Apply:
		return s.apply(context.WithoutCancel(r.ctx), c.Pools) // likewise
	}
	return nil // serve lets no other come here
}

// resume lets the clocks of rolling restarts, and of what ends with the session, go on with
// everything else.
func (s *Supervisor) resume(ctx context.Context) error {
	if !s.paused.IsZero() {
		s.shiftRolls(time.Since(s.paused))
		s.ending.resume(s.paused, time.Now())
		s.paused = time.Time{}
	}
	err := s.each(ctx, nil, "resume", resumeSlot)
	s.advanceAll()
	return err
}

// each asks the chosen slots. It fails if none accepts; slots that the command
// does not apply to are no failure as long as it applies to one.
func (s *Supervisor) each(ctx context.Context, ids []procs.ID, verb string, cmd slotCommand) error {
	slots, err := s.choose(ids)
	if err != nil {
		return fmt.Errorf("cannot %s %w", verb, err)
	}
	return askAll(ctx, slots, verb, func(*slot) slotCommand { return cmd })
}

// eachInOrder is each for commands that start slots: those of a pool come
// after what the pool depends on, and wait for it, unless they were asked for
// by hand and what they depend on was not.
func (s *Supervisor) eachInOrder(ctx context.Context, ids []procs.ID, verb string, cmd func(lifecycle.Verdict, bool) slotCommand) error {
	slots, err := s.choose(ids)
	if err != nil {
		return fmt.Errorf("cannot %s %w", verb, err)
	}
	asked := map[string]bool{}
	for _, sl := range slots {
		asked[sl.id.Pool] = true
	}
	if len(asked) > 1 {
		s.sortByNeed(slots)
	}
	return askAll(ctx, slots, verb, func(sl *slot) slotCommand {
		p := s.reg.byName[sl.id.Pool]
		byHand := true
		for _, d := range p.spec.DependsOn {
			byHand = byHand && !asked[d.Pool]
		}
		return cmd(s.judge(p), byHand)
	})
}

// sortByNeed puts the slots of a pool behind those of what it depends on.
func (s *Supervisor) sortByNeed(slots []*slot) {
	names, err := lifecycle.Order(s.reg.specs())
	if err != nil {
		return // then any order is as good
	}
	rank := make(map[string]int, len(names))
	for i, name := range names {
		rank[name] = i
	}
	slices.SortStableFunc(slots, func(a, b *slot) int { return rank[a.id.Pool] - rank[b.id.Pool] })
}

func askAll(ctx context.Context, slots []*slot, verb string, cmd func(*slot) slotCommand) error {
	var first error // that is none of declined
	var declined []procs.ID
	var why []error
	for _, sl := range slots {
		switch err := sl.ask(ctx, cmd(sl)); {
		case errors.Is(err, lifecycle.ErrLive), errors.Is(err, lifecycle.ErrNotLive):
			declined, why = append(declined, sl.id), append(why, err)
		case err != nil && first == nil:
			first = fmt.Errorf("cannot %s %s: %w", verb, sl.id, err)
		}
	}
	switch {
	case first != nil:
		return first
	case len(declined) > 0 && len(declined) == len(slots):
		return fmt.Errorf("cannot %s %s: %w", verb, declined[0], why[0])
	}
	for i, id := range declined {
		procs.Declined(ctx, id, why[i])
	}
	return nil
}

func (s *Supervisor) choose(ids []procs.ID) ([]*slot, error) {
	var out []*slot
	if ids == nil {
		for _, p := range s.reg.pools {
			out = append(out, p.slots...)
		}
		return out, nil
	}
	for _, id := range ids {
		sl := s.reg.find(id)
		if sl == nil {
			return nil, noSuchf("%s: there is no such process", id)
		}
		out = append(out, sl)
	}
	return out, nil
}
