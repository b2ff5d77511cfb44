package task

import (
	"os"

	"golang.org/x/sys/unix"
)

// tempFile makes a file without a name, for output; see O_TMPFILE of open(2).
// Who writes to it appends.
func tempFile(dir string) (*os.File, error) {
	dir = tempDir(dir)
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_APPEND|unix.O_CLOEXEC, 0o600)
	if err == nil {
		return os.NewFile(uintptr(fd), "output"), nil
	}
	f, err := namedTempFile(dir)
	if err != nil {
		return nil, err
	}
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETFL, unix.O_APPEND)
	return f, err
}
