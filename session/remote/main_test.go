package remote

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"go.uber.org/goleak"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/supervisor"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/capture"
	"example.com/muster/session"
)

// TestMain lets the test binary play the guard.
func TestMain(m *testing.M) {
	if spawn.IsGuard(os.Args) {
		os.Exit(spawn.GuardMain())
	}
	goleak.VerifyTestMain(m)
}

// stage is a real session under a real guard, and its server.
type stage struct {
	session *session.Session
	server  *session.Server
	end     func(code int)
}

// play starts a session with its socket in a directory of the test's own.
func play(t *testing.T, reload func() ([]procs.Spec, error), specs ...procs.Spec) *stage {
	t.Helper()
	dir, err := os.MkdirTemp("", "m") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_STATE_HOME", dir)
	guard, err := spawn.StartGuard(spawn.GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store := output.New(output.Config{})
	launcher := &supervisor.OnGuard{Guard: guard, Store: store, Environ: os.Environ(), Session: "test"}
	s := session.New(session.Config{
		Name: "test", Pools: specs, Launch: launcher, Tree: tree.New(tree.Options{GuardPID: guard.PID, Session: "test"}),
		Signal: spawn.SignalRef, Store: store, Interval: 100 * time.Millisecond, Reload: reload,
		Profile: told, ProfileDir: filepath.Join(dir, "profiles"),
	})
	server, err := session.Serve(s, session.ServeOptions{PID: os.Getpid(), Argv: os.Args})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // ends with the shutdown below
		defer close(done)
		s.Run(context.Background())
	}()
	st := &stage{session: s, server: server}
	ended := false
	st.end = func(code int) {
		if ended {
			return
		}
		ended = true
		_ = s.Do(context.Background(), procs.Shutdown{Now: true}) // refused if it has ended
		<-done
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := guard.Close(ctx); err != nil {
			t.Error(err)
		}
		launcher.Wait()
		if err := server.Close(code); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { st.end(0) })
	return st
}

// attach follows the session until the test ends.
func (st *stage) attach(t *testing.T) *Session {
	t.Helper()
	s, err := Dial(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { // ends with ctx
		defer close(done)
		s.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

// shell is a pool of one shell script.
func shell(name string, size int, script string) procs.Spec {
	return procs.Spec{Name: name, Argv: []string{"sh", "-c", script}, Size: size, Output: procs.OutputPipe}.WithDefaults()
}

// told is a profiler that sees each process once, as often as it asks who is
// there, and then in its own time.
func told(ctx context.Context, r capture.Request, progress func(capture.Progress)) (*capture.Capture, error) {
	p := &profile.Profile{SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}}}
	known := map[procs.PIDRef]bool{}
	from := time.Now()
	ctx, cancel := context.WithTimeout(ctx, r.Duration)
	defer cancel()
	for tick := time.NewTicker(5 * time.Millisecond); ctx.Err() == nil; {
		for _, s := range r.Subjects() {
			if !known[s.PIDRef] {
				known[s.PIDRef] = true
				p.Sample = append(p.Sample, &profile.Sample{Value: []int64{1}, Label: map[string][]string{
					capture.LabelProcess: {s.Process}, capture.LabelPool: {s.Pool}, capture.LabelPID: {strconv.Itoa(s.PID)},
				}})
			}
		}
		progress(capture.Progress{Of: r.Duration, Done: time.Since(from), Processes: len(known), Samples: int64(len(known))})
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	c := &capture.Capture{Request: r, From: from, For: time.Since(from), Profile: p, Samples: int64(len(known))}
	if len(known) == 0 {
		return c, capture.ErrNoSubject
	}
	return c, nil
}
