// Package card writes what a screen knows of one thing: rows of a fixed width,
// made of pieces in styles, of sentences and of facts with their names. The
// screens decide what is said, this how it is laid out.
package card

import (
	"strconv"
	"strings"

	"example.com/muster/internal/pattern"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/source"
	"example.com/muster/ui/theme"
)

// NameWidth is the width of the names of facts, in cells.
const NameWidth = 11

// Paper is what a card is written on. Its rows have at most W cells.
type Paper struct {
	Theme *theme.Theme
	W     int
	Names int // the width of the names of facts, NameWidth by default
	Rows  []string
}

// New returns an empty paper.
func New(t *theme.Theme, w int) *Paper { return &Paper{Theme: t, W: max(1, w), Names: NameWidth} }

// Plain returns a paper without colours, for a clipboard.
func Plain(w int) *Paper { return New(theme.New(0, true), w) }

// Piece is a part of a row in one style.
type Piece struct {
	Style theme.Style
	Text  string
}

// In returns a piece.
func In(style theme.Style, text string) Piece { return Piece{style, text} }

// Line writes a row, cut where the paper ends.
func (p *Paper) Line(pieces ...Piece) {
	var b strings.Builder
	room := p.W
	for _, x := range pieces {
		text := draw.Truncate(x.Text, room)
		x.Style.On(&b, text)
		room -= draw.Width(text)
	}
	p.Rows = append(p.Rows, b.String())
}

// Blank writes an empty row.
func (p *Paper) Blank() { p.Rows = append(p.Rows, "") }

// Words writes a text in as many rows as it needs, the rows behind the first
// as far in as the lead. A number stays with its unit.
func (p *Paper) Words(lead Piece, style theme.Style, text string) {
	text = unit().ReplaceAllString(text, "$1"+glue+"$2")
	in := draw.Width(lead.Text)
	for _, l := range draw.Words(text, max(1, p.W-in-1)) {
		p.Line(lead, Piece{style, strings.ReplaceAll(l, glue, " ")})
		lead = Piece{"", draw.Spaces(in)}
	}
}

// glue stands for a space at which no line is broken, until it has been.
const glue = "¦"

var unit = pattern.Later(`(\d) (ms|s|min|h)\b`)

// Fact writes a name and what is known under it.
func (p *Paper) Fact(name, value string) {
	for _, l := range draw.Words(value, max(1, p.W-p.Names-2)) {
		p.Line(Piece{p.Theme.Dim, " " + draw.Pad(name, p.Names)}, Piece{"", l})
		name = ""
	}
}

// Source writes the lines of a file around one of them.
func (p *Paper) Source(src source.Lines) {
	width := len(strconv.Itoa(src.First + len(src.Text)))
	for i, l := range src.Text {
		number := draw.PadLeft(strconv.Itoa(src.First+i), width)
		text := draw.Sanitise([]byte(l), draw.Options{Width: max(1, p.W-width-5), Colours: draw.NoColours, Ellipsis: true})
		style, sign := p.Theme.Dim, "  "
		if src.First+i == src.Line {
			style, sign = p.Theme.Strong, "▶ "
		}
		p.Line(Piece{p.Theme.Accent, "  " + sign}, Piece{p.Theme.Dim, number + " "}, Piece{style, strings.TrimRight(text, " ")})
	}
}

// Window returns the rows that h lines show from scroll on, and the largest
// scroll that makes sense. The last line says how many rows are below it.
func (p *Paper) Window(h, scroll int) (rows []string, at, last int) {
	last = max(0, len(p.Rows)-h)
	at = min(scroll, last)
	rows = p.Rows[at:min(len(p.Rows), at+h)]
	if len(rows) == h && h > 0 && at < last {
		more := " … " + draw.Plural(last-at+1, "row") + " more"
		rows[h-1] = p.Theme.Dim.Paint(draw.Truncate(more, p.W))
	}
	return rows, at, last
}

// Text returns the rows as text, without spaces at their ends.
func (p *Paper) Text() string {
	for i, r := range p.Rows {
		p.Rows[i] = strings.TrimRight(r, " ")
	}
	return strings.Join(p.Rows, "\n") + "\n"
}
