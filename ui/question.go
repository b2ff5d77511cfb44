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
	// detaches marks the one that quitting an attached screen asks: it has a
	// third answer, to leave and stop nothing.
	detaches bool
	// covers: what is asked about covers the screen, and goes with the answer.
	covers bool
}

// answer takes a key as the answer: y is yes; n and Escape are no; the key that
// quits is yes to leaving, which has been asked for twice then, and no to anything
// else. Leaving an attached screen asks which of two things to do: d and the key
// that quits detach, s stops everything. Other keys are no answer.
func (m *root) answer(key string, quits bool) tea.Cmd {
	q := m.question
	defer func() {
		if q.covers && m.question == nil {
			m.over = nil
		}
	}()
	switch {
	case q.detaches && (key == "d" || key == "D" || quits):
		m.question = nil
		return tea.Quit
	case q.detaches && (key == "s" || key == "S"):
		m.question = nil
		return q.yes()
	case q.detaches && (key == "y" || key == "Y"): // yes to what?
	case key == "y" || key == "Y" || quits && q.leaves:
		m.question = nil
		return q.yes()
	case key == "n" || key == "N" || key == "esc" || quits:
		m.question = nil
		m.notice = keys.SayMsg{Text: "nothing was done"}
	}
	return nil
}

// choices are the answers, as the line of hints shows them.
func (q *question) choices() []keys.Hint {
	if q.detaches {
		return []keys.Hint{{Key: "d", Label: "detach"}, {Key: "s", Label: "stop all and leave"}, {Key: "n", Label: "stay"}}
	}
	return []keys.Hint{{Key: "y", Label: "yes"}, {Key: "n", Label: "no"}}
}
