package crashes

import (
	"strings"

	"example.com/muster/ui/draw"
)

// list draws the kinds in at most h rows of w cells.
func (s *Screen) list(w, h int) []string {
	at := s.index()
	body := max(1, h-1)
	s.top = max(0, min(s.top, at, len(s.kinds)-body))
	s.top = max(s.top, at-body+1)
	who := s.whoWidth(w)
	head := "  " + draw.Plural(len(s.kinds), "kind of crash", "kinds of crash")
	if w >= 40 {
		head = "  LAST      " + draw.Pad("WHO", who) + "  HOW"
	}
	if with := "  with " + plain(s.filter); s.filter != "" {
		if draw.Width(head+with) > w { // what is looked for is worth more than the title
			head = strings.TrimSuffix(head, "  HOW")
		}
		head += with
	}
	lines := []string{s.theme.Title.Paint(draw.Pad(draw.Truncate(head, w), w))}
	for i := s.top; i < len(s.kinds) && len(lines) < h; i++ {
		lines = append(lines, s.row(&s.kinds[i], w, who, i == at))
	}
	return lines
}

// whoWidth is the width of the column of names: that of the longest one in
// sight, but no more than a third.
func (s *Screen) whoWidth(w int) int {
	n := len("WHO")
	for _, k := range s.kinds[s.top:min(len(s.kinds), s.top+s.h)] {
		n = max(n, draw.Width(plain(k.reports[0].Name)))
	}
	return min(n, max(3, w/3))
}

// row draws one kind by its newest report; its parts are drawn over the selection.
func (s *Screen) row(k *kind, w, who int, selected bool) string {
	t, base, sign, r := s.theme, s.theme.Selection, "› ", k.reports[0]
	switch {
	case !selected:
		base, sign = "", "  "
	case s.inCard:
		base = "" // the cursor alone marks it while the keys go elsewhere
	}
	var b strings.Builder
	base.And(t.Accent).On(&b, sign)
	base.And(t.Dim).On(&b, r.At.Format("15:04:05")+"  ")
	base.And(t.Strong).On(&b, draw.Pad(draw.TruncateLeft(plain(r.Name), who), who)+"  ")
	again := ""
	if k.count > 1 {
		again = " ×" + draw.Count(k.count)
	}
	room := max(0, w-2-10-who-2-draw.Width(again))
	head := draw.Truncate(plain(r.Headline), room)
	tone := t.Error
	if r.Handled != nil && *r.Handled {
		tone = t.Warning
	}
	base.And(tone).On(&b, head)
	base.And(t.Warning).On(&b, again)
	base.On(&b, draw.Spaces(room-draw.Width(head)))
	return b.String()
}
