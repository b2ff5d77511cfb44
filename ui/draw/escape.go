package draw

import "bytes"

const esc = 0x1b

// isC1 reports whether r is one of the C1 controls, which stand for ESC and
// one more byte: U+009B for ESC [.
func isC1(r rune) bool { return r >= 0x80 && r <= 0x9f }

// escape passes over the escape sequence at text[i], applies it if it acts on
// this line only, and returns where it ends. ECMA-48 section 5 and
// https://vt100.net/emu/dec_ansi_parser say how far a sequence goes.
func (l *line) escape(text []byte, i int) int {
	i++
	if i == len(text) {
		l.put(cell{own: '␛', width: 1})
		return i
	}
	switch c := text[i]; {
	case c == '[':
		return l.csi(text, i+1)
	case bytes.IndexByte([]byte("]PX^_"), c) >= 0:
		return stringEnd(text, i+1)
	case c >= 0x20 && c < 0x30: // such as ESC ( B, a character set
		for i < len(text) && text[i] >= 0x20 && text[i] < 0x30 {
			i++
		}
		if i < len(text) && text[i] >= 0x30 && text[i] < 0x7f {
			i++
		}
		return i
	case c >= 0x30 && c < 0x7f: // such as ESC c, a full reset
		return i + 1
	}
	l.put(cell{own: '␛', width: 1})
	return i
}

// c1 does the same for the control r at text[i], which is two bytes long.
func (l *line) c1(text []byte, i int, r rune) int {
	switch r {
	case 0x9b:
		return l.csi(text, i+2)
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f:
		return stringEnd(text, i+2)
	}
	return i + 2
}

// csi reads a control sequence from after its introducer.
func (l *line) csi(text []byte, i int) int {
	from := i
	for i < len(text) && text[i] >= 0x30 && text[i] < 0x40 {
		i++
	}
	params := text[from:i]
	plain := i
	for i < len(text) && text[i] >= 0x20 && text[i] < 0x30 {
		i++
	}
	if i == len(text) || text[i] < 0x40 || text[i] > 0x7e {
		return i // cut off or broken: a terminal shows nothing of it
	}
	if i == plain && !bytes.ContainsAny(params, "<=>?") {
		l.apply(text[i], params)
	}
	return i + 1
}

// apply acts on the few sequences that concern one line.
func (l *line) apply(final byte, params []byte) {
	switch final {
	case 'm':
		p := l.pens[l.pen]
		p.Apply(params)
		l.setPen(p)
	case 'K':
		l.erase(number(params, 0))
	case 'G', '`':
		l.move(number(params, 1) - 1)
	case 'C':
		l.move(l.col + max(number(params, 1), 1))
	case 'D':
		l.move(l.col - max(number(params, 1), 1))
	}
}

func (l *line) setPen(p Pen) {
	switch p {
	case l.pens[l.pen]:
	case Pen{}:
		l.pen = 0
	default:
		l.pens = append(l.pens, p)
		l.pen = int32(len(l.pens) - 1)
	}
}

// number reads the first parameter of a sequence; absent says what none means.
func number(params []byte, absent int) int {
	n := 0
	for i, c := range params {
		if c < '0' || c > '9' {
			if i == 0 {
				return absent
			}
			break
		}
		n = min(n*10+int(c-'0'), maxCells)
	}
	if len(params) == 0 {
		return absent
	}
	return n
}

// stringEnd returns where a control string (OSC, DCS, SOS, PM, APC) ends. One
// that does not end within the line is not taken away: its text is shown, so
// that nobody can hide the rest of a line behind it.
func stringEnd(text []byte, from int) int {
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case c == 0x07:
			return i + 1
		case c == esc && i+1 < len(text) && text[i+1] == '\\':
			return i + 2
		case c == 0xc2 && i+1 < len(text) && text[i+1] == 0x9c: // ST as a C1 control
			return i + 2
		case c == esc, c == 0x18, c == 0x1a: // cancelled
			return i
		case c == 0xc2 && i+1 < len(text) && text[i+1] >= 0x80 && text[i+1] < 0xa0:
			return i
		}
	}
	return from
}
