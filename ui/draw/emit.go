package draw

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const reset = "\x1b[m"

// emit writes the cells from, not including to, and returns how many cells
// that took.
func (l *line) emit(b *strings.Builder, from, to int, o Options) int {
	w := writer{b: b, o: o, spans: o.Highlights}
	w.open(style{})
	for i := from; i < to; i++ {
		c := &l.cells[i]
		if c.width == tail {
			continue
		}
		if n := l.plainRun(i, to); n > 0 && len(w.spans) == 0 {
			w.restyle(l, c, l.left+i)
			w.run(l.text, c.from, c.from+int32(n))
			i += n - 1
			continue
		}
		w.restyle(l, c, l.left+i)
		if c.width == 2 && i+1 == to { // a row of one cell
			b.WriteByte(' ')
			continue
		}
		w.character(l, c)
	}
	n := to - from
	if o.Fill && n < o.Width {
		w.to(style{})
		b.WriteString(Spaces(o.Width - n))
		n = o.Width
	}
	w.close()
	return n
}

// plainRun counts the cells from i on that are ASCII, stand side by side in
// the text too, and have the same pen.
func (l *line) plainRun(i, to int) int {
	from := i
	next, pen := l.cells[i].from, l.cells[i].pen
	for ; i < to; i++ {
		c := &l.cells[i]
		if c.from != next || c.size != 1 || c.width != 1 || c.pen != pen {
			break
		}
		next++
	}
	return i - from
}

func emitASCII(b *strings.Builder, part []byte, goesOn bool, o Options) int {
	n := len(part)
	w := writer{b: b, o: o}
	w.open(style{})
	if goesOn && o.Ellipsis && n > 0 {
		b.Write(part[:n-1])
		b.WriteString(Ellipsis)
	} else {
		b.Write(part)
	}
	if o.Fill && n < o.Width {
		b.WriteString(Spaces(o.Width - n))
		n = o.Width
	}
	w.close()
	return n
}

// style is what a cell is written in: a highlight, or else a pen.
type style struct {
	highlight string
	pen       Pen
}

// A writer writes cells with as few escape sequences as they need.
type writer struct {
	b       *strings.Builder
	o       Options
	spans   []Span // those that do not end before the present cell
	now     style
	dirty   bool   // the terminal is not in its default style
	prev    []byte // the character before, unless an escape sequence or a blank follows it
	prevEnd int32  // where prev ends in the text, or -1
}

// open sets a style on a terminal that is in its default one.
func (w *writer) open(s style) {
	w.now = s
	if w.o.Colours == NoColours {
		return
	}
	if w.o.Base != "" {
		w.b.WriteString(w.o.Base)
		w.dirty = true
	}
	if s.highlight != "" {
		w.b.WriteString(s.highlight)
		w.dirty = true
	} else if s.pen != (Pen{}) {
		s.pen.Start(w.b)
		w.dirty = true
	}
}

func (w *writer) close() {
	if w.dirty {
		w.b.WriteString(reset)
	}
}

// restyle changes to the style of a cell at a column of the line.
func (w *writer) restyle(l *line, c *cell, col int) {
	for len(w.spans) > 0 && w.spans[0].To <= col {
		w.spans = w.spans[1:]
	}
	if len(w.spans) > 0 && w.spans[0].From <= col {
		w.to(style{highlight: w.spans[0].Style})
		return
	}
	if w.now.highlight == "" && c.pen == 0 && w.now.pen == (Pen{}) {
		return
	}
	w.to(style{pen: l.pens[c.pen]})
}

func (w *writer) to(s style) {
	switch w.o.Colours {
	case NoColours:
		return
	case AttributesOnly:
		s.pen = s.pen.Uncoloured()
	}
	if s == w.now {
		return
	}
	if w.dirty {
		w.b.WriteString(reset)
		w.dirty = false
		w.prev = w.prev[:0] // an escape sequence stands between the two
	}
	w.open(s)
}

// character writes the character of one cell.
func (w *writer) character(l *line, c *cell) {
	switch {
	case c.width == 0:
		w.b.WriteByte(' ')
		w.prev = w.prev[:0]
	case c.own != 0:
		w.b.WriteRune(c.own)
		w.prev, w.prevEnd = utf8.AppendRune(w.prev[:0], c.own), -1
	case c.size == 1:
		w.b.WriteByte(l.text[c.from])
		w.prev, w.prevEnd = append(w.prev[:0], l.text[c.from]), c.from+1
	default:
		w.cluster(l, c)
	}
}

// run writes several ASCII characters.
func (w *writer) run(text []byte, from, to int32) {
	w.b.Write(text[from:to])
	w.prev, w.prevEnd = append(w.prev[:0], text[to-1]), to
}

// cluster writes a character of several bytes. Two that did not stand side by
// side in the text may become one when they do, as two halves of a flag; the
// second is then not shown, since the line would be narrower than it says.
func (w *writer) cluster(l *line, c *cell) {
	text := l.text[c.from : c.from+int32(c.size)]
	whole := w.prevEnd == c.from && len(w.prev) <= maxCluster-utf8.UTFMax // not cut for its length
	if len(w.prev) > 0 && !whole && merges(w.prev, text) {
		for range c.width {
			w.b.WriteRune(utf8.RuneError)
		}
		w.prev, w.prevEnd = utf8.AppendRune(w.prev[:0], utf8.RuneError), -1
		return
	}
	w.b.Write(text)
	w.prev, w.prevEnd = append(w.prev[:0], text...), c.from+int32(c.size)
}

func merges(a, b []byte) bool {
	both := append(append(make([]byte, 0, len(a)+len(b)), a...), b...)
	first, _ := ansi.FirstGraphemeCluster(both, ansi.GraphemeWidth)
	return len(first) != len(a)
}
