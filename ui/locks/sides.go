package locks

import (
	"example.com/muster/ui/card"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/waits"
)

// maxFrames is how many lines of a stack a side shows, and beyond how many of
// these follow the user's own line: they say who called it.
const (
	maxFrames = 8
	beyond    = 2
)

// sides chooses whose stacks are shown: one who waits and one who has the lock,
// or the two of a deadlock that wait for each other. Who is selected is one of them.
func (s *Screen) sides(list []party) (a, b *party) {
	at := s.partyAt(list)
	for i := range list {
		p := &list[i]
		switch {
		case p.inRing && a != nil && b == nil, !p.Waits && b == nil:
			b = p
		case p.Waits && a == nil:
			a = p
		}
	}
	if at < 0 {
		return a, b
	}
	switch p := &list[at]; {
	case p == a || p == b:
	case p.Waits:
		a = p
	default:
		b = p
	}
	return a, b
}

// writeSides writes the stacks and source lines of both, side by side if there is room.
func (s *Screen) writeSides(p *card.Paper, a, b *party) {
	if a == nil || b == nil || p.W < twoSides {
		for i, side := range []*party{a, b} {
			if side == nil {
				continue
			}
			if i > 0 && a != nil {
				p.Blank()
			}
			s.writeSide(p, side)
		}
		return
	}
	half := (p.W - 3) / 2
	left, right := card.New(p.Theme, half), card.New(p.Theme, p.W-3-half)
	s.writeSide(left, a)
	s.writeSide(right, b)
	for i := range max(len(left.Rows), len(right.Rows)) {
		var l, r string
		if i < len(left.Rows) {
			l = left.Rows[i]
		}
		if i < len(right.Rows) {
			r = right.Rows[i]
		}
		p.Rows = append(p.Rows, draw.Pad(l, half)+p.Theme.Border.Paint(" │ ")+r)
	}
}

// writeSide writes where a thread is: its stack, and the source around its own
// innermost line.
func (s *Screen) writeSide(p *card.Paper, who *party) {
	t := p.Theme
	verb := "has it"
	if who.Waits {
		verb = "waits"
	}
	p.Line(card.In(t.Dim, " "+verb+"  "), card.In(t.Title, s.board.People.Thread(who.Thread)))
	if len(who.Stack) == 0 {
		text := "its stack was not read"
		if who.ended {
			text = "it has ended"
		}
		p.Line(card.In(t.Dim, "   "+text))
		return
	}
	own, ok := waits.Own(who.Stack)
	end := min(len(who.Stack), maxFrames)
	for i := 0; i < end; i++ {
		frame := waits.ParseFrame(who.Stack[i])
		if !ok || frame != own {
			p.Line(card.In("", "   "+frame.String()))
			continue
		}
		p.Line(card.In(t.Accent, " ▸ "), card.In("", frame.String()))
		ok, end = false, min(end, i+1+beyond)
	}
	if more := len(who.Stack) - end; more > 0 {
		p.Line(card.In(t.Dim, "   … "+draw.Count(more)+" more"))
	}
	p.Source(s.sources.Of(placeOf(who.PID, own)))
}
