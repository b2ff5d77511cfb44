package spawn

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// Sink receives what a program printed: the stream, the pid of who wrote it
// (0 where the mode cannot tell) and the bytes, which are valid until it
// returns. It must be quick: while it runs nothing is read. On Linux it is called by
// one goroutine, elsewhere by one for each stream, so for stdout and stderr at the same time.
type Sink = func(stream procs.Stream, pid int, p []byte)

// StreamOptions say what [Open] opens.
type StreamOptions struct {
	// Cols and Rows are the size of the terminal, in pty mode; 80x24 if 0.
	Cols, Rows int
	// Stdin is what the program reads; nil is its own terminal in pty mode,
	// else /dev/null. It stays the caller's.
	Stdin *os.File
	// EndWriter is told, in by-writer mode, of a process that has ended without ending its
	// line, before the sink gets what another has printed since. It is called as
	// the sink is, and may be nil. Where no other prints anything, it is not called.
	EndWriter func(stream procs.Stream, pid int)
}

// Streams are the standard input, output and error of one program: muster's
// ends of them, and until [Guard.Start] the program's. The order of calls is
// [Open], [Guard.Start], Pump in a goroutine, Drain after the exit, Close.
type Streams struct {
	child [3]int // the program's 0, 1 and 2; -1 once closed
	ctty  int    // which of those becomes its controlling terminal, or noTTY
	// terminal is the program's own, nil without one.
	terminal *Terminal
	sources  []*source
	readers  []*reader // of the sources
	// through returns what Pump calls instead of its sink; nil where it calls that itself.
	through func(Sink) Sink
}

// Open makes the streams of one program. The mode is not auto, see [Resolve].
func Open(mode procs.OutputMode, o StreamOptions) (*Streams, error) {
	s := &Streams{child: [3]int{-1, -1, -1}, ctty: noTTY}
	var err error
	switch mode {
	case procs.OutputPTY:
		err = s.openPTY(o)
	case procs.OutputPipe:
		err = s.openPipes()
	case procs.OutputByWriter:
		err = s.openSockets(o)
	default:
		err = errors.New("no such mode")
	}
	if err == nil {
		err = s.openStdin(o)
	}
	if err == nil {
		s.readers, err = newReaders(s.sources)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("cannot open output in %s mode: %w", mode, err)
	}
	return s, nil
}

// Outputs returns the inode numbers of what the program has for its standard output and
// error, by which it can tell whether that is still what muster reads.
func (s *Streams) Outputs() (inodes []uint64) {
	for _, fd := range s.child[1:] {
		var st unix.Stat_t
		if fd >= 0 && unix.Fstat(fd, &st) == nil && !slices.Contains(inodes, st.Ino) {
			inodes = append(inodes, st.Ino)
		}
	}
	return inodes
}

// Join makes streams of files: what the program reads and writes goes there
// without muster looking at it, so there is nothing to Pump. A nil file is
// /dev/null. The files stay the caller's.
func Join(stdin, stdout, stderr *os.File) (*Streams, error) {
	s := &Streams{child: [3]int{-1, -1, -1}, ctty: noTTY}
	for i, file := range []*os.File{stdin, stdout, stderr} {
		var err error
		if file == nil {
			s.child[i], err = unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
		} else {
			err = withFD(file, func(fd int) (err error) {
				s.child[i], err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
				return err
			})
		}
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("cannot open the streams of a program: %w", err)
		}
	}
	return s, nil
}

// openStdin fills descriptor 0, unless it is the terminal already.
func (s *Streams) openStdin(o StreamOptions) (err error) {
	if o.Stdin == nil {
		if s.child[0] < 0 {
			s.child[0], err = unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
		return err
	}
	closeFD(&s.child[0])
	return withFD(o.Stdin, func(fd int) (err error) {
		s.child[0], err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		return err
	})
}

// read adds a source, which may be the only one: what the program writes comes out of fd.
func (s *Streams) read(fd int, stream procs.Stream, take takeFunc, only bool) (*source, error) {
	src, err := newSource(fd, stream, take, only || !together)
	if err == nil {
		s.sources = append(s.sources, src)
	}
	return src, err
}

// Pump hands everything that the program, and whoever inherited its output,
// prints to sink, until all of them have closed it or Close is called. It is
// called once. Reading goes on whether anybody looks at the output or not, so
// a program never waits for muster longer than sink takes.
func (s *Streams) Pump(sink Sink) {
	if s.terminal != nil {
		defer s.terminal.tape.End()
	}
	if s.through != nil {
		sink = s.through(sink)
	}
	var others sync.WaitGroup
	for _, r := range s.readers[1:] {
		others.Go(func() { r.pump(sink) })
	}
	s.readers[0].pump(sink)
	others.Wait()
}

// drainAtMost bounds how long Drain waits for a sink.
const drainAtMost = 5 * time.Second

// Drain is called after the program's exit, while Pump runs. When it returns,
// everything that the program had printed has been handed to Pump's sink. It
// also waits up to timeout for whoever else holds the output open to close
// it, and reports true if somebody still does; Pump then reads on.
func (s *Streams) Drain(timeout time.Duration) (cut bool) {
	sunk, closed := time.NewTimer(drainAtMost), time.NewTimer(timeout)
	defer sunk.Stop()
	defer closed.Stop()
	passes := make([]<-chan struct{}, len(s.readers))
	for i, r := range s.readers {
		passes[i] = r.drain()
	}
	for i, r := range s.readers {
		select {
		case <-passes[i]:
		case <-r.ended:
		case <-sunk.C:
			return true
		}
	}
	for _, r := range s.readers {
		select {
		case <-r.ended:
		case <-closed.C:
			return !s.ended()
		}
	}
	return false
}

// ended reports whether all readers are at the end.
func (s *Streams) ended() bool {
	for _, r := range s.readers {
		select {
		case <-r.ended:
		default:
			return false
		}
	}
	return true
}

// Resize tells the program's terminal its size; without a terminal it does nothing.
func (s *Streams) Resize(cols, rows int) error {
	if s.terminal == nil {
		return nil
	}
	return s.terminal.resize(cols, rows)
}

// Terminal is the program's terminal; nil without one.
func (s *Streams) Terminal() *Terminal { return s.terminal }

// Close ends Pump and closes everything. What has not been read is lost; a
// program that writes on gets SIGPIPE, or SIGHUP in pty mode.
func (s *Streams) Close() {
	s.closeChildEnds()
	for _, r := range s.readers { // which wait for nothing more
		_ = r.file.Close()
	}
	for _, src := range s.sources {
		_ = src.file.Close() // it is only read
	}
}

func (s *Streams) closeChildEnds() {
	for i := range s.child {
		closeFD(&s.child[i])
	}
}

func closeFD(fd *int) {
	if *fd >= 0 {
		_ = unix.Close(*fd) // nothing was written to it
		*fd = -1
	}
}
