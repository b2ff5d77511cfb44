package remote

import (
	"context"

	"example.com/muster/session"
)

// Run follows the session until it ends or ctx is done, and then gives back
// what is open.
func (s *Session) Run(ctx context.Context) {
	defer s.client.Close()
	defer close(s.ended)
	stop := context.AfterFunc(ctx, func() { _ = s.frames.Close() }) // ends the read below
	defer stop()
	defer func() { _ = s.frames.Close() }() // it was only read
	for s.end.Load() == nil {
		if s.next() != nil {
			s.lost.Store(ctx.Err() == nil)
			return
		}
	}
}

// next takes in one frame.
func (s *Session) next() error {
	f, err := session.ReadFrame(s.frames)
	if err != nil {
		return err
	}
	old := s.state.Load()
	snap, err := f.Apply(old.snap)
	if err != nil {
		return err
	}
	next := &state{snap: snap, version: f.Version, output: f.Output, crashes: f.Reports(old.crashes), rows: f.CrashRows, locks: old.locks, profiles: old.profiles}
	if f.Locks != nil {
		next.locks = f.Locks
	}
	if next.tasks = old.tasks; f.Tasks != nil {
		before := old.tasks
		if f.Full {
			before = nil
		}
		next.tasks = f.Tasks.Apply(before, next.crashes)
	}
	if f.Profiles != nil || f.Full {
		next.profiles = f.Profiles
	}
	if f.CrashRows == nil && !f.Full {
		next.rows = old.rows
	}
	s.state.Store(next)
	s.histories.follow(f)
	select {
	case s.stirred <- struct{}{}:
	default: // the one before has not been taken
	}
	if f.End != nil {
		s.end.Store(f.End)
	}
	return nil
}
