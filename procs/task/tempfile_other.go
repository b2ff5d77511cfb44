//go:build !linux

package task

import (
	"os"

	"golang.org/x/sys/unix"
)

// tempFile makes a file without a name, for output. Who writes to it appends.
func tempFile(dir string) (*os.File, error) {
	f, err := namedTempFile(dir)
	if err != nil {
		return nil, err
	}
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETFL, unix.O_APPEND)
	return f, err
}
