package tree

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"example.com/muster/procs/procfs"
	"golang.org/x/sys/unix"
)

// The process connector, as include/uapi/linux/connector.h and cn_proc.h
// define it. A message is a netlink header (16 bytes), a connector header
// (20) and a process event (what, cpu, time stamp, and what depends on what).
const (
	cnIdxProc    = 1
	cnValProc    = 1
	mcastListen  = 1
	headerLen    = 16 + 20
	whatAt       = headerLen
	timeAt       = headerLen + 8
	dataAt       = headerLen + 16
	eventFork    = 0x00000001
	eventExec    = 0x00000002
	eventExit    = 0x80000000
	eventAck     = 0
	ackWait      = 300 * time.Millisecond
	bufferBytes  = 4 << 20 // of the socket, which the kernel doubles: some 10,000 events
	eventBytes   = 832     // that one takes there (sk_buff and its data), measured on Linux 6.18
	eventsAtOnce = 512
)

// connector is an open socket on the process connector. The socket itself is
// not in the runtime's poller: that would wake up for each event, also while
// nobody wants to know. An epoll instance is there in its place, in which the
// socket is armed for one event at a time (EPOLLONESHOT of epoll_ctl(2)). Nor
// does anybody wait in a system call: for the first 10 ms of each the runtime
// looks 60 times whether it has returned, which costs more than all the rest.
type connector struct {
	fd   int
	room int      // how many events the socket holds, about
	poll *os.File // the epoll instance
	wake syscall.RawConn
	buf  [4096]byte
	list []event
}

// openConnector subscribes to the events of all processes of the machine. The
// kernel accepts that silently or not at all, so it waits for its answer.
func openConnector() (*connector, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, fmt.Errorf("cannot open the process connector (CONFIG_CONNECTOR, initial network namespace): %w", err)
	}
	c := &connector{fd: fd}
	if err := c.openPoll(); err != nil {
		_ = unix.Close(fd) // nothing was sent on it
		return nil, fmt.Errorf("cannot wait for process events: %w", err)
	}
	if err := c.subscribe(fd); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// openPoll puts the socket into an epoll instance, not armed yet, and that
// into the runtime's poller.
func (c *connector) openPoll() error {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(ep, true); err != nil { // os.NewFile goes by that
		_ = unix.Close(ep)
		return err
	}
	c.poll = os.NewFile(uintptr(ep), "process events")
	if err := unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, c.fd, &unix.EpollEvent{Events: unix.EPOLLONESHOT}); err != nil {
		_ = c.poll.Close()
		return err
	}
	c.wake, err = c.poll.SyscallConn()
	return err
}

func (c *connector) subscribe(fd int) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bufferBytes) != nil {
		// Without CAP_NET_ADMIN up to net.core.rmem_max; it is only a buffer.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bufferBytes)
	}
	if size, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err == nil {
		c.room = size / eventBytes
	}
	if err := attachFilter(fd); err != nil {
		return fmt.Errorf("cannot filter process events: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: cnIdxProc}); err != nil {
		return fmt.Errorf("cannot listen to process events (before Linux 6.6 it takes CAP_NET_ADMIN): %w", err)
	}
	if err := unix.Sendto(fd, listenMessage(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("cannot subscribe to process events: %w", err)
	}
	return c.awaitAck()
}

// listenMessage asks for events with PROC_CN_MCAST_LISTEN. The form with an
// event mask, which Linux 6.6 brought, is not used: with it the kernel
// filters out its own acknowledgement (drivers/connector/cn_proc.c,
// cn_filter), and the socket filter does the same on every kernel.
func listenMessage() []byte {
	b := make([]byte, headerLen+4)
	le := binary.NativeEndian
	le.PutUint32(b[0:], uint32(len(b)))
	le.PutUint16(b[4:], unix.NLMSG_DONE)
	le.PutUint32(b[12:], uint32(os.Getpid()))
	le.PutUint32(b[16:], cnIdxProc)
	le.PutUint32(b[20:], cnValProc)
	le.PutUint16(b[32:], 4)
	le.PutUint32(b[36:], mcastListen)
	return b
}

// awaitAck waits for the kernel's acknowledgement. In a container (a pid or
// user namespace of its own) there is none.
func (c *connector) awaitAck() error {
	deadline := time.Now().Add(ackWait)
	if err := c.poll.SetReadDeadline(deadline); err != nil {
		return fmt.Errorf("cannot wait for process events: %w", err)
	}
	defer func() { _ = c.poll.SetReadDeadline(time.Time{}) }() // as it was possible to set one
	for {
		if !time.Now().Before(deadline) {
			return errors.New("cannot follow process events: the kernel does not answer (CONFIG_PROC_EVENTS, initial pid and user namespace)")
		}
		if err := c.wait(); err != nil {
			return err
		}
		n, err := unix.Read(c.fd, c.buf[:])
		if err != nil || n < dataAt+4 || binary.NativeEndian.Uint32(c.buf[whatAt:]) != eventAck {
			continue // nothing yet, or an event already
		}
		if errno := binary.NativeEndian.Uint32(c.buf[dataAt:]); errno != 0 {
			return fmt.Errorf("cannot follow process events: %w", syscall.Errno(errno))
		}
		return nil
	}
}

// wait returns once there is an event to read, at the deadline, or when it is interrupted.
func (c *connector) wait() error {
	armed := false
	var events [1]unix.EpollEvent
	var err error
	waited := c.wake.Read(func(ep uintptr) bool {
		if !armed {
			armed = true
			err = unix.EpollCtl(int(ep), unix.EPOLL_CTL_MOD, c.fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLONESHOT})
		}
		if err == nil {
			var n int
			n, err = unix.EpollWait(int(ep), events[:], 0)
			return n > 0 || err != nil
		}
		return true
	})
	switch {
	case err != nil && err != unix.EINTR:
		return fmt.Errorf("cannot wait for process events: %w", err)
	case waited != nil && !errors.Is(waited, os.ErrDeadlineExceeded):
		return fmt.Errorf("cannot wait for process events: %w", waited)
	}
	return nil
}

// interrupt ends wait, now and for ever.
func (c *connector) interrupt() {
	_ = c.poll.SetReadDeadline(time.Unix(0, 1)) // it was possible before
}

// read returns what waits in the socket, at most some hundred events. The
// slice is good until the next call.
func (c *connector) read() []event {
	c.list = c.list[:0]
	var clock kernelClock
	for len(c.list) < eventsAtOnce {
		n, err := unix.Read(c.fd, c.buf[:]) // besides the kernel only root may send to it
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ENOBUFS:
			c.list = append(c.list, event{kind: lost})
			continue
		case err != nil:
			return c.list
		}
		if e, ok := parseEvent(c.buf[:n], &clock); ok {
			c.list = append(c.list, e)
		}
	}
	return c.list
}

// close gives the descriptors back. Nobody may read or wait any more.
func (c *connector) close() {
	_ = c.poll.Close()
	_ = unix.Close(c.fd) // nothing was written that could be lost
}

// kernelClock turns the stamps of one batch into times of the wall clock.
type kernelClock struct{ zero time.Time }

func (k *kernelClock) at(ns uint64) time.Time {
	if k.zero.IsZero() {
		k.zero = procfs.MonotonicTime(0)
	}
	return k.zero.Add(time.Duration(ns))
}

// parseEvent reads one message.
func parseEvent(b []byte, clock *kernelClock) (event, bool) {
	if len(b) < dataAt+16 {
		return event{}, false
	}
	ne := binary.NativeEndian
	word := func(i int) int { return int(int32(ne.Uint32(b[dataAt+4*i:]))) }
	e := event{at: clock.at(ne.Uint64(b[timeAt:]))}
	var thread int
	switch ne.Uint32(b[whatAt:]) {
	case eventFork: // parent_pid, parent_tgid, child_pid, child_tgid
		e.kind, e.parent, thread, e.pid = forked, word(1), word(2), word(3)
	case eventExec: // process_pid, process_tgid
		e.kind, e.pid = execed, word(1)
		thread = e.pid // after an exec there is one thread
	case eventExit: // process_pid, process_tgid, exit_code, exit_signal
		e.kind, thread, e.pid, e.status = exited, word(0), word(1), uint32(word(2))
	default:
		return event{}, false
	}
	return e, thread == e.pid
}

// Run follows the kernel's process connector until ctx ends. Where that is
// not permitted it returns at once and says why; the tracker then knows what
// [Tracker.Refresh] finds. It may be called once.
func (t *Tracker) Run(ctx context.Context) error {
	c, err := openConnector()
	if err != nil {
		t.setConnector(nil, "descendants are found by polling: "+err.Error())
		close(t.opened)
		return err
	}
	t.setConnector(c, "")
	close(t.opened)
	t.Refresh(true) // what was there before
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { c.interrupt(); close(interrupted) })
	defer func() {
		if !stop() {
			<-interrupted
		}
		t.setConnector(nil, "descendants are found by polling: the process connector is closed")
		c.close()
	}()
	for pace := (pace{room: c.room}); ctx.Err() == nil; {
		if err := c.wait(); err != nil {
			return err
		}
		for pace.rest(ctx, t.drain(), t.pendingExits()) {
		}
	}
	return nil
}

// pendingExits reports whether exits wait to be confirmed.
func (t *Tracker) pendingExits() bool {
	t.draining.Lock()
	defer t.draining.Unlock()
	return len(t.exiting) > 0
}

// setConnector puts the connector in place, or takes it away.
func (t *Tracker) setConnector(c *connector, note string) {
	t.draining.Lock()
	defer t.draining.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conn, t.note = c, note
	t.moved()
}

// drain applies all events that wait to be read and returns how many there
// were. The lock over the reads keeps the events in order; they never wait.
func (t *Tracker) drain() int {
	t.draining.Lock()
	defer t.draining.Unlock()
	t.mu.Lock()
	c := t.conn
	t.mu.Unlock()
	if c == nil {
		return 0
	}
	t.confirmExits()
	total := 0
	for {
		events := c.read()
		t.apply(events)
		total += len(events)
		if len(events) < eventsAtOnce {
			return total
		}
	}
}

// pace lets events gather while there are many: a wakeup for each of
// thousands a second costs more than the events themselves. While there are
// few, each is taken at once, so that the arguments of a process that lives
// for a moment can still be read. Where there are thousands nobody could, and
// who forks them should not lose a processor to muster.
type pace struct {
	room   int       // events that the socket holds
	since  time.Time // when the present tenth of a second began
	events int       // in it
	before int       // in the one before
}

const (
	busyEvents = 60 // in a tenth of a second: more than GNU parallel brings, whose commands live for a moment
	busyRest   = 30 * time.Millisecond
	hardEvents = 150
	hardRest   = 100 * time.Millisecond
	exitRest   = 2 * time.Millisecond // for a parent to wait for its child
)

// after returns for how long to let events gather, now that so many have been
// taken; exits says that some wait to be confirmed.
func (p *pace) after(now time.Time, events int, exits bool) time.Duration {
	const tenth = 100 * time.Millisecond
	if past := now.Sub(p.since); past >= tenth {
		p.before = p.events
		if past >= 2*tenth {
			p.before = 0
		}
		p.since, p.events = now, 0
	}
	p.events += events
	rate := max(p.events, p.before)
	pause := time.Duration(0)
	switch {
	case rate >= hardEvents:
		pause = hardRest
	case rate >= busyEvents:
		pause = busyRest
	case exits:
		return exitRest
	default:
		return 0
	}
	// At most a quarter of the socket fills meanwhile: what does not fit is lost.
	return min(pause, tenth*time.Duration(p.room)/time.Duration(4*rate))
}

// rest waits a moment, if that is called for, and reports whether it has:
// then there may be something to do.
func (p *pace) rest(ctx context.Context, events int, exits bool) bool {
	pause := p.after(time.Now(), events, exits)
	if pause == 0 {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
