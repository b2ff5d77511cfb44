package demo

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

// localModes are those of the field Lflag, see termios(4).
type localModes = uint64
