package ui

import "os"

// input is the terminal's input, which tells when the terminal has gone: the kernel sends
// SIGHUP to the leader of its session only (tty_io.c, tty_signal_session_leader), and who is
// none, as under a wrapper that does not hand it on, would show its screen to nobody for ever.
type input struct {
	*os.File
	gone func()
}

// Read tells of the end of what can be read, and of an error, which no terminal has in raw
// mode while it is there.
func (i input) Read(p []byte) (int, error) {
	n, err := i.File.Read(p)
	if err != nil && i.gone != nil {
		i.gone()
	}
	return n, err
}
