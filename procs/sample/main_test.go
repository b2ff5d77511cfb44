package sample

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a command as the process of a slot, and ends it with the test.
func start(t testing.TB, slot int, name string, args ...string) procs.Run {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the session's whole group
		_ = cmd.Wait()
	})
	return procs.Run{ID: procs.ID{Pool: "p", Slot: slot}, N: 1, PIDRef: procs.PIDRef{PID: cmd.Process.Pid}}
}

// sampler returns a sampler for runs, which nobody runs: the test makes its
// passes one by one.
func sampler(t testing.TB, runs ...procs.Run) *Sampler {
	t.Helper()
	tr := tree.New(tree.Options{})
	for _, run := range runs {
		tr.Add(run)
	}
	s := New(Options{Tree: tr, Runs: func() []procs.Run { return runs }})
	t.Cleanup(func() { s.p.close() })
	return s
}

// slotOf returns the view of a slot that must be there.
func slotOf(t testing.TB, s *Sampler, run procs.Run) View {
	t.Helper()
	v, ok := s.Slot(run.ID)
	if !ok {
		t.Fatalf("nothing was measured of %v", run.ID)
	}
	return v
}

// burn lets a moment of the real clock go by: the tests here measure rates.
func burn(d time.Duration) {
	for begin := time.Now(); time.Since(begin) < d; {
		_, _ = os.Getwd()
	}
}

// until makes passes until a condition holds.
func until(t testing.TB, s *Sampler, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s.pass(); !ok(); s.pass() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
