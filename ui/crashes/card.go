package crashes

import (
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
)

// Widths within a card.
const (
	nameWidth  = 10
	sparkWidth = 60
	// lineRows is how many rows one line of the output takes at the most.
	lineRows = 6
)

// card draws the selected report in at most h rows of w cells, from scroll on.
func (s *Screen) card(w, h int) []string {
	rows := s.cardRows(s.report(), max(w, 1))
	s.last = max(0, len(rows)-h)
	s.scroll = min(s.scroll, s.last)
	rows = rows[s.scroll:min(len(rows), s.scroll+h)]
	if len(rows) == h && s.scroll < s.last {
		rows[h-1] = s.theme.Dim.Paint(draw.Truncate(" … "+draw.Plural(s.last-s.scroll+1, "row")+" more", w))
	}
	return rows
}

func (s *Screen) cardRows(r *crash.Report, w int) []string {
	t := s.theme
	title := t.Title
	if s.inCard {
		title = t.Accent
	}
	rows := []string{title.Paint(draw.Truncate(" "+r.ID()+"  "+plain(r.Name), w))}
	for _, l := range draw.Words(plain(r.Headline), max(1, w-1)) {
		rows = append(rows, " "+t.Error.Paint(l))
	}
	rows = append(rows, "")
	for _, f := range facts(r, s.now) {
		for i, l := range draw.Words(f.value, max(1, w-nameWidth-1)) {
			name := ""
			if i == 0 {
				name = f.name
			}
			rows = append(rows, " "+t.Dim.Paint(draw.Pad(name, nameWidth))+l)
		}
	}
	rows = append(rows, "")
	for _, c := range curves(r) {
		rows = append(rows, s.curveRow(c, w))
	}
	rows = append(rows, "", " "+t.Title.Paint(draw.Truncate(tailNote(r), w-1)))
	for i := range r.Tail {
		rows = append(rows, s.tailRows(&r.Tail[i], w)...)
	}
	return rows
}

func (s *Screen) curveRow(c curve, w int) string {
	t := s.theme
	name := " " + t.Dim.Paint(draw.Pad(c.name, nameWidth))
	if peak(c.values) < 0 {
		return name + "not measured"
	}
	tail := "  max " + c.max
	n := min(len(c.values), sparkWidth, max(1, w-1-nameWidth-draw.Width(tail)))
	return name + t.Spark.Paint(draw.Spark(c.values, 0, n)) + tail
}

// tailRows draws a line of the output, wrapped, with a sign if it is from
// standard error.
func (s *Screen) tailRows(l *procs.Line, w int) []string {
	sign := " "
	if l.Stream == procs.Stderr {
		sign = s.theme.Stderr.Paint("!")
	}
	o := draw.Options{}
	switch {
	case s.theme.Plain():
		o.Colours = draw.NoColours
	case !s.theme.Coloured():
		o.Colours = draw.AttributesOnly
	}
	rows := draw.Wrap(l.Text, max(1, w-1), lineRows, o)
	for i := range rows {
		rows[i] = sign + rows[i]
		if l.Stream != procs.Stderr {
			continue
		}
		sign = s.theme.Stderr.Paint("!")
	}
	return rows
}

// text is the card as plain text, for the clipboard.
func text(r *crash.Report, now time.Time) string {
	var b strings.Builder
	b.WriteString(plain(r.Name) + ": " + plain(r.Headline) + "\n\n")
	for _, f := range facts(r, now) {
		b.WriteString(draw.Pad(f.name, nameWidth) + f.value + "\n")
	}
	for _, c := range curves(r) {
		if peak(c.values) >= 0 {
			b.WriteString(draw.Pad(c.name, nameWidth) + draw.Spark(c.values, 0, min(len(c.values), sparkWidth)) + "  max " + c.max + "\n")
		}
	}
	b.WriteString("\n" + tailNote(r) + "\n")
	for i := range r.Tail {
		sign := "  "
		if r.Tail[i].Stream == procs.Stderr {
			sign = "! "
		}
		b.WriteString(strings.TrimRight(sign+draw.Plain(r.Tail[i].Text, 0), " ") + "\n")
	}
	return b.String()
}
