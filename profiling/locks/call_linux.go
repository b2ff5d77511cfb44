package locks

import (
	"golang.org/x/sys/unix"

	"example.com/muster/profiling/locks/graph"
)

// call is what a blocked thread has asked of the kernel.
type call struct {
	is    callKind
	fd    int    // of a file call, or of the directory that a name is relative to
	addr  uint64 // of a futex, of a list of descriptors or operations, of a struct flock, of a name
	n     int    // how many of those
	op    uint64 // of a futex, or of fcntl; the flags of an open
	value uint64 // that a futex was expected to have
	timed bool   // it ends by itself
	sem   int    // of a SysV semaphore set
	pid   int    // of the child that is waited for; 0 for any of them
}

type callKind uint8

const (
	callOther callKind = iota
	callFutex
	callRead  // or anything that waits for bytes from fd
	callWrite // or anything that waits for room in fd
	callPoll  // poll and ppoll, of a list of descriptors
	callEpoll
	callSelect
	callFlock
	callFcntl
	callSem
	callChild
	callSleep
	callPause
	callAccept
	callIO
	callOpen // of a file by its name
)

// calls names the system calls that both architectures have; the older ones
// that amd64 has besides are in call_linux_amd64.go.
var calls = map[int]callKind{
	unix.SYS_FUTEX: callFutex, unix.SYS_FUTEX_WAIT: callFutex,
	unix.SYS_READ: callRead, unix.SYS_READV: callRead, unix.SYS_PREAD64: callRead, unix.SYS_PREADV: callRead, unix.SYS_PREADV2: callRead,
	unix.SYS_RECVFROM: callRead, unix.SYS_RECVMSG: callRead, unix.SYS_RECVMMSG: callRead, unix.SYS_SPLICE: callRead,
	unix.SYS_WRITE: callWrite, unix.SYS_WRITEV: callWrite, unix.SYS_PWRITE64: callWrite, unix.SYS_PWRITEV: callWrite,
	unix.SYS_SENDTO: callWrite, unix.SYS_SENDMSG: callWrite, unix.SYS_SENDMMSG: callWrite, unix.SYS_SENDFILE: callWrite,
	unix.SYS_PPOLL: callPoll, unix.SYS_PSELECT6: callSelect, unix.SYS_EPOLL_PWAIT: callEpoll, unix.SYS_EPOLL_PWAIT2: callEpoll,
	unix.SYS_FLOCK: callFlock, unix.SYS_FCNTL: callFcntl,
	unix.SYS_SEMOP: callSem, unix.SYS_SEMTIMEDOP: callSem,
	unix.SYS_WAIT4: callChild, unix.SYS_WAITID: callChild, unix.SYS_CLONE: callChild, unix.SYS_CLONE3: callChild, // vfork
	unix.SYS_NANOSLEEP: callSleep, unix.SYS_CLOCK_NANOSLEEP: callSleep,
	unix.SYS_RT_SIGSUSPEND: callPause, unix.SYS_RT_SIGTIMEDWAIT: callPause,
	unix.SYS_ACCEPT: callAccept, unix.SYS_ACCEPT4: callAccept, unix.SYS_CONNECT: callIO,
	unix.SYS_SYNC: callIO, unix.SYS_SYNCFS: callIO, unix.SYS_SYNC_FILE_RANGE: callIO, unix.SYS_MSYNC: callIO, unix.SYS_FALLOCATE: callIO,
	unix.SYS_FTRUNCATE: callIO, unix.SYS_UNLINKAT: callIO, unix.SYS_RENAMEAT2: callIO, unix.SYS_GETDENTS64: callIO, unix.SYS_STATX: callIO,
	unix.SYS_FSYNC: callIO, unix.SYS_FDATASYNC: callIO, unix.SYS_OPENAT: callOpen, unix.SYS_IO_URING_ENTER: callIO,
}

// asked says what a blocked thread is in.
func (b *blocked) asked() call {
	c := call{is: calls[b.NR], fd: int(int32(b.Args[0]))}
	switch c.is {
	case callFutex:
		c.addr, c.op, c.value, c.timed = b.Args[0], b.Args[1], b.Args[2]&0xffffffff, b.Args[3] != 0
		if b.NR == unix.SYS_FUTEX_WAIT { // futex2: address, value, mask, flags, timeout (kernel/futex/syscalls.c)
			c.op, c.value, c.timed = futexWait, b.Args[1]&0xffffffff, b.Args[4] != 0
			if b.Args[3]&futex2Private != 0 {
				c.op |= futexPrivate
			}
		}
	case callPause:
		c.timed = b.NR == unix.SYS_RT_SIGTIMEDWAIT && b.Args[2] != 0
	case callPoll:
		c.addr, c.n = b.Args[0], int(min(b.Args[1], maxPolled+1))
		c.timed = b.pollTimed()
	case callSelect:
		c.timed = b.Args[4] != 0
		if int32(b.Args[0]) == 0 { // of no descriptor: so CPython slept until 3.10
			c.is = callSleep
		}
	case callFcntl:
		c.op, c.addr = b.Args[1], b.Args[2]
	case callOpen:
		c.addr, c.op = b.Args[1], b.Args[2]
		if b.NR != unix.SYS_OPENAT { // the older open(2)
			c.fd, c.addr, c.op = unix.AT_FDCWD, b.Args[0], b.Args[1]
		}
	case callChild:
		c.pid = b.child()
	case callSem:
		c.sem, c.addr, c.n = int(int32(b.Args[0])), b.Args[1], int(min(b.Args[2], maxPolled+1))
		c.timed = b.NR == unix.SYS_SEMTIMEDOP && b.Args[3] != 0
	}
	return c
}

// child is the one that is waited for, 0 if it may be any.
func (b *blocked) child() int {
	switch {
	case b.NR == unix.SYS_WAIT4 && int32(b.Args[0]) > 0:
		return int(int32(b.Args[0]))
	case b.NR == unix.SYS_WAITID && b.Args[0] == unix.P_PID:
		return int(int32(b.Args[1]))
	}
	return 0
}

// pollTimed reports whether a poll ends by itself. ppoll has a pointer, the
// older poll a number of milliseconds that is negative for ever.
func (b *blocked) pollTimed() bool {
	if b.NR == unix.SYS_PPOLL {
		return b.Args[2] != 0
	}
	return int32(b.Args[2]) >= 0
}

// epollTimed reports whether an epoll ends by itself. epoll_pwait2 has a pointer, the
// older ones a number of milliseconds that is negative for ever.
func (b *blocked) epollTimed() bool {
	if b.NR == unix.SYS_EPOLL_PWAIT2 {
		return b.Args[3] != 0
	}
	return int32(b.Args[3]) >= 0
}

// maxPolled bounds how many descriptors of a poll, or operations of a semop,
// are looked at.
const maxPolled = 64

// plain is what a thread does in calls that wait for no object.
func (k callKind) plain() graph.Doing {
	switch k {
	case callChild:
		return graph.InChild
	case callSleep:
		return graph.Sleeping
	case callPause, callEpoll, callSelect:
		return graph.Idle
	case callAccept:
		return graph.InSocket
	case callIO, callOpen:
		return graph.InIO
	case callFutex, callFlock, callFcntl, callSem:
		return graph.InLock
	}
	return graph.Unknown
}
