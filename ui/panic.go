package ui

import tea "github.com/charmbracelet/bubbletea"

// orLeave runs f. If it panics, the screen is left first: Bubble Tea prints
// the panic before anybody else hears of it, and on the alternate screen
// nobody would see it.
func (m *root) orLeave(f func()) {
	ended := false
	defer func() {
		if !ended {
			_ = m.display.Leave() // the panic is worse
		}
	}()
	f()
	ended = true
}

// guarded is cmd, with orLeave around it and the commands that it may consist of.
func (m *root) guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		m.orLeave(func() { msg = cmd() })
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = m.guarded(batch[i])
			}
		}
		return msg
	}
}
