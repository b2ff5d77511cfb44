package task

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/spawn"
)

// Who finds too few descriptors waits while others hold some, and is told to try again in
// its order, one for each that ends; who is alone does not wait.
func TestScarce(t *testing.T) {
	short := fmt.Errorf("cannot open: %w", unix.EMFILE)
	closed := func(c chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	var s scarce
	for range 4 {
		s.enter()
	}
	if again, _ := s.wait(errors.New("no such file")); again != nil {
		t.Error("waits for what nobody gives back")
	}
	a, first := s.wait(short)
	b, second := s.wait(short)
	c, _ := s.wait(short)
	if a == nil || b == nil || c == nil || !first || second {
		t.Fatalf("does not wait: %v %v %v, the first %v %v", a, b, c, first, second)
	}
	if again, _ := s.wait(short); again != nil {
		t.Error("the last one waits for itself")
	}
	s.giveUp(b)
	s.leave() // of b
	if !closed(a) || closed(c) {
		t.Errorf("one has ended: the first tries again: %v, the last: %v", closed(a), closed(c))
	}
	s.leave() // of the last one
	s.giveUp(c)
	if !closed(c) {
		t.Error("another has ended, and the next does not try again")
	}
	s.leave() // of c
	s.leave() // of a
	if s.active != 0 || len(s.waiting) != 0 {
		t.Errorf("all have ended: %d, %d wait", s.active, len(s.waiting))
	}
}

// A worker that cannot be started for want of descriptors leaves none behind.
func TestWorkerWithoutRoomLeavesNothing(t *testing.T) {
	extra, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	set := func(to unix.Rlimit) {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &to); err != nil {
			t.Fatal(err)
		}
	}
	w := &pipeWorker{crew: &pipeCrew{command: func(*pipeWorker) (spawn.Command, error) {
		set(unix.Rlimit{Cur: 1, Max: before.Max}) // its pipes are open, and no more can be
		return spawn.Command{Extra: []*os.File{extra}}, nil
	}}}
	_, err = w.live()
	set(before)
	if spawn.Lacking(err) == nil {
		t.Errorf("it says %v", err)
	}
	if _, err := extra.Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("its file is still open: %v", err)
	}
}
