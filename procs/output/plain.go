package output

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// plain returns what a line shows, as a search sees it: without escape
// sequences and other control characters but tab, and of a line that redraws
// itself with carriage returns the last state that is not empty. The result is
// text itself where there is nothing to remove, else it is built in buf.
func plain(buf, text []byte) []byte {
	if !hasControl(text) {
		return text
	}
	buf = buf[:0]
	start, shown := 0, 0 // where the state being built starts; where the last that showed something does
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == 0x1b:
			i += escapeLen(text[i:])
		case c == '\r':
			if len(buf) > start {
				shown, start = start, len(buf)
			}
			i++
		case c == '\b':
			if len(buf) > start {
				buf = buf[:len(buf)-1]
			}
			i++
		case isControl(c):
			i++
		default:
			buf = append(buf, c)
			i++
		}
	}
	if len(buf) > start {
		return buf[start:]
	}
	return buf[shown:]
}

// hasControl reports whether text has a control character other than tab. It
// looks at eight bytes at a time, since a search does this for every line.
func hasControl(text []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for len(text) >= 8 {
		x := binary.LittleEndian.Uint64(text)
		del := x ^ 0x7f*ones
		low := (x - ' '*ones) &^ x & tops  // a byte below space, perhaps
		zero := (del - ones) &^ del & tops // a byte that is DEL, perhaps
		if low|zero != 0 && slices.ContainsFunc(text[:8], isControl) {
			return true
		}
		text = text[8:]
	}
	return slices.ContainsFunc(text, isControl)
}

func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }

// escapeLen returns the length of the escape sequence at the start of b, which
// is at least the escape itself: ECMA-48 sections 5.4 (CSI) and 5.6 (strings).
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return len(b)
	}
	switch b[1] {
	case '[':
		for i := 2; i < len(b); i++ {
			if b[i] >= 0x40 && b[i] <= 0x7e {
				return i + 1
			}
		}
		return len(b)
	case ']', 'P', 'X', '^', '_':
		return stringLen(b)
	}
	for i := 1; i < len(b); i++ { // intermediate bytes, then a final one
		if b[i] < 0x20 || b[i] > 0x2f {
			return i + 1
		}
	}
	return len(b)
}

// stringLen returns the length of a control string, which BEL or ESC \ ends.
func stringLen(b []byte) int {
	i := bytes.IndexAny(b[2:], "\a\x1b")
	switch {
	case i < 0:
		return len(b)
	case b[2+i] == '\a':
		return 2 + i + 1
	case 2+i+1 < len(b) && b[2+i+1] == '\\':
		return 2 + i + 2
	}
	return 2 + i // cut off by another sequence
}
