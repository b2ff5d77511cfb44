package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"example.com/muster/procs"
	"golang.org/x/sys/unix"
)

// maxPIDFDs bounds how many descendants are followed by a pidfd at a time;
// where few descriptors are permitted, a quarter of those. The others are
// polled.
const maxPIDFDs = 1000

// pidfds waits for the ends of processes by descriptors that name them
// (pidfd_open(2)), all in one epoll instance: nothing runs while none ends. A
// pidfd is readable once the process is a zombie, and since Linux 6.9 hung up once it
// has been waited for; from then on, since Linux 6.15, it tells the wait status, even
// to whoever is not the parent (fs/pidfs.c, pidfd_info).
type pidfds struct {
	poll    *os.File // the epoll instance
	wake    syscall.RawConn
	most    int
	informs func(fd int) bool // see pidfdInforms

	mu  sync.Mutex // guards fds, and orders those who handle ends
	fds map[int]followed
}

// followed is the process of a pidfd.
type followed struct {
	pid int
	seq uint64 // of its node
}

// pidfdInfo is struct pidfd_info of include/uapi/linux/pidfd.h in its first
// size, which every kernel takes.
type pidfdInfo struct {
	mask, cgroup    uint64
	pid, tgid, ppid uint32
	ids             [8]uint32
	exitCode        int32
}

const (
	pidfdGetInfo  = 0xc040ff0b // PIDFD_GET_INFO: _IOWR(0xFF, 11, 64 bytes)
	pidfdInfoExit = 1 << 3     // PIDFD_INFO_EXIT
)

// pidfdExit returns the wait status of a process that has been waited for,
// unknownStatus where the kernel does not tell.
func pidfdExit(fd int) uint32 {
	info := pidfdInfo{mask: pidfdInfoExit}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), pidfdGetInfo, uintptr(unsafe.Pointer(&info)))
	if errno != 0 || info.mask&pidfdInfoExit == 0 {
		return unknownStatus
	}
	return uint32(info.exitCode)
}

// openPIDFDs prepares to follow processes.
func openPIDFDs() (*pidfds, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot wait for the ends of processes: %w", err)
	}
	if err := unix.SetNonblock(ep, true); err != nil { // os.NewFile goes by that
		_ = unix.Close(ep) // nothing was written to it
		return nil, fmt.Errorf("cannot wait for the ends of processes: %w", err)
	}
	p := &pidfds{poll: os.NewFile(uintptr(ep), "process ends"), most: maxPIDFDs, informs: pidfdInforms, fds: map[int]followed{}}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil && limit.Cur/4 < maxPIDFDs {
		p.most = int(limit.Cur / 4)
	}
	p.wake, err = p.poll.SyscallConn()
	if err != nil {
		_ = p.poll.Close() // as above
		return nil, fmt.Errorf("cannot wait for the ends of processes: %w", err)
	}
	return p, nil
}

// control changes for what an end is waited for with a pidfd.
func (p *pidfds) control(op, fd int, events uint32) (err error) {
	failed := p.wake.Control(func(ep uintptr) {
		err = unix.EpollCtl(int(ep), op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
	})
	return errors.Join(failed, err)
}

// wait returns once a pidfd has something to tell. It leaves that in the epoll
// instance, so that whoever comes first takes it over with the lock held.
func (p *pidfds) wait() (err error) {
	failed := p.wake.Read(func(ep uintptr) bool {
		var n int
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(ep), Events: unix.POLLIN}}, 0)
		return n != 0
	})
	if err == unix.EINTR {
		err = nil
	}
	return errors.Join(failed, err)
}

// ready returns what has happened to pidfds by now. It does without Read, for
// which it would have to wait until wait is done.
func (p *pidfds) ready(buf []unix.EpollEvent) (list []unix.EpollEvent, err error) {
	failed := p.wake.Control(func(ep uintptr) {
		var n int
		n, err = unix.EpollWait(int(ep), buf, 0)
		list = buf[:max(n, 0)]
	})
	return list, errors.Join(failed, err)
}

// close gives all descriptors back.
func (p *pidfds) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for fd := range p.fds {
		_ = unix.Close(fd) // nothing is written to a pidfd
	}
	p.fds = nil
	_ = p.poll.Close() // as above
}

// FollowExits learns how descendants end until ctx is done, where the process
// connector does not report it: it is for when [Tracker.Run] has failed. It
// knows of those that [Tracker.Refresh] has found while they lived.
func (t *Tracker) FollowExits(ctx context.Context) error {
	p, err := openPIDFDs()
	if err != nil {
		return err
	}
	t.pidfds.Store(p)
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { _ = p.poll.Close(); close(interrupted) })
	defer func() {
		if !stop() {
			<-interrupted
		}
		t.pidfds.Store(nil)
		p.close()
	}()
	t.followAll()
	for {
		if err := p.wait(); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("cannot wait for the ends of processes: %w", err)
		}
		t.drainExits()
	}
}

// followAll follows what the tree knows already.
func (t *Tracker) followAll() {
	t.mu.Lock()
	var list []target
	for pid, n := range t.byPID {
		if !n.isRoot() {
			list = append(list, target{pid: pid, seq: n.seq})
		}
	}
	t.mu.Unlock()
	t.follow(list)
}

// follow opens pidfds of processes that have been found.
func (t *Tracker) follow(list []target) {
	p := t.pidfds.Load()
	if p == nil {
		return
	}
	for _, g := range list {
		p.mu.Lock()
		if p.fds != nil && len(p.fds) < p.most {
			t.open(p, g)
		}
		p.mu.Unlock()
	}
}

// open follows one process, if it is still the one that was found.
func (t *Tracker) open(p *pidfds, g target) {
	fd, err := unix.PidfdOpen(g.pid, 0)
	if err != nil {
		return // it has been waited for, or this kernel has none: polling will tell
	}
	l, ok := t.kernel.look(g.pid)
	t.mu.Lock()
	n := t.byPID[g.pid]
	same := ok && n != nil && n.seq == g.seq && !n.isRoot() && (n.ref.StartTime == 0 || n.ref.StartTime == l.start)
	t.mu.Unlock()
	if !same || p.control(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN|unix.EPOLLONESHOT) != nil {
		_ = unix.Close(fd) // nothing is written to a pidfd
		return
	}
	p.fds[fd] = followed{pid: g.pid, seq: g.seq}
}

// drainExits takes over all ends that pidfds tell of by now.
func (t *Tracker) drainExits() {
	p := t.pidfds.Load()
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	buf := make([]unix.EpollEvent, 128)
	for {
		list, err := p.ready(buf)
		if err != nil {
			return // it is being closed
		}
		for _, e := range list {
			t.endedFD(p, int(e.Fd), e.Events&unix.EPOLLHUP != 0)
		}
		if len(list) < len(buf) {
			return
		}
	}
}

// endedFD takes over the end of one process. reaped: its parent has waited for it.
func (t *Tracker) endedFD(p *pidfds, fd int, reaped bool) {
	f, ok := p.fds[fd]
	if !ok {
		return
	}
	look := Look{Seq: f.seq, PID: f.pid}
	done := reaped
	if !reaped {
		look.look, ok = t.kernel.look(f.pid)
		reaped = !ok
		done = reaped || !p.informs(fd) || p.control(unix.EPOLL_CTL_MOD, fd, unix.EPOLLONESHOT) != nil // EPOLLHUP comes in any case
	}
	if reaped {
		look.Gone, look.exit = true, pidfdEnd(fd, t)
	}
	if done {
		_ = unix.Close(fd) // nothing is written to a pidfd
		delete(p.fds, fd)
	}
	t.observe([]Look{look})
}

// pidfdInforms reports whether the kernel tells anything of the process of a
// pidfd. It does since Linux 6.13. Before 6.9 it does not even report when a zombie
// is waited for (kernel/pid.c, pidfd_poll); then only looks find that out.
func pidfdInforms(fd int) bool {
	info := pidfdInfo{}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), pidfdGetInfo, uintptr(unsafe.Pointer(&info)))
	return errno == 0 || errno == unix.ESRCH
}

// pidfdEnd is how the process of a pidfd has ended; nil if that is not told.
func pidfdEnd(fd int, t *Tracker) *procs.Exit {
	status := pidfdExit(fd)
	if status == unknownStatus {
		return nil
	}
	return exitOf(status, t.now())
}
