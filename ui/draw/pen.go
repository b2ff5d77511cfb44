package draw

import (
	"strconv"
	"strings"
)

// A Pen is the colours and attributes that characters are written with: the
// state that SGR sequences ("select graphic rendition", ECMA-48 8.3.117)
// change. The zero Pen is the terminal's default.
type Pen struct {
	fg, bg colour
	attrs  attribute
}

// A colour is the default (0), one of 256 (indexed plus its number), or red,
// green and blue (direct plus 0xRRGGBB).
type colour uint32

const (
	indexed colour = 1 << 24
	direct  colour = 2 << 24
)

type attribute uint16

// The attributes that are kept. Blinking is a nuisance, and concealed text
// would be hidden from whoever reads: both are ignored.
const (
	bold attribute = 1 << iota
	faint
	italic
	underline
	reverse
	strike
)

var attributes = []struct {
	bit     attribute
	on, off int
	clears  attribute // what its off code clears
}{
	{bold, 1, 22, bold | faint},
	{faint, 2, 22, bold | faint},
	{italic, 3, 23, italic},
	{underline, 4, 24, underline},
	{reverse, 7, 27, reverse},
	{strike, 9, 29, strike},
}

// maxParams bounds how many parameters of one sequence are read.
const maxParams = 32

// A param of a sequence; sub says that a colon joins it to the one before.
type param struct {
	n   int
	sub bool
}

// Apply changes the pen by the parameters of an SGR sequence, "1;38;5;75", as a terminal would.
func (p *Pen) Apply(params []byte) {
	var buf [maxParams]param
	ps := splitParams(buf[:0], params)
	for i := 0; i < len(ps); {
		subs := 0
		for i+1+subs < len(ps) && ps[i+1+subs].sub {
			subs++
		}
		i += p.one(ps[i:], subs)
	}
}

// one applies the first of ps, which has some sub-parameters, and returns how
// many were used.
func (p *Pen) one(ps []param, subs int) int {
	switch n := ps[0].n; {
	case n == 0:
		*p = Pen{}
	case n == 4 && subs > 0 && ps[1].n == 0:
		p.attrs &^= underline
	case n >= 30 && n <= 37:
		p.fg = indexed + colour(n-30)
	case n >= 40 && n <= 47:
		p.bg = indexed + colour(n-40)
	case n >= 90 && n <= 97:
		p.fg = indexed + colour(n-90+8)
	case n >= 100 && n <= 107:
		p.bg = indexed + colour(n-100+8)
	case n == 39:
		p.fg = 0
	case n == 49:
		p.bg = 0
	case n == 38 || n == 48 || n == 58:
		c, used, ok := extended(ps, subs)
		if ok && n == 38 {
			p.fg = c
		}
		if ok && n == 48 {
			p.bg = c
		}
		return used
	default:
		for _, a := range attributes {
			if n == a.on {
				p.attrs |= a.bit
			}
			if n == a.off {
				p.attrs &^= a.clears
			}
		}
	}
	return 1 + subs
}

// extended reads 38;5;N, 38;2;R;G;B and the same with colons, where a colour
// space may stand before R.
func extended(ps []param, subs int) (c colour, used int, ok bool) {
	args, used := ps[1:], 0
	if subs > 0 {
		args, used = ps[1:1+subs], 1+subs
	}
	if len(args) == 0 {
		return 0, 1, false
	}
	switch {
	case args[0].n == 5 && len(args) >= 2:
		if used == 0 {
			used = 3
		}
		return indexed + colour(args[1].n&0xff), used, true
	case args[0].n == 2 && len(args) >= 4:
		rgb := args[1:4]
		if subs >= 5 {
			rgb = args[2:5]
		}
		if used == 0 {
			used = 5
		}
		return direct + colour(rgb[0].n&0xff<<16|rgb[1].n&0xff<<8|rgb[2].n&0xff), used, true
	}
	return 0, max(used, len(ps)), false
}

func splitParams(ps []param, params []byte) []param {
	at := param{}
	for _, c := range params {
		switch {
		case c >= '0' && c <= '9':
			at.n = min(at.n*10+int(c-'0'), maxCells)
		default:
			if ps = append(ps, at); len(ps) == maxParams {
				return ps
			}
			at = param{sub: c == ':'}
		}
	}
	return append(ps, at)
}

// Blank is the pen of what this one erases: it keeps what is behind the letters,
// as a terminal with "bce" does (terminfo(5)).
func (p Pen) Blank() Pen { return Pen{bg: p.bg} }

// Uncoloured is the pen with its attributes only.
func (p Pen) Uncoloured() Pen { return Pen{attrs: p.attrs} }

// Start writes the sequence that changes a terminal from its default to
// this pen, which is not the zero one.
func (p Pen) Start(b *strings.Builder) {
	var buf [64]byte
	s := append(buf[:0], "\x1b["...)
	for _, a := range attributes {
		if p.attrs&a.bit != 0 {
			s = append(strconv.AppendInt(s, int64(a.on), 10), ';')
		}
	}
	s = p.fg.append(s, 30)
	s = p.bg.append(s, 40)
	s[len(s)-1] = 'm' // there is a ';': the zero Pen is never written
	b.Write(s)
}

// append writes a colour's parameters; base is 30 for letters, 40 for what is
// behind them.
func (c colour) append(s []byte, base int64) []byte {
	n := int64(c & 0xffffff)
	switch {
	case c == 0:
		return s
	case c >= direct:
		s = append(strconv.AppendInt(s, base+8, 10), ";2;"...)
		s = append(strconv.AppendInt(s, n>>16, 10), ';')
		s = append(strconv.AppendInt(s, n>>8&0xff, 10), ';')
		s = strconv.AppendInt(s, n&0xff, 10)
	case n < 8:
		s = strconv.AppendInt(s, base+n, 10)
	case n < 16:
		s = strconv.AppendInt(s, base+60+n-8, 10)
	default:
		s = append(strconv.AppendInt(s, base+8, 10), ";5;"...)
		s = strconv.AppendInt(s, n, 10)
	}
	return append(s, ';')
}
