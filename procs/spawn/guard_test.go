package spawn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// muster is a process that plays muster.
type muster struct {
	*exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
	guard procs.PIDRef
}

// startMuster starts commands through a process that plays muster, and waits
// until they run.
func startMuster(t *testing.T, env []string, commands ...[]string) *muster {
	t.Helper()
	var args []string
	for _, argv := range commands {
		args = append(append(args, argv...), ";")
	}
	self := role("muster", args...)
	m := &muster{Cmd: exec.Command(self[0], self[1:]...)}
	m.Env = append(os.Environ(), env...)
	var err error
	if m.stdin, err = m.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := m.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	m.lines = bufio.NewScanner(out)
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = m.Process.Kill()
		_ = m.Wait() // it ended as the test asked
	})
	for m.lines.Scan() {
		if _, err := fmt.Sscanf(m.lines.Text(), "guard %d", &m.guard.PID); err == nil {
			m.guard.StartTime, _ = startTime(m.guard.PID)
			return m
		}
		t.Log(m.lines.Text())
	}
	t.Fatal("muster has not started its commands")
	return nil
}

// pool is what outlives a supervisor elsewhere: a plain process with children,
// one that ignores SIGTERM, and a daemon. It has 6 processes.
func pool() [][]string {
	return [][]string{role("sleep"), role("ignore-term"), role("parent", "1"), role("daemon")}
}

const poolSize = 6

// waitForPool waits until all processes of the pool run, and returns them.
func waitForPool(t *testing.T, guard int) (refs []procs.PIDRef) {
	t.Helper()
	eventually(t, 10*time.Second, "the whole pool runs", func() bool {
		refs = family(guard)
		for _, ref := range refs {
			if sessionOf(ref.PID) == guard || strings.HasSuffix(commandOf(ref.PID), "daemonize") {
				return false // not exec'd yet, or about to end
			}
		}
		return len(refs) == poolSize && daemons(refs) == 1
	})
	return refs
}

// daemons counts the processes that role daemon has left behind.
func daemons(refs []procs.PIDRef) (n int) {
	for _, ref := range refs {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", ref.PID))
		if err == nil && len(b) == 0 && strings.HasSuffix(commandOf(ref.PID), "ignore-term") {
			n++
		}
	}
	return n
}

// Principle 6: killed by SIGKILL, muster leaves nobody behind.
func TestMusterKilled(t *testing.T) {
	m := startMuster(t, nil, pool()...)
	refs := append(waitForPool(t, m.guard.PID), m.guard)
	if err := m.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Second, "all ended", func() bool { return aliveOf(refs) == 0 })
}

// The group of muster killed, as "kill -9 %1" does, spares the guard.
func TestMusterGroupKilled(t *testing.T) {
	m := startMuster(t, nil, pool()...)
	refs := append(waitForPool(t, m.guard.PID), m.guard)
	if sid := sessionOf(m.guard.PID); sid != m.guard.PID {
		t.Errorf("the guard is in session %d", sid)
	}
	if name := nameOf(m.guard.PID); name != GuardName {
		t.Errorf("the guard's name is %q", name)
	}
	for _, sig := range []procs.Signal{procs.SIGHUP, procs.SIGINT, procs.SIGTERM, procs.SIGQUIT} {
		if err := SignalRef(m.guard, sig); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Second, "all ended", func() bool { return aliveOf(refs) == 0 })
}

// With KeepDaemons the daemon stays, and only that.
func TestMusterKilledKeepsDaemons(t *testing.T) {
	m := startMuster(t, []string{"KEEP=1"}, pool()...)
	refs := append(waitForPool(t, m.guard.PID), m.guard)
	if err := m.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Second, "all but the daemon ended", func() bool { return !alive(m.guard) })
	for _, ref := range refs {
		if alive(ref) {
			if daemons([]procs.PIDRef{ref}) != 1 {
				t.Errorf("%d lives", ref.PID)
			}
			if err := SignalRef(ref, procs.SIGKILL); err != nil {
				t.Error(err)
			}
			refs = nil
		}
	}
	if refs != nil {
		t.Error("the daemon was ended")
	}
}

// The guard killed: muster hears of it, gets the exits, and ends everything.
func TestGuardKilled(t *testing.T) {
	m := startMuster(t, []string{"GUARD_DIES=1"}, pool()...)
	refs := append(waitForPool(t, m.guard.PID), m.guard)
	began := time.Now()
	if err := m.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	exits, said := 0, ""
	for m.lines.Scan() {
		said += m.lines.Text() + "\n"
		if strings.HasPrefix(m.lines.Text(), "exit") {
			exits++
			if strings.Contains(m.lines.Text(), "unknown") {
				t.Error(m.lines.Text())
			}
		}
	}
	if err := m.Wait(); err != nil {
		t.Error(err)
	}
	if exits < 3 || !strings.Contains(said, "guard is dead") || !strings.Contains(said, "cannot start true: the guard process has ended") {
		t.Errorf("muster said:\n%s", said)
	}
	if n := aliveOf(refs); n > 0 || time.Since(began) > 3*time.Second {
		t.Errorf("%d live after %v", n, time.Since(began))
	}
}

// Close ends what has left its run's session, and reports every exit.
func TestCloseEndsEverything(t *testing.T) {
	g, err := StartGuard(GuardOptions{Grace: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var all []*Process
	for _, argv := range pool() {
		all = append(all, launch(t, g, argv...))
	}
	refs := waitForPool(t, g.PID())
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := g.Close(ctx); err != nil {
		t.Error(err)
	}
	if n := aliveOf(refs); n > 0 {
		t.Errorf("%d live", n)
	}
	for _, p := range all {
		select {
		case x := <-p.Exit():
			if x.Unknown || x.Signal != procs.SIGTERM && x.Signal != procs.SIGKILL {
				t.Errorf("got %v", x)
			}
		default:
			t.Errorf("no exit of %v", p.Ref())
		}
	}
	if err := g.Close(ctx); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if _, err := g.Start(ctx, Command{Argv: []string{"true"}}); !errors.Is(err, ErrGuardEnded) {
		t.Errorf("start after close: %v", err)
	}
	select {
	case <-g.Done():
	default:
		t.Error("Done is not closed")
	}
}

// Close with KeepDaemons leaves the daemon alone.
func TestCloseKeepsDaemons(t *testing.T) {
	g, err := StartGuard(GuardOptions{KeepDaemons: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, argv := range pool() {
		launch(t, g, argv...)
	}
	refs := waitForPool(t, g.PID())
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := g.CloseNow(ctx); err != nil {
		t.Error(err)
	}
	if n := aliveOf(refs); n != 1 || daemons(refs) != 1 {
		t.Errorf("%d live, not the daemon alone", n)
	}
	for _, ref := range refs {
		if alive(ref) {
			t.Logf("%d lives: %s", ref.PID, commandOf(ref.PID))
			_ = SignalRef(ref, procs.SIGKILL)
			eventually(t, 5*time.Second, "the daemon ended", func() bool { return !alive(ref) })
			_, _ = wait4(ref.PID, nil, nil) // it was ours by then
		}
	}
}

// Orphans do not stay zombies, and their reaping takes no run's exit.
func TestOrphansAreReaped(t *testing.T) {
	g := newGuard(t)
	parent := launch(t, g, "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.0$i & done; exit 4")
	if x := wait(t, parent); x.Code != 4 {
		t.Error(x)
	}
	for range 20 {
		if x := wait(t, launch(t, g, "sh", "-c", "sleep 0.01 & exit 6")); x.Code != 6 {
			t.Error(x)
		}
	}
	eventually(t, 5*time.Second, "no zombie is left", func() bool { return len(family(g.PID())) == 0 })
}

// Two thousand children that end at once leave nothing, and cost no exit.
func TestForkBomb(t *testing.T) {
	g := newGuard(t)
	p := launch(t, g, "sh", "-c", "i=0; while [ $i -lt 2000 ]; do : & i=$((i+1)); done; exit 3")
	select {
	case x := <-p.Exit():
		if x.Code != 3 {
			t.Error(x)
		}
	case <-time.After(time.Minute):
		t.Fatal("not ended")
	}
	eventually(t, 10*time.Second, "no zombie is left", func() bool { return len(family(g.PID())) == 0 })
}

// Processes that fork as fast as they can are ended too.
func TestCloseOutrunsForks(t *testing.T) {
	g, err := StartGuard(GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p := launch(t, g, "sh", "-c", `while :; do (sleep 0.01 & sleep 0.02 &) ; done`)
	eventually(t, 5*time.Second, "it forks", func() bool { return len(family(g.PID())) > 3 })
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := g.CloseNow(ctx); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && sessionOf(pid) == p.Ref().PID {
			t.Errorf("%d lives: %s", pid, commandOf(pid))
		}
	}
}

func TestIsGuard(t *testing.T) {
	for _, argv := range [][]string{nil, {"muster"}, {"muster", GuardName}, {GuardName, "run"}} {
		if IsGuard(argv) {
			t.Errorf("%q is no guard", argv)
		}
	}
	if !IsGuard([]string{GuardName}) {
		t.Error("the guard is not known")
	}
	if strings.Contains(GuardName, "muster") {
		t.Error("pkill muster would end the guard")
	}
}

// A guard that cannot be started says so.
func TestNoGuard(t *testing.T) {
	if _, err := StartGuard(GuardOptions{Executable: "/nope"}); err == nil || !strings.Contains(err.Error(), "cannot start the guard process") {
		t.Errorf("got %v", err)
	}
	// A program that is no guard ends at once: starts fail, nothing hangs.
	g, err := StartGuard(GuardOptions{Executable: "/bin/true"})
	if err != nil {
		return // it was quicker
	}
	if _, err := g.Start(context.Background(), Command{Argv: []string{"true"}, Env: os.Environ()}); !errors.Is(err, ErrGuardEnded) {
		t.Errorf("got %v", err)
	}
	_ = g.Close(context.Background()) // there is nothing to end
}
