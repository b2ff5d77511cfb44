// Package port is the one interface through which the screens see a session.
// A session in this process satisfies it, and so does a client of a session's
// socket; the screens cannot tell them apart.
package port

import (
	"context"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
)

// Session is a running muster, as its screens see it. Every method but Do and
// Plan is quick, never waits for a process, and may be called from any goroutine.
type Session interface {
	// Snapshot returns the state of all pools. It is immutable, and never nil.
	Snapshot() *procs.Snapshot
	// Version moves whenever the snapshot, any output or the crashes do.
	Version() uint64
	// Stirred gets a value soon after a process has begun or ended, so that
	// nobody has to look often for that. It holds one value at most, and is
	// for one reader.
	Stirred() <-chan struct{}
	// Output reads a window of what was printed.
	Output(q procs.Query) (procs.Page, error)
	// Samples returns the last n measurements of a slot, oldest first.
	Samples(id procs.ID, n int) []procs.Sample
	// Crashes returns the bad ends so far, oldest first; it is bounded.
	Crashes() []*crash.Report
	// Locks returns who waits for what and who has it. It is immutable, and never nil.
	Locks() *graph.View
	// Do carries out a command and returns once it has been accepted or
	// refused; what it changes shows in a later snapshot.
	Do(ctx context.Context, c procs.Command) error
	// Plan says what [procs.Reload] would change now. It reads files, so it
	// may take a moment.
	Plan(ctx context.Context) ([]procs.Change, error)
}
