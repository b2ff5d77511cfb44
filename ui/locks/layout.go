package locks

import (
	"slices"
	"strings"

	"example.com/muster/profiling"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/waits"
)

// The card stands beside the table where that is wide enough, else below it
// where there is room for a few of its lines; with the focus it then takes the
// whole screen.
const (
	besideFrom = 170
	belowFrom  = 16
	minTable   = 3 // lines of a table with a card below it
	minCard    = 6 // lines that make a card below worth it where it is not high
)

// layout is where things stand in the body.
type layout struct {
	tableW, tableH int
	cardW, cardH   int
	cardX, cardY   int
	footer         int // lines at the bottom
}

func (s *Screen) arrange() layout {
	l := layout{tableW: s.w, footer: len(s.footer())}
	h := s.h - l.footer
	switch {
	case s.lock() == nil:
		l.tableH = h
	case s.w >= besideFrom:
		l.tableW, l.tableH = s.w*11/20, h
		l.cardX, l.cardW, l.cardH = l.tableW+2, s.w-l.tableW-2, h
	case s.inCard:
		l.cardW, l.cardH = s.w, h
	case h >= belowFrom:
		l.tableH = max(minTable, min(s.lines()+1, h/3))
	case h-s.lines()-1 >= minCard:
		l.tableH = s.lines() + 1
	default:
		l.tableH = h
	}
	if l.cardH == 0 && l.tableH < h {
		l.cardY, l.cardW, l.cardH = l.tableH+1, s.w, h-l.tableH-1
	}
	return l
}

// overCard reports whether a cell belongs to the card.
func (l layout) overCard(x, y int) bool {
	return l.cardH > 0 && x >= l.cardX && y >= l.cardY && y < l.cardY+l.cardH
}

// Render returns the table, the card, or both.
func (s *Screen) Render() string {
	if s.w == 0 || s.h == 0 || s.board == nil {
		return draw.Lines(nil, s.w, s.h)
	}
	l := s.arrange()
	var lines []string
	switch {
	case s.lines() == 0:
		lines = s.nothing()
	case l.tableH == 0:
		lines = s.card(l.cardW, l.cardH)
	case len(s.rows) == 0:
		lines = append(s.table(l.tableW, l.tableH), s.nothing()...)
	case l.cardH == 0:
		lines = s.table(l.tableW, l.tableH)
	case l.cardX > 0:
		lines = s.sideBySide(l)
	default:
		lines = s.table(l.tableW, l.tableH)
		lines = append(lines, make([]string, max(0, l.tableH-len(lines)))...)
		lines = append(lines, s.theme.Border.Paint(strings.Repeat("─", s.w)))
		lines = append(lines, s.card(l.cardW, l.cardH)...)
	}
	body := s.h - l.footer
	lines = lines[:min(len(lines), body)]
	lines = append(lines, make([]string, body-len(lines))...)
	lines = append(lines, s.footer()...)
	if s.w < narrow {
		return draw.Lines(lines, s.w, s.h)
	}
	return strings.Join(lines, "\n")
}

// narrow is the width below which lines may turn out too long and are cut.
const narrow = 40

func (s *Screen) sideBySide(l layout) []string {
	left, right := s.table(l.tableW, l.tableH), s.card(l.cardW, l.cardH)
	bar := s.theme.Border
	if s.inCard {
		bar = s.theme.Accent
	}
	return draw.Beside(left, right, l.tableW, l.tableH, bar.Paint("│")+" ")
}

// maxUncovered is how many lines say what could not be looked at.
const maxUncovered = 3

// footer is what stands below everything: what the signs mean, if there are
// any, and what could not be looked at.
func (s *Screen) footer() []string {
	if s.board == nil || s.h < 6 {
		return nil
	}
	var lines []string
	if marks := s.marks(); marks != "" && s.h >= belowFrom {
		lines = append(lines, " "+s.theme.Dim.Paint(marks))
	}
	room := maxUncovered
	if s.h < belowFrom {
		room = 1
	}
	lines = append(lines, s.contendedLines(min(s.h/5, 7))...)
	return append(lines, s.uncovered(room)...)
}

// marks explains the signs of evidence that are in the table.
func (s *Screen) marks() string {
	var seen []profiling.Evidence
	for _, l := range s.rows {
		if len(l.Waiters) > 0 && len(l.Holders) > 0 && waits.Mark(l.Holders[0].Evidence) != "" && !slices.Contains(seen, l.Holders[0].Evidence) {
			seen = append(seen, l.Holders[0].Evidence)
		}
	}
	slices.Sort(seen)
	var texts []string
	for _, e := range seen {
		texts = append(texts, waits.Mark(e)+" "+string(e))
	}
	if len(texts) == 0 {
		return ""
	}
	return "who has it: " + strings.Join(append(texts, "no sign: exact"), "  ")
}

// uncovered says in at most n lines which sources could not be read, those
// with the same reason together.
func (s *Screen) uncovered(n int) []string {
	matter := slices.DeleteFunc(slices.Clone(s.board.View.Coverage), func(c profiling.Coverage) bool { return !s.matters(c) })
	rows := profiling.Gaps(matter)
	var lines []string
	for i, r := range rows {
		text := "! " + r.Source + ": " + r.Note
		if i == n-1 && len(rows) > n {
			text = "! " + draw.Count(len(rows)-i) + " more sources could not be read (muster doctor lists them)"
		}
		if i == n {
			break
		}
		safe := draw.Sanitise([]byte(text), draw.Options{Width: max(1, s.w-1), Colours: draw.NoColours, Ellipsis: true})
		lines = append(lines, " "+s.theme.Warning.Paint(safe))
	}
	return lines
}
