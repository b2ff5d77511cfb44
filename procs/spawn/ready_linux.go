package spawn

import (
	"os"

	"golang.org/x/sys/unix"
)

// together: several sources can be waited for in their order, by one reader.
const together = true

// newReaders returns who reads the sources of a program: one reader. Several sources
// are in an epoll instance, which keeps those that have got something in the order in
// which they did (epoll(7), fs/eventpoll.c: the ready list is a queue). The runtime's
// own is no help there: it runs whoever it finds last first.
func newReaders(sources []*source) ([]*reader, error) {
	if len(sources) == 1 {
		r, err := newReader(sources[0].file, sources[0])
		return []*reader{r}, err
	}
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	for i, s := range sources {
		event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(i)}
		if err = withFD(s.file, func(fd int) error { return unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, fd, &event) }); err != nil {
			break
		}
	}
	if err == nil {
		err = unix.SetNonblock(poll, true) // so that the runtime waits for it
	}
	file := os.NewFile(uintptr(poll), "ready")
	r, rawErr := newReader(file, sources...)
	if err == nil {
		err = rawErr
	}
	return []*reader{r}, err
}

// collect adds those to the queue that have got something since they were in it last.
// A source is told of once, and then when more has come or its end.
func (r *reader) collect(fd int) {
	if len(r.sources) == 1 {
		r.add(r.sources[0])
		return
	}
	var events [2]unix.EpollEvent
	n, _ := unix.EpollWait(fd, events[:], 0) // none on an error, such as EINTR
	for _, e := range events[:max(n, 0)] {
		s := r.sources[e.Fd]
		s.hung = s.hung || e.Events&(unix.EPOLLHUP|unix.EPOLLRDHUP) != 0
		r.add(s)
	}
}
