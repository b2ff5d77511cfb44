package vt

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"example.com/muster/ui/draw"
)

type pen = draw.Pen

// cell is one cell of the screen.
type cell struct {
	r     rune   // 0: nothing has been written there
	more  string // what joins with r: accents, the rest of an emoji
	width uint8  // 1, 2, or 0 for the right half of the cell before
	pen   pen
}

// row is a line of cells; each wide one is followed by its right half.
type row struct {
	cells []cell
	wide  bool // there may be a wide one
	// empty: nothing has been written since all of it was filled with behind, so
	// that a program which erases without end costs little.
	empty  bool
	behind cell
}

type grid []row

func newGrid(w, h int) grid {
	g := make(grid, h)
	for y := range g {
		g[y].cells = make([]cell, w)
		g[y].fill(0, w, cell{width: 1})
	}
	return g
}

// fill writes the same cell from one column up to another.
func (r *row) fill(from, to int, c cell) {
	if r.empty && r.behind == c {
		return
	}
	r.empty, r.behind = from == 0 && to == len(r.cells), c
	for x := from; x < to; x++ {
		r.cells[x] = c
	}
	r.heal()
}

// insert pushes the cells from a column on to the right.
func (r *row) insert(x, n int, blank cell) {
	n = min(n, len(r.cells)-x)
	copy(r.cells[x+n:], r.cells[x:])
	r.empty = false
	r.fill(x, x+n, blank)
}

// remove draws the cells right of a column nearer.
func (r *row) remove(x, n int, blank cell) {
	n = min(n, len(r.cells)-x)
	copy(r.cells[x:], r.cells[x+n:])
	r.empty = false
	r.fill(len(r.cells)-n, len(r.cells), blank)
}

// heal replaces the halves of wide characters that have lost the other half.
func (r *row) heal() {
	if !r.wide {
		return
	}
	r.wide = false
	for x := 0; x < len(r.cells); x++ {
		c := &r.cells[x]
		switch {
		case c.width == 2 && x+1 < len(r.cells) && r.cells[x+1].width == 0:
			r.wide = true
			x++
		case c.width != 1:
			*c = cell{width: 1, pen: c.pen}
		}
	}
}

// scrollUp moves the lines of the region from a line on up by n.
func (s *Screen) scrollUp(from, n int) {
	region := s.grid[from:s.bottom]
	n = min(n, len(region))
	s.eraseRows(region[:n])
	rotate(region, n)
}

// scrollDown moves the lines of the region from a line on down by n.
func (s *Screen) scrollDown(from, n int) {
	region := s.grid[from:s.bottom]
	rest := len(region) - min(n, len(region))
	s.eraseRows(region[rest:])
	rotate(region, rest)
}

func (s *Screen) eraseRows(rows grid) {
	for y := range rows {
		rows[y].fill(0, s.w, cell{width: 1, pen: s.cursor.pen.Blank()})
	}
}

// rotate puts the first n rows behind the others.
func rotate(g grid, n int) {
	slices.Reverse(g[:n])
	slices.Reverse(g[n:])
	slices.Reverse(g)
}

// print takes a character that the program has written.
func (s *Screen) print(r rune) {
	if s.cursor.lines[s.cursor.shift] && r >= '_' && r <= '~' {
		r = lineDrawing[r-'_']
	}
	s.put(r)
}

// lineDrawing is DEC's special graphics, from _ on.
var lineDrawing = []rune(" ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")

// put writes a character at the cursor.
func (s *Screen) put(r rune) {
	w := 1
	if r >= del {
		if s.join(r) {
			return
		}
		if w = draw.Width(string(r)); w == 0 {
			return // alone it shows nothing
		}
		if w > s.w || !draw.Seen(r) {
			r, w = utf8.RuneError, 1
		}
	}
	s.last = r
	if s.cursor.wraps || s.cursor.x+w > s.w {
		if s.fixed {
			s.cursor.x = s.w - w
		} else {
			s.lineFeed()
			s.cursor.x = 0
		}
	}
	s.cursor.wraps = false
	line := &s.grid[s.cursor.y]
	if s.inserts {
		line.insert(s.cursor.x, w, cell{width: 1, pen: s.cursor.pen.Blank()})
	}
	line.empty = false
	line.cells[s.cursor.x] = cell{r: r, width: uint8(w), pen: s.cursor.pen}
	if w == 2 {
		line.cells[s.cursor.x+1] = cell{pen: s.cursor.pen}
		line.wide = true
	}
	line.heal()
	s.cursor.x += w
	if s.cursor.x >= s.w {
		s.cursor.x, s.cursor.wraps = s.w-1, !s.fixed
	}
}

// joiner joins two emoji to one.
const joiner = '\u200d'

// before returns the cell that was written last, nil if the cursor has no cell before it.
func (s *Screen) before() *cell {
	x := s.cursor.x
	if !s.cursor.wraps {
		x--
	}
	if x < 0 {
		return nil
	}
	cells := s.grid[s.cursor.y].cells
	if cells[x].width == 0 {
		x--
	}
	return &cells[x]
}

// maxJoined bounds what one cell holds beside its first character, in bytes.
const maxJoined = 32

// isFlag reports whether a character is one of the two letters of a flag.
func isFlag(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// conjoins reports whether a character that is as wide as others may be one with that before:
// the second letter of a flag, the colour of a skin, vowels and finals of Hangul.
func conjoins(r rune) bool {
	return isFlag(r) || r >= 0x1f3fb && r <= 0x1f3ff || r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7ff
}

// join adds a character to the one before, if the two are one: with an accent,
// or the next part of an emoji. It reports whether they are.
func (s *Screen) join(r rune) bool {
	c := s.before()
	if c == nil || c.r == 0 || len(c.more)+utf8.RuneLen(r) > maxJoined {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(c.more)
	if r != joiner && last != joiner && !conjoins(r) && !unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) {
		return false
	}
	if isFlag(r) && c.more != "" {
		return false
	}
	more := c.more + string(r)
	if draw.Width(string(c.r)+more) != int(c.width) {
		return false
	}
	c.more = more
	return true
}
