// Package port is the one interface through which the screens see a session.
// A session in this process satisfies it, and so does a client of a session's
// socket; the screens cannot tell them apart.
package port

import (
	"bytes"
	"context"
	"fmt"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/report"
	"example.com/muster/session"
)

// Session is a running muster, as its screens see it. Every method but Do and
// Ask is quick, never waits for a process, and may be called from any goroutine.
type Session interface {
	// Snapshot returns the state of all pools. It is immutable, and never nil.
	Snapshot() *procs.Snapshot
	// Version moves whenever the snapshot, any output, the crashes or the locks do.
	Version() uint64
	// Stirred gets a value soon after the version has moved, so that nobody has
	// to look often for that. It holds one value at most, and is for one reader.
	Stirred() <-chan struct{}
	// Output reads a window of what was printed.
	Output(q procs.Query) (procs.Page, error)
	// Samples returns the last n measurements of a slot, oldest first.
	Samples(id procs.ID, n int) []procs.Sample
	// Found returns what the session has found out by itself: crashes, locks.
	Found() session.Found
	// Do carries out a command and returns once it has been accepted or
	// refused; what it changes shows in a later snapshot.
	Do(ctx context.Context, c procs.Command) error
	// Ask finds out what takes a moment: what [procs.Reload] would change now,
	// where all threads are.
	Ask(ctx context.Context, q session.Question) (session.Answer, error)
}

// Crashes returns the bad ends so far, oldest first; it is bounded.
func Crashes(s Session) []*crash.Report { return s.Found().Crashes }

// Locks returns who waits for what and who has it. It is immutable, and never nil.
func Locks(s Session) *graph.View { return s.Found().Locks }

// Tasks returns how far the items of a map are; nil if the session is no map.
func Tasks(s Session) *session.Tasks { return s.Found().Tasks }

// Plan says what [procs.Reload] would change now.
func Plan(ctx context.Context, s Session) ([]procs.Change, error) {
	a, err := s.Ask(ctx, session.PlanQuestion{})
	changes, _ := a.(session.Plan)
	return changes, err
}

// Stacks says where all threads are.
func Stacks(ctx context.Context, s Session) (session.StacksJSON, error) {
	a, err := s.Ask(ctx, session.StacksQuestion{})
	all, _ := a.(session.StacksJSON)
	return all, err
}

// OpenTerminal opens the terminal of a slot's present run, and gives it a size until it is closed.
func OpenTerminal(ctx context.Context, s Session, q session.TerminalQuestion) (session.TerminalStream, error) {
	a, err := s.Ask(ctx, q)
	if err != nil {
		return nil, err
	}
	t, ok := a.(session.OpenedTerminal)
	if !ok {
		return nil, fmt.Errorf("cannot type into %s: the answer is a %T", q.ID, a)
	}
	return t, nil
}

// Moments says what a process did lately.
func Moments(ctx context.Context, s Session, q session.MomentsQuestion) (session.Moments, error) {
	a, err := s.Ask(ctx, q)
	m, _ := a.(session.Moments)
	return m, err
}

// StartProfile starts a capture.
func StartProfile(ctx context.Context, s Session, r session.ProfileRequest) (*session.Profiled, error) {
	a, err := s.Ask(ctx, session.StartProfile{Request: r})
	c, _ := a.(*session.Profiled)
	return c, err
}

// EndProfile ends a capture now; what was taken is kept, or thrown away.
func EndProfile(ctx context.Context, s Session, seq int, discard bool) error {
	_, err := s.Ask(ctx, session.EndProfile{Seq: seq, Discard: discard})
	return err
}

// ProfileData returns a capture's profile in pprof's format, packed.
func ProfileData(ctx context.Context, s Session, seq int) ([]byte, error) {
	a, err := s.Ask(ctx, session.ProfileQuestion{Seq: seq})
	packed, _ := a.(session.ProfileData)
	return packed, err
}

// Profile reads a capture's profile.
func Profile(ctx context.Context, s Session, seq int) (*report.Report, error) {
	packed, err := ProfileData(ctx, s, seq)
	if err != nil {
		return nil, err
	}
	return report.Read(bytes.NewReader(packed))
}
