package spawn

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

// There are no such flags here. The runtime makes nothing of SIGPIPE but for
// descriptors 1 and 2 (package os/signal).
const closeOnExec, noSignal = 0, 0

// closeInPrograms has received descriptors closed in programs that are executed.
func closeInPrograms(fds []int) {
	for _, fd := range fds {
		unix.CloseOnExec(fd)
	}
}

func flushInput(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, 1) } // FREAD of sys/fcntl.h

func executable() (string, error) { return os.Executable() }

// guardAttr puts the guard into a session of its own.
func guardAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// nameProcess does nothing: argv[0] is all the name there is.
func nameProcess() {}

// crashFile returns a file without a name for the text of a panic.
func crashFile() (*os.File, error) {
	f, err := os.CreateTemp("", "crash")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close() // empty
		return nil, err
	}
	return f, nil
}

// socketPair returns two connected stream sockets that no child inherits.
func socketPair() (ours, theirs int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	return fds[0], fds[1], err
}

// pipe returns the ends of a pipe that no child inherits.
func pipe() (read, write int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var p [2]int
	if err = unix.Pipe(p[:]); err == nil {
		unix.CloseOnExec(p[0])
		unix.CloseOnExec(p[1])
	}
	return p[0], p[1], err
}

// widenPipe does nothing: a pipe grows by itself.
func widenPipe(int, int) {}

func sleep(d time.Duration) { time.Sleep(d) }
