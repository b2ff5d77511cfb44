package ui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/keys"
)

// bundle writes all that is known of a crash to a file, and says to which.
func (m *root) bundle(msg keys.BundleMsg) tea.Cmd {
	write := m.opt.Bundle
	return func() tea.Msg {
		if write == nil {
			return keys.SayMsg{Text: "cannot write a bundle here", Bad: true}
		}
		ctx, cancel := context.WithTimeout(context.Background(), commandDeadline)
		defer cancel()
		file, err := write(ctx, msg.ID)
		if err != nil {
			return keys.SayMsg{Text: err.Error(), Bad: true}
		}
		return keys.SayMsg{Text: "wrote " + file}
	}
}
