package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/moment"
	"example.com/muster/ui/terminal"
)

// doneMsg is the answer to the command of that number.
type doneMsg struct {
	n       int
	request request
	text    string // what to say if it was accepted
	err     error
}

// pausedMsg says that everything stands still and the terminal can be given back.
type pausedMsg struct{ err error }

// serve carries out what a screen, or a command under way, has sent; mine is
// false for a message of somebody else.
func (m *root) serve(msg tea.Msg) (cmd tea.Cmd, mine bool) {
	switch msg := msg.(type) {
	case keys.OpenMsg:
		m.open(msg.Screen)
		if s, ok := m.screens[msg.Screen].(untilShower); ok && !msg.Until.IsZero() {
			s.ShowUntil(msg.Source, msg.Until)
		} else if s, ok := m.screens[msg.Screen].(sourceShower); ok {
			s.Show(msg.Source)
		}
	case keys.DoMsg:
		if msg.Ask == "" {
			return m.send(msg.Command, msg.Done), true
		}
		m.question = &question{
			text: msg.Ask, yes: func() tea.Cmd { return m.send(msg.Command, msg.Done) },
			about: living(m.opt.Session.Snapshot(), msg.About), ended: msg.Ended,
		}
	case keys.SayMsg:
		m.notice = msg
	case keys.CopyMsg:
		m.copy(msg)
	case keys.MomentMsg:
		m.showMoment(msg)
	case keys.JumpMsg:
		m.jump(msg)
	case moment.AnswerMsg:
		if m.over == Screen(msg.For()) {
			msg.For().Receive(msg)
		}
	case keys.BundleMsg:
		return m.bundle(msg), true
	case keys.ProfileMsg:
		return m.writeProfile(msg), true
	case keys.ServeMsg:
		return m.serveProfile(msg), true
	case keys.EditMsg:
		return m.edit(msg), true
	case editedMsg:
		return m.edited(msg), true
	case terminal.Msg:
		return m.paned(msg), true
	case keys.DebugMsg:
		return m.debug(msg), true
	case debuggedMsg:
		return m.debugged(msg), true
	case keys.AnswerMsg:
		if s, ok := m.screens[msg.Screen].(receiver); ok {
			return s.Receive(msg.Answer), true
		}
	case doneMsg:
		m.done(msg)
	case pausedMsg:
		if msg.err != nil {
			m.fail(msg.err)
			return nil, true
		}
		return m.toShell, true
	case planMsg:
		m.planned(msg)
	case stacksMsg:
		m.showStacks(msg)
	case reportedMsg:
		m.reported.busy = false
		return nil, false // nothing to see
	default:
		return nil, false
	}
	return nil, true
}

// send has a command carried out and its answer delivered.
func (m *root) send(c procs.Command, done string) tea.Cmd {
	m.sent++
	n, before, carried := m.sent, m.carried, make(chan struct{})
	m.carried = carried
	asked := request{command: c, at: m.opt.Now(), before: m.opt.Session.Snapshot()}
	return func() tea.Msg { // ends with do, which has a deadline
		if before != nil {
			<-before // Bubble Tea runs commands side by side; these have an order
		}
		defer close(carried)
		return doneMsg{n: n, request: asked, text: done, err: m.do(c)}
	}
}

// done says how a command went. An error is always said; that an older
// command went well is not, as it would hide what the newer one says.
func (m *root) done(msg doneMsg) {
	switch {
	case msg.err != nil:
		m.fail(msg.err)
	case msg.n == m.sent && msg.text != "":
		m.notice = keys.SayMsg{Text: msg.text}
		m.request, m.accepted = &msg.request, m.notice
	}
}

func (m *root) fail(err error) { m.notice = keys.SayMsg{Text: err.Error(), Bad: true} }

// suspend pauses everything, unless that is another process's, then gives the
// terminal back to the shell.
func (m *root) suspend() tea.Cmd {
	if m.opt.Attached || m.opt.Session.Snapshot().Ended {
		return m.toShell
	}
	return func() tea.Msg { return pausedMsg{err: m.do(procs.Pause{})} }
}

// toShell leaves the screen and stops the program, until the shell continues it.
func (m *root) toShell() tea.Msg {
	_ = m.display.Leave() // a terminal that takes nothing shows no shell either
	return tea.Suspend()
}

// onResume takes the terminal again, whose size may have changed meanwhile, and
// continues what suspend has paused.
func (m *root) onResume() tea.Cmd {
	m.notice = keys.SayMsg{}
	if err := m.display.Enter(); err != nil {
		m.fail(err)
	}
	size := func() tea.Msg { return sizeOf(m.opt.Out) }
	if m.opt.Attached {
		return size
	}
	return tea.Batch(size, m.send(procs.Resume{}, ""))
}

// copy puts a text on the terminal's clipboard, which an empty one would clear.
func (m *root) copy(msg keys.CopyMsg) {
	if msg.Text == "" {
		m.notice = keys.SayMsg{Text: "nothing to copy"}
		return
	}
	m.display.Copy(msg.Text)
	m.notice = keys.SayMsg{Text: "copied " + msg.What + " (" + draw.Bytes(int64(len(msg.Text))) + ")"}
}
