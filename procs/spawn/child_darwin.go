package spawn

import (
	"time"

	"golang.org/x/sys/unix"
)

// peak is the most memory that a child has had, in bytes; see getrusage(2).
func peak(usage *unix.Rusage) int64 { return usage.Maxrss }

// waitFor calls reap until it is done, once the child has ended. It occupies
// a thread. waitid(2) would not do here: it also returns for a stopped child,
// see go.dev/issue/19314.
func waitFor(pid int, reap func() bool) {
	blockUntilEnded(pid)
	for !reap() {
		time.Sleep(time.Millisecond) // the event comes a moment before the zombie
	}
}

// blockUntilEnded waits for the child's NOTE_EXIT, see kqueue(2). It returns
// at once if the process has ended.
func blockUntilEnded(pid int) {
	queue, err := unix.Kqueue()
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(queue) }() // nothing is written to it
	events := make([]unix.Kevent_t, 1)
	unix.SetKevent(&events[0], pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	events[0].Fflags = unix.NOTE_EXIT
	for {
		if _, err := unix.Kevent(queue, events, events, nil); err != unix.EINTR {
			return
		}
	}
}
