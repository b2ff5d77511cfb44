package task

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tempDir is where files without a name are, for a directory or "".
func tempDir(dir string) string {
	if dir == "" {
		return os.TempDir()
	}
	return dir
}

// nearlyFull is how many bytes are left of a disk of which [full] is not sure.
const nearlyFull = 1 << 20

// full reports whether no more can be written to a file for want of space, so that
// what was written may not be whole. Programs do not all say so.
func full(f *os.File) bool {
	var disk unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &disk); err != nil || disk.Bavail*uint64(disk.Bsize) > nearlyFull {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	_, err = f.Write(make([]byte, 8<<10)) // two pages: a part of one may be free in the last block
	_ = f.Truncate(info.Size())           // it makes the file smaller, which needs no space
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

// namedTempFile makes a file and takes its name away.
func namedTempFile(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "muster-map-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close() // it is empty
		return nil, err
	}
	return f, nil
}
