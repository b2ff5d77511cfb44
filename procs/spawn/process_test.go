package spawn

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

func TestExits(t *testing.T) {
	g := newGuard(t)
	for _, code := range []int{0, 1, 3, 255} {
		p := launch(t, g, "sh", "-c", "exit $0", string([]byte{byte('0' + code/100), byte('0' + code/10%10), byte('0' + code%10)}))
		if x := wait(t, p); x.Code != code || x.Signal != 0 || x.Unknown {
			t.Errorf("exit %d: got %+v", code, x)
		}
	}
	x := wait(t, launch(t, g, role("exit", "42")...))
	if x.Code != 42 || x.UserTime+x.SystemTime <= 0 || x.At.IsZero() || x.RunStartedAt.After(x.At) {
		t.Errorf("got %+v", x)
	}
}

// The peak of a child's memory is its own: what it shared with the guard before
// its exec is none of it.
func TestPeakRSS(t *testing.T) {
	g := newGuard(t)
	if x := wait(t, launch(t, g, role("hog")...)); x.PeakRSSBytes < hogSize || x.PeakRSSBytes > 5*hogSize {
		t.Errorf("a process that took %d MiB had %d MiB", hogSize>>20, x.PeakRSSBytes>>20)
	}
	if x := wait(t, launch(t, g, "true")); x.PeakRSSBytes > 6<<20 {
		t.Errorf("true had %d MiB", x.PeakRSSBytes>>20)
	}
}

func TestSignals(t *testing.T) {
	g := newGuard(t)
	for _, sig := range []procs.Signal{procs.SIGTERM, procs.SIGKILL, procs.SIGHUP, procs.SIGINT, procs.SIGQUIT} {
		p := launch(t, g, "sleep", "60")
		if err := p.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if x := wait(t, p); x.Signal != sig {
			t.Errorf("%v: got %v", sig, x)
		}
		if err := p.SignalGroup(sig); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("after the end: %v", err)
		}
	}
}

// The guard is deaf to signals, its children must not be.
func TestChildrenIgnoreNothing(t *testing.T) {
	r := launchIn(t, newGuard(t), procs.OutputPipe, role("signals")...)
	wait(t, r.Process)
	r.streams.Drain(0)
	if got := r.out.get(procs.Stdout); got != "" {
		t.Error(got)
	}
}

func TestCore(t *testing.T) {
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if runtime.GOOS != "linux" || err != nil || strings.Contains(string(pattern), "/") || strings.HasPrefix(string(pattern), "|") {
		t.Skip("needs a kernel.core_pattern that writes to the working directory")
	}
	p, err := newGuard(t).Start(context.Background(), Command{
		Argv: []string{"sh", "-c", "ulimit -c 1000 && kill -ABRT $$"}, Env: os.Environ(), Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if x := wait(t, p); x.Signal.String() != "SIGABRT" || !x.Core {
		t.Errorf("got %+v", x)
	}
}

// A signal to the group reaches a grandchild.
func TestSignalGroup(t *testing.T) {
	g := newGuard(t)
	r := launchIn(t, g, procs.OutputPipe, role("parent", "2")...)
	eventually(t, 5*time.Second, "three are ready", func() bool {
		return strings.Count(r.out.get(procs.Stdout), "ready") == 3
	})
	refs := family(g.PID())
	if len(refs) != 3 {
		t.Fatalf("got %v, want 3", refs)
	}
	if err := r.SignalGroup(procs.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if x := wait(t, r.Process); x.Signal != procs.SIGTERM {
		t.Error(x)
	}
	eventually(t, 5*time.Second, "all ended", func() bool { return aliveOf(refs) == 0 })
}

// TestStartTimes: what the guard works out is what the kernel says, for each.
func TestStartTimes(t *testing.T) {
	g := newGuard(t)
	for range 100 { // takes longer than several ticks
		p := launch(t, g, "sleep", "60")
		if at, err := startTime(p.Ref().PID); err != nil || at != p.Ref().StartTime || at == 0 {
			t.Errorf("start time %d, %v; the guard says %d", at, err, p.Ref().StartTime)
		}
	}
}

// TestStartTimesOfASandbox: where the kernel counts in another way than its clock
// shows, it is asked each time.
func TestStartTimesOfASandbox(t *testing.T) {
	own, err := startTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	w := newWarden(nil)
	for _, tick := range []uint64{0, own + 1, own, own + 2} { // unknown, disagrees, agrees by chance, disagrees
		if at := w.startTime(&child{pid: os.Getpid(), tick: tick}); at != own {
			t.Errorf("by tick %d it started at %d, want %d", tick, at, own)
		}
	}
	w = newWarden(nil)
	for _, c := range []struct{ tick, want uint64 }{{0, own}, {own, own}, {own + 3, own + 3}} { // not asked any more
		if at := w.startTime(&child{pid: os.Getpid(), tick: c.tick}); at != c.want {
			t.Errorf("by tick %d it started at %d, want %d", c.tick, at, c.want)
		}
	}
}

func TestSignalRef(t *testing.T) {
	g := newGuard(t)
	p := launch(t, g, "sleep", "60")
	ref := p.Ref()
	if at, err := startTime(ref.PID); err != nil || at != ref.StartTime || at == 0 {
		t.Fatalf("start time %d, %v; the guard says %d", at, err, ref.StartTime)
	}
	stranger := ref
	stranger.StartTime--
	if err := SignalRef(stranger, procs.SIGKILL); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("to a process of the same pid: %v", err)
	}
	if !alive(ref) {
		t.Fatal("it got a signal that was not its own")
	}
	if err := SignalRef(ref, procs.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wait(t, p)
	if err := SignalRef(ref, procs.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("after the end: %v", err)
	}
	for _, pid := range []int{0, -1} { // kill(2) would take them for groups
		if SignalRef(procs.PIDRef{PID: pid}, procs.SIGTERM) == nil {
			t.Errorf("pid %d was signalled", pid)
		}
	}
}

// A stopped process can be killed.
func TestKillStopped(t *testing.T) {
	p := launch(t, newGuard(t), "sh", "-c", "kill -STOP $$; sleep 60")
	eventually(t, 5*time.Second, "stopped", func() bool { return stateOf(p.Ref().PID) == 'T' })
	select {
	case x := <-p.Exit():
		t.Fatalf("a stop is no end, got %v", x)
	default:
	}
	if err := p.SignalGroup(procs.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if x := wait(t, p); x.Signal != procs.SIGKILL {
		t.Error(x)
	}
}

// The group leads a session of its own.
func TestOwnSession(t *testing.T) {
	g := newGuard(t)
	p := launch(t, g, "sleep", "60")
	if sid := sessionOf(p.Ref().PID); sid != p.Ref().PID {
		t.Errorf("session %d, pid %d", sid, p.Ref().PID)
	}
	eventually(t, 5*time.Second, "the guard has its name", func() bool { return nameOf(g.PID()) == GuardName })
	if sid := sessionOf(g.PID()); sid != g.PID() {
		t.Errorf("guard's session %d, pid %d", sid, g.PID())
	}
}
