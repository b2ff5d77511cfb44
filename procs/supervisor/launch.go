package supervisor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/spawn"
)

// OnGuard is the [Launcher] that starts runs under a guard process and sends
// what they print to a store.
type OnGuard struct {
	Guard   *spawn.Guard
	Store   *output.Store
	Environ []string // the environment that specs lay theirs over
	Session string
	TUI     bool     // a terminal program shows the output: auto prefers a PTY
	Stdin   *os.File // what a spec that inherits standard input gets

	// Agent brings an agent into the environment of a Python program, which has each line of
	// output written when it ends where lines says so; see lines. nil: there is none.
	Agent func(environ []string, lines string) []string

	// GoCrashes is the variable that tells a Go program with muster's agent where
	// to write its last words; "" for none.
	GoCrashes string

	// Notice is told once when a program meets a limit of its output mode.
	Notice func(text string)

	readers sync.WaitGroup
	reopen  sync.Once
	tries   atomic.Uint64 // of probes

	mu    sync.Mutex
	known map[string]func() resolved // by what it is found out of: a reload may change that
}

// resolved is what is found out about a pool's program once, not at each start.
type resolved struct {
	mode   procs.OutputMode
	python bool
	agent  bool // the program can have the agent
	// outputs are the inodes of what one run writes to.
	outputs []uint64
}

func (g *OnGuard) resolve(raw, spec procs.Spec, env []string) resolved {
	key := strings.Join(append(append([]string{raw.Name, raw.Dir, string(raw.Output)}, raw.Argv...), raw.Env...), "\x00")
	g.mu.Lock()
	find := g.known[key]
	if find == nil {
		find = sync.OnceValue(func() resolved {
			return resolved{
				mode:   spawn.Resolve(spec.Output, spec.Argv, env, spec.Dir, g.TUI),
				python: spawn.IsPython(spec.Argv, env, spec.Dir),
				agent:  g.Agent != nil && spawn.ImportsSite(spec.Argv, env, spec.Dir),
			}
		})
		if g.known == nil {
			g.known = map[string]func() resolved{}
		}
		g.known[key] = find
	}
	g.mu.Unlock()
	return find() // it reads files, which another pool need not wait for
}

// drainTimeout is how long a run's end waits for descendants that still hold
// its output open. What the run itself printed is waited for in any case.
const drainTimeout = 50 * time.Millisecond

// Launch implements [Launcher].
func (g *OnGuard) Launch(ctx context.Context, l Launch) (Process, error) {
	spec, base := g.expand(l)
	how := g.resolve(l.Spec, spec, base)
	mode := how.mode
	slot := g.Store.Slot(l.ID)
	o := spawn.StreamOptions{Cols: l.Cols, Rows: l.Rows, EndWriter: slot.EndWriter}
	if l.Spec.InheritStdin {
		o.Stdin = g.Stdin
	}
	streams, err := spawn.Open(mode, o)
	if err != nil {
		return nil, notStarted(err)
	}
	first := slot.Next()
	if how.agent {
		how.outputs = streams.Outputs()
	}
	env := g.environ(l, base, how)
	p, err := g.Guard.Start(ctx, spawn.Command{Argv: spec.Argv, Env: env, Dir: spec.Dir, Streams: streams})
	if err != nil {
		streams.Close()
		return nil, notStarted(err)
	}
	return &guarded{
		Process: p, streams: streams, mode: mode, first: first, sink: tap(g.sink(mode, l.ID, slot.Write), l.Tap), readers: &g.readers,
		drained: make(chan struct{}), eof: make(chan struct{}),
	}, nil
}

// notStarted returns err as why a run could not be started: what says no more is no fault of
// the command's.
func notStarted(err error) *NotStarted {
	if not, ok := errors.AsType[*NotStarted](err); ok {
		return not
	}
	start, ok := errors.AsType[*spawn.StartError](err)
	if !ok {
		start = spawn.Lacking(err)
	}
	if start == nil {
		return &NotStarted{Code: 1, Why: err.Error()}
	}
	return &NotStarted{Code: start.Code, Why: start.Why, Lacks: start.Lacks}
}

// expand puts the slot's values into its spec, and returns the environment
// that the run's own is made of too.
func (g *OnGuard) expand(l Launch) (spec procs.Spec, base []string) {
	spec = l.Vars.Spec(l.Spec)
	return spec, append(append([]string(nil), g.Environ...), spec.Env...)
}

// tap shows another sink what goes into the first.
func tap(first, other spawn.Sink) spawn.Sink {
	if other == nil {
		return first
	}
	return func(stream procs.Stream, pid int, p []byte) {
		first(stream, pid, p)
		other(stream, pid, p)
	}
}

// noDevice is what opening /dev/stdout or /dev/stderr says when they are
// sockets (ENXIO, see open(2)), as it is in by-writer mode.
var noDevice = []byte("No such device or address")

// sink is where a run's output goes. In by-writer mode it watches standard
// error for a program that cannot live with a socket.
func (g *OnGuard) sink(mode procs.OutputMode, id procs.ID, write spawn.Sink) spawn.Sink {
	if mode != procs.OutputByWriter || g.Notice == nil {
		return write
	}
	return func(stream procs.Stream, pid int, p []byte) {
		write(stream, pid, p)
		if stream == procs.Stderr && bytes.Contains(p, noDevice) {
			g.reopen.Do(func() {
				g.Notice(id.String() + " could not open its own output by name: try --output pipe")
			})
		}
	}
}

// Wait returns when the output of every run has been read to its end.
func (g *OnGuard) Wait() { g.readers.Wait() }

// environ returns the complete environment of a run.
func (g *OnGuard) environ(l Launch, base []string, how resolved) []string {
	id := l.ID
	if l.Spec.RerunOf.Pool != "" {
		id = l.Spec.RerunOf // it is to find what it found then
	}
	env := append(base,
		"MUSTER_POOL="+id.Pool,
		"MUSTER_SLOT="+strconv.Itoa(id.Slot),
		"MUSTER_SESSION="+g.Session,
	)
	env = lastWordsOn(env)
	if g.GoCrashes != "" {
		env = append(env, g.GoCrashes)
	}
	if l.Vars.Port != 0 {
		env = append(env, "MUSTER_PORT="+strconv.Itoa(l.Vars.Port))
	}
	if l.Vars.PprofPort != 0 {
		env = append(env, "MUSTER_PPROF_PORT="+strconv.Itoa(l.Vars.PprofPort))
	}
	if how.mode == procs.OutputPTY {
		env = append(env, "TERM=xterm-256color")
	}
	// Without a terminal Python keeps its output back until 8 KiB have come together.
	speak := how.mode == procs.OutputByWriter && how.python && !l.Spec.NoUnbuffer
	switch {
	case how.agent:
		env = g.Agent(env, how.lines(speak, l.Spec.NoUnbuffer))
	case speak: // two writes for each print, where the agent makes it one
		env = append(env, "PYTHONUNBUFFERED=1")
	}
	return lastWins(env)
}

// lines says to the agent where each line of output is written when it ends: speaking, to
// whatever is read along; behind a shell, to what the run itself has for its output.
func (how *resolved) lines(speaks, buffered bool) string {
	switch {
	case buffered, how.python && !speaks:
		return ""
	case speaks:
		return "1"
	}
	return strings.Trim(fmt.Sprint(how.outputs), "[]")
}

// lastWordsOn makes programs say where they were when they crash: Python's
// faulthandler at a signal (Doc/using/cmdline.rst), Go's runtime of all
// goroutines (runtime/extern.go). What the user has set stays, also if it is empty.
func lastWordsOn(env []string) []string {
	for _, kv := range [...]string{"PYTHONFAULTHANDLER=1", "GOTRACEBACK=all"} {
		name, _, _ := strings.Cut(kv, "=")
		if !slices.ContainsFunc(env, func(set string) bool { return strings.HasPrefix(set, name+"=") }) {
			env = append(env, kv)
		}
	}
	return env
}

// Given returns the environment that a slot's program is given, as far as it
// does not depend on the mode of its output. The spec is the slot's own,
// without marks.
func (g *OnGuard) Given(id procs.ID, spec procs.Spec) []string {
	l := Launch{Spec: spec, ID: id}
	return g.environ(l, append(slices.Clone(g.Environ), spec.Env...), resolved{})
}

// lastWins drops all but the last value of each variable.
func lastWins(env []string) []string {
	last := make(map[string]int, len(env))
	for i, kv := range env {
		k, _, _ := strings.Cut(kv, "=")
		last[k] = i
	}
	out := make([]string, 0, len(last))
	for i, kv := range env {
		if k, _, _ := strings.Cut(kv, "="); last[k] == i {
			out = append(out, kv)
		}
	}
	return out
}

// guarded is a run under the guard.
type guarded struct {
	*spawn.Process
	streams *spawn.Streams
	mode    procs.OutputMode
	first   uint64
	sink    spawn.Sink
	readers *sync.WaitGroup
	drained chan struct{} // closed by Drain: the process has ended
	eof     chan struct{} // closed when that is so and all output has been read
}

func (r *guarded) Output() procs.OutputMode { return r.mode }
func (r *guarded) FirstLine() uint64        { return r.first }

func (r *guarded) Read() {
	r.readers.Go(func() {
		defer close(r.eof)
		r.streams.Pump(r.sink)
		// A program may close its output and live. It would be hung up if its
		// terminal were closed under it.
		<-r.drained
		r.streams.Close()
	})
}

func (r *guarded) Drain() bool {
	defer close(r.drained)
	return r.streams.Drain(drainTimeout)
}

func (r *guarded) Terminal() *spawn.Terminal { return r.streams.Terminal() }

func (r *guarded) Resize(cols, rows int) error {
	select {
	case <-r.eof:
		return nil // its terminal has gone
	default:
		return r.streams.Resize(cols, rows)
	}
}
