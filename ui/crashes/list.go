package crashes

import (
	"strings"

	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
)

// list draws the kinds in at most h rows of w cells.
func (s *Screen) list(w, h int) []string {
	at := s.index()
	body := max(1, h-1)
	s.top = draw.Scroll(s.top, at, len(s.kinds), body)
	who := s.whoWidth(w)
	head := "  " + draw.Plural(len(s.kinds), "kind of crash", "kinds of crash")
	if w >= timedFrom {
		head = "  LAST      " + draw.Pad("WHO", who) + "  HOW"
	}
	if with := "  with " + plain(s.filter); s.filter != "" {
		if draw.Width(head+with) > w { // what is looked for is worth more than the title
			head = strings.TrimSuffix(head, "  HOW")
		}
		head += with
	}
	if sight := draw.InSight(s.top, min(body, len(s.kinds)), len(s.kinds)); sight != "" && h > 1 {
		head = draw.Pad(draw.Truncate(head, max(0, w-len(sight)-2)), max(0, w-len(sight)-1)) + sight
	}
	lines := []string{s.theme.Title.Paint(draw.Pad(draw.Truncate(head, w), w))}
	for i := s.top; i < len(s.kinds) && len(lines) < h; i++ {
		lines = append(lines, s.row(&s.kinds[i], w, who, i == at))
	}
	return lines
}

// timedFrom is the width from which a row has the time.
const timedFrom = 40

// besidesWho is how many cells of a row are neither name nor headline: the cursor, the time
// and what stands between.
func besidesWho(w int) int {
	if w < timedFrom {
		return 2 + 2
	}
	return 2 + 10 + 2
}

// measure notes how wide names and headlines are at the most, with how often there was each.
func (s *Screen) measure() {
	s.who = max(s.who, len("WHO"))
	for i := range s.kinds {
		r := s.shown(&s.kinds[i])
		s.who = max(s.who, draw.Width(plain(r.Name)))
		s.how = max(s.how, draw.Width(plain(r.Headline)+s.kinds[i].times()))
	}
}

// times is how often there was a crash of the kind: " ×3"; "" if once.
func (k *kind) times() string {
	if k.count > 1 {
		return " ×" + draw.Count(k.count)
	}
	return ""
}

// whoWidth is the width of the column of names: that of the longest one, but no more than a
// third, or what the headlines leave.
func (s *Screen) whoWidth(w int) int { return min(s.who, max(3, w/3, w-besidesWho(w)-s.how)) }

// nameEnd is how many cells the end of a name takes at least: an ellipsis and two digits.
const nameEnd = 3

// whoOf is whose a crash is, in at most w cells. Where there is no room for all of it the
// middle gives way: the slot stays as long as it leaves room for the end of a name, which tells
// one process in it from another.
func whoOf(r *crash.Report, w int) string {
	name, slot := plain(r.Name), plain(r.Run.ID.String())
	label, below := strings.CutPrefix(name, slot+"/")
	if draw.Width(name) <= w || !below {
		return draw.TruncateMiddle(name, w)
	}
	if wants := draw.Width(label); draw.Width(slot)+1+min(wants, nameEnd) > w {
		slot = draw.TruncateMiddle(slot, w-1-min(wants, w/3))
	}
	return slot + " " + draw.TruncateLeft(label, w-1-draw.Width(slot))
}

// shown is the report by which a kind has its row: of the selected kind the one that is in
// the card, of the others the newest.
func (s *Screen) shown(k *kind) *crash.Report {
	if r := s.pin.report; r != nil && keyOf(r) == k.key {
		return r
	}
	return k.reports[0]
}

// row draws one kind with the time of its last crash; its parts are drawn over the selection.
func (s *Screen) row(k *kind, w, who int, selected bool) string {
	t, base, sign, r := s.theme, s.theme.Selection, "› ", s.shown(k)
	switch {
	case !selected:
		base, sign = "", "  "
	case s.inCard:
		base = "" // the cursor alone marks it while the keys go elsewhere
	}
	var b strings.Builder
	base.And(t.Accent).On(&b, sign)
	if w >= timedFrom {
		base.And(t.Dim).On(&b, k.last.Format("15:04:05")+"  ")
	}
	base.And(t.Strong).On(&b, draw.Pad(whoOf(r, who), who)+"  ")
	again := k.times()
	room := max(0, w-besidesWho(w)-who-draw.Width(again))
	head := draw.Truncate(plain(r.Headline), room)
	if all := plain(r.Headline + crash.Spared(r.Spared())); draw.Width(all) <= room {
		head = all
	}
	tone := t.Error
	if r.Handled != nil && *r.Handled {
		tone = t.Warning
	}
	base.And(tone).On(&b, head)
	base.And(t.Warning).On(&b, again)
	base.On(&b, draw.Spaces(room-draw.Width(head)))
	return b.String()
}
