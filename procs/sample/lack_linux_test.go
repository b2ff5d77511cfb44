package sample

import (
	"context"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// withoutRoom calls f while this process is given no descriptor more.
func withoutRoom(t *testing.T, f func()) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	set := func(to unix.Rlimit) {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &to); err != nil {
			t.Fatal(err)
		}
	}
	set(unix.Rlimit{Max: before.Max})
	defer set(before)
	f()
}

// Who cannot be read for want of descriptors lives on in the tree, and is measured as soon
// as there are some; who was measured before stays as it was.
func TestWithoutRoomNobodyHasEnded(t *testing.T) {
	run := start(t, 0, "/bin/sh", "-c", "sleep 60 & wait")
	s := sampler(t, run)
	deaths := s.o.Tree.Deaths()
	withoutRoom(t, s.pass)
	until(t, s, "both to be measured", func() bool {
		v, ok := s.Slot(run.ID)
		return ok && v.Kernel == procs.RunSleeping && v.Sample.Processes == 2 && v.Sample.Own.RSSBytes != procs.Unknown
	})
	withoutRoom(t, func() {
		s.p.tree.Refresh(true)
		for range 2 * lookEvery {
			s.pass()
		}
	})
	if v := slotOf(t, s, run); v.Sample.Processes != 2 || v.Kernel != procs.RunSleeping || len(v.Descendants) != 1 || v.Descendants[0].Exit != nil {
		t.Errorf("without descriptors: %+v", v)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if told, _, _ := deaths.Next(done, nil); len(told) > 0 { // those that have been told by now
		t.Errorf("told to have ended: %+v", told)
	}
	child := slotOf(t, s, run).Descendants[0].PID
	if err := unix.Kill(child, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, s, "the end of one to be seen", func() bool {
		s.p.tree.Refresh(true)
		v, _ := s.Slot(run.ID)
		return v.Sample.Processes < 2
	})
}
