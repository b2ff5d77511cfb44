package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/keys"
)

// question is asked in the status line before something that cannot be undone.
type question struct {
	text string // "restart all 4 processes of api?"
	yes  func() tea.Cmd
	// leaves marks the one that quitting asks; Ctrl-C answers it with "now".
	leaves bool
}

// answer takes a key as the answer: y is yes, n, Escape and q are no, and
// anything else is not an answer.
func (m *root) answer(key string) tea.Cmd {
	switch key {
	case "y", "Y":
		q := m.question
		m.question = nil
		return q.yes()
	case "n", "N", "esc", "q":
		m.question = nil
		m.notice = keys.SayMsg{Text: "nothing was done"}
	}
	return nil
}
