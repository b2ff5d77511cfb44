package task

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errBusy says that another map has a file open for its results.
var errBusy = errors.New("another muster map writes to it; wait for its end, or name another file")

// openOwn opens a file for reading and writing, which is made where it is not there,
// for this map alone: two that write to one file would write over each other's
// records. The lock ends with the descriptor, also after kill -9. A device or a pipe is
// not locked, nor is what lies where locks are not known.
func openOwn(name string) (*os.File, error) {
	for {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		mine, err := own(f)
		if err != nil {
			_ = f.Close() // nothing was written
			return nil, err
		}
		if !mine || isAt(f, name) {
			return f, nil
		}
		_ = f.Close() // it was replaced meanwhile, as without does it
	}
}

// own locks an open file; mine is false if it is none that can be locked.
func own(f *os.File) (mine bool, err error) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	err = withDescriptor(f, func(fd uintptr) error { return unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, errBusy
	}
	return err == nil, nil
}

// isAt reports whether an open file is the one of a name.
func isAt(f *os.File, name string) bool {
	is, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(name)
	return err == nil && os.SameFile(is, named)
}
