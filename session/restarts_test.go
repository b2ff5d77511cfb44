package session

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/supervisor"
	"example.com/muster/procs/tree"
)

// playing are the children that the test binary plays, by the variable that
// asks for them.
var playing = map[string]func(string){}

func TestMain(m *testing.M) {
	if spawn.IsGuard(os.Args) {
		os.Exit(spawn.GuardMain())
	}
	for name, play := range playing {
		if arg := os.Getenv(name); arg != "" {
			play(arg)
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// live starts a real session under a real guard. The returned function ends it.
func live(t *testing.T, specs ...procs.Spec) (s *Session, end func()) {
	t.Helper()
	return liveWith(t, Config{Pools: specs})
}

// liveWith runs a session of which the configuration says what is special.
func liveWith(t *testing.T, cfg Config) (s *Session, end func()) {
	t.Helper()
	guard, err := spawn.StartGuard(spawn.GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store := output.New(output.Config{})
	launcher := &supervisor.OnGuard{Guard: guard, Store: store, Environ: os.Environ(), Session: "test"}
	cfg.Name, cfg.Launch, cfg.Tree = "test", launcher, tree.New(tree.Options{GuardPID: guard.PID, Session: "test"})
	cfg.Signal, cfg.Store, cfg.Interval = spawn.SignalRef, store, 50*time.Millisecond
	s = New(cfg)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(context.Background())
	}()
	return s, func() {
		t.Helper()
		if err := s.Do(context.Background(), procs.Shutdown{Now: true}); err != nil && !errors.Is(err, supervisor.ErrClosed) {
			t.Error(err)
		}
		<-done
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := guard.Close(ctx); err != nil {
			t.Error(err)
		}
		launcher.Wait()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// await waits until a snapshot is as it should be.
func await(t *testing.T, s *Session, what string, ok func(*procs.Snapshot) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	var last uint64
	for !ok(s.Snapshot()) {
		if ctx.Err() != nil {
			t.Fatalf("waited in vain for %s; it is %+v", what, s.Snapshot().Pools)
		}
		events, _ := s.Events(last)
		if n := len(events); n > 0 {
			last = events[n-1].Seq
			continue
		}
		s.WaitEvents(ctx, last)
	}
}

func TestAThousandRestartsLeaveNothing(t *testing.T) {
	spec := procs.Spec{
		Name: "p", Argv: []string{"sh", "-c", "echo once"}, Output: procs.OutputPipe,
		Restart: procs.RestartPolicy{When: procs.RestartAlways, Max: 1000, Backoff: time.Nanosecond, BackoffMax: time.Nanosecond},
	}.WithDefaults()
	s, end := live(t, spec)
	after := func(n int) (goroutines, descriptors int) {
		await(t, s, "the restarts", func(snap *procs.Snapshot) bool { return snap.Pools[0].Slots[0].N >= n })
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			fds, _ = os.ReadDir("/dev/fd")
		}
		return runtime.NumGoroutine(), len(fds)
	}
	g1, f1 := after(100)
	await(t, s, "the crash loop", func(snap *procs.Snapshot) bool { return snap.Ended })
	g2, f2 := after(1001)
	if slot := s.Snapshot().Pools[0].Slots[0]; slot.State != procs.Failed || slot.N != 1001 || slot.Reason != "crash loop: exit 0 after 1000 restarts" {
		t.Errorf("run %d, %s (%s)", slot.N, slot.State, slot.Reason)
	}
	if g2 > g1+5 || f2 > f1+5 {
		t.Errorf("goroutines went from %d to %d, descriptors from %d to %d", g1, g2, f1, f2)
	}
	if got := s.Store().Slot(procs.ID{Pool: "p"}).Next(); got != 1001 {
		t.Errorf("%d lines were kept, want 1001", got)
	}
	end()
}

func TestCrashesKeepTheRunsLastWords(t *testing.T) {
	spec := procs.Spec{
		Name: "p", Argv: []string{"sh", "-c", "echo run; echo broken >&2; exit 3"}, Output: procs.OutputPipe,
		Restart: procs.RestartPolicy{When: procs.RestartOnFailure, Max: 2, Backoff: time.Millisecond, BackoffMax: time.Millisecond},
	}.WithDefaults()
	s, end := live(t, spec)
	await(t, s, "the end", func(snap *procs.Snapshot) bool { return snap.Ended })
	end()
	reports := s.Crashes()
	if len(reports) != 3 {
		t.Fatalf("%d reports, want 3", len(reports))
	}
	for i, r := range reports {
		if len(r.Tail) != 2 || r.Headline != "exit 3" || r.SameBefore != i || r.Run.N != i+1 {
			t.Errorf("report %d: run %d, %q, same before %d, %d lines", i, r.Run.N, r.Headline, r.SameBefore, len(r.Tail))
		}
	}
}
