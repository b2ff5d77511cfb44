package locks

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/keys"
	"example.com/muster/ui/source"
	"example.com/muster/ui/waits"
)

func placeOf(pid int, f waits.Frame) source.Place {
	return source.Place{PID: pid, File: f.File, Line: f.Line}
}

// More reads the next source that the card in sight has none of yet.
func (s *Screen) More() tea.Cmd {
	l := s.lock()
	if s.board == nil || l == nil || s.arrange().cardH == 0 {
		return nil
	}
	a, b := s.sides(s.parties(l))
	var wanted []source.Place
	for _, side := range []*party{a, b} {
		if side == nil {
			continue
		}
		if f, ok := waits.Own(side.Stack); ok {
			wanted = append(wanted, placeOf(side.PID, f))
		}
	}
	at, ok := s.sources.Next(wanted...)
	if !ok {
		return nil
	}
	return func() tea.Msg {
		return keys.AnswerMsg{Screen: keys.Locks, Answer: source.Found{Place: at, Lines: source.Read(at)}}
	}
}

// Receive takes what More has read.
func (s *Screen) Receive(answer any) tea.Cmd {
	if found, ok := answer.(source.Found); ok {
		s.sources.Keep(found)
	}
	return nil
}
