//go:build unix

package agent

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Package net is not used: with cgo it would link the C library into programs
// that do without one.

// longest is how long the name of a socket may be everywhere, in bytes: macOS
// has room for 104 with the NUL, Linux for 108 (unix(7)).
const longest = 103

// listen makes a socket in a directory; nil if it cannot be had: then the
// program runs as without the agent. A private directory is what keeps others
// from it.
func listen(dir, name string) *os.File {
	path := filepath.Join(dir, name)
	_ = os.Remove(path) // of a process that had this number before
	if len(path) > longest {
		if path = shorter(dir, name); path == "" {
			return nil
		}
	}
	syscall.ForkLock.RLock() // no other process may get the descriptor
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil
	}
	err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	if err == nil {
		err = unix.Listen(fd, 128)
	}
	if err == nil {
		err = unix.SetNonblock(fd, true) // or the goroutine would have a thread of its own
	}
	if err != nil {
		_ = unix.Close(fd) // nobody has used it
		return nil
	}
	return os.NewFile(uintptr(fd), path)
}

// shorter is a name that leads to a directory by a descriptor of it, which
// stays open; "" where there is no such name.
func shorter(dir, name string) string {
	if runtime.GOOS != "linux" {
		return ""
	}
	fd, err := unix.Open(dir, unix.O_DIRECTORY|unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	return "/proc/self/fd/" + strconv.Itoa(fd) + "/" + name
}

// accept waits for a connection.
func accept(l *os.File) (*os.File, error) {
	raw, err := l.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, failed := -1, error(nil)
	err = raw.Read(func(s uintptr) bool {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		fd, _, failed = unix.Accept(int(s))
		if failed == nil {
			unix.CloseOnExec(fd)
		}
		return failed != unix.EAGAIN
	})
	switch {
	case err != nil:
		return nil, err
	case failed == unix.EINTR || failed == unix.ECONNABORTED:
		return accept(l)
	case failed != nil:
		return nil, failed
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd) // nothing was read
		return nil, err
	}
	return os.NewFile(uintptr(fd), "connection"), nil
}
