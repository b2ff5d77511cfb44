package task

import (
	"os"

	"golang.org/x/sys/unix"
)

// memFile makes a file in memory.
func memFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("worker", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), "worker"), nil
}

// fionread asks a pipe how much is in it.
const fionread = unix.TIOCINQ
