package remote

import (
	"context"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/supervisor"
	"example.com/muster/procs/tree"
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
