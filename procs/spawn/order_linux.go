package spawn

import (
	"sync"

	"golang.org/x/sys/unix"
)

// order has several sources of one program read in the order in which they came to
// have something: nobody could tell otherwise whether an error was printed before or
// after the line beside it. An epoll instance knows that order (epoll(7): its ready
// list is a queue); the runtime's own is read by whatever goroutine runs first.
type order struct {
	mu      sync.Mutex // held by whoever reads any of the sources
	poll    int        // -1 once closed
	sources []*source
}

// newOrder returns nil where there is nothing to put in order, or no way to.
func newOrder(sources []*source) *order {
	if len(sources) < 2 {
		return nil
	}
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	o := &order{poll: poll, sources: sources}
	for i, s := range sources {
		closed := s.raw.Control(func(fd uintptr) {
			err = unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, int(fd), &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(i)})
		})
		if closed != nil || err != nil {
			o.close()
			return nil
		}
	}
	return o
}

// read reads all that there is to read from s, and from each other source that was
// first.
func (o *order) read(s *source, fd int, sink Sink, wait bool) (how outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	mine := false
	for _, other := range o.ready() {
		if other == s {
			mine, how = true, s.readAll(fd, sink, wait)
			continue
		}
		_ = other.raw.Control(func(fd uintptr) { other.readAll(int(fd), sink, true) }) // it may have been closed
	}
	if !mine { // another one has read it in its turn, most of the time
		how = s.readAll(fd, sink, wait)
	}
	return how
}

// ready returns the sources that have come to have something since it was asked last,
// the first ones first.
func (o *order) ready() (list []*source) {
	if o.poll < 0 {
		return nil
	}
	var events [2]unix.EpollEvent
	n, _ := unix.EpollWait(o.poll, events[:], 0) // of none on an error
	for _, e := range events[:max(n, 0)] {
		list = append(list, o.sources[e.Fd])
	}
	return list
}

func (o *order) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	closeFD(&o.poll)
}
