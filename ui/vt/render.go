package vt

import (
	"strings"

	"example.com/muster/ui/draw"
)

// Line returns a line as it is shown, without blanks at its end: text, and
// the sequences of those of its colours that are to be kept. y is at least 0
// and less than the number of lines.
func (s *Screen) Line(y int, keep draw.Colours) string {
	cells := s.grid[y].cells
	end := len(cells)
	for end > 0 && cells[end-1].r == 0 && shown(cells[end-1].pen, keep) == (pen{}) {
		end--
	}
	var b strings.Builder
	var now pen
	for _, c := range cells[:end] {
		if p := shown(c.pen, keep); p != now {
			if now != (pen{}) {
				b.WriteString("\x1b[m")
			}
			if p != (pen{}) {
				p.Start(&b)
			}
			now = p
		}
		switch {
		case c.width == 0:
		case c.r == 0:
			b.WriteByte(' ')
		default:
			b.WriteRune(c.r)
			b.WriteString(c.more)
		}
	}
	if now != (pen{}) {
		b.WriteString("\x1b[m")
	}
	return b.String()
}

// shown is what is kept of a pen.
func shown(p pen, keep draw.Colours) pen {
	switch keep {
	case draw.NoColours:
		return pen{}
	case draw.AttributesOnly:
		return p.Uncoloured()
	}
	return p
}
