package locks

import (
	"strings"
	"time"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/card"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/waits"
)

// Sizes within a card.
const (
	factWidth = 10
	twoSides  = 92 // width from which the stacks of both sides stand side by side
)

// card draws the selected lock in at most h rows of w cells, from scroll on.
func (s *Screen) card(w, h int) []string {
	p := card.New(s.theme, w)
	p.Names = factWidth
	s.write(p, s.lock(), s.inCard)
	if s.sought { // the last row in sight may say how many are below it
		s.scroll = max(min(s.scroll, s.partyRow), s.partyRow+2-h)
		s.sought = false
	}
	rows, at, last := p.Window(h, s.scroll)
	s.scroll, s.last = at, last
	return rows
}

// write writes all that is known of a lock.
func (s *Screen) write(p *card.Paper, l *graph.Lock, focused bool) {
	t, condition := p.Theme, waits.ConditionOf(l)
	title := t.Title
	if focused {
		title = t.Accent
	}
	p.Line(card.In(s.tone(t, condition), " "+condition.Sign()+" "+string(condition)+"  "), card.In(title, waits.Thing(&l.Object)))
	p.Words(card.In("", " "), t.Strong, sentence(s.board.Sentence(l)))
	p.Blank()
	parties := s.parties(l)
	s.writeTree(p, l, parties)
	if a, b := s.sides(parties); a != nil || b != nil {
		p.Blank()
		s.writeSides(p, a, b)
	}
	p.Blank()
	s.writeFacts(p, l)
}

// tone is the colour of a condition on a paper, which may have none.
func (s *Screen) tone(t *theme.Theme, c waits.Condition) theme.Style {
	if t.Plain() {
		return ""
	}
	return s.style(c)
}

// sentence begins with a capital letter and ends with a full stop, unless the
// first word is a name.
func sentence(text string) string {
	for lower, upper := range map[string]string{"deadlock: ": "Deadlock: ", "ring: ": "Ring: "} {
		if rest, ok := strings.CutPrefix(text, lower); ok {
			return upper + rest + "."
		}
	}
	if rest, ok := strings.CutPrefix(text, "nobody "); ok {
		text = "Nobody " + rest
	}
	return text + "."
}

// writeFacts writes what has been seen of a lock over time, and how it is known.
func (s *Screen) writeFacts(p *card.Paper, l *graph.Lock) {
	st := l.Stats
	switch {
	case l.Abandoned && l.Releasable:
		p.Fact("known", "its value says that it is taken, and whoever took it has ended; only another process that shares it could release it")
	case l.Abandoned && waits.ThreadEnded(l):
		p.Fact("known", "its value says that it is taken, and the thread that took it has ended; its process lives on, but no thread could release it")
	case l.Abandoned:
		p.Fact("known", "its value says that it is taken, and no process that could release it lives")
	case len(l.Holders) > 0 && len(l.Waiters) > 0:
		p.Fact("known", waits.Evidence(&l.Holders[0]))
	case l.Kind == graph.Go && l.Taken && len(l.Waiters) > 0:
		p.Fact("holder", "not known: Go does not tell")
	}
	if len(l.Holders) > 1 {
		p.Fact("holders", s.everyHolder(l))
	}
	if l.State != "" && l.State != "held" {
		p.Fact("value", strings.TrimPrefix(draw.Plain([]byte(l.State), 200), "value "))
	}
	switch {
	case st.Waits > 0 && l.Kind == graph.Go && st.Longest < time.Millisecond:
		p.Fact("waits", waits.Spell(st.Total)+" in all; how many that were, and how long each, Go does not tell here")
	case st.Waits > 0:
		text := draw.Plural(st.Waits, "wait") + ", " + waits.Spell(st.Total) + " in all, " + waits.Longest(&st)
		p.Fact("waits", text)
	}
	if st.Contended > 0 {
		p.Fact("share", "somebody waited in "+draw.Percent(100*st.Share())+" of the last "+waits.Spell(st.Watched))
	}
	if st.Holds > 0 {
		p.Fact("held", "by "+draw.Plural(st.Holds, "holder")+" so far, the longest for "+waits.Spell(st.HoldsLongest))
	}
	if l.LastHolder != nil && (len(l.Holders) == 0 || l.Holders[0].Dead) {
		p.Fact("last", s.board.People.WithPID(l.LastHolder.Thread)+", "+waits.Spell(s.board.View.At.Sub(l.LastHolder.Until))+" ago"+s.board.After(l))
	}
	p.Fact("id", draw.Plain([]byte(l.ID), 200))
	p.Line(card.In(p.Theme.Dim, " "+draw.Spaces(factWidth)+"times are sampled: what begins and ends between two looks is not in them"))
}

// maxHolders is how many of several holders are named.
const maxHolders = 12

// everyHolder names all that have a lock, or could end a wait for it.
func (s *Screen) everyHolder(l *graph.Lock) string {
	var names []string
	for i := range l.Holders {
		if i == maxHolders {
			names = append(names, draw.Count(len(l.Holders)-i)+" more")
			break
		}
		names = append(names, s.board.People.WithPID(l.Holders[i].Thread))
	}
	return strings.Join(names, ", ")
}

// report is the card as plain text, for the clipboard.
func (s *Screen) report(l *graph.Lock) string {
	p := card.Plain(100)
	p.Names = factWidth
	s.write(p, l, false)
	return p.Text()
}
