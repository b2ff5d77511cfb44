package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/session"
	"example.com/muster/ui/port"
	"example.com/muster/ui/stacks"
)

// stacksWait bounds how long the stacks may take to be read.
const stacksWait = 10 * time.Second

// stacksMsg says where all threads are.
type stacksMsg struct {
	all session.StacksJSON
	err error
}

// stacks asks where all threads are. It reads the memory of every process.
func (m *root) stacks() tea.Msg {
	ctx, cancel := context.WithTimeout(context.Background(), stacksWait)
	defer cancel()
	all, err := port.Stacks(ctx, m.opt.Session)
	return stacksMsg{all, err}
}

// showStacks covers the screen with them. Another question is not covered.
func (m *root) showStacks(msg stacksMsg) {
	switch {
	case msg.err != nil:
		m.fail(msg.err)
	case m.question == nil && m.prompt == nil:
		m.cover("Where all threads were at "+m.opt.Now().Format("15:04:05"), stacks.Lines(msg.all))
	}
}
