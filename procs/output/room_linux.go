package output

import (
	"os"

	"golang.org/x/sys/unix"
)

// keepRoom has the disk keep room for n bytes of a file from an offset on, which do not
// become part of it, see fallocate(2). Where there is no room, or the file
// system cannot do that, what needs it may fail later.
func keepRoom(f file, offset, n int64) {
	if f, ok := f.(*os.File); ok {
		for unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, offset, n) == unix.EINTR {
			continue
		}
	}
}
