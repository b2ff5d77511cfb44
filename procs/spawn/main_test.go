package spawn

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/corpus"
	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// The test binary plays the guard and all children: "BINARY role NAME ARG..."
// runs a role. It is told by arguments so that a role can have an empty
// environment.
func TestMain(m *testing.M) {
	if IsGuard(os.Args) {
		os.Exit(GuardMain())
	}
	if len(os.Args) > 2 && os.Args[1] == "role" {
		play := roles[os.Args[2]]
		if play == nil {
			fmt.Fprintf(os.Stderr, "no role %q\n", os.Args[2])
			os.Exit(2)
		}
		os.Exit(play(os.Args[3:]))
	}
	// Without this every process that was built with -race takes a second to exit.
	if os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")) != nil {
		os.Exit(2)
	}
	corpus.TakeSignals()
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && !testing.Short() {
		for name := range roles {
			if _, used := rolesUsed.Load(name); !used {
				fmt.Fprintf(os.Stderr, "role %q is not used by any test\n", name)
				code = 1
			}
		}
	}
	os.Exit(code)
}

var rolesUsed sync.Map

// plays are the roles that a role starts in its turn.
var plays = map[string][]string{"daemon": {"daemonize", "ignore-term"}, "keep-open": {"late"}, "parent": {"sleep"}}

// role returns the command line by which the test binary plays a role.
func role(name string, args ...string) []string {
	for _, used := range append(plays[name], name) {
		rolesUsed.Store(used, true)
	}
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return append([]string{self, "role", name}, args...)
}

// newGuard starts a guard that is closed with the test.
func newGuard(t testing.TB) *Guard {
	t.Helper()
	g, err := StartGuard(GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := g.CloseNow(ctx); err != nil {
			t.Errorf("closing the guard: %v", err)
		}
	})
	return g
}

// launch starts a command without streams; it must succeed.
func launch(t testing.TB, g *Guard, argv ...string) *Process {
	t.Helper()
	p, err := g.Start(context.Background(), Command{Argv: argv, Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// wait returns the exit of a process.
func wait(t testing.TB, p *Process) procs.Exit {
	t.Helper()
	select {
	case x := <-p.Exit():
		return x
	case <-time.After(10 * time.Second):
		t.Fatalf("process %d has not ended", p.Ref().PID)
	}
	return procs.Exit{}
}

// eventually waits until something holds.
func eventually(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("not after %v: %s", limit, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// alive reports whether this very process has not ended.
func alive(ref procs.PIDRef) bool {
	s, err := procfs.ReadStat(ref.PID)
	return err == nil && s.StartTime == ref.StartTime && !s.Ended()
}

func aliveOf(refs []procs.PIDRef) (n int) {
	for _, ref := range refs {
		if alive(ref) {
			n++
		}
	}
	return n
}

// family returns a process's descendants.
func family(pid int) (refs []procs.PIDRef) {
	for _, child := range procfs.Children(pid, 0, nil) {
		if s, err := procfs.ReadStat(child); err == nil {
			refs = append(refs, procs.PIDRef{PID: child, StartTime: s.StartTime})
		}
		refs = append(refs, family(child)...)
	}
	return refs
}

// recorder keeps what a sink got.
type recorder struct {
	mu   sync.Mutex
	text map[procs.Stream]*strings.Builder
	pids map[int]*strings.Builder
	size int
}

func (r *recorder) sink(stream procs.Stream, pid int, p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.text == nil {
		r.text, r.pids = map[procs.Stream]*strings.Builder{}, map[int]*strings.Builder{}
	}
	if r.text[stream] == nil {
		r.text[stream] = &strings.Builder{}
	}
	if r.pids[pid] == nil {
		r.pids[pid] = &strings.Builder{}
	}
	r.text[stream].Write(p)
	r.pids[pid].Write(p)
	r.size += len(p)
}

func (r *recorder) get(stream procs.Stream) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.text[stream] == nil {
		return ""
	}
	return r.text[stream].String()
}

func (r *recorder) by(pid int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pids[pid] == nil {
		return ""
	}
	return r.pids[pid].String()
}

// run is a program with its output.
type run struct {
	*Process
	streams *Streams
	out     *recorder
	pumped  chan struct{}
}

// launchIn starts a command in a mode and pumps its output.
func launchIn(t testing.TB, g *Guard, mode procs.OutputMode, argv ...string) *run {
	t.Helper()
	s, err := Open(mode, StreamOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := &run{streams: s, out: &recorder{}, pumped: make(chan struct{})}
	go func() {
		defer close(r.pumped)
		s.Pump(r.out.sink)
	}()
	t.Cleanup(func() {
		s.Close()
		<-r.pumped
	})
	if r.Process, err = g.Start(context.Background(), Command{Argv: argv, Env: os.Environ(), Streams: s}); err != nil {
		t.Fatal(err)
	}
	return r
}
