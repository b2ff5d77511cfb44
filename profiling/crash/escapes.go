package crash

import "bytes"

const esc = 0x1b

// WithoutEscapes returns a text without the terminal escape sequences in it, as the
// parsers read an output: whoever has a message from elsewhere tells the same of it.
func WithoutEscapes(s string) string { return string(stripEscapes([]byte(s))) }

// stripEscapes returns a line without terminal escape sequences (ECMA-48: CSI
// up to a final byte @ to ~, strings such as OSC up to BEL or ST, and the
// two-byte ones). It returns its argument if there are none.
func stripEscapes(b []byte) []byte {
	i := bytes.IndexByte(b, esc)
	if i < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for {
		out = append(out, b[:i]...)
		b = b[i+escapeLen(b[i:]):]
		if i = bytes.IndexByte(b, esc); i < 0 {
			return append(out, b...)
		}
	}
}

// escapeLen is the length of the escape sequence that b begins with.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return len(b)
	}
	switch b[1] {
	case '[':
		for i := 2; i < len(b); i++ {
			if b[i] >= '@' && b[i] <= '~' {
				return i + 1
			}
			if b[i] < ' ' {
				return i
			}
		}
		return len(b)
	case ']', 'P', 'X', '^', '_':
		for i := 2; i < len(b); i++ {
			if b[i] == 7 {
				return i + 1
			}
			if b[i] == esc {
				return i + min(2, len(b)-i)
			}
		}
		return len(b)
	case '(', ')', '*', '+', '#', '%', ' ':
		return min(3, len(b))
	}
	return 2
}
