package spawn

import (
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

const (
	// maxOpenLines bounds of how many writers it is known that they are within a line.
	maxOpenLines = 256
	// lookEvery is how often it is asked whether a writer has ended, in the long run:
	// that costs some microseconds, so a few hundredths of a processor at the most while
	// many writers print parts of lines by turns. looksAtOnce may come at once, so that
	// nothing is missed where little is printed.
	lookEvery   = 200 * time.Microsecond
	looksAtOnce = maxOpenLines
)

// openLines are the writers of a program that have not ended their line. Before what
// another has printed is handed on, it ends the lines of those that have ended: they
// were printed earlier, and nobody but their writers goes on with them. Who lives is
// left alone, and so is who has ended but has more to be read: whoever prints a line in
// two steps and ends would have it broken by what another has printed in between, if
// only the reader comes late.
type openLines struct {
	list   []openLine // who wrote last stands last
	ended  func(pid int) bool
	queued func(stream procs.Stream, pid int) bool // something of a writer that has ended is not read yet
	end    func(stream procs.Stream, pid int)
	looks  pace
	now    func() time.Time
}

type openLine struct {
	stream procs.Stream
	pid    int
	more   bool // it has ended, and more of it is to be read
	over   bool
}

// before returns a sink that ends lines before it hands on what others have printed.
func (o *openLines) before(sink Sink) Sink {
	return func(stream procs.Stream, pid int, p []byte) {
		o.endLeft(pid)
		sink(stream, pid, p)
		o.note(stream, pid, p[len(p)-1] != '\n')
	}
}

// endLeft ends the lines of those that have ended, other than pid, in the order in
// which they were printed. Where there is no time to look at all, those come
// first that wrote last; a line that is missed ends when the tree tells of the death.
func (o *openLines) endLeft(pid int) {
	over := false
	for i := len(o.list) - 1; i >= 0; i-- {
		l := &o.list[i]
		if l.pid == pid || l.more {
			continue
		}
		if !o.looks.one(o.now()) {
			break
		}
		if o.ended(l.pid) { // first this: what it wrote is in the socket by then
			l.more = o.queued(l.stream, l.pid)
			l.over = !l.more
			over = over || l.over
		}
	}
	if !over {
		return
	}
	o.list = slices.DeleteFunc(o.list, func(l openLine) bool {
		if l.over {
			o.end(l.stream, l.pid)
		}
		return l.over
	})
}

// note says whether a writer is within a line after what it has just printed.
func (o *openLines) note(stream procs.Stream, pid int, within bool) {
	i := slices.IndexFunc(o.list, func(l openLine) bool { return l.pid == pid && l.stream == stream })
	if i >= 0 {
		o.list = slices.Delete(o.list, i, i+1)
	}
	if !within || pid == 0 {
		return
	}
	if len(o.list) == maxOpenLines {
		o.list = slices.Delete(o.list, 0, 1)
	}
	o.list = append(o.list, openLine{stream: stream, pid: pid})
}

// pace permits a thing looksAtOnce times, and once more every lookEvery.
type pace struct {
	left  int
	since time.Time
}

// one reports whether it may be done once now.
func (p *pace) one(now time.Time) bool {
	if n := now.Sub(p.since) / lookEvery; n > 0 {
		p.left, p.since = int(min(looksAtOnce, time.Duration(p.left)+n)), now
	}
	if p.left == 0 {
		return false
	}
	p.left--
	return true
}

// hasEnded reports whether a process has ended with all its threads. A zombie has;
// one whose first thread alone has ended has not (fs/proc tells both as Z, a pidfd
// does not: kernel/fork.c, pidfd_poll).
func hasEnded(pid int) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil { // no such process; or no more descriptors, or no such call
		return errors.Is(err, unix.ESRCH) || errors.Is(unix.Kill(pid, 0), unix.ESRCH)
	}
	defer func() { _ = unix.Close(fd) }() // nothing is written to a pidfd
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(poll, 0)
	return err == nil && n > 0
}

// queued reports whether a source holds something that a process wrote, and yes if that
// cannot be told.
func (s *source) queued(pid int) (found bool) {
	_ = s.raw.Control(func(fd uintptr) { found = holds(int(fd), pid) }) // fails if it is closed
	return found
}

// holds is queued of a socket. It looks at what is there without taking it: a peek
// goes on where the last one ended (socket(7), SO_PEEK_OFF).
func holds(fd, pid int) bool {
	left, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	if err != nil || left == 0 {
		return err != nil
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEEK_OFF, 0) != nil {
		return true
	}
	held := buffers.Get().(*buffer)
	defer buffers.Put(held)
	look := newCredentials()
	for left > 0 {
		n, by, err := look.receive(fd, held.bytes, unix.MSG_PEEK|unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil || n == 0:
			return false
		case by == pid:
			return true
		}
		left -= n
	}
	return false
}
