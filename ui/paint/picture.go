package paint

import (
	"strconv"
	"strings"
)

// Sequences of a frame. A terminal that knows synchronized output (mode 2026)
// shows all between the first two at once; others ignore both.
const (
	beginFrame = "\x1b[?2026h"
	endFrame   = "\x1b[?2026l"
	clearAll   = "\x1b[m\x1b[2J"
	clearRight = "\x1b[K"
	resetStyle = "\x1b[m"
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
)

// skipCost is about what it takes to go to another column of a line and to set
// its style there: a shorter gap is written again instead.
const skipCost = 12

// picture is what the terminal shows. Each line begins in the default style,
// and the cursor is never where the next line expects it.
type picture struct {
	lines    []string
	known    bool   // false: nothing is known of what is there
	cursor   cursor // where it is
	was, now row    // of the line that is being written
}

// cursor is the cell of the cursor, from 0,0 at the top left, if it is shown.
type cursor struct {
	x, y  int
	shown bool
}

// show is update, and puts the cursor somewhere. It is hidden while anything is written.
func (p *picture) show(buf []byte, frame string, at cursor) []byte {
	start := len(buf)
	if p.cursor.shown {
		buf = append(buf, hideCursor...)
	}
	before := len(buf)
	if buf = p.update(buf, frame); len(buf) == before && at == p.cursor {
		return buf[:start]
	}
	if at.shown {
		buf = append(moveTo(buf, at.y, at.x), showCursor...)
	}
	p.cursor = at
	return buf
}

func (p *picture) forget() { p.known = false }

// update makes the picture the frame, and appends to buf what makes the
// terminal show it. Nothing is appended if it shows it already.
func (p *picture) update(buf []byte, frame string) []byte {
	start := len(buf)
	buf = append(buf, beginFrame...)
	body := len(buf)
	if !p.known {
		p.known = true
		clear(p.lines)
		buf = append(buf, clearAll...)
	}
	for y := 0; ; y++ {
		line, rest, more := strings.Cut(frame, "\n")
		if y == len(p.lines) {
			p.lines = append(p.lines, "")
		}
		if p.lines[y] != line {
			buf = p.change(buf, y, p.lines[y], line)
		}
		p.lines[y] = line
		if frame = rest; !more {
			buf = p.cut(buf, y+1)
			break
		}
	}
	if len(buf) == body {
		return buf[:start]
	}
	return append(buf, endFrame...)
}

// cut empties the lines from y on.
func (p *picture) cut(buf []byte, y int) []byte {
	for ; y < len(p.lines); y++ {
		if p.lines[y] != "" {
			buf = append(moveTo(buf, y, 0), clearRight...)
			p.lines[y] = ""
		}
	}
	return buf
}

// change turns one line into another: first the cells that can be told apart,
// then what is to the right of them as a whole.
func (p *picture) change(buf []byte, y int, old, line string) []byte {
	p.was.parse(old)
	p.now.parse(line)
	n := min(len(p.was.cells), len(p.now.cells))
	right, more := n, !p.sameRight(n)
	for x := 0; x < n; {
		if p.same(x) {
			x++
			continue
		}
		to := p.spanEnd(x, n)
		if to == n && more {
			right = x // at one go with what follows
			break
		}
		buf = p.now.write(moveTo(buf, y, x), x, to)
		x = to
	}
	if !more {
		return buf
	}
	buf = moveTo(buf, y, right)
	if !p.was.ends(n) {
		buf = append(buf, clearRight...) // before writing: at the right edge it would take the last character
	}
	return p.now.writeRight(buf, right)
}

// sameRight reports whether what there is from a column on looks the same in both rows.
func (p *picture) sameRight(x int) bool {
	return p.was.ends(x) && p.now.ends(x) || p.now.style(x-1) == p.was.style(x-1) && p.now.right(x) == p.was.right(x)
}

// spanEnd returns where a change that begins at x ends: before cells enough
// that are the same.
func (p *picture) spanEnd(x, n int) int {
	end := x + 1
	for x = end; x < n && p.now.cells[x].at-p.now.cells[end-1].end() <= skipCost; x++ {
		if !p.same(x) {
			end = x + 1
		}
	}
	return end
}

// same reports whether a cell looks the same in both rows.
func (p *picture) same(x int) bool {
	a, b := p.was.cells[x], p.now.cells[x]
	return p.was.text[a.at:a.end()] == p.now.text[b.at:b.end()] && p.was.styles[a.style] == p.now.styles[b.style]
}

// moveTo appends what brings the cursor to a cell, counted from 0.
func moveTo(buf []byte, y, x int) []byte {
	buf = append(buf, "\x1b["...)
	buf = strconv.AppendInt(buf, int64(y+1), 10)
	if x > 0 {
		buf = append(buf, ';')
		buf = strconv.AppendInt(buf, int64(x+1), 10)
	}
	return append(buf, 'H')
}
