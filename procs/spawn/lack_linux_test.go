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

// openIn counts the descriptors of a process.
func openIn(t *testing.T, pid int) int {
	t.Helper()
	names, err := os.ReadDir("/proc/" + pidText(pid) + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// A program whose descriptors have the highest numbers that the guard may have is started,
// or it is said that there are too few: the child has none left to move its own to.
func TestStartWithTheHighestDescriptors(t *testing.T) {
	g, err := StartGuard(GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	turn := func(argv ...string) (*Process, error) {
		return g.Start(context.Background(), Command{Argv: argv, Env: os.Environ(), Turn: 1})
	}
	first, err := turn("sleep", "60")
	if err != nil {
		t.Fatal(err)
	}
	before := openIn(t, g.PID())
	var low []*Process
	for range 8 {
		low = append(low, launch(t, g, "sleep", "60"))
	}
	eventually(t, 5*time.Second, "the guard waits for their ends", func() bool { return openIn(t, g.PID()) == before+len(low) })
	second := make(chan error, 1)
	go func() {
		p, err := turn("true")
		if err == nil {
			wait(t, p)
		}
		second <- err
	}()
	eventually(t, 5*time.Second, "another waits for its turn", func() bool { return openIn(t, g.PID()) == before+len(low)+3 })
	undo := roomFor(t, g.PID(), 0)
	for _, p := range append(low, first) {
		if err := p.SignalGroup(procs.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-p.Exit()
	}
	if err := <-second; err != nil && Lacking(err) == nil {
		t.Error(err)
	}
	undo()
	if err := g.CloseNow(context.Background()); err != nil {
		t.Error(err)
	}
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
	const takes = 5 // three of its own, and a pipe by which the child tells whether it is executed
	for room := range takes + 5 {
		undo := roomFor(t, g.PID(), room)
		s, err := Open(procs.OutputPipe, StreamOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = g.Start(context.Background(), Command{Argv: []string{"true"}, Env: os.Environ(), Streams: s})
		s.Close()
		if err == nil && room >= takes {
			undo()
			continue
		}
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
