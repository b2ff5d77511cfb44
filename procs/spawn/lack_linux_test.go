package spawn

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// roomFor has a process be given no descriptor beyond so many more, and returns what
// undoes that. The limit is of their numbers, and what is open beyond it stays so
// (RLIMIT_NOFILE of getrlimit(2)).
func roomFor(t *testing.T, pid, more int) (undo func()) {
	t.Helper()
	names, err := os.ReadDir("/proc/" + pidText(pid) + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{}
	for _, name := range names {
		open[name.Name()] = true
	}
	limit := 0
	for ; more > 0 || open[pidText(limit)]; limit++ {
		if !open[pidText(limit)] {
			more--
		}
	}
	var before unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &before); err != nil {
		t.Fatal(err)
	}
	set := func(to unix.Rlimit) {
		if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &to, nil); err != nil {
			t.Fatal(err)
		}
	}
	set(unix.Rlimit{Cur: uint64(limit), Max: before.Max})
	return func() { set(before) }
}

// A guard that has no room for the descriptors of a start refuses that one, and nothing
// else happens: what runs goes on, and with more room the next one starts.
func TestStartWithoutRoomForDescriptors(t *testing.T) {
	g, err := StartGuard(GuardOptions{Grace: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	runs := launch(t, g, "sleep", "60")
	eventually(t, 5*time.Second, "the guard waits for its end", func() bool { // which takes a descriptor
		links, _ := os.ReadDir("/proc/" + pidText(g.PID()) + "/fd")
		for _, l := range links {
			if to, _ := os.Readlink("/proc/" + pidText(g.PID()) + "/fd/" + l.Name()); strings.Contains(to, "pidfd") {
				return true
			}
		}
		return false
	})
	for room := range 4 {
		undo := roomFor(t, g.PID(), room)
		s, err := Open(procs.OutputPipe, StreamOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = g.Start(context.Background(), Command{Argv: []string{"true"}, Env: os.Environ(), Streams: s})
		s.Close()
		if lack := Lacking(err); lack == nil || lack.Lacks != procs.LacksFiles || err.Error() != "too many open files" {
			t.Errorf("with room for %d descriptors the start says %v", room, err)
		}
		undo()
	}
	wait(t, launch(t, g, "true"))
	select {
	case x := <-runs.Exit():
		t.Errorf("what ran has been ended: %v", x)
	case <-g.Done():
		t.Error("the guard has ended")
	default:
	}
	if err := g.CloseNow(context.Background()); err != nil {
		t.Error(err)
	}
}
