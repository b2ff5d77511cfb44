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
	// passSize bounds what is read in one pass, so that a program that floods keeps
	// neither Drain nor Close for ever. The buffers of the kernel are smaller, unless
	// an administrator has raised their limits: /proc/sys/fs/pipe-max-size,
	// net.core.wmem_max, 68 KiB of a PTY.
	passSize = 1 << 20
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

// source is one descriptor that output comes from. The goroutine in pump is
// the only one that reads it.
type source struct {
	file   *os.File
	raw    syscall.RawConn
	stream procs.Stream
	take   takeFunc
	// gathers says that a short read is followed by a pause. Only on a pipe: a
	// PTY and a socket hold few small writes, and the writer would wait.
	gathers bool
	// seen is called with what was read, before the sink; may be nil.
	seen func(p []byte)
	// widen makes a pipe hold more; nil where that cannot be.
	widen func(fd, size int)
	wide  bool // it has flooded
	fulls int  // reads in a row that have filled the buffer

	request atomic.Pointer[chan struct{}] // of the drain in progress
	ended   chan struct{}                 // closed when pump has returned
}

// newSource takes the descriptor over.
func newSource(fd int, stream procs.Stream, take takeFunc) (*source, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd) // nothing is written to it
		return nil, err
	}
	s := &source{file: os.NewFile(uintptr(fd), "output"), stream: stream, take: take, ended: make(chan struct{})}
	var err error
	if s.raw, err = s.file.SyscallConn(); err != nil {
		_ = s.file.Close() // nothing is written to it
	}
	return s, err
}

// outcome is how a pass over what can be read ended.
type outcome int

const (
	empty  outcome = iota // nothing more is there now
	short                 // little was there
	full                  // there may be more
	closed                // nothing more will come
)

// pump reads until the end. Nobody else calls it.
func (s *source) pump(sink Sink) {
	defer close(s.ended)
	defer s.narrow()
	for {
		how, err := s.pass(sink, true)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			if !s.obey(sink) {
				return
			}
		case err != nil || how == closed:
			return
		case how == short:
			letWrite()
		}
	}
}

// pass reads what is there, and waits until there is something if it shall.
func (s *source) pass(sink Sink, wait bool) (how outcome, err error) {
	err = s.raw.Read(func(fd uintptr) bool {
		how = s.readAll(int(fd), sink, wait)
		return how != empty || !wait
	})
	return how, err
}

func (s *source) readAll(fd int, sink Sink, wait bool) outcome {
	pool := &buffers
	if s.wide {
		pool = &wideBuffers
	}
	held := pool.Get().(*buffer)
	defer pool.Put(held)
	b := held.bytes
	for sum := 0; sum < passSize; {
		n, pid, err := s.take(fd, b)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return empty
		case err != nil || n == 0: // EIO: the other end of a PTY is closed
			return closed
		}
		if s.seen != nil {
			s.seen(b[:n])
		}
		sink(s.stream, pid, b[:n])
		sum += n
		if s.gathers && wait && n < shortRead {
			return short
		}
		if n == len(b) && s.floods(fd) {
			return full
		}
		if n < len(b) {
			s.fulls = 0
		}
	}
	return full
}

// floods counts reads that have filled the buffer, and reports whether the
// source has become wide for it.
func (s *source) floods(fd int) bool {
	s.fulls++
	if s.wide || s.fulls < floodReads {
		return false
	}
	s.wide = true
	if s.widen != nil && wides.Add(1) <= maxWide {
		s.widen(fd, widePipe)
	}
	return true
}

// narrow gives back, at the end, what a wide pipe was granted.
func (s *source) narrow() {
	if s.wide && s.widen != nil {
		wides.Add(-1)
	}
}

// drain makes pump read what is there by now, and returns a channel that is
// closed when that has been handed on. A deadline is what wakes pump.
func (s *source) drain() <-chan struct{} {
	done := make(chan struct{})
	if earlier := s.request.Swap(&done); earlier != nil {
		close(*earlier) // one program is drained once; never leave anybody waiting
	}
	_ = s.file.SetReadDeadline(time.Unix(1, 0)) // fails if the file is closed, and then ended is too
	return done
}

// obey carries out a drain; it reports false at the end of the output. The
// deadline goes first: one that is set meanwhile comes with its own request.
func (s *source) obey(sink Sink) bool {
	_ = s.file.SetReadDeadline(time.Time{}) // fails if the file is closed, which the pass will tell
	done := s.request.Swap(nil)
	if done == nil {
		return true
	}
	how, err := s.pass(sink, false)
	for errors.Is(err, os.ErrDeadlineExceeded) { // yet another drain: its request waits
		_ = s.file.SetReadDeadline(time.Time{})
		how, err = s.pass(sink, false)
	}
	close(*done)
	return err == nil && how != closed
}

// take is a plain read.
func take(fd int, p []byte) (n, pid int, err error) {
	n, err = unix.Read(fd, p)
	return n, 0, err
}
