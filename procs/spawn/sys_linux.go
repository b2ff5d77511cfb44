package spawn

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

const (
	// closeOnExec has received descriptors closed in programs that are executed.
	closeOnExec = unix.MSG_CMSG_CLOEXEC
	// noSignal has a write to a channel that nobody reads fail, and do no more.
	noSignal = unix.MSG_NOSIGNAL
)

func closeInPrograms([]int) {} // closeOnExec has done it

func flushInput(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }

// executable is this program, even if its file was replaced or removed.
func executable() (string, error) { return "/proc/self/exe", nil }

// guardAttr puts the guard into a session of its own. A guard that somebody has
// stopped is continued when muster dies (PR_SET_PDEATHSIG, prctl(2)): it has
// work to do then. The signal comes with the end of the thread that started
// the guard; should that end early, SIGCONT does no harm.
func guardAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGCONT}
}

// nameProcess sets the name by which ps and pkill know this process. The file
// names the main thread, whichever thread writes it (proc(5), /proc/PID/comm).
func nameProcess() {
	_ = os.WriteFile("/proc/self/comm", []byte(GuardName), 0) // without it the name is "exe"
}

// crashFile returns a file without a name for the text of a panic.
func crashFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("crash", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "crash"), nil
}

// socketPair returns two connected stream sockets that no child inherits.
func socketPair() (ours, theirs int, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	return fds[0], fds[1], err
}

// pipe returns the ends of a pipe that no child inherits.
func pipe() (read, write int, err error) {
	var p [2]int
	err = unix.Pipe2(p[:], unix.O_CLOEXEC)
	return p[0], p[1], err
}

// widenPipe has a pipe hold size bytes, where the user may have that much.
func widenPipe(fd, size int) { _, _ = unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, size) }

// sleep occupies a thread for a short time; a signal may cut it.
func sleep(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil)
}
