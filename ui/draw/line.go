package draw

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// A line is a terminal of one row. It shows the cells from left to right, not
// including right; what is written elsewhere only moves the cursor.
type line struct {
	left, right int
	col         int // where the next character goes, from the line's begin
	pen         int32
	pens        []Pen
	cells       []cell // those shown so far, from left on
	text        []byte // what the cells refer to
	overflow    bool   // something was written at right or beyond
}

// A cell holds a character: a part of the text, or a rune of our own.
type cell struct {
	from  int32 // where it begins in the text
	own   rune  // or 0
	pen   int32
	size  uint8 // bytes of the text, at most maxCluster
	width int8  // 1 or 2; 0 is a blank that was never written, or erased
}

// tail is the width of the second cell of a wide character.
const tail int8 = -1

// maxCluster bounds the bytes of one character with its accents.
const maxCluster = 64

func (l *line) begin(left, right int) {
	*l = line{left: left, right: right, pens: append(l.pens[:0], Pen{}), cells: l.cells[:0]}
}

// write replays the text.
func (l *line) write(text []byte) {
	l.text = text
	i := replayFrom(text)
	end := min(len(text), i+look+8*l.right)
	exact := 0 // so far the cursor's column must be kept also out of sight
	for i < end {
		c := text[i]
		switch {
		case l.col >= l.right && c >= 0x20 && i >= exact:
			i, exact = l.skip(text, i)
		case c >= 0x20 && c < 0x7f && (i+1 == len(text) || text[i+1] < 0x80):
			i = l.putASCII(text, i)
		case c == esc:
			i = l.escape(text, i)
		case c < 0x20 || c == 0x7f:
			l.control(c)
			i++
		default:
			i = l.character(text, i)
		}
	}
	l.overflow = l.overflow || end < len(text)
}

// replayFrom leaves out the older states of a line that was rewritten often.
func replayFrom(text []byte) int {
	if len(text) <= replay || bytes.IndexByte(text, '\r') < 0 {
		return 0
	}
	return bytes.LastIndexByte(text[:len(text)-replay], '\r') + 1
}

// skip passes over characters to the right of what is shown, to whatever may
// come back from there. It returns where to go on, and how far from there
// every character must be measured still, as moves to the left need the exact
// column; a column far out of sight is only estimated.
func (l *line) skip(text []byte, i int) (next, exact int) {
	const far = 1 << 10
	l.overflow = true
	n := comesBack(text[i:])
	switch {
	case n < 0:
		return len(text), 0
	case n <= far:
		return i, i + n
	}
	l.move(l.col + n)
	return i + n, 0
}

// control applies a C0 control character, or shows its symbol.
func (l *line) control(c byte) {
	switch c {
	case '\r':
		l.col = 0
	case '\b':
		l.move(l.col - 1)
	case '\t':
		l.move((l.col/8 + 1) * 8)
	case 0x7f:
		l.put(cell{own: '␡', width: 1})
	default:
		l.put(cell{own: '␀' + rune(c), width: 1})
	}
}

func (l *line) move(col int) { l.col = min(max(col, 0), maxCells) }

// character writes the character at text[i], which is not a lone ASCII one,
// and returns where the next one begins.
func (l *line) character(text []byte, i int) int {
	r, size := utf8.DecodeRune(text[i:])
	if r == utf8.RuneError && size <= 1 {
		l.put(cell{own: utf8.RuneError, width: 1})
		return i + 1
	}
	if isC1(r) {
		return l.c1(text, i, r)
	}
	if spell, drop := hidden(r); spell != "" || drop {
		for _, c := range spell {
			l.put(cell{own: c, width: 1})
		}
		return i + size
	}
	cluster, w := ansi.FirstGraphemeCluster(text[i:min(len(text), i+maxCluster)], ansi.GraphemeWidth)
	if n := validUntil(cluster, size); n < len(cluster) {
		cluster, w = ansi.FirstGraphemeCluster(cluster[:n:n], ansi.GraphemeWidth)
	}
	if w > 0 && w <= 2 {
		l.put(cell{from: int32(i), size: uint8(len(cluster)), width: int8(w)})
	} // a lone accent has no cell of its own and is dropped
	return i + len(cluster)
}

// validUntil returns how much of a cluster can be shown: up to bytes that are
// not UTF-8, which are there if the bound cut a character in two, and up to
// tag characters, which are invisible text; at least its first rune.
func validUntil(cluster []byte, first int) int {
	n := first
	for n < len(cluster) {
		r, size := utf8.DecodeRune(cluster[n:])
		if r == utf8.RuneError && size <= 1 || r >= 0xe0000 && r <= 0xe007f {
			break
		}
		n += size
	}
	return n
}

// putASCII writes printable ASCII from text[i] on, as long as it lasts, and
// returns where the next character begins. It does what put does, faster.
func (l *line) putASCII(text []byte, i int) int {
	from, at := i, l.col-l.left
	if at < len(l.cells) { // also left of what is in sight
		l.put(cell{from: int32(from), size: 1, width: 1})
		return from + 1
	}
	for i < len(text) && text[i] >= 0x20 && text[i] < 0x7f && l.col+i-from < l.right {
		i++
	}
	if i < len(text) && text[i] >= 0x80 && i > from+1 {
		i-- // an accent may follow
	}
	n := i - from
	if n <= 1 {
		l.put(cell{from: int32(from), size: 1, width: 1})
		return from + 1
	}
	l.grow(at)
	l.cells = slices.Grow(l.cells, n)[:at+n]
	c := cell{from: int32(from), size: 1, pen: l.pen, width: 1}
	for j := at; j < at+n; j++ {
		l.cells[j] = c
		c.from++
	}
	l.col += n
	return i
}

// put writes a character at the cursor.
func (l *line) put(c cell) {
	at, w := l.col-l.left, int(c.width)
	l.col += w
	if l.col > l.right {
		l.overflow = true
	}
	if at+w <= 0 || at >= l.right-l.left {
		return
	}
	c.pen = l.pen
	if at < 0 || l.col > l.right { // half of a wide character is in sight
		c = cell{own: ' ', width: 1, pen: l.pen}
		at, w = max(at, 0), 1
	}
	l.grow(at + w)
	l.clear(at, w)
	l.cells[at] = c
	if w == 2 {
		l.cells[at+1] = cell{width: tail, pen: l.pen}
	}
}

func (l *line) grow(n int) {
	for len(l.cells) < n {
		l.cells = append(l.cells, cell{})
	}
}

// clear makes n cells blank, and with them the other half of a wide character
// that they cut.
func (l *line) clear(at, n int) {
	if l.cells[at].width == tail && at > 0 {
		l.cells[at-1] = cell{}
	}
	if end := at + n; end < len(l.cells) && l.cells[end].width == tail {
		l.cells[end] = cell{}
	}
	for i := at; i < at+n; i++ {
		l.cells[i] = cell{}
	}
}

// erase is EL, "erase in line": 0 from the cursor on, 1 up to it, 2 all.
func (l *line) erase(mode int) {
	at := min(max(l.col-l.left, 0), len(l.cells))
	switch mode {
	case 0:
		if at < len(l.cells) {
			l.clear(at, len(l.cells)-at)
		}
		l.cells = l.cells[:at]
		l.overflow = l.overflow && l.col > l.right
	case 1:
		if at = min(at+1, len(l.cells)); at > 0 {
			l.clear(0, at)
		}
	case 2:
		l.cells, l.overflow = l.cells[:0], false
	}
}

// cut puts an ellipsis into the last cell in sight.
func (l *line) cut() {
	n := len(l.cells)
	if n == 0 {
		return
	}
	l.clear(n-1, 1)
	l.cells[n-1] = cell{own: '…', width: 1}
}

// wrap writes the text as far as it fits some rows, and returns where they begin.
func (l *line) wrap(text []byte, width, rows int) []int {
	rows = min(max(rows, 1), maxCells)
	l.begin(0, min(width*rows, maxCells))
	l.write(text)
	starts := []int{0}
	for to := l.rowEnd(0, width); to < len(l.cells) && len(starts) < rows; to = l.rowEnd(to, width) {
		starts = append(starts, to)
	}
	return starts
}

// rowEnd returns where a row of at most width cells that begins at from ends.
func (l *line) rowEnd(from, width int) int {
	to := from + width
	if to >= len(l.cells) {
		return len(l.cells)
	}
	if l.cells[to].width == tail && to-1 > from {
		to--
	}
	return to
}
