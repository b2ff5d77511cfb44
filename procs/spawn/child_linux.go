package spawn

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// peak is the most memory that a child has had, 0 if that is not known. A child
// shares the memory of whoever starts it until it calls exec, and that counts
// as its own (exec_mmap of fs/exec.c): a figure below what this process has
// had says nothing of the child.
func peak(usage *unix.Rusage) int64 {
	var own unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &own) != nil || usage.Maxrss <= own.Maxrss {
		return 0
	}
	return usage.Maxrss << 10 // see getrusage(2)
}

// waitFor calls reap until it is done, whenever the child may have ended. The
// runtime's poller waits on a pidfd (pidfd_open(2), Linux 5.10 for the flag),
// so thousands of children need no thread each.
func waitFor(pid int, reap func() bool) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err == nil {
		f := os.NewFile(uintptr(fd), "pidfd")
		defer func() { _ = f.Close() }() // it is only polled
		if raw, err := f.SyscallConn(); err == nil && raw.Read(func(uintptr) bool { return reap() }) == nil {
			return
		}
	}
	blockUntilEnded(pid)
	for !reap() {
		blockUntilEnded(pid)
	}
}

// blockUntilEnded waits until a child can be reaped, and leaves it so. It
// occupies a thread.
func blockUntilEnded(pid int) {
	for {
		if waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT) != unix.EINTR {
			return
		}
	}
}

// childInfo is the part of siginfo_t that waitid(2) fills, on 64 bits.
type childInfo struct {
	signo, errno, code, _ int32
	pid                   int32
	_                     [108]byte
}

func waitid(idType, id int, info *childInfo, options int) unix.Errno {
	_, _, errno := unix.Syscall6(unix.SYS_WAITID, uintptr(idType), uintptr(id), uintptr(unsafe.Pointer(info)), uintptr(options), 0, 0)
	return errno
}

// hasChildren reports whether this process has any child, and whether one of
// them has ended and waits to be reaped. It reaps nothing.
func hasChildren() (some, ended bool) {
	var info childInfo
	for {
		errno := waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)
		if errno != unix.EINTR {
			return errno != unix.ECHILD, errno == 0 && info.pid != 0
		}
	}
}
