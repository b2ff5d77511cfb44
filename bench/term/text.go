//go:build linux

package main

// text keeps what a program prints without escape sequences: enough to find a
// word of a frame, not a screen.
type text struct {
	plain []byte
	state state
}

type state uint8

const (
	ground  state = iota
	escape        // after ESC
	charset       // after ESC ( and its like: one byte follows
	csi           // after ESC [
	str           // after ESC ] P X ^ _: up to BEL or ESC \
	strEsc        // ESC within that
)

// write adds what a program printed; sequences may be cut anywhere.
func (t *text) write(p []byte) {
	for _, c := range p {
		switch t.state {
		case ground:
			if c == 0x1b {
				t.state = escape
			} else {
				t.plain = append(t.plain, c)
			}
		case escape:
			t.state = afterEscape(c)
		case charset:
			t.state = ground
		case csi:
			if c >= 0x40 && c <= 0x7e {
				t.state = ground
			}
		case str:
			switch c {
			case 0x07:
				t.state = ground
			case 0x1b:
				t.state = strEsc
			}
		case strEsc:
			t.state = str
			if c == '\\' {
				t.state = ground
			}
		}
	}
}

func afterEscape(c byte) state {
	switch c {
	case '[':
		return csi
	case ']', 'P', 'X', '^', '_':
		return str
	case '(', ')', '*', '+', '#', ' ':
		return charset
	case 0x1b:
		return escape
	}
	return ground
}
