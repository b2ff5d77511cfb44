package vt

import "unicode/utf8"

// state is what the next byte is a part of. See https://vt100.net/emu/dec_ansi_parser,
// of which this is the part that is not about errors.
type state uint8

const (
	ground    state = iota
	escape          // ESC came, and perhaps intermediate bytes
	control         // CSI came: parameters and intermediate bytes follow
	command         // OSC came: text up to BEL or ST
	other           // DCS, SOS, PM or APC came: text up to ST that nobody reads
	commandST       // ESC came in command
	otherST         // ESC came in other
)

// maxSequence is how many bytes of a sequence are kept; one that is longer does nothing.
const maxSequence = 256

// parser takes what is written apart.
type parser struct {
	state state
	seq   []byte // of the present sequence, without what introduced it
	held  []byte // the beginning of a character whose other bytes have not come
}

// Write takes what the program writes. It always takes all of it.
func (s *Screen) Write(p []byte) (int, error) {
	n := len(p)
	if len(s.parser.held) > 0 {
		p = append(s.parser.held, p...)
		s.parser.held = nil
	}
	for len(p) > 0 {
		if s.parser.state != ground || p[0] < ' ' || p[0] == del {
			s.take(p[0])
			p = p[1:]
			continue
		}
		if !utf8.FullRune(p) {
			s.parser.held = append([]byte(nil), p...)
			break
		}
		r, size := utf8.DecodeRune(p)
		s.print(r)
		p = p[size:]
	}
	return n, nil
}

// The control characters that have a meaning.
const (
	bel, bs, ht, lf, vertical, ff, cr, so, si = 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f

	can, sub, esc, del = 0x18, 0x1a, 0x1b, 0x7f
)

// take takes a byte that is no part of a character.
func (s *Screen) take(c byte) {
	p := &s.parser
	switch {
	case p.state == command || p.state == other || p.state == commandST || p.state == otherST:
		s.takeText(c)
	case c == can || c == sub:
		p.state = ground
	case c == esc:
		p.state, p.seq = escape, p.seq[:0]
	case c < ' ':
		s.execute(c) // also in the middle of a sequence
	case p.state == escape:
		s.takeEscape(c)
	case p.state == control:
		s.takeControl(c)
	}
}

func (s *Screen) takeEscape(c byte) {
	p := &s.parser
	switch {
	case c < '0': // an intermediate byte
		p.collect(c)
		return
	case len(p.seq) > 0:
		s.dispatchEscape(p.seq, c)
	case c == '[':
		p.state = control
		return
	case c == ']':
		p.state = command
		return
	case c == 'P' || c == 'X' || c == '^' || c == '_':
		p.state = other
		return
	case c < del:
		s.dispatchEscape(nil, c)
	}
	p.state = ground
}

func (s *Screen) takeControl(c byte) {
	p := &s.parser
	switch {
	case c < '@':
		p.collect(c)
		return
	case c < del && len(p.seq) < maxSequence:
		s.dispatchControl(p.seq, c)
	case c == del:
		return
	}
	p.state = ground
}

// takeText takes a byte of a text that ends with ST, or BEL.
func (s *Screen) takeText(c byte) {
	p := &s.parser
	switch {
	case c == can || c == sub:
		p.state = ground
	case (p.state == commandST || p.state == otherST) && c != '\\':
		p.state, p.seq = escape, p.seq[:0] // it was no ST, but the next sequence
		s.take(c)
	case p.state == command && c == bel:
		s.dispatchCommand(p.seq, "\a")
		p.state = ground
	case p.state == commandST:
		s.dispatchCommand(p.seq, "\x1b\\")
		p.state = ground
	case p.state == otherST:
		p.state = ground
	case c == esc && p.state == command:
		p.state = commandST
	case c == esc:
		p.state = otherST
	case p.state == command:
		p.collect(c)
	}
}

func (p *parser) collect(c byte) {
	if len(p.seq) < maxSequence {
		p.seq = append(p.seq, c)
	}
}
