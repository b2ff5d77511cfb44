package procfs

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// file is a bare descriptor: files of /proc never block, so they need no
// place in the runtime's poller, which costs os.File two more system calls.
type file int

func openFile(name string) (file, error) {
	for {
		fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return file(fd), wrap("open", name, err)
		}
	}
}

func (f file) read(b []byte) (int, error) { return unix.Read(int(f), b) }

func (f file) close() { _ = unix.Close(int(f)) } // read only: nothing can be lost

// wrap names the file in an error.
func wrap(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: op, Path: name, Err: err}
}

// OpenStat opens /proc/PID/stat for [PreadStat]. The descriptor stays with
// this very process: once it has been reaped, reads fail with ESRCH, even if
// another process has got its number.
func OpenStat(pid int) (fd int, err error) {
	f, err := openFile(path(pid, "stat"))
	return int(f), err
}

// PreadStat reads a descriptor of [OpenStat] again, through buf.
func PreadStat(fd int, buf []byte, s *Stat) error {
	n, err := unix.Pread(fd, buf, 0)
	if err != nil {
		return err
	}
	return ParseStat(buf[:n], s)
}

// CPUClock returns the CPU time of all threads of a process so far, from its
// CPU clock (clock_getcpuclockid(3)); it counts in nanoseconds where stat
// counts in ticks, and costs a fifth.
func CPUClock(pid int) (time.Duration, error) {
	var ts unix.Timespec
	id := int32(^pid<<3 | 2) // CPUCLOCK_SCHED of include/linux/posix-timers.h
	if err := unix.ClockGettime(id, &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}

// CountFDs returns how many descriptors a process has open. Since Linux 6.2
// the size of /proc/PID/fd says so; before, it has to be listed, which is
// permitted for processes of the same user only.
func CountFDs(pid int) (int, error) {
	name := path(pid, "fd")
	var st unix.Stat_t
	if err := unix.Stat(name, &st); err != nil {
		return 0, wrap("stat", name, err)
	}
	if st.Size > 0 {
		return int(st.Size), nil
	}
	dir, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	names, err := dir.Readdirnames(-1)
	_ = dir.Close() // read only
	return len(names), err
}

// FDTarget says what descriptor n of a process is, such as "pipe:[4711]" or
// a path; "" where that is not permitted or there is none.
func FDTarget(pid, n int) string {
	target, err := os.Readlink(path(pid, fmt.Sprintf("fd/%d", n)))
	if err != nil {
		return ""
	}
	return target
}

// Drains reports whether the standard input of a process is a pipe that nobody writes to any
// more, and how many bytes are left in it: the process comes to their end. It is false where
// that is not permitted. The pipe is opened for that (proc_pid_fd(5)); POLLHUP says that its
// last writer has gone (pipe(7), poll(2)).
func Drains(pid int) (left int, ok bool) {
	if !strings.HasPrefix(FDTarget(pid, 0), "pipe:") {
		return 0, false
	}
	fd, err := unix.Open(path(pid, "fd/0"), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if _, err := unix.Poll(fds, 0); err != nil || fds[0].Revents&unix.POLLHUP == 0 {
		return 0, false
	}
	left, err = unix.IoctlGetInt(fd, unix.TIOCINQ) // which is FIONREAD
	return left, err == nil
}

// BootTime returns when the machine was booted. It moves when the wall clock
// is set, so it is asked for anew rather than kept.
func BootTime() time.Time {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return time.Time{}
	}
	return time.Now().Add(-time.Duration(ts.Nano()))
}

// Ticks returns how many ticks have passed since boot: what [Stat.StartTime] is of a
// process that starts now; 0 if that cannot be told. Both come of the same clock
// (fork.c, copy_process, and fs/proc/array.c, do_task_stat).
func Ticks() uint64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0
	}
	return uint64(time.Duration(ts.Nano()) / (time.Second / TicksPerSecond))
}

// MonotonicTime returns when the kernel's monotonic clock showed ns.
func MonotonicTime(ns uint64) time.Time {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return time.Now()
	}
	return time.Now().Add(time.Duration(int64(ns) - ts.Nano()))
}
