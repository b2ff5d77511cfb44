package tasks

import (
	"strings"

	"example.com/muster/ui/card"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// From these sizes on all four panes are in sight, and from this height on two of
// them.
const (
	fourFromW, fourFromH = 100, 20
	twoFromH             = 12
	minWorkers           = 3 // rows of them, where another pane is below
)

// Render returns the screen.
func (s *Screen) Render() string {
	s.regions, s.peeks = s.regions[:0], false
	if s.w == 0 || s.h == 0 {
		return draw.Lines(nil, s.w, s.h)
	}
	if s.tasks == nil {
		text := "This session is no map: it runs processes, not items. muster map runs a command, or a Python function, over many items and shows them here:" +
			" what is done, what has failed and why, and when it will be over."
		return draw.Lines(append([]string{""}, words(text, s.w)...), s.w, s.h)
	}
	lines := s.head()
	h := s.h - len(lines)
	switch {
	case s.opened.what != nothing:
		lines = append(lines, s.openLines(s.w, h)...)
	case s.w >= fourFromW && h >= fourFromH-2:
		lines = append(lines, s.four(len(lines), h)...)
	case h >= twoFromH:
		lines = append(lines, s.two(len(lines), h)...)
	default:
		lines = append(lines, s.tabs(panes))
		lines = append(lines, s.draw(s.focus, 0, len(lines), s.w, h-1)...)
	}
	return draw.Lines(lines, s.w, s.h)
}

// four shows all panes: what goes on at the left, what came of it at the right.
func (s *Screen) four(y, h int) []string {
	left := s.w * 11 / 20
	right := s.w - left - 2
	top := min(s.lists[workersPane].rows+3, h*3/5)
	top = max(top, min(6, h/2))
	times := min(h/2, s.timesHeight())
	l := append([]string{s.title(workersPane, left)}, s.draw(workersPane, 0, y+1, left, top-2)...)
	l = padded(l, top-1)
	l = append(l, "", s.title(failuresPane, left))
	l = append(l, s.failuresAndCard(y+top+1, left, h-top-1)...)
	r := append([]string{s.title(timesPane, right)}, s.draw(timesPane, left+2, y+1, right, times-2)...)
	r = padded(r, times-1)
	r = append(r, "", s.title(resultsPane, right))
	r = append(r, s.draw(resultsPane, left+2, y+times+1, right, h-times-1)...)
	return s.beside(l, r, left, h)
}

// minCard is how many lines make a card below the failures worth it.
const minCard = 6

// failuresAndCard is the pane of failures and, where there is room, the card of
// the selected one.
func (s *Screen) failuresAndCard(y, w, h int) []string {
	list := max(1, min(len(s.kinds), h/3))
	k := s.selectedKind()
	if k == nil || len(k.items) == 0 || h-list-1 < minCard {
		return s.draw(failuresPane, 0, y, w, h)
	}
	s.peeks = true
	lines := padded(s.draw(failuresPane, 0, y, w, list), list)
	lines = append(lines, s.theme.Border.Paint(strings.Repeat("─", w)))
	p := card.New(s.theme, w)
	s.writeFailure(p, k, 0)
	rows, _, _ := p.Window(h-list-1, 0)
	return append(lines, rows...)
}

// beside joins two columns.
func (s *Screen) beside(left, right []string, w, h int) []string {
	return draw.Beside(left, right, w, h, s.theme.Border.Paint("│")+" ")
}

// two shows the workers, and below them one of the others.
func (s *Screen) two(y, h int) []string {
	top := max(minWorkers+1, min(s.lists[workersPane].rows+1, h*2/5))
	other := s.other()
	lines := padded(s.draw(workersPane, 0, y, s.w, top), top)
	lines = append(lines, s.tabs(other))
	if other == failuresPane {
		return append(lines, s.failuresAndCard(y+top+1, s.w, h-top-1)...)
	}
	return append(lines, s.draw(other, 0, y+top+1, s.w, h-top-1)...)
}

// other is the pane that is in sight with the workers.
func (s *Screen) other() pane {
	if s.focus == workersPane {
		return failuresPane
	}
	return s.focus
}

// tabs names the panes that take turns, the focused one in brackets; shown is the one in
// sight, or panes for all of them in turn.
func (s *Screen) tabs(shown pane) string {
	var b strings.Builder
	room := s.w
	first := failuresPane
	if shown == panes {
		first, shown = workersPane, s.focus
	}
	for p := first; p < panes; p++ {
		name, style := " "+s.caption(p)+" ", s.theme.Dim
		switch p {
		case s.focus:
			name, style = "["+s.caption(p)+"]", s.theme.Accent
		case shown:
			style = s.theme.Title
		}
		if room -= draw.Width(name); room < 0 {
			break
		}
		style.On(&b, name)
	}
	return b.String()
}

// title is the line above a pane. That of the focused one stands in brackets, as among
// the tabs.
func (s *Screen) title(p pane, w int) string {
	if p == s.focus {
		return s.theme.Accent.Paint(draw.Pad("["+s.caption(p)+"]", w))
	}
	return s.theme.Title.Paint(draw.Pad(" "+s.caption(p), w))
}

// caption names a pane, and says how much is in it.
func (s *Screen) caption(p pane) string {
	text := paneNames[p]
	if p == failuresPane && s.tasks.Failed > 0 {
		text += " " + draw.Count(s.tasks.Failed)
	}
	return text
}

// draw draws a pane at a place, in at most h lines.
func (s *Screen) draw(p pane, x, y, w, h int) []string {
	r := region{pane: p, x: x, y: y, w: w, h: h}
	var lines []string
	if h <= 0 {
		return nil
	}
	switch p {
	case workersPane:
		lines = s.workerLines(w, h, &r)
	case failuresPane:
		lines = s.failureLines(w, h, &r)
	case timesPane:
		lines = s.timeLines(w, h)
	case resultsPane:
		lines = s.resultLines(w, h, &r)
	}
	s.regions = append(s.regions, r)
	return lines[:min(len(lines), h)]
}

// padded fills lines up to n.
func padded(lines []string, n int) []string {
	for len(lines) < n {
		lines = append(lines, "")
	}
	return lines[:n]
}

// base is the ground of a row, and the sign before it.
func (s *Screen) base(p pane, selected bool) (base theme.Style, sign string) {
	switch {
	case !selected:
		return "", "  "
	case p != s.focus:
		return "", "› "
	}
	return s.theme.Selection, "› "
}
