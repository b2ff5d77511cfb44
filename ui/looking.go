package ui

import (
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/terminal"
)

// look is the terminal of a full-screen program that is shown where its lines would be.
type look struct {
	pane    *terminal.Pane // nil if there is none
	refused bool           // it cannot be opened
}

// lookOn opens the terminal that the screen in front has to show, and gives back the one that it
// had to show before. While somebody types there is none.
func (m *root) lookOn() tea.Cmd {
	s, ok := m.screens[m.at].(looker)
	if !ok || m.pane != nil {
		return m.lookAway()
	}
	id, cols, rows, ok := s.Looks()
	if !ok {
		return m.lookAway()
	}
	var before tea.Cmd
	if m.look.pane == nil || m.look.pane.ID() != id {
		before = m.lookAway()
		m.look.pane = terminal.Look(m.opt.Theme, id, link{m.opt.Session, m.do})
		m.look.pane.Sync(m.opt.Session, m.opt.Now())
	}
	m.look.pane.SetSize(cols, rows)
	if m.look.refused {
		return before
	}
	return tea.Batch(before, m.look.pane.More())
}

// lookAway gives the terminal back.
func (m *root) lookAway() tea.Cmd {
	if m.look.pane == nil {
		return nil
	}
	cmd := m.look.pane.Close()
	m.look = look{}
	return cmd
}

// picture brings the screen in front what it has to show.
func (m *root) picture(s Screen) {
	l, ok := s.(looker)
	if !ok {
		return
	}
	var lines []string
	if id, _, _, ok := l.Looks(); ok && m.look.pane != nil && m.look.pane.ID() == id {
		m.look.pane.Sync(m.opt.Session, m.opt.Now())
		lines = m.look.pane.Lines()
	}
	l.SetPicture(lines)
}

// looked brings the terminal what its commands have found out. What goes wrong there is
// told to nobody who has not asked for it: the screen has a line instead.
func (m *root) looked(msg terminal.Msg) tea.Cmd {
	cmd, err := m.look.pane.Receive(msg)
	var refused terminal.Refused
	m.look.refused = m.look.refused || errors.As(err, &refused)
	return cmd
}
