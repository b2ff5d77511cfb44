package output

import (
	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// inside is where within the wrapped line of the cursor the window begins, should
// that line be higher than the window.
type inside struct {
	seq   uint64
	above int // rows of it above the window
	of    int // rows that it has, 0 if lines are not wrapped
}

// maxRows is more rows than any line has.
const maxRows = 1 << 20

// measure finds how high the line of the cursor is. One that the cursor has come to
// from below begins with its last rows.
func (s *Screen) measure() {
	in, upward, h := &s.inside, s.upward, s.bodyHeight()
	s.upward = false
	l := s.current()
	if l == nil && s.wrap && !s.window.follow { // it is yet to be found again
		in.of = 0
		return
	}
	if l == nil || !s.wrap || s.window.follow || l.Stream == procs.Muster {
		*in = inside{}
		return
	}
	of := len(draw.Wrap(l.Text, s.rows.text, maxRows, draw.Options{Colours: draw.NoColours}))
	switch {
	case in.seq != l.Seq && upward:
		*in = inside{seq: l.Seq, above: of - h}
	case in.seq != l.Seq:
		*in = inside{seq: l.Seq}
	}
	in.of = of
	in.above = max(0, min(in.above, of-h))
}

// aboveWindow is how many rows of a line are above the window.
func (s *Screen) aboveWindow(l *procs.Line) int {
	if l.Seq == s.inside.seq && s.inside.of > 0 {
		return s.inside.above
	}
	return 0
}

// scrollInside moves by n rows within the line of the cursor, and reports false if that
// is in sight up to its end there.
func (s *Screen) scrollInside(n int) bool {
	in := &s.inside
	last := in.of - s.bodyHeight()
	if s.window.follow || len(s.window.moves) > 0 || in.seq != s.window.cur || last <= 0 {
		return false
	}
	to := max(0, min(in.above+n, last))
	moved := to != in.above
	in.above = to
	return moved
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

// reveal brings what matches the search on a line into sight: the window goes sideways, or
// begins within the line if that is wrapped.
func (s *Screen) reveal(l *procs.Line) {
	text := draw.Plain(l.Text, 0)
	at := s.search.re.FindStringIndex(text)
	if at == nil {
		return
	}
	from := draw.Width(text[:at[0]])
	to := from + draw.Width(text[at[0]:at[1]])
	if s.wrap {
		s.revealRow(l, from)
		return
	}
	switch room := s.rows.text - 1; { // the last cell may be an ellipsis
	case from >= s.offset && to <= s.offset+room:
	case to <= room:
		s.offset = 0
	default:
		s.offset = max(0, from-s.rows.text/3) / sideStep * sideStep
	}
}

// revealRow has the window begin so that a cell of a wrapped line is in it.
func (s *Screen) revealRow(l *procs.Line, cell int) {
	row, h := -1, s.bodyHeight()
	for _, r := range draw.Wrap(l.Text, s.rows.text, maxRows, draw.Options{Colours: draw.NoColours}) {
		row++
		if cell -= draw.Width(r); cell < 0 {
			break
		}
	}
	above := 0
	if l.Seq == s.inside.seq {
		above = s.inside.above
	}
	if row < above || row >= above+h-1 { // the last row may end with an ellipsis
		above = max(0, row-h/2)
	}
	s.inside = inside{seq: l.Seq, above: above}
}

// distinct is how many lines are in sight.
func (r *rows) distinct() int {
	n := 0
	for i, seq := range r.lines {
		if r.shown[i] && (i == 0 || seq != r.lines[i-1]) {
			n++
		}
	}
	return n
}
