package demo

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

// localModes are those of the field Lflag, see termios(3).
type localModes = uint32
