package task

import (
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
)

// scarce has those wait for whom there are too few descriptors, until others have ended
// that hold some: whoever waits is told to try again, one for each end, in order. Where
// nobody else holds any, nothing is to be waited for.
type scarce struct {
	mu      sync.Mutex
	active  int // who holds descriptors, or tries to get some
	waiting []chan struct{}
	told    bool
}

// enter begins a try.
func (s *scarce) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active++
}

// leave ends what enter has begun, however it went.
func (s *scarce) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active--
	if len(s.waiting) > 0 {
		close(s.waiting[0])
		s.waiting = s.waiting[1:]
		s.active++
	}
}

// wait follows from a try that has failed, of who holds nothing now: it returns what is
// closed once there may be more, nil if that is not to be expected. first says that
// nobody has waited before.
func (s *scarce) wait(err error) (again chan struct{}, first bool) {
	lack := spawn.Lacking(err)
	if lack == nil || lack.Lacks != procs.LacksFiles {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active == 1 {
		return nil, false
	}
	s.active--
	again, first, s.told = make(chan struct{}), !s.told, true
	s.waiting = append(s.waiting, again)
	return again, first
}

// giveUp is for who waits no longer; leave is called all the same.
func (s *scarce) giveUp(again chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, again); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
		s.active++
	}
}

// isScarce is what is told when somebody waits for the first time.
func isScarce(err error) event {
	return event{kind: isNotice, why: fmt.Sprintf("not as many can run at a time as were asked for: %s; ulimit -n raises the limit", spawn.Lacking(err).Kind)}
}

// descriptors is how many this process may have, and so the guard; the os package has
// raised the soft limit to the hard one (os/rlimit.go).
func descriptors() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 1 << 20
	}
	return int(min(limit.Cur, 1<<20))
}
