package output

import (
	"fmt"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// times says how a line shows when it was printed.
type times uint8

const (
	noTimes times = iota
	clock         // 12:34:56.123
	sinceStart
	timesKinds
)

// rows is how lines are laid out in the present frame.
type rows struct {
	name  int // width of the column of names, 0 for none
	times bool
	left  int // cells before the text
	text  int // cells for the text
	lines []uint64
	shown []bool         // whether a row belongs to a line
	high  map[uint64]int // rows of wrapped lines
}

// at returns the line that row y shows.
func (r *rows) at(y int) (seq uint64, ok bool) {
	if y < 0 || y >= len(r.lines) {
		return 0, false
	}
	return r.lines[y], r.shown[y]
}

// leastText is how many cells a text has before times, and then names, stand beside it.
const leastText = 8

// layout finds the widths of the columns.
func (s *Screen) layout() {
	r := rows{lines: s.rows.lines[:0], shown: s.rows.shown[:0], high: map[uint64]int{}}
	limit := max(6, s.w/4)
	if s.named() && s.w-len("! ")-limit-len(" | ") >= leastText {
		for i := range s.window.lines {
			if l := &s.window.lines[i]; l.ID.Pool != "" {
				r.name = max(r.name, draw.Width(s.nameOf(s.writerOf(l))))
			}
		}
		r.name = min(max(r.name, s.rows.name), limit) // it does not shrink while lines pass
	}
	r.left = len("! ")
	if r.name > 0 {
		r.left += r.name + len(" | ")
	}
	if n := len(s.timeText(s.now)) + 1; s.times != noTimes && s.w-r.left-n >= leastText {
		r.times = true
		r.left += n
	}
	r.text = max(1, s.w-r.left)
	s.rows = r
}

// named reports whether lines have names before them: not where there is but one.
func (s *Screen) named() bool {
	if !s.source.OneSlot {
		return true
	}
	for i := range s.window.lines {
		l := &s.window.lines[i]
		if s.source.PID == 0 && s.writers.key(l).pid != 0 {
			return true
		}
	}
	return s.rows.name > 0 && s.source.PID == 0
}

func (s *Screen) writerOf(l *procs.Line) *writer {
	return s.writers.get(s.writers.key(l))
}

// nameOf leaves out the slot where there is only one.
func (s *Screen) nameOf(w *writer) string {
	if s.source.OneSlot {
		return w.short
	}
	return w.name
}

// nameIn is that in at most n cells.
func (s *Screen) nameIn(w *writer, n int) string {
	name := s.nameOf(w)
	if draw.Width(name) > n && name != w.short {
		return w.cut(n)
	}
	return draw.TruncateLeft(name, n)
}

func (s *Screen) timeText(at time.Time) string {
	if s.times == sinceStart {
		return fmt.Sprintf("%+11.3fs", at.Sub(s.start).Seconds())
	}
	return at.Format("15:04:05.000")
}

// rowsOf says how many rows the ith of some lines takes, with what stands
// above it.
func (s *Screen) rowsOf(lines []procs.Line, i int) int {
	l := &lines[i]
	n := 1
	if s.wrap && l.Stream != procs.Muster {
		h, ok := s.rows.high[l.Seq]
		if !ok {
			h = len(draw.Breaks(l.Text, s.rows.text, s.bodyHeight()))
			s.rows.high[l.Seq] = h
		}
		n = h
	}
	if i > 0 {
		n += len(s.marksBetween(&lines[i-1], l))
		if s.missing(&lines[i-1], l) > 0 {
			n++
		}
	} else if s.gapAbove(l) {
		n++
	}
	return n
}

// lineRows appends the rows of a line. continued says that the line above was
// cut and goes on here.
func (s *Screen) lineRows(out []string, l *procs.Line, continued bool) []string {
	if l.Stream == procs.Muster {
		return append(out, s.rule(plainName(string(l.Text)), s.theme.Dim, l.Seq))
	}
	selected := !s.window.follow && l.Seq == s.window.cur
	o := draw.Options{Offset: s.offset, Width: s.rows.text, Colours: s.colours(), Ellipsis: true, Fill: selected, Highlights: s.highlights(l, selected)}
	if selected {
		o.Base = string(s.theme.Selection)
		if s.theme.Reversed() {
			o.Colours = max(o.Colours, draw.AttributesOnly) // as [theme.Style.And] does
		}
	}
	lead := s.lead(l, continued, selected)
	if !s.wrap {
		var b strings.Builder
		b.WriteString(lead)
		draw.SanitiseTo(&b, l.Text, o)
		return append(out, b.String())
	}
	above := s.aboveWindow(l)
	for i, row := range draw.Wrap(l.Text, s.rows.text, above+s.bodyHeight(), o) {
		if i == 1 {
			lead = s.leadBelow(selected)
		}
		if i >= above {
			out = append(out, lead+row)
		}
	}
	return out
}

// lead is what stands before the text of a line: a sign for its stream, its
// time, its writer. Its last cell parts it from the text, and says of a text whose
// beginning is out of sight that it is so.
func (s *Screen) lead(l *procs.Line, continued, selected bool) string {
	var b strings.Builder
	base := s.base(selected)
	switch {
	case l.Stream == procs.Stderr:
		base.And(s.theme.Stderr).On(&b, "!")
	case selected && s.theme.Plain():
		b.WriteByte('>')
	case continued && s.rows.name == 0:
		base.And(s.theme.Border).On(&b, "…")
	default:
		base.On(&b, " ")
	}
	if s.rows.times {
		base.On(&b, " ")
		base.And(s.theme.Dim).On(&b, s.timeText(l.At))
	}
	if s.rows.name > 0 {
		w := s.writerOf(l)
		name := s.nameIn(w, s.rows.name)
		base.On(&b, " ")
		base.And(w.style(s.theme)).On(&b, name+draw.Spaces(s.rows.name-draw.Width(name)))
		s.bar(&b, base, continued)
	}
	if s.scrolled(l) {
		base.And(s.theme.Border).On(&b, draw.Ellipsis)
	} else {
		base.On(&b, " ")
	}
	return b.String()
}

// scrolled reports whether the beginning of a line is out of sight.
func (s *Screen) scrolled(l *procs.Line) bool {
	return !s.wrap && s.offset > 0 && draw.Plain(l.Text, 1) != ""
}

// bar parts the name from the text; a line that another one goes on in has a
// different one.
func (s *Screen) bar(b *strings.Builder, base theme.Style, continued bool) {
	sign := " │"
	if continued {
		sign = " …"
	}
	base.And(s.theme.Border).On(b, sign)
}

// leadBelow is what stands before the further rows of a wrapped line.
func (s *Screen) leadBelow(selected bool) string {
	var b strings.Builder
	base := s.base(selected)
	if s.rows.name == 0 {
		base.On(&b, draw.Spaces(s.rows.left))
		return b.String()
	}
	base.On(&b, draw.Spaces(s.rows.left-len(" | ")))
	s.bar(&b, base, false)
	base.On(&b, " ")
	return b.String()
}

func (s *Screen) base(selected bool) theme.Style {
	if selected {
		return s.theme.Selection
	}
	return ""
}

func (s *Screen) colours() draw.Colours {
	switch {
	case s.theme.Plain():
		return draw.NoColours
	case !s.theme.Coloured():
		return draw.AttributesOnly
	}
	return draw.AllColours
}

// highlights finds what matches the search within the part of a line that can
// be in sight.
func (s *Screen) highlights(l *procs.Line, selected bool) []draw.Span {
	if s.search.re == nil || s.theme.Plain() {
		return nil
	}
	const most = 64
	first, width := s.offset, s.rows.text+1024
	if s.wrap {
		first, width = (s.rows.text-1)*s.aboveWindow(l), s.rows.text*(s.bodyHeight()+1) // half a wide character may be left out of a row
	}
	limit := most
	if first > 0 {
		limit = -1 // those that are out of sight count for nothing
	}
	style := s.theme.Match
	if selected {
		style = s.theme.ThisMatch
	}
	text := draw.Plain(l.Text, first+width)
	var spans []draw.Span
	at, cell := 0, 0 // how far the text has been measured
	for _, m := range s.search.re.FindAllStringIndex(text, limit) {
		from := cell + draw.Width(text[at:m[0]])
		to := from + draw.Width(text[m[0]:m[1]])
		at, cell = m[1], to
		if to > from && to > first && len(spans) < most {
			spans = append(spans, draw.Span{From: from, To: to, Style: string(style)})
		}
	}
	return spans
}

// rule is a line across the screen with a few words in it.
func (s *Screen) rule(words string, style theme.Style, seq uint64) string {
	if words != "" {
		words = " " + words + " "
	}
	lead := "──"
	if !s.window.follow && seq == s.window.cur {
		lead, style = "─>", s.theme.Selection.And(style)
	}
	text := draw.Truncate(lead+words, s.w)
	return style.Paint(text + strings.Repeat("─", max(0, s.w-draw.Width(text))))
}
