package mapped

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"example.com/muster/procs"
)

// Do implements port.Session.
func (s *Session) Do(ctx context.Context, c procs.Command) error {
	switch c := c.(type) {
	case procs.RetryItems:
		if s.cfg.Map.Retry(c.Seqs...) == 0 {
			return s.noRetry()
		}
		return nil
	case procs.SkipItem:
		if !s.cfg.Map.Skip(c.Worker, c.Seq) {
			return fmt.Errorf("cannot skip item %d: no worker is on it any more", c.Seq)
		}
		return nil
	case procs.PauseItems:
		s.cfg.Map.Pause(c.On)
		return nil
	case procs.SendSignal:
		return s.signal(ctx, c)
	case procs.Start, procs.Stop, procs.Kill, procs.Restart, procs.Roll:
		return errWorkers
	case procs.Scale:
		if c.Pool != Pool {
			return fmt.Errorf("cannot scale %s: the only pool of a map is %s", c.Pool, Pool)
		}
		if c.Size < 1 {
			return errors.New("cannot work with less than one worker: Space pauses the map")
		}
		s.cfg.Map.Resize(c.Size - s.cfg.Map.Progress().Size)
		return nil
	case procs.SignalPID:
		err := s.cfg.Signal(c.Ref, c.Signal)
		if errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("pid %d has ended", c.Ref.PID)
		}
		return err
	case procs.Pause:
		return s.freeze(ctx)
	case procs.Resume:
		s.thaw()
		return nil
	case procs.Resize:
		return nil // nothing has a terminal of its own
	case procs.Type:
		return fmt.Errorf("cannot type: %w", errNoTerminal)
	case procs.Shutdown:
		s.stopping.Store(true)
		s.cfg.Map.Stop(c.Now)
		return nil
	}
	return fmt.Errorf("cannot do that: %w", errNotHere)
}

// errWorkers says what is done with workers.
var errWorkers = fmt.Errorf("cannot do that with workers, which begin and end as items want it: %w; "+
	"muster scale map N changes how many there are, muster down ends the map", errNotHere)

// signal sends a signal to the processes that workers have now.
func (s *Session) signal(ctx context.Context, c procs.SendSignal) error {
	if c.To == procs.ToGroup {
		return errors.New("cannot send a signal to groups of a map: its workers' own processes get it")
	}
	s.cfg.Map.Look()
	idle := slices.Clone(c.IDs)
	for _, run := range s.follow() {
		if !slices.Contains(c.IDs, run.ID) {
			continue
		}
		if err := s.cfg.Signal(run.PIDRef, c.Signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		idle = slices.DeleteFunc(idle, func(id procs.ID) bool { return id == run.ID })
	}
	if len(idle) == len(c.IDs) {
		return fmt.Errorf("cannot send %v: none of these workers has a process now", c.Signal)
	}
	for _, id := range idle {
		procs.Declined(ctx, id, errIdle)
	}
	return nil
}

// errIdle says of a worker that it got no signal.
var errIdle = errors.New("it has no process now")

// noRetry says why nothing is tried again.
func (s *Session) noRetry() error {
	switch p := s.cfg.Map.Progress(); {
	case p.Stopped:
		return errors.New("cannot try again: the map was stopped")
	case p.Failed == 0:
		return errors.New("cannot try again: no item has failed")
	}
	return errors.New("cannot try again: that item has not failed, or is kept no more (--resume-failed does it later)")
}

// freezeLooks is how often processes are looked for that have begun since the
// others were stopped.
const freezeLooks = 5

// freeze stops all that runs, and the map's clocks.
func (s *Session) freeze(ctx context.Context) error {
	s.cfg.Map.Freeze(true)
	s.frozen.Store(true)
	stopped := map[procs.PIDRef]bool{}
	for range freezeLooks {
		fresh := false
		for _, ref := range s.living() {
			if !stopped[ref] {
				stopped[ref], fresh = true, true
				_ = s.cfg.Signal(ref, procs.SIGSTOP) // it may have just ended
			}
		}
		if !fresh {
			return nil
		}
		select { // an item that was handed out a moment ago gets its process
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// thaw undoes freeze.
func (s *Session) thaw() {
	for _, ref := range s.living() {
		_ = s.cfg.Signal(ref, procs.SIGCONT) // it may have been killed meanwhile
	}
	s.frozen.Store(false)
	s.cfg.Map.Freeze(false)
}

// living are the workers' processes and all that descends from them.
func (s *Session) living() []procs.PIDRef {
	s.cfg.Map.Look()
	runs := s.follow()
	s.cfg.Tree.Refresh(true)
	var refs []procs.PIDRef
	for _, run := range runs {
		refs = append(append(refs, run.PIDRef), s.cfg.Tree.Living(run.ID)...)
	}
	return refs
}
