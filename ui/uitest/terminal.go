package uitest

import (
	"context"
	"io"

	"example.com/muster/procs"
)

// Terminal is a terminal that has shown some text to whoever opens it, and ends then.
type Terminal struct {
	Text   string
	Closed int // how many times
	read   bool
}

// Open gives the slots of the session a terminal.
func (s *Session) Open(t *Terminal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.terminal = t
}

// Next implements session.TerminalStream.
func (t *Terminal) Next(context.Context) (procs.TerminalPiece, error) {
	if t.read {
		return procs.TerminalPiece{}, io.EOF
	}
	t.read = true
	return procs.TerminalPiece{Fresh: true, N: 1, Data: []byte(t.Text)}, nil
}

// Close implements session.TerminalStream.
func (t *Terminal) Close() { t.Closed++ }
