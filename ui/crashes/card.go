package crashes

import (
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/card"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// Widths within a card.
const (
	sparkWidth = 60
	// lineRows is how many rows one line of the output takes at the most.
	lineRows = 6
	// textWidth is the width of a card in the clipboard.
	textWidth = 120
)

// card draws the selected report in at most h rows of w cells, from scroll on.
func (s *Screen) card(w, h int) (rows []string) {
	p := card.New(s.theme, w)
	s.write(p, s.kind(), s.report())
	rows, s.scroll, s.last = p.Window(h, s.scroll)
	return rows
}

// text is the card as plain text, for the clipboard.
func (s *Screen) text(r *crash.Report) string {
	p := card.Plain(textWidth)
	s.writeBody(p, r)
	return r.ID() + "  " + plain(r.Name) + ": " + plain(r.Headline) + "\n" + p.Text()
}

// write writes all that is known of a report, what matters most first.
func (s *Screen) write(p *card.Paper, k *kind, r *crash.Report) {
	s.writeTitle(p, k, r)
	p.Words(card.In("", " "), p.Theme.Error, plain(r.Headline))
	s.writeBody(p, r)
}

// writeBody writes what stands below the headline.
func (s *Screen) writeBody(p *card.Paper, r *crash.Report) {
	writeNotes(p, r.Notes)
	if r.Words != nil {
		p.Blank()
		s.writeWords(p, r)
	}
	p.Blank()
	for _, f := range facts(r, s.now) {
		p.Fact(f.name, f.value)
	}
	for _, c := range curves(r) {
		if peak(c.values) >= 0 {
			writeCurve(p, c)
		}
	}
	if r.Words != nil {
		writeOthers(p, r.Words.Others)
	}
	if r.Lives && len(r.Tail) == 0 {
		return
	}
	p.Blank()
	p.Words(card.In("", " "), p.Theme.Title, tailNote(r))
	for i := range r.Tail {
		writeTail(p, &r.Tail[i])
	}
}

// writeTitle says which report it is, of whom, and which of how many.
func (s *Screen) writeTitle(p *card.Paper, k *kind, r *crash.Report) {
	title := p.Theme.Title
	if s.inCard {
		title = p.Theme.Accent
	}
	id, name := " "+r.ID()+"  ", plain(r.Name)
	which := ""
	for _, l := range []length{long, shorter, shortest} {
		if which = s.which(k, r, l); p.W-draw.Width(id+which) >= min(draw.Width(name), nameLeast) {
			break
		}
	}
	name = draw.TruncateMiddle(name, max(1, p.W-draw.Width(id+which)))
	p.Line(card.In(title, id+name), card.In(p.Theme.Dim, which))
}

// nameLeast is how much of a long name is shown before what stands behind it is put short.
const nameLeast = 12

// length is how much room what stands behind the name may take.
type length int

const (
	long length = iota
	shorter
	shortest
)

// which says which report it is of how many of its kind, which key leads to another of
// them, and how many crashes of any kind have come while it is read.
func (s *Screen) which(k *kind, r *crash.Report, l length) string {
	text := ""
	if k.count > 1 {
		text = "  " + s.place(k, r, l)
	}
	switch n := s.newer(); {
	case n > 0 && l == long:
		text += "  " + draw.Plural(n, "crash", "crashes") + " since"
	case n > 0:
		text += "  " + draw.Count(n) + " since"
	}
	return text
}

// place is a report's place among those of its kind: "crash 2 of 3 of this kind (] newer)".
func (s *Screen) place(k *kind, r *crash.Report, l length) string {
	count, n := draw.Count(k.count), len(k.reports)
	of := draw.Count(n-k.at(r.Seq)) + " of " + draw.Count(n)
	switch all, alone := n == k.count, n < 2 || !k.keeps(r.Seq); {
	case alone && l == shortest:
		return "×" + count
	case alone:
		return count + " of this kind"
	case all && l == shortest:
		return of
	case l == shortest:
		return of + " kept of " + count
	case all && l == long:
		return "crash " + of + " of this kind" + s.toOthers(k, r)
	case all:
		return of + " of this kind" + s.toOthers(k, r)
	}
	return count + " of this kind, " + of + " kept" + s.toOthers(k, r)
}

// toOthers names the key that leads to a newer one of the kind, or else to an older one.
func (s *Screen) toOthers(k *kind, r *crash.Report) string {
	if k.beside(r.Seq, false) != nil {
		return " (" + s.keys.Key(keys.Crashes, keys.Right) + " newer)"
	}
	return " (" + s.keys.Key(keys.Crashes, keys.Left) + " older)"
}

// writeNotes writes what follows from the end, each with how it is known.
func writeNotes(p *card.Paper, notes []crash.Note) {
	for _, n := range notes {
		text := plain(n.Text)
		switch {
		case n.Rule != "":
			text += " (" + string(n.Evidence) + ": " + plain(n.Rule) + ")"
		case n.Evidence != "":
			text += " (" + string(n.Evidence) + ")"
		}
		p.Words(card.In(p.Theme.Warning, " • "), "", text)
	}
}

func writeCurve(p *card.Paper, c curve) {
	name := card.In(p.Theme.Dim, " "+draw.Pad(c.name, card.NameWidth))
	tail := "  max " + c.max
	n := min(len(c.values), sparkWidth, max(1, p.W-1-card.NameWidth-draw.Width(tail)))
	p.Line(name, card.In(p.Theme.Spark, draw.Spark(c.values, c.top, n)), card.In("", tail))
}

// tailSign is the width of what stands before a line of the output.
const tailSign = 2

// writeTail writes a line of the output, wrapped, with a sign before its first row if it
// is from standard error.
func writeTail(p *card.Paper, l *procs.Line) {
	blank := draw.Spaces(tailSign)
	sign := blank
	if l.Stream == procs.Stderr {
		sign = p.Theme.Stderr.Paint("!") + draw.Spaces(tailSign-1)
	}
	o := draw.Options{}
	switch {
	case p.Theme.Plain():
		o.Colours = draw.NoColours
	case !p.Theme.Coloured():
		o.Colours = draw.AttributesOnly
	}
	for _, row := range draw.Wrap(l.Text, max(1, p.W-tailSign), lineRows, o) {
		p.Rows = append(p.Rows, strings.TrimRight(sign+row, " "))
		sign = blank
	}
}
