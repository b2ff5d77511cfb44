//go:build !linux

package procfs

import (
	"os"
	"time"
)

// file is an open file; there is no /proc here, so nothing opens.
type file struct{ *os.File }

func openFile(name string) (file, error) {
	f, err := os.Open(name)
	return file{f}, err
}

func (f file) read(b []byte) (int, error) { return f.Read(b) }

// Drains is known on Linux only.
func Drains(int) (left int, ok bool) { return 0, false }

func (f file) close() { _ = f.Close() } // read only: nothing can be lost

// BootTime is known on Linux only; elsewhere it is zero.
func BootTime() time.Time { return time.Time{} }
