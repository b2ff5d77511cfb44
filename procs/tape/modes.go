package tape

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
)

// modes are the private modes (DECSET and DECRST of xterm's ctlseqs) that a
// program has set. The zero value is those of a new terminal.
type modes struct {
	set  map[int]bool
	held []byte // the beginning of a sequence that what was scanned ended in
}

// The modes that are remembered, and what they are on a new terminal: cursor
// keys, wrap, the cursor, the mouse, the alternate screen, brackets around what is pasted.
var remembered = map[int]bool{
	1: false, 7: true, 25: true, 1000: false, 1002: false, 1003: false, 1006: false, 47: false, 1047: false, 1049: false, 2004: false,
}

// maxHeld is how long a sequence that sets modes can be, in bytes.
const maxHeld = 64

func (m *modes) clone() modes { return modes{maps.Clone(m.set), bytes.Clone(m.held)} }

// scan follows what a program sends.
func (m *modes) scan(p []byte) {
	if len(m.held) > 0 {
		p = append(m.held, p...)
		m.held = nil
	}
	for {
		i := bytes.IndexByte(p, 0x1b)
		if i < 0 {
			return
		}
		p = p[i:]
		params, last, size := Private(p)
		switch {
		case size == 0:
			if len(p) <= maxHeld {
				m.held = bytes.Clone(p)
				return
			}
			size = 1
		case last == 'h' || last == 'l':
			m.apply(params, last == 'h')
		}
		p = p[size:]
	}
}

// Private takes apart the sequence "ESC [ ? params last" that p begins with, and
// returns its size: 0 if more bytes are needed to tell, 1 if it begins with another.
func Private(p []byte) (params []byte, last byte, size int) {
	for i, want := range []byte("\x1b[?") {
		if i == len(p) {
			return nil, 0, 0
		}
		if p[i] != want {
			return nil, 0, 1
		}
	}
	for i := 3; i < len(p); i++ {
		if c := p[i]; c != ';' && (c < '0' || c > '9') {
			return p[3:i], c, i
		}
	}
	return nil, 0, 0
}

func (m *modes) apply(params []byte, on bool) {
	for field := range bytes.SplitSeq(params, []byte(";")) {
		n, err := strconv.Atoi(string(field))
		usual, known := remembered[n]
		switch {
		case err != nil || !known:
		case on == usual:
			delete(m.set, n)
		default:
			if m.set == nil {
				m.set = map[int]bool{}
			}
			m.set[n] = on
		}
	}
}

// sequence sets the modes on a new terminal.
func (m *modes) sequence() []byte {
	var b []byte
	for _, n := range slices.Sorted(maps.Keys(m.set)) {
		b = strconv.AppendInt(append(b, "\x1b[?"...), int64(n), 10)
		if m.set[n] {
			b = append(b, 'h')
		} else {
			b = append(b, 'l')
		}
	}
	return b
}
