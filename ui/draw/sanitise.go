package draw

import (
	"bytes"
	"strings"
	"sync"
)

// Options says which part of a line to show, and how.
type Options struct {
	// Offset is how many cells at the left are scrolled out of sight, Width
	// how many are shown. No width means 65,536.
	Offset, Width int
	Colours       Colours
	// Base is the escape sequence of the style that the line stands in, such
	// as the selected row's. It holds wherever the line has no colour of its own.
	Base string
	// Fill adds spaces, in the base style, up to Width.
	Fill bool
	// Ellipsis replaces the last cell where the line goes on beyond Width.
	Ellipsis bool
	// Highlights are written in their own style instead of the line's. They
	// are in order and do not overlap.
	Highlights []Span
}

// Span is a part of a line, in cells from the line's begin: From <= cell < To.
type Span struct {
	From, To int
	Style    string // an escape sequence
}

// Colours says what to keep of a line's own colours.
type Colours uint8

// What can be kept.
const (
	AllColours     Colours = iota
	AttributesOnly         // bold, underline and such
	NoColours              // no escape sequence at all
)

// How much of a line is looked at. A line is at most 64 KiB long, but a frame
// may show a hundred of them.
const (
	replay   = 8 << 10 // bytes of a rewritten line whose rewriting is followed
	look     = 8 << 10 // bytes looked at, besides eight for each cell shown
	maxCells = 1 << 16
)

// Sanitise returns one line of a child's output as it can be shown: it keeps
// colours, applies carriage returns, backspaces and tabs as a terminal does
// (what shows is the last state of a progress bar), and takes away whatever
// else acts on a terminal: moves to another line, titles, links, clipboard,
// modes, the alternate screen. Control characters become their symbols
// (U+2400 and on), bytes that are not UTF-8 become U+FFFD, and characters that
// reorder or hide text are spelt out as <U+202E> or dropped.
//
// The result holds no control character but the escape sequences "\x1b[...m"
// that Sanitise itself wrote, and the last of these is a reset.
// The work is bounded by the cells asked for, not by the length of the line.
func Sanitise(text []byte, o Options) string {
	var b strings.Builder
	SanitiseTo(&b, text, o)
	return b.String()
}

// SanitiseTo is [Sanitise] into a builder. It returns how many cells it wrote.
func SanitiseTo(b *strings.Builder, text []byte, o Options) int {
	if o.Width <= 0 || o.Width > maxCells {
		o.Width = maxCells
	}
	o.Offset = max(o.Offset, 0)
	if len(o.Highlights) == 0 {
		if part, goesOn, ok := ascii(text, o.Offset, o.Width); ok {
			return emitASCII(b, part, goesOn, o)
		}
	}
	l := lines.Get().(*line)
	defer lines.Put(l)
	l.begin(o.Offset, o.Offset+o.Width)
	l.write(text)
	if l.overflow && o.Ellipsis {
		l.cut()
	}
	n := l.emit(b, 0, len(l.cells), o)
	return n
}

// Plain returns at most width cells of a line without any escape sequence:
// for names, columns and searching.
func Plain(text []byte, width int) string {
	return Sanitise(text, Options{Width: width, Colours: NoColours})
}

// Wrap returns a line as rows of at most width cells, broken where a terminal
// would: at the edge. There is at least one row and at most rows; if the line
// is longer, the last row ends with an ellipsis. Each row stands for itself:
// it starts in the colours that the one before ended with. Offset is not used.
func Wrap(text []byte, width, rows int, o Options) []string {
	o.Width, o.Offset = min(max(width, 1), maxCells), 0
	l := lines.Get().(*line)
	defer lines.Put(l)
	starts := l.wrap(text, o.Width, rows)
	last := len(starts) - 1
	if end := l.rowEnd(starts[last], o.Width); end < len(l.cells) || l.overflow {
		l.cells = l.cells[:end]
		l.cut()
	}
	out := make([]string, len(starts))
	for i, from := range starts {
		to := len(l.cells)
		if i < last {
			to = starts[i+1]
		}
		var b strings.Builder
		l.emit(&b, from, to, o)
		out[i] = b.String()
	}
	return out
}

// Breaks returns the cells of a line with which the rows begin that [Wrap] makes of it;
// the first one is 0. It is much cheaper.
func Breaks(text []byte, width, rows int) []int {
	l := lines.Get().(*line)
	defer lines.Put(l)
	return l.wrap(text, min(max(width, 1), maxCells), rows)
}

var lines = sync.Pool{New: func() any { return new(line) }}

// ascii returns the window of a text that needs no care: printable ASCII as
// far as it is shown, and nothing after that comes back to it.
func ascii(text []byte, offset, width int) (part []byte, goesOn, ok bool) {
	end := min(offset+width, len(text))
	for _, c := range text[:end] {
		if c < 0x20 || c > 0x7e {
			return nil, false, false
		}
	}
	if rest := text[end:]; len(rest) > 0 {
		if rest[0] < 0x20 || rest[0] > 0x7e || comesBack(rest) >= 0 {
			return nil, false, false
		}
		goesOn = true
	}
	return text[min(offset, end):end], goesOn, true
}

// comesBack returns where the first byte is that can change cells to its
// left, or -1. It looks at a little at a time: one of the three bytes may be
// near and the others far.
func comesBack(text []byte) int {
	const little = 256
	for from := 0; from < len(text); from += little {
		part, first := text[from:min(from+little, len(text))], -1
		for _, c := range []byte{'\r', '\b', esc} {
			if i := bytes.IndexByte(part, c); i >= 0 {
				part, first = part[:i], i
			}
		}
		if first >= 0 {
			return from + first
		}
	}
	return -1
}
