package crashes

import (
	"fmt"
	"strings"

	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
)

// list draws the reports in at most h rows of w cells.
func (s *Screen) list(w, h int) []string {
	at := s.index()
	body := max(1, h-1)
	s.top = max(0, min(s.top, at, len(s.reports)-body))
	s.top = max(s.top, at-body+1)
	who := s.whoWidth(w)
	head := draw.Pad(" "+draw.Plural(len(s.reports), "crash", "crashes"), w)
	if w >= 40 {
		head = draw.Pad(" TIME      "+draw.Pad("WHO", who)+"  RUN  HOW", w)
	}
	lines := []string{s.theme.Title.Paint(head)}
	for i := s.top; i < len(s.reports) && len(lines) < h; i++ {
		lines = append(lines, s.row(s.reports[i], w, who, i == at))
	}
	return lines
}

// whoWidth is the width of the column of names: that of the longest one in
// sight, but no more than a third.
func (s *Screen) whoWidth(w int) int {
	n := len("WHO")
	for _, r := range s.reports[s.top:min(len(s.reports), s.top+s.h)] {
		n = max(n, draw.Width(plain(r.Name)))
	}
	return min(n, max(3, w/3))
}

// row draws one report; its parts are drawn over the selection.
func (s *Screen) row(r *crash.Report, w, who int, selected bool) string {
	t, base, sign := s.theme, s.theme.Selection, "›"
	if !selected {
		base, sign = "", " "
	}
	var b strings.Builder
	base.On(&b, sign)
	base.And(t.Dim).On(&b, r.At.Format("15:04:05")+"  ")
	base.And(t.Strong).On(&b, draw.Pad(plain(r.Name), who))
	base.And(t.Dim).On(&b, fmt.Sprintf("  %3d  ", r.Run.N))
	n := 1 + 10 + who + 7
	again := ""
	if r.SameBefore > 0 {
		again = " ×" + draw.Count(r.SameBefore+1)
	}
	room := max(0, w-n-draw.Width(again))
	head := draw.Truncate(plain(r.Headline), room)
	base.And(t.Error).On(&b, head)
	base.And(t.Warning).On(&b, again)
	base.On(&b, draw.Spaces(room-draw.Width(head)))
	return b.String()
}
