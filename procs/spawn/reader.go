package spawn

import (
	"errors"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// owedSize bounds what a drain reads of a source, so that a program that floods keeps
// neither Drain nor Close for ever. The buffers of the kernel are smaller, unless
// an administrator has raised their limits: /proc/sys/fs/pipe-max-size,
// net.core.wmem_max, 68 KiB of a PTY.
const owedSize = 1 << 20

// reader reads the sources of one program by turns, each once, in the order in which
// they came to have something: nobody could tell otherwise whether an error was
// printed before or after the line beside it. What is printed to both before either is
// read comes by stream: a pipe does not say when.
type reader struct {
	sources []*source
	queue   []*source // those that may have something, the first one first
	last    *source   // was read last
	more    *source   // the same if there may be more to read
	// file tells that a source may have something: of several it is what collect asks.
	file *os.File
	raw  syscall.RawConn

	draining bool
	request  atomic.Pointer[chan struct{}] // of the drain in progress
	ended    chan struct{}                 // closed when pump has returned
}

// newReader reads sources once file tells that they may have something.
func newReader(file *os.File, sources ...*source) (*reader, error) {
	raw, err := file.SyscallConn()
	return &reader{sources: sources, file: file, raw: raw, ended: make(chan struct{})}, err
}

// pump reads until the end, in the one goroutine that calls it.
func (r *reader) pump(sink Sink) {
	defer close(r.ended)
	defer func() {
		for _, s := range r.sources {
			s.narrow()
		}
	}()
	for !r.finished() {
		err := r.raw.Read(func(fd uintptr) (goesOn bool) {
			_, goesOn = r.turn(int(fd), sink)
			return goesOn
		})
		if errors.Is(err, os.ErrDeadlineExceeded) {
			r.obey(sink)
		} else if err != nil {
			return
		}
	}
}

// finished reports whether nothing more will come.
func (r *reader) finished() bool {
	return !slices.ContainsFunc(r.sources, func(s *source) bool { return !s.ended })
}

// turn reads once, from the source that was first to have something, and reports
// whether it has. It goes on if there may be more; else file will tell, also of what
// has come meanwhile. Whoever prints little to one source, and nothing to another, is
// given time.
func (r *reader) turn(fd int, sink Sink) (read, goesOn bool) {
	r.collect(fd)
	if r.more != nil { // who came meanwhile is first
		r.add(r.more)
		r.more = nil
	}
	for len(r.queue) > 0 && !read {
		s := r.queue[0]
		r.queue = slices.Delete(r.queue, 0, 1)
		how, n := s.read(sink)
		again := s == r.last
		read, r.last = how != empty, s
		switch how {
		case more:
			r.more = s
		case closed:
			goesOn = true
		}
		if s.gathers && 0 < n && n < shortRead && again && !s.hung && !r.draining {
			letWrite()
			goesOn = true
		}
	}
	return read, goesOn || r.more != nil || len(r.queue) > 0
}

// add puts a source into the queue, unless it is there.
func (r *reader) add(s *source) {
	if !s.ended && !slices.Contains(r.queue, s) {
		r.queue = append(r.queue, s)
	}
}

// drain makes pump read what is there by now, and returns a channel that is
// closed when that has been handed on. A deadline is what wakes pump.
func (r *reader) drain() <-chan struct{} {
	done := make(chan struct{})
	if earlier := r.request.Swap(&done); earlier != nil {
		close(*earlier) // one program is drained once; never leave anybody waiting
	}
	_ = r.file.SetReadDeadline(time.Unix(1, 0)) // fails if the file is closed, and then ended is too
	return done
}

// obey carries out a drain. The deadline goes first: one that is set meanwhile comes
// with its own request.
func (r *reader) obey(sink Sink) {
	_ = r.file.SetReadDeadline(time.Time{}) // fails if the file is closed, which the next turn will tell
	done := r.request.Swap(nil)
	if done == nil {
		return
	}
	_ = r.raw.Control(func(fd uintptr) { r.collect(int(fd)) }) // as above
	for _, s := range r.sources {
		s.owed = owedSize
		r.add(s)
	}
	r.draining = true
	for read := true; read && slices.ContainsFunc(r.sources, func(s *source) bool { return s.owed > 0 }); {
		read = false // should it have been closed
		_ = r.raw.Control(func(fd uintptr) { read, _ = r.turn(int(fd), sink) })
	}
	r.draining = false
	close(*done)
}
