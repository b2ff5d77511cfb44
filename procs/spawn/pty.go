package spawn

import (
	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// The size of a terminal that nobody gave one.
const (
	defaultCols = 80
	defaultRows = 24
)

// openPTY makes a terminal of the program's own. It is the program's
// controlling terminal, so Ctrl-C written to Input interrupts it.
func (s *Streams) openPTY(o StreamOptions) error {
	master, slave, err := pty.Open()
	if err != nil {
		return err
	}
	defer func() {
		// The package has taken both from the runtime's poller; duplicates are used.
		_, _ = master.Close(), slave.Close()
	}()
	for i := range s.child {
		if s.child[i], err = unix.FcntlInt(slave.Fd(), unix.F_DUPFD_CLOEXEC, 0); err != nil {
			return err
		}
	}
	s.ctty = 1
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := setSize(fd, o.Cols, o.Rows); err != nil {
		_ = unix.Close(fd) // nothing is written to it
		return err
	}
	src, err := s.read(fd, procs.Terminal, take, true)
	if err != nil {
		return err
	}
	s.terminal = &Terminal{file: src.file, turn: make(chan struct{}, 1)}
	src.seen = s.terminal.seen
	return nil
}

func setSize(fd, cols, rows int) error {
	if cols <= 0 {
		cols = defaultCols
	}
	if rows <= 0 {
		rows = defaultRows
	}
	const most = 1<<16 - 1
	return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(min(cols, most)), Row: uint16(min(rows, most))})
}
