package crashes

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
)

// Handle carries out an intent.
func (s *Screen) Handle(in keys.Intent) (tea.Cmd, bool) {
	r := s.report()
	if r == nil {
		return nil, false
	}
	if n, ok := keys.Step(in, s.h); ok {
		s.move(n)
		return nil, true
	}
	switch in.Verb {
	case keys.Open:
		if s.inCard {
			return keys.Send(keys.OpenMsg{Screen: keys.Output, Source: procs.SlotSource(r.Run.ID)}), true
		}
		s.inCard = true
	case keys.Pane:
		s.inCard = !s.inCard
	case keys.Back:
		if !s.inCard {
			return nil, false
		}
		s.inCard = false
	case keys.Copy:
		return keys.Send(keys.CopyMsg{Text: text(r, s.now), What: "crash " + r.ID()}), true
	case keys.Click:
		s.click(in)
	case keys.Wheel:
		s.wheel(in)
	default:
		return nil, false
	}
	return nil, true
}

// move scrolls the card, or selects another report.
func (s *Screen) move(n int) {
	if s.inCard {
		s.scroll = min(max(s.scroll+n, 0), s.last)
		return
	}
	s.choose(s.index() + n)
}

// choose selects a report by its index. At the top the newest one is, also
// when another one comes.
func (s *Screen) choose(i int) {
	i = min(max(i, 0), len(s.reports)-1)
	before := s.report()
	s.chosen = s.reports[i].Seq
	if s.report() != before {
		s.scroll = 0
	}
	if i == 0 {
		s.chosen = 0
	}
}

func (s *Screen) click(in keys.Intent) {
	if s.inCard = s.overCard(in.X, in.Y); s.inCard {
		return
	}
	if i := s.top + in.Y - 1; in.Y >= 1 && i < len(s.reports) {
		s.choose(i)
	}
}

func (s *Screen) wheel(in keys.Intent) {
	if s.overCard(in.X, in.Y) {
		s.scroll = min(max(s.scroll+in.N, 0), s.last)
		return
	}
	s.choose(s.index() + in.N)
}
