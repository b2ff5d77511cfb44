package cli

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// endsAnyway is how long a session has to end by itself when its reader has gone, as one
// does that has read the last line.
const endsAnyway = time.Second

// watchReader tells when whoever reads a pipe or a socket has been gone for a moment, which
// else only the next write would. Nobody is told of any other file. Call stop, in any case.
func watchReader(out *os.File) (gone <-chan struct{}, stop func()) {
	left := make(chan struct{})
	if info, err := out.Stat(); err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return left, func() {}
	}
	wake, end, err := os.Pipe()
	if err != nil { // then the next write tells
		return left, func() {}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if !readerGone(out, wake) {
			return
		}
		fds := []unix.PollFd{{Fd: int32(wake.Fd())}} // a descriptor is a small number
		if n, err := poll(fds, int(endsAnyway.Milliseconds())); err == nil && n == 0 {
			close(left)
		}
	})
	return left, sync.OnceFunc(func() {
		_ = end.Close() // nothing was written
		wg.Wait()
		_ = wake.Close() // likewise
	})
}

// readerGone reports whether nobody reads a pipe or a socket any more. It waits for that
// until wake, if there is one, has been closed at its other end.
func readerGone(out, wake *os.File) bool {
	// Asked for nothing, poll tells of the end alone (poll(2)): POLLERR for a pipe.
	fds, timeout := []unix.PollFd{{Fd: int32(out.Fd())}}, 0 // a descriptor is a small number
	if wake != nil {
		fds, timeout = append(fds, unix.PollFd{Fd: int32(wake.Fd())}), -1
	}
	_, err := poll(fds, timeout)
	return err == nil && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}

// poll is poll(2), which a signal does not end.
func poll(fds []unix.PollFd, timeout int) (n int, err error) {
	for {
		if n, err = unix.Poll(fds, timeout); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
