// Package locks looks at the threads of processes, again and again, and says
// who waits for what and who has it. Each mechanism is a source in a file of
// its own (futex_linux.go, semlock_linux.go, filelock_linux.go, pipe_linux.go, ...)
// that turns what a thread is blocked in into an object of package graph, which
// draws the conclusions.
//
// Nothing is stopped, and all is read from /proc and, where the kernel permits,
// from memory. Only a Go program is asked, over the net/http/pprof that it serves
// itself, since its goroutines wait where no kernel sees them (go_ask_linux.go); it
// stops for a moment to answer. Start at [Watcher], which looks for as long as it
// runs, or [Once] for one answer.
package locks

import (
	"context"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/pyagent"
)

// Options say what is looked at.
type Options struct {
	// Targets returns the processes that live. It is called before each look.
	Targets func() []procs.PIDRef
	// Agent tells what Python programs have reported of themselves; nil where
	// there is none. What is read here is read by nobody else.
	Agent *pyagent.Agent
	// Moves counts how often any of the targets was seen to have run, as of at;
	// with many targets that is asked instead of their clocks. nil: nobody counts.
	Moves func() (count uint64, at time.Time)
	// Looked is called after each look, with whether the view says something else
	// than before; nil: nobody is told.
	Looked func(changed bool)
	// Eager looks as often as an answer that somebody waits for needs it, and
	// then no more.
	Eager bool
}

// Watcher looks at processes. Its methods may be called from any goroutine,
// Run once.
type Watcher struct {
	o       Options
	version atomic.Uint64
	view    atomic.Pointer[graph.View]
	asks    chan chan<- bool // each for a look now; whether the next may tell more is the answer
}

// New returns a watcher that has not looked yet.
func New(o Options) *Watcher {
	w := &Watcher{o: o, asks: make(chan chan<- bool)}
	w.view.Store(&graph.View{})
	return w
}

// View returns what is known. It is immutable, and never nil.
func (w *Watcher) View() *graph.View { return w.view.Load() }

// How long an answer may take, and how soon a second look for it follows the
// first; the next ones take as much longer each.
const (
	answerTime = time.Second
	askAgain   = 50 * time.Millisecond
)

// Now returns what is so now: it has looked anew, and again until the next look
// would tell no more, as it may of a ring that was seen once. Where that takes
// longer than a second, or ctx ends, it returns what is known by then.
func (w *Watcher) Now(ctx context.Context) *graph.View {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	for pause := askAgain; w.ask(ctx); pause += askAgain {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	return w.View()
}

// ask has a look made, and reports whether the next one may tell more.
func (w *Watcher) ask(ctx context.Context) (more bool) {
	answer := make(chan bool, 1)
	select {
	case w.asks <- answer:
	case <-ctx.Done():
		return false
	}
	select {
	case more = <-answer:
	case <-ctx.Done():
	}
	return more
}

// Version moves when the view says something new.
func (w *Watcher) Version() uint64 { return w.version.Load() }

// onceLooks are enough to know all that is told: memory is searched only for a
// wait that lasts, and a deadlock told only when it was seen twice. A busy machine
// takes longer for them than onceTime, but no longer than onceLongest. Up to
// onceOwed are made while a Go program has yet to answer the second time, or the
// stacks of a deadlock are still to be read.
const (
	onceLooks   = 6
	onceOwed    = 18
	onceTime    = 1300 * time.Millisecond
	onceLongest = 15 * time.Second
)

// Once looks at processes for long enough to tell a deadlock, and says what it saw.
func Once(ctx context.Context, targets []procs.PIDRef) *graph.View {
	w := New(Options{Targets: func() []procs.PIDRef { return targets }, Eager: true})
	ctx, cancel := context.WithTimeout(ctx, onceLongest)
	defer cancel()
	w.Run(ctx)
	return w.View()
}
