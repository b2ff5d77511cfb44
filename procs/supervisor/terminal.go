package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/tape"
)

// hold keeps a slot's terminal at a size that is not the others'.
type hold struct{ cols, rows int }

// size is how large the slot's terminal is to be.
func (s *slot) size() (cols, rows int) {
	if n := len(s.holds); n > 0 {
		return s.holds[n-1].cols, s.holds[n-1].rows
	}
	return s.cols, s.rows
}

// resize is the command for all terminals. One that is held gets its size later.
func (s *slot) resize(cols, rows int) error {
	s.cols, s.rows = cols, rows
	return s.fit()
}

// fit tells the run the size of its terminal.
func (s *slot) fit() error {
	cols, rows := s.size()
	s.fitted.Store(&hold{cols, rows})
	if s.process == nil {
		return nil
	}
	return s.process.Resize(cols, rows)
}

// Terminal is a slot's terminal while somebody has it open. Next is for one
// goroutine. Close it, in any case.
type Terminal struct {
	view *tape.View
	n    int // of the run
	slot *slot
	hold *hold
}

// OpenTerminal opens the terminal of a slot's present run, and gives it a size
// until it is closed; of several who have it open the last one has his way, but who only
// looks has it only where nobody else does. Next ends with the run.
func (s *Supervisor) OpenTerminal(ctx context.Context, id procs.ID, cols, rows int, looks bool) (*Terminal, error) {
	spec, sl := s.find(id)
	if sl == nil {
		return nil, noSuchf("cannot type into %s: there is no such process", id)
	}
	t := &Terminal{slot: sl, hold: &hold{cols, rows}}
	// Not given up: what was opened then would never be closed. A slot answers.
	err := sl.ask(context.WithoutCancel(ctx), func(sl *slot) error {
		terminal, err := sl.typable(spec)
		if err != nil {
			return err
		}
		t.view, t.n = terminal.Open(), sl.current.N
		if looks {
			sl.holds = slices.Insert(sl.holds, 0, t.hold)
		} else {
			sl.holds = append(sl.holds, t.hold)
		}
		_ = sl.fit() // a terminal that cannot be given a size shows what it has all the same
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot type into %s: %w", id, err)
	}
	return t, nil
}

// Next waits for what the run sends; see [tape.View.Next].
func (t *Terminal) Next(ctx context.Context) (procs.TerminalPiece, error) {
	piece, err := t.view.Next(ctx)
	piece.N = t.n
	if size := t.slot.fitted.Load(); size != nil {
		piece.Cols, piece.Rows = size.cols, size.rows
	}
	return piece, err
}

// Close gives the terminal the size back that it had, and ends a Next that waits.
func (t *Terminal) Close() {
	t.view.Close()
	_ = t.slot.ask(context.Background(), func(sl *slot) error { // refused if the slot has gone
		sl.holds = slices.DeleteFunc(sl.holds, func(h *hold) bool { return h == t.hold })
		return sl.fit()
	})
}

// typable returns the terminal of the present run, or why nobody can type into
// it; spec is its pool's. It may be called on any goroutine.
func (s *slot) typable(spec procs.Spec) (*spawn.Terminal, error) {
	t := s.terminal.Load()
	switch {
	case t != nil && spec.InheritStdin:
		return nil, errors.New("it reads muster's own standard input")
	case t != nil:
		return t, nil
	}
	switch status := s.status.Load(); {
	case status.State.Live() && status.PID != 0 && status.Output != procs.OutputPTY:
		return nil, errors.New("it has no terminal; --output pty gives it one")
	case status.LastExit != nil && !status.State.Live():
		return nil, fmt.Errorf("it has ended (%s)", status.LastExit)
	}
	return nil, lifecycle.ErrNotLive
}

// typeInto types into the terminals of slots, one after the other. It takes no
// part in what the owner and the slots do, so that a program which does not read
// holds up nobody else.
func (s *Supervisor) typeInto(ctx context.Context, c procs.Type) error {
	if c.IDs == nil {
		return errors.New("cannot type into all processes: name some")
	}
	for _, id := range c.IDs {
		spec, sl := s.find(id)
		if sl == nil {
			return noSuchf("cannot type into %s: there is no such process", id)
		}
		t, err := sl.typable(spec)
		if err == nil {
			err = t.Type(ctx, c.Data)
		}
		if err != nil {
			return fmt.Errorf("cannot type into %s: %w", id, err)
		}
	}
	return nil
}
