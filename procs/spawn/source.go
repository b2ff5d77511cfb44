package spawn

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

const (
	// readSize is how much is read at once; a pipe holds as much (pipe(7)).
	readSize = 64 << 10
	// wideRead is the same for a source that floods: one of which floodReads
	// reads in a row have filled the buffer.
	wideRead   = 256 << 10
	floodReads = 8
	// widePipe is how much a pipe that floods holds, the most that everybody may
	// ask for. The program and its reader then wait less often for each other.
	widePipe = 1 << 20
	// maxWide bounds the pipes that are wide at a time to a quarter of what those
	// of one user may hold (/proc/sys/fs/pipe-user-pages-soft): beyond that, all
	// new pipes of the user would be tiny.
	maxWide = 16
	// shortRead is a read from a pipe after which a writer in small steps is
	// given time to write more, so that a line does not cost a wake-up. Blocks
	// come in whole pages, and are not waited for.
	shortRead = 4 << 10
	// gather is that time. Measured with lines of 100 bytes written one by one:
	// 40 % of the CPU, and no later; after 200 us the pipe is full at times.
	gather = 50 * time.Microsecond
	// maxGathering bounds how many sources pause at a time, as each occupies a
	// thread. With more of them busy, lines gather while others are read.
	maxGathering = 4
)

// buffers are shared by all sources: one that waits holds none.
var (
	buffers     = sync.Pool{New: func() any { return &buffer{make([]byte, readSize)} }}
	wideBuffers = sync.Pool{New: func() any { return &buffer{make([]byte, wideRead)} }}
)

type buffer struct{ bytes []byte }

var gathering, wides atomic.Int32

// letWrite gives a writer the time to write more. It sleeps in the kernel:
// the runtime's timers are good for a millisecond (netpoll_epoll.go), and
// spin meanwhile.
func letWrite() {
	if gathering.Add(1) <= maxGathering {
		sleep(gather)
	}
	gathering.Add(-1)
}

// takeFunc is one read from a descriptor that does not block. pid is who
// wrote what was read, 0 where that is not known; n is 0 at the end.
type takeFunc func(fd int, p []byte) (n, pid int, err error)

// source is one descriptor that output comes from. Only its [reader] reads it.
type source struct {
	file   *os.File
	raw    syscall.RawConn
	stream procs.Stream
	take   takeFunc
	// gathers says that a short read is followed by a pause. Only on a pipe: a
	// PTY and a socket hold few small writes, and the writer would wait.
	gathers bool
	// keeps reports whether a read that did not fill the buffer may have left
	// something; nil where it never does.
	keeps func(fd int) bool
	// seen is called with what was read, before the sink; may be nil.
	seen func(p []byte)
	// widen makes a pipe hold more; nil where that cannot be.
	widen func(fd, size int)
	wide  bool // it has flooded
	fulls int  // reads in a row that have filled the buffer
	owed  int  // bytes that a drain still reads at most
	hung  bool // all writers have closed it, so that nothing tells of what is left
	ended bool
}

// newSource takes the descriptor over. One that polls can be waited for by itself.
func newSource(fd int, stream procs.Stream, take takeFunc, polls bool) (s *source, err error) {
	s = &source{stream: stream, take: take}
	if polls {
		s.keeps = func(int) bool { return true } // the runtime tells once of what comes, and of the end with it
		err = unix.SetNonblock(fd, true)
	}
	s.file = os.NewFile(uintptr(fd), "output") // asks the runtime to wait for one that does not block
	if err == nil && !polls {
		err = unix.SetNonblock(fd, true)
	}
	if err == nil {
		s.raw, err = s.file.SyscallConn()
	}
	if err != nil {
		_ = s.file.Close() // nothing is written to it
	}
	return s, err
}

// outcome is how a read ended.
type outcome int

const (
	empty  outcome = iota // nothing was there
	all                   // nothing is there any more
	more                  // there may be more
	closed                // nothing more will come
)

// read reads once, n bytes.
func (s *source) read(sink Sink) (how outcome, n int) {
	how = closed
	_ = s.raw.Control(func(fd uintptr) { how, n = s.readFD(int(fd), sink) }) // fails if it has been closed
	if s.owed -= n; how != more {
		s.owed = 0
	}
	s.ended = how == closed
	return how, n
}

func (s *source) readFD(fd int, sink Sink) (how outcome, n int) {
	pool := &buffers
	if s.wide {
		pool = &wideBuffers
	}
	held := pool.Get().(*buffer)
	defer pool.Put(held)
	b := held.bytes
	n, pid, err := s.take(fd, b)
	switch {
	case errors.Is(err, unix.EINTR):
		return more, 0
	case errors.Is(err, unix.EAGAIN):
		return empty, 0
	case err != nil || n == 0: // EIO: the other end of a PTY is closed
		return closed, 0
	}
	if s.seen != nil {
		s.seen(b[:n])
	}
	sink(s.stream, pid, b[:n])
	if n == len(b) {
		s.floods(fd)
		return more, n
	}
	s.fulls = 0
	if s.hung || s.keeps != nil && s.keeps(fd) {
		return more, n
	}
	return all, n
}

// floods counts reads that have filled the buffer, and makes the source wide after
// many in a row.
func (s *source) floods(fd int) {
	s.fulls++
	if s.wide || s.fulls < floodReads {
		return
	}
	s.wide = true
	if s.widen != nil && wides.Add(1) <= maxWide {
		s.widen(fd, widePipe)
	}
}

// narrow gives back, at the end, what a wide pipe was granted.
func (s *source) narrow() {
	if s.wide && s.widen != nil {
		wides.Add(-1)
	}
}

// take is a plain read.
func take(fd int, p []byte) (n, pid int, err error) {
	n, err = unix.Read(fd, p)
	return n, 0, err
}
