package paint

import (
	"strings"
	"unicode/utf8"
)

// maxStyle bounds the sequences that a style is made of. Nothing that we draw
// comes near it.
const maxStyle = 128

// row is a line taken apart into the cells from its left edge up to the first
// character of which terminals do not agree how wide it is. From there on
// nobody can tell in which column something stands.
type row struct {
	text   string
	cells  []cell
	whole  bool     // the cells are all of it
	styles []string // the sequences since the last reset; the first is none
}

// cell is one character, one column wide.
type cell struct {
	at    int32 // where it begins in the text
	style uint16
	size  uint8 // bytes
}

func (c cell) end() int32 { return c.at + int32(c.size) }

// parse takes a line apart.
func (r *row) parse(text string) {
	r.text, r.cells, r.styles, r.whole = text, r.cells[:0], append(r.styles[:0], ""), false
	style := 0
	for i := 0; i < len(text); {
		size := 1
		switch c := text[i]; {
		case c == 0x1b:
			seq, ok := colours(text[i:])
			if ok {
				style, ok = r.then(style, seq)
			}
			if !ok {
				r.retreat()
				return
			}
			i += len(seq)
			continue
		case c < ' ' || c == 0x7f:
			r.retreat()
			return
		case c >= utf8.RuneSelf:
			var char rune
			char, size = utf8.DecodeRuneInString(text[i:])
			if !steady(char) {
				r.retreat()
				return
			}
		}
		r.cells = append(r.cells, cell{at: int32(i), style: uint16(style), size: uint8(size)})
		i += size
	}
	r.whole = true
}

// retreat takes back the last cell: what follows may belong to it, as an accent does.
func (r *row) retreat() { r.cells = r.cells[:max(0, len(r.cells)-1)] }

// then returns the style that a sequence makes of another.
func (r *row) then(style int, seq string) (int, bool) {
	params := seq[2 : len(seq)-1]
	if params == "" || params == "0" {
		return 0, true
	}
	next := seq
	if before := r.styles[style]; before != "" && !strings.HasPrefix(params, "0;") {
		next = before + seq
	}
	if len(next) > maxStyle || len(r.styles) > 0xffff {
		return 0, false
	}
	r.styles = append(r.styles, next)
	return len(r.styles) - 1, true
}

// style is the style of a cell, none left of the first.
func (r *row) style(x int) string {
	if x < 0 {
		return ""
	}
	return r.styles[r.cells[x].style]
}

// ends reports whether there is nothing from a column on.
func (r *row) ends(x int) bool { return r.whole && len(r.cells) == x }

// right is the text from a column on.
func (r *row) right(x int) string {
	if x == 0 {
		return r.text
	}
	return r.text[r.cells[x-1].end():]
}

// write appends the cells from one column to another.
func (r *row) write(buf []byte, from, to int) []byte {
	buf = append(buf, r.style(from)...)
	buf = append(buf, r.text[r.cells[from].at:r.cells[to-1].end()]...)
	if r.style(to-1) != "" {
		buf = append(buf, resetStyle...)
	}
	return buf
}

// writeRight appends what there is from a column on.
func (r *row) writeRight(buf []byte, x int) []byte {
	if r.ends(x) {
		return buf
	}
	style, text := r.style(x-1), r.right(x)
	buf = append(append(buf, style...), text...)
	if (style != "" || strings.IndexByte(text, 0x1b) >= 0) && !strings.HasSuffix(text, resetStyle) {
		buf = append(buf, resetStyle...)
	}
	return buf
}

// colours returns the sequence that s begins with, if it is one that sets
// colours and attributes (SGR).
func colours(s string) (seq string, ok bool) {
	if len(s) < 3 || s[1] != '[' {
		return "", false
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'm':
			return s[:i+1], true
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return "", false
		}
	}
	return "", false
}

// steady reports whether a character takes one column in every terminal, and
// never joins with the one before it: those that our own frames are made of.
// What could be an emoji is left out.
func steady(r rune) bool {
	switch {
	case r < 0xa1 || r == 0xa9 || r == 0xad || r == 0xae:
		return false
	case r < 0x300: // Latin
		return true
	case r >= 0x2010 && r <= 0x2016, r >= 0x2018 && r <= 0x201f, r == 0x2022, r == 0x2026, r == 0x2039, r == 0x203a:
		return true // dashes, quotes, bullet, ellipsis
	case r >= 0x2190 && r <= 0x2193, r == 0x21bb, r == 0x2713, r == 0x2717:
		return true // arrows, ticks
	case r >= 0x2500 && r <= 0x25ff: // boxes, blocks, shapes
		return r < 0x25fb && r != 0x25aa && r != 0x25ab && r != 0x25b6 && r != 0x25c0
	}
	return r >= 0x2800 && r <= 0x28ff // braille
}
