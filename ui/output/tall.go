package output

import (
	"sort"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// inside is where within the wrapped line of the cursor the window begins, should
// that line be higher than the window. It stands for cells, so that it stays the same
// where the line is wrapped anew.
type inside struct {
	seq  uint64
	cell int   // of the line, with which the window begins
	rows []int // the cells with which its rows begin; nil if lines are not wrapped
}

// above is how many rows of the line are above a window of h rows.
func (in *inside) above(h int) int {
	return max(0, min(rowOf(in.rows, in.cell), len(in.rows)-h))
}

// rowOf returns the row that a cell is in, of rows that begin with some cells.
func rowOf(rows []int, cell int) int { return sort.SearchInts(rows, cell+1) - 1 }

// maxRows is more rows than any line has.
const maxRows = 1 << 20

// breaks returns the cells with which the rows of a wrapped line begin.
func (s *Screen) breaks(l *procs.Line) []int { return draw.Breaks(l.Text, s.rows.text, maxRows) }

// measure finds how high the line of the cursor is. One that is followed, or that the
// cursor has come to from below, begins with its last rows, and one that a page down
// has shown the first rows of goes on there.
func (s *Screen) measure() {
	in, follow, upward := &s.inside, s.window.follow, s.upward
	s.upward, in.rows = false, nil
	l := s.current()
	if l == nil && s.wrap && !follow { // it is yet to be found again
		return
	}
	if l == nil || l.Stream == procs.Muster {
		*in = inside{}
		return
	}
	fresh := in.seq != l.Seq
	if fresh {
		*in = inside{seq: l.Seq}
	}
	if !s.wrap {
		return
	}
	in.rows = s.breaks(l)
	last := max(0, len(in.rows)-s.bodyHeight())
	switch {
	case follow || fresh && upward:
		in.cell = in.rows[last]
	case fresh && l.Seq == s.window.top:
		in.cell = in.rows[min(s.window.past, last)]
	}
}

// aboveWindow is how many rows of a wrapped line are above the window: what is followed
// is shown up to its end, and so is what does not fit above the end.
func (s *Screen) aboveWindow(l *procs.Line) int {
	switch h := s.bodyHeight(); {
	case l.Seq == s.inside.seq && s.inside.rows != nil:
		return s.inside.above(h)
	case s.window.follow, l == s.window.before:
		return max(0, len(s.breaks(l))-h)
	}
	return 0
}

// scrollInside moves by n rows within the line of the cursor, and reports false if that
// is in sight up to its end there.
func (s *Screen) scrollInside(n int) bool {
	in, w, h := &s.inside, &s.window, s.bodyHeight()
	last := len(in.rows) - h
	if len(w.moves) > 0 || in.seq != w.cur || last <= 0 {
		return false
	}
	above := in.above(h)
	to := max(0, min(above+n, last))
	if to == above {
		return false
	}
	in.cell, w.follow, w.stood = in.rows[to], false, nil
	return true
}

// rowsOfMove is how many rows a move is, where it is one by rows.
func rowsOfMove(in keys.Intent, page int) int {
	switch in.Verb {
	case keys.Down:
		return 1
	case keys.Up:
		return -1
	case keys.HalfDown:
		return max(1, page/2)
	case keys.HalfUp:
		return -max(1, page/2)
	case keys.PageDown:
		return max(1, page-1)
	case keys.PageUp:
		return -max(1, page-1)
	case keys.Wheel:
		return in.N
	}
	return 0
}

// held is what else is held while a window has stood in one place.
type held struct {
	offset int
	inside inside
	match  bool // what matches the search on the cursor's line was in sight
}

// stay keeps what is in sight there though lines are about to be wrapped anew: what was so
// when the user moved last, not what has come into sight since.
func (s *Screen) stay() {
	l, w := s.current(), &s.window
	if l == nil || w.follow || len(w.moves) > 0 {
		return
	}
	if w.stood == nil {
		if s.wrap { // where one reads now is not where lines were cut
			s.offset = 0
		}
		from, to, found := s.found(l)
		s.held = held{offset: s.offset, inside: s.inside, match: s.led || found && s.inSight(l, from, to)}
	}
	s.offset, s.inside, s.match = s.held.offset, s.held.inside, s.held.match
	w.stay(s.match)
}

// stand does so where a window stands while lines around it are being found.
func (s *Screen) stand() {
	if s.window.stood != nil {
		s.stay()
	}
}

// found returns the cells of what matches the search on a line.
func (s *Screen) found(l *procs.Line) (from, to int, ok bool) {
	if s.search.re == nil {
		return 0, 0, false
	}
	text := draw.Plain(l.Text, 0)
	at := s.search.re.FindStringIndex(text)
	if at == nil {
		return 0, 0, false
	}
	from = draw.Width(text[:at[0]])
	return from, from + draw.Width(text[at[0]:at[1]]), true
}

// inSight reports whether cells of the line of the cursor are in the window.
func (s *Screen) inSight(l *procs.Line, from, to int) bool {
	if !s.wrap {
		return from >= s.offset && to <= s.offset+s.rows.text-1 // the last cell may be an ellipsis
	}
	rows, above := s.breaks(l), s.aboveWindow(l)
	end := above + s.bodyHeight()
	if end < len(rows) {
		end-- // the last row may end with an ellipsis
	}
	row := rowOf(rows, from)
	return above <= row && row < end
}

// reveal brings what matches the search on a line into sight: the window goes sideways, or
// begins within the line if that is wrapped.
func (s *Screen) reveal(l *procs.Line) {
	from, to, ok := s.found(l)
	switch {
	case !ok || s.inSight(l, from, to):
	case s.wrap:
		rows := s.breaks(l)
		s.inside = inside{seq: l.Seq, cell: rows[max(0, rowOf(rows, from)-s.bodyHeight()/2)], rows: rows}
	case to <= s.rows.text-1:
		s.offset = 0
	default:
		s.offset = max(0, from-s.rows.text/3) / sideStep * sideStep
	}
}
