package spawn

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ending is what wait4(2) tells of a process that has ended.
type ending struct {
	Status       unix.WaitStatus
	User, System time.Duration
	PeakRSSBytes int64
	Unknown      bool // somebody else waited for it
}

// child is a process whose parent is this process: the guard, or muster once
// the guard has ended. Nobody but await reaps it, so until then its pid and
// its group cannot belong to a stranger.
type child struct {
	pid  int
	tick uint64 // when it was started, as procs.PIDRef counts; 0 where only the kernel can tell

	mu     sync.Mutex // held while it is reaped or signalled
	reaped bool
}

// signal sends a signal to the process or to its group, unless it has been
// reaped: then it returns ESRCH.
func (c *child) signal(sig unix.Signal, group bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reaped {
		return unix.ESRCH
	}
	pid := c.pid
	if group {
		pid = -pid
	}
	return unix.Kill(pid, sig)
}

// await waits until the process has ended, reaps it and says how it ended.
func (c *child) await() ending {
	var e ending
	waitFor(c.pid, func() (done bool) {
		e, done = c.reap()
		return done
	})
	return e
}

// awaitHere is await on a thread of its own, which hears of the end sooner and needs
// no descriptor for it.
func (c *child) awaitHere() ending {
	for {
		blockUntilEnded(c.pid)
		if e, done := c.reap(); done {
			return e
		}
	}
}

// reap is done at once; it is not done if the process lives.
func (c *child) reap() (e ending, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var status unix.WaitStatus
	var usage unix.Rusage
	pid, err := wait4(c.pid, &status, &usage)
	if err == nil && pid == 0 {
		return ending{}, false
	}
	c.reaped = true
	if err != nil {
		return ending{Unknown: true}, true
	}
	return ending{
		Status:       status,
		User:         time.Duration(usage.Utime.Nano()),
		System:       time.Duration(usage.Stime.Nano()),
		PeakRSSBytes: peak(&usage),
	}, true
}

// wait4 reaps pid if it has ended; it returns 0 if it lives.
func wait4(pid int, status *unix.WaitStatus, usage *unix.Rusage) (int, error) {
	for {
		got, err := unix.Wait4(pid, status, unix.WNOHANG, usage)
		if err != unix.EINTR {
			return got, err
		}
	}
}
