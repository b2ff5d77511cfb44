package ui

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/terminal"
)

// typeInto opens the pane that types into the terminal of the selected slot.
// From now on all keys are the pane's, be the terminal open or not: none of what
// is typed is taken for a command of muster's.
func (m *root) typeInto() {
	if m.over != nil {
		return
	}
	id, ok := m.meant()
	if !ok {
		m.fail(errors.New("cannot type: select a process first"))
		return
	}
	m.pane = terminal.New(m.opt.Theme, id, link{m.opt.Session, m.do})
	m.pane.SetSize(m.w, bodyHeight(m.h))
}

// meant is the slot that is selected on the screen in front, or the only one that there is.
func (m *root) meant() (id procs.ID, ok bool) {
	s, ok := m.screens[m.at].(selector)
	if !ok {
		return id, false
	}
	if id, ok = s.Selected(); ok {
		return id, true
	}
	pools := m.opt.Session.Snapshot().Pools
	if len(pools) == 1 && len(pools[0].Slots) == 1 {
		return pools[0].Slots[0].ID, true
	}
	return id, false
}

// typingInto selects a process on screen 1, and types into it.
func (m *root) typingInto(id procs.ID) func() tea.Cmd {
	return func() tea.Cmd {
		if m.choose(id, procs.PIDRef{}) {
			m.open(keys.Processes)
			m.typeInto()
		}
		return nil
	}
}

// link is how a pane reaches its process.
type link struct {
	session port.Session
	do      func(procs.Command) error
}

// OpenTerminal implements [terminal.Link].
func (l link) OpenTerminal(q session.TerminalQuestion) (session.TerminalStream, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandDeadline)
	defer cancel()
	return port.OpenTerminal(ctx, l.session, q)
}

// Type implements [terminal.Link].
func (l link) Type(c procs.Type) error { return l.do(c) }

// inPane gives a key to the pane, unless it is the one that leaves it.
func (m *root) inPane(msg tea.KeyMsg) tea.Cmd {
	if msg.String() == terminal.Leave {
		return m.leavePane()
	}
	return m.pane.Key(msg)
}

func (m *root) leavePane() tea.Cmd {
	cmd := m.pane.Close()
	m.pane = nil
	return cmd
}

// giveBack leaves the pane and the terminal that is looked at, if there are any, when the event loop has ended.
func (m *root) giveBack() {
	cmds := []tea.Cmd{m.lookAway()}
	if m.pane != nil {
		cmds = append(cmds, m.leavePane())
	}
	for _, cmd := range cmds {
		if cmd != nil {
			cmd()
		}
	}
}

// pointPane gives the mouse to the pane; a click on the hint leaves it.
func (m *root) pointPane(msg tea.MouseMsg) tea.Cmd {
	if msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress {
		if _, ok := m.frame.hintAt(msg.X, msg.Y); ok {
			return m.leavePane()
		}
	}
	return m.pane.Mouse(msg, msg.X, msg.Y-headerHeight)
}

// paned brings the pane what its commands have found out.
func (m *root) paned(msg terminal.Msg) tea.Cmd {
	switch {
	case msg.For() == m.pane:
	case msg.For() == m.look.pane:
		return m.looked(msg)
	default:
		return msg.Drop() // its pane has been left
	}
	cmd, err := m.pane.Receive(msg)
	if err != nil {
		m.fail(err)
	}
	var refused terminal.Refused
	if errors.As(err, &refused) {
		m.pane = nil
	}
	return cmd
}

// placeCursor says where the cursor is: in the pane, or nowhere.
func (m *root) placeCursor() {
	if m.pane == nil {
		m.display.Cursor(0, 0, false)
		return
	}
	x, y, shown := m.pane.Cursor()
	m.display.Cursor(x, y+headerHeight, shown)
}

// paneStatus is the status line while keys go to a process. The first of these that
// has something to say speaks: what went wrong, what muster asks or has found out
// meanwhile, the news that every screen tells, and where the keys go.
func (m *root) paneStatus(snap *procs.Snapshot) string {
	t, w := m.opt.Theme, m.w-1
	switch {
	case m.notice.Text != "" && m.notice.Bad:
		return " " + t.Error.Paint(plain(m.notice.Text, w))
	case m.notice.Text != "":
		return " " + plain(m.notice.Text, w)
	case m.question != nil:
		tail := "  (" + terminal.LeaveName + ", then answer)"
		return " " + t.Accent.Paint(plain(m.question.says(snap), w-draw.Width(tail))+tail)
	case m.over != nil:
		return " " + t.Accent.Paint(draw.Truncate("muster has an answer  ("+terminal.LeaveName+" shows it)", w))
	}
	if news := m.news(snap, w); news != "" {
		return " " + news
	}
	return " " + t.Dim.Paint(draw.Truncate("muster's own keys are off", w))
}
