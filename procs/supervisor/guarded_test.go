package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/spawn"
)

// noTree is for tests in which no program leaves anything behind.
type noTree struct{}

func (noTree) Add(procs.Run)                                   {}
func (noTree) Remove(procs.Run)                                {}
func (noTree) Refresh(bool)                                    {}
func (noTree) Ending(procs.ID)                                 {}
func (noTree) Kept(procs.ID)                                   {}
func (noTree) Killed(procs.ID)                                 {}
func (noTree) Left(procs.ID, procs.Signal)                     {}
func (noTree) Lingering(procs.ID, procs.Signal) []procs.PIDRef { return nil }
func (noTree) Stopped(procs.ID, time.Time) (int, int, int)     { return 0, 0, 0 }
func (noTree) Living(procs.ID) []procs.PIDRef                  { return nil }
func (noTree) Draining(procs.ID) (int, bool)                   { return 0, false }
func (noTree) Signal(procs.PIDRef, procs.Signal) error         { return os.ErrProcessDone }

// guardedPools runs real processes under a real guard until the test ends.
func guardedPools(t *testing.T, pools ...procs.Spec) *Supervisor {
	t.Helper()
	guard, err := spawn.StartGuard(spawn.GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store := output.New(output.Config{})
	launcher := &OnGuard{Guard: guard, Store: store, Environ: os.Environ(), Session: "test"}
	s := New(Options{Pools: pools, Launch: launcher, Tree: noTree{}, Cols: 80, Rows: 24})
	go s.Run(context.Background())
	t.Cleanup(func() {
		if err := s.Do(context.Background(), procs.Shutdown{Now: true}); err != nil {
			t.Error(err)
		}
		<-s.Done()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := guard.Close(ctx); err != nil {
			t.Error(err)
		}
		launcher.Wait()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// await waits until slot 0 of a pool is as it should be.
func await(t *testing.T, s *Supervisor, pool, what string, holds func(procs.Slot) bool) procs.Slot {
	t.Helper()
	var sl procs.Slot
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, p := range s.Pools() {
			if p.Name == pool {
				sl = p.Slots[0]
			}
		}
		if holds(sl) {
			return sl
		}
	}
	t.Fatalf("%s is %s (%s), ready %v; want %s", pool, sl.State, sl.Reason, sl.Ready, what)
	return sl
}

func isReady(sl procs.Slot) bool { return sl.Ready }

func says(reason string) func(procs.Slot) bool {
	return func(sl procs.Slot) bool { return strings.Contains(sl.Reason, reason) }
}

const often = 20 * time.Millisecond

func sleeper(name string, change func(*procs.Spec), deps ...string) procs.Spec {
	return named(name, func(s *procs.Spec) {
		s.Argv = []string{"sleep", "1000"}
		s.Output = procs.OutputPipe
		if change != nil {
			change(s)
		}
	}, deps...)
}

// An exec probe runs where its process does, with its environment and values.
func TestExecProbe(t *testing.T) {
	dir := t.TempDir()
	s := guardedPools(t, sleeper("db", func(s *procs.Spec) {
		s.Dir, s.Env = dir, []string{"WANTED=file-{slot}"}
		s.Ready = &procs.Probe{Exec: []string{"sh", "-c", `test -e "$WANTED"`}, Every: often}
	}), sleeper("api", nil, "db: ready"))
	await(t, s, "api", "to say what it waits for", says(`waits for db: ready, exec test -e "$WANTED" exits 1 (3 of 3)`))
	if err := os.WriteFile(filepath.Join(dir, "file-0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	await(t, s, "db", "ready", isReady)
	await(t, s, "api", "running", isReady)
	if err := os.Remove(filepath.Join(dir, "file-0")); err != nil {
		t.Fatal(err)
	}
	await(t, s, "db", "not ready any more", says("not ready: exec test -e"))
	await(t, s, "api", "running all the same", isReady)
}

// A probe that hangs is ended with what it started.
func TestAnExecProbeThatHangsIsEnded(t *testing.T) {
	dir := t.TempDir()
	s := guardedPools(t, sleeper("db", func(s *procs.Spec) {
		s.Dir = dir
		s.Ready = &procs.Probe{
			Exec:    []string{"sh", "-c", `sleep 1000 & echo $$ $! > pids.new; mv pids.new pids; wait`},
			Timeout: 300 * time.Millisecond, Every: time.Hour,
		}
	}))
	await(t, s, "db", "to say that the probe hangs", says("no answer within 300ms (1 of 3)"))
	pids, err := os.ReadFile(filepath.Join(dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range strings.Fields(string(pids)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d of the probe still lives", pid)
			}
		}
	}
}

func TestAnExecProbeThatCannotBeRun(t *testing.T) {
	s := guardedPools(t, sleeper("db", func(s *procs.Spec) {
		s.Ready = &procs.Probe{Exec: []string{"./no-such-check"}, Every: often}
	}))
	await(t, s, "db", "to say why", says("not ready: exec ./no-such-check: not found: ./no-such-check (3 of 3)"))
}

// A server on a port that muster found for it, asked in both ways.
func TestHTTPAndTCPProbes(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := func(s *procs.Spec) {
		s.Argv = []string{self, "serve", "127.0.0.1:{port}"}
		s.Live = &procs.Probe{TCP: "127.0.0.1:{port}", Every: often, Delay: time.Second}
		s.Ready = &procs.Probe{HTTP: "http://127.0.0.1:{port}/healthz", Every: often}
	}
	s := guardedPools(t, sleeper("api", server), sleeper("web", nil, "api: ready"))
	sl := await(t, s, "api", "to answer with 503", says("/healthz: 503 (3 of 3)"))
	base := fmt.Sprintf("http://127.0.0.1:%d", sl.Port)
	if want := "not ready: GET " + base + "/healthz: 503 (3 of 3)"; sl.Reason != want {
		t.Errorf("got %q, want %q", sl.Reason, want)
	}
	defer http.DefaultClient.CloseIdleConnections()
	resp, err := http.Get(base + "/well")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	await(t, s, "web", "running", isReady)

	// Killed by somebody, and started by hand: the same port, and not ready at first.
	if err := s.Do(t.Context(), procs.Kill{IDs: []procs.ID{{Pool: "api"}}}); err != nil {
		t.Fatal(err)
	}
	await(t, s, "api", "stopped", func(sl procs.Slot) bool { return sl.State == procs.Stopped })
	if err := s.Do(t.Context(), procs.Start{IDs: []procs.ID{{Pool: "api"}}}); err != nil {
		t.Fatal(err)
	}
	if again := await(t, s, "api", "to answer again", says("/healthz: 503")); again.Port != sl.Port {
		t.Errorf("port %d, had %d", again.Port, sl.Port)
	}
}

func TestLogLineProbe(t *testing.T) {
	for _, mode := range []procs.OutputMode{procs.OutputPipe, procs.OutputPTY, procs.OutputByWriter} {
		t.Run(string(mode), func(t *testing.T) {
			dir := t.TempDir()
			s := guardedPools(t, sleeper("db", func(s *procs.Spec) {
				s.Output, s.Dir = mode, dir
				s.Argv = []string{"sh", "-c", `echo starting; while ! test -e go; do sleep 0.01; done; printf '\033[1mready to '; printf 'accept\033[0m\n'; exec sleep 1000`}
				s.Ready = &procs.Probe{LogLine: "^ready to accept$"}
			}), sleeper("api", nil, "db: ready"))
			await(t, s, "api", "to say what it waits for", says("waits for db: ready, log line /^ready to accept$/"))
			if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			await(t, s, "api", "running", isReady)
		})
	}
}

// A process gets the ports that its spec names, in its arguments and by name.
func TestPortsInTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	s := guardedPools(t, sleeper("api", func(s *procs.Spec) {
		s.Dir = dir
		s.Argv = []string{"sh", "-c", `echo "$MUSTER_PORT {port} $PORT <$MUSTER_PPROF_PORT>" > out`}
		s.Env = []string{"PORT={port}"}
	}))
	sl := await(t, s, "api", "exited", func(sl procs.Slot) bool { return sl.State == procs.Exited })
	got, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%d %[1]d %[1]d <>\n", sl.Port); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
