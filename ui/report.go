package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
)

// reported is what OnResize and Focus were told last.
type reported struct {
	busy       bool
	cols, rows int
	id         procs.ID
}

// reportedMsg says that OnResize and Focus have returned.
type reportedMsg struct{}

// report tells OnResize and Focus what has changed since the last time. One call is
// under way at a time, so that the last word is also the last one heard.
func (m *root) report() tea.Cmd {
	if m.reported.busy {
		return nil
	}
	next := m.reported
	if s, ok := m.screens[keys.Processes].(paneSizer); ok && m.w > 0 {
		next.cols, next.rows = s.PaneSize()
	}
	if s, ok := m.screens[m.at].(selector); ok {
		if id, ok := s.Selected(); ok {
			next.id = id
		}
	}
	if next == m.reported {
		return nil
	}
	resized := next.cols != m.reported.cols || next.rows != m.reported.rows
	focused := next.id != m.reported.id
	m.reported = next
	m.reported.busy = true
	return func() tea.Msg {
		if resized && m.opt.OnResize != nil {
			m.opt.OnResize(next.cols, next.rows)
		}
		if focused && m.opt.Focus != nil {
			m.opt.Focus(next.id)
		}
		return reportedMsg{}
	}
}
