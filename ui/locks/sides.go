package locks

import (
	"strconv"
	"strings"

	"example.com/muster/ui/draw"
	"example.com/muster/ui/source"
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
	if s.party == 0 || at < 0 {
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
func (s *Screen) writeSides(p *paper, a, b *party) {
	if a == nil || b == nil || p.w < twoSides {
		for _, side := range []*party{a, b} {
			if side != nil {
				s.writeSide(p, side)
			}
		}
		return
	}
	half := (p.w - 3) / 2
	left, right := &paper{theme: p.theme, w: half}, &paper{theme: p.theme, w: p.w - 3 - half}
	s.writeSide(left, a)
	s.writeSide(right, b)
	for i := range max(len(left.rows), len(right.rows)) {
		var l, r string
		if i < len(left.rows) {
			l = left.rows[i]
		}
		if i < len(right.rows) {
			r = right.rows[i]
		}
		p.rows = append(p.rows, draw.Pad(l, half)+p.theme.Border.Paint(" │ ")+r)
	}
}

// writeSide writes where a thread is: its stack, and the source around its own
// innermost line.
func (s *Screen) writeSide(p *paper, who *party) {
	t := p.theme
	verb := "has it"
	if who.Waits {
		verb = "waits"
	}
	p.line(piece{t.Dim, " " + verb + "  "}, piece{t.Title, s.board.People.Thread(who.Thread)})
	if len(who.Stack) == 0 {
		text := "its stack was not read"
		if who.ended {
			text = "it has ended"
		}
		p.line(piece{t.Dim, "   " + text})
		return
	}
	own, ok := waits.Own(who.Stack)
	end := min(len(who.Stack), maxFrames)
	for i := 0; i < end; i++ {
		frame := waits.ParseFrame(who.Stack[i])
		if !ok || frame != own {
			p.line(piece{"", "   " + frame.String()})
			continue
		}
		p.line(piece{t.Accent, " ▸ "}, piece{"", frame.String()})
		ok, end = false, min(end, i+1+beyond)
	}
	if more := len(who.Stack) - end; more > 0 {
		p.line(piece{t.Dim, "   … " + draw.Count(more) + " more"})
	}
	s.writeSource(p, s.sources.Of(placeOf(who.PID, own)))
}

// writeSource writes the lines of a file around one of them.
func (s *Screen) writeSource(p *paper, src source.Lines) {
	width := len(strconv.Itoa(src.First + len(src.Text)))
	for i, l := range src.Text {
		number := draw.PadLeft(strconv.Itoa(src.First+i), width)
		text := draw.Sanitise([]byte(l), draw.Options{Width: max(1, p.w-width-5), Colours: draw.NoColours, Ellipsis: true})
		style, sign := p.theme.Dim, "  "
		if src.First+i == src.Line {
			style, sign = p.theme.Strong, "▶ "
		}
		p.line(piece{p.theme.Accent, "  " + sign}, piece{p.theme.Dim, number + " "}, piece{style, strings.TrimRight(text, " ")})
	}
}
