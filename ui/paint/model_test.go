package paint

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// model is a terminal of so many cells that understands what a frame may be
// made of, and fails the test at anything else. It wraps no lines.
type model struct {
	t      testing.TB
	w, h   int
	x, y   int
	style  style
	glyphs [][]glyph
}

// glyph is what stands in a cell. The second cell of a wide one is empty.
type glyph struct {
	text  string
	style string
}

var blank = glyph{text: " "}

// style is the attributes in force, by what undoes each: "31" is kept under "39".
type style map[string]string

func (s style) String() string {
	var all []string
	for _, v := range s {
		all = append(all, v)
	}
	sort.Strings(all)
	return strings.Join(all, " ")
}

func newModel(t testing.TB, w, h int) *model {
	m := &model{t: t, w: w, h: h, style: style{}, glyphs: make([][]glyph, h)}
	for y := range m.glyphs {
		m.glyphs[y] = make([]glyph, w)
		m.fill(y, 0, glyph{text: "?"}) // nobody knows what was there
	}
	return m
}

func (m *model) fill(y, from int, g glyph) {
	for x := from; x < m.w; x++ {
		m.put(x, y, g)
	}
}

// put writes a cell; half a wide character does not stay.
func (m *model) put(x, y int, g glyph) {
	row := m.glyphs[y]
	if row[x].text == "" && x > 0 {
		row[x-1] = blank
	}
	if x+1 < m.w && row[x+1].text == "" {
		row[x+1] = blank
	}
	row[x] = g
}

func (m *model) write(out string) {
	for out != "" {
		seq, width, n, _ := ansi.DecodeSequence(out, ansi.NormalState, nil)
		switch out = out[n:]; {
		case width > 0:
			m.glyph(seq, width)
		case strings.HasPrefix(seq, "\x1b["):
			m.control(seq[2:len(seq)-1], seq[len(seq)-1])
		case strings.ContainsAny(seq, "\x1b\a\r\n"):
			m.t.Fatalf("the terminal gets %q", seq)
		default:
			m.join(seq)
		}
	}
}

func (m *model) glyph(text string, width int) {
	if m.y >= m.h {
		return
	}
	m.x = min(m.x, m.w-width) // no wrapping
	m.put(m.x, m.y, glyph{text, m.style.String()})
	if width == 2 {
		m.put(m.x+1, m.y, glyph{" ", ""})
		m.glyphs[m.y][m.x] = glyph{text, m.style.String()}
		m.glyphs[m.y][m.x+1] = glyph{"", m.style.String()}
	}
	m.x += width
}

// join adds an accent, or what else takes no cell, to the character left of the cursor.
func (m *model) join(mark string) {
	x := m.x - 1
	if x > 0 && m.glyphs[m.y][x].text == "" {
		x--
	}
	if x >= 0 {
		m.glyphs[m.y][x].text += mark
	}
}

func (m *model) control(params string, final byte) {
	switch {
	case final == 'm':
		m.colours(params)
	case final == 'H':
		row, col, _ := strings.Cut(params, ";")
		m.y, m.x = m.number(row)-1, m.number(col)-1
	case final == 'K' && params == "":
		if len(m.style) != 0 {
			m.t.Errorf("clears a line in style %v", m.style)
		}
		if m.y < m.h {
			m.fill(m.y, min(m.x, m.w-1), blank)
		}
	case final == 'J' && params == "2":
		for y := range m.h {
			m.fill(y, 0, blank)
		}
	case params == "?2026" && (final == 'h' || final == 'l'):
	default:
		m.t.Fatalf("the terminal gets CSI %s%c", params, final)
	}
}

func (m *model) number(s string) int {
	if s == "" {
		return 1
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		m.t.Fatalf("%q is no position", s)
	}
	return n
}

// colours carries out what SGR does, as far as it is told apart here: each
// parameter by itself, but for 38 and 48, which take the rest.
func (m *model) colours(params string) {
	list := strings.Split(params, ";")
	for i := 0; i < len(list); i++ {
		p := list[i]
		switch {
		case p == "" || p == "0":
			m.style = style{}
		case p == "38" || p == "48":
			m.style[map[string]string{"38": "39", "48": "49"}[p]] = strings.Join(list[i:], ";")
			return
		case len(p) == 2 && p[0] == '3':
			m.style["39"] = p
		case len(p) == 2 && p[0] == '4':
			m.style["49"] = p
		default:
			m.style[p] = p
		}
	}
}

// String is the screen as text, to compare and to look at.
func (m *model) String() string {
	var b strings.Builder
	for y, row := range m.glyphs {
		for x, g := range row {
			if g.text != " " || g.style != "" {
				fmt.Fprintf(&b, "%d,%d %q %s\n", y, x, g.text, g.style)
			}
		}
	}
	return b.String()
}
