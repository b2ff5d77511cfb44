package crashes

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/profiling/crash"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/source"
)

// placeOf is where the source of a frame is to be found.
func placeOf(r *crash.Report, f *crash.Frame) source.Place {
	return source.Place{PID: r.Who.PID, Dir: r.Cwd, File: f.File, Line: f.Line}
}

// topOf is the user's own innermost frame of what went wrong; nil if none is known.
func topOf(r *crash.Report) *crash.Frame {
	if e := r.Exception(); e != nil {
		return e.Top()
	}
	return nil
}

// More reads the source that the card in sight has none of yet.
func (s *Screen) More() tea.Cmd {
	r := s.report()
	if r == nil || !s.cardShows() {
		return nil
	}
	top := topOf(r)
	if top == nil {
		return nil
	}
	at, ok := s.sources.Next(placeOf(r, top))
	if !ok {
		return nil
	}
	return func() tea.Msg {
		return keys.AnswerMsg{Screen: keys.Crashes, Answer: source.Found{Place: at, Lines: source.Read(at)}}
	}
}

// Receive takes what More has read.
func (s *Screen) Receive(answer any) tea.Cmd {
	if found, ok := answer.(source.Found); ok {
		s.sources.Keep(found)
	}
	return nil
}

// hasSource reports whether the source line of what went wrong is known.
func hasSource(r *crash.Report) bool {
	top := topOf(r)
	return top != nil && top.File != "" && top.Line > 0
}

// edit opens the source line of the selected report.
func (s *Screen) edit(r *crash.Report) tea.Cmd {
	if !hasSource(r) {
		return keys.Send(keys.SayMsg{Text: "no source line of " + r.ID() + " is known"})
	}
	top := topOf(r)
	return keys.Send(keys.EditMsg{File: placeOf(r, top).Path(), Line: top.Line})
}
