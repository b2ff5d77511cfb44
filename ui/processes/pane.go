package processes

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/output"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// pane shows the output of the selected row: the output screen in a corner of
// this one.
type pane struct {
	*output.Screen
	source procs.Source
	h      int
}

func newPane(t *theme.Theme, m *keys.Map) pane { return pane{Screen: output.New(t, m)} }

func (p *pane) setSize(w, h int) {
	p.h = h
	p.SetSize(w, h)
}

// show turns the pane to another source, at its end.
func (p *pane) show(src procs.Source) {
	if src != p.source {
		p.source = src
		p.Show(src)
	}
}

// sync reads the lines in sight, if any are.
func (p *pane) sync(s port.Session, now time.Time) {
	if p.h > 0 {
		p.Sync(s, now)
	}
}

// handle gives the pane an intent that is meant for it.
func (p *pane) handle(in keys.Intent) (tea.Cmd, bool) {
	if in.Verb == keys.Pane || in.Verb == keys.Open {
		return nil, false // they would change the source
	}
	cmd, handled := p.Handle(in)
	return forThisScreen(cmd), handled
}

// forThisScreen sends to this screen what a command brings for the output
// screen, as there is another one of that name.
func forThisScreen(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		switch msg := cmd().(type) {
		case keys.AnswerMsg:
			msg.Screen = keys.Processes
			return msg
		case keys.MomentMsg:
			msg.On, msg.Screen = keys.Processes, keys.Processes
			return msg
		default:
			return msg
		}
	}
}

// ShowAt goes to a time in the pane, if that still shows the source.
func (s *Screen) ShowAt(src procs.Source, at time.Time) {
	if src == s.pane.source {
		s.pane.ShowAt(src, at)
	}
}

// More is what the pane wants to look up next.
func (s *Screen) More() tea.Cmd { return forThisScreen(s.pane.More()) }

// Receive takes the answer of a command that the pane has sent.
func (s *Screen) Receive(answer any) tea.Cmd { return forThisScreen(s.pane.Receive(answer)) }

// Looks returns the slot whose terminal the pane is to show, and in which size.
func (s *Screen) Looks() (id procs.ID, cols, rows int, ok bool) {
	if s.pane.h == 0 || s.row() == nil {
		return id, 0, 0, false
	}
	return s.pane.Looks()
}

// SetPicture brings what that terminal shows.
func (s *Screen) SetPicture(lines []string) { s.pane.SetPicture(lines) }
