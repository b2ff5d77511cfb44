package cpython

import (
	"os"
	"strconv"
	"syscall"

	"example.com/muster/profiling/peek"
)

// fileOf opens the files of a process's mappings where the process sees them.
// The name is of the process's own choice, so only a regular file is opened.
func fileOf(pid int) opener {
	root := "/proc/" + strconv.Itoa(pid) + "/root"
	return func(m *peek.Mapping) file {
		f, err := os.OpenFile(root+m.File(), os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return nil
		}
		if s, err := f.Stat(); err != nil || !s.Mode().IsRegular() {
			_ = f.Close() // it was only opened
			return nil
		}
		return f
	}
}
