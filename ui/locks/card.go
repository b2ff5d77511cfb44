package locks

import (
	"regexp"
	"strings"
	"time"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/waits"
)

// Sizes within a card.
const (
	factWidth = 10
	twoSides  = 92 // width from which the stacks of both sides stand side by side
)

// paper is what a card is written on: rows of at most w cells.
type paper struct {
	theme *theme.Theme
	w     int
	rows  []string
}

// piece is a part of a row in one style.
type piece struct {
	style theme.Style
	text  string
}

// line writes a row, cut where the paper ends.
func (p *paper) line(pieces ...piece) {
	var b strings.Builder
	room := p.w
	for _, x := range pieces {
		text := draw.Truncate(x.text, room)
		x.style.On(&b, text)
		room -= draw.Width(text)
	}
	p.rows = append(p.rows, b.String())
}

// words writes a text in as many rows as it needs. A number stays with its unit.
func (p *paper) words(style theme.Style, text string) {
	text = unit.ReplaceAllString(text, "$1"+glue+"$2")
	for _, l := range draw.Words(text, max(1, p.w-2)) {
		p.line(piece{"", " "}, piece{style, strings.ReplaceAll(l, glue, " ")})
	}
}

// glue stands for a space at which no line is broken, until it has been.
const glue = "¦"

var unit = regexp.MustCompile(`(\d) (ms|s|min|h)\b`)

// fact writes a name and what is known under it.
func (p *paper) fact(name, value string) {
	for _, l := range draw.Words(value, max(1, p.w-factWidth-2)) {
		p.line(piece{p.theme.Dim, " " + draw.Pad(name, factWidth)}, piece{"", l})
		name = ""
	}
}

func (p *paper) blank() { p.rows = append(p.rows, "") }

// card draws the selected lock in at most h rows of w cells, from scroll on.
func (s *Screen) card(w, h int) []string {
	p := &paper{theme: s.theme, w: max(1, w)}
	s.write(p, s.lock(), s.inCard)
	s.last = max(0, len(p.rows)-h)
	s.scroll = min(s.scroll, s.last)
	rows := p.rows[s.scroll:min(len(p.rows), s.scroll+h)]
	if len(rows) == h && s.scroll < s.last {
		rows[h-1] = s.theme.Dim.Paint(draw.Truncate(" … "+draw.Plural(s.last-s.scroll+1, "row")+" more", w))
	}
	return rows
}

// write writes all that is known of a lock.
func (s *Screen) write(p *paper, l *graph.Lock, focused bool) {
	t, condition := p.theme, waits.ConditionOf(l)
	title := t.Title
	if focused {
		title = t.Accent
	}
	p.line(piece{s.tone(t, condition), " " + condition.Sign() + " " + string(condition) + "  "}, piece{title, waits.Thing(&l.Object)})
	p.words(t.Strong, sentence(s.board.Sentence(l)))
	p.blank()
	parties := s.parties(l)
	s.writeTree(p, l, parties)
	if a, b := s.sides(parties); a != nil || b != nil {
		p.blank()
		s.writeSides(p, a, b)
	}
	p.blank()
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
	if rest, ok := strings.CutPrefix(text, "deadlock: "); ok {
		return "Deadlock: " + rest + "."
	}
	if rest, ok := strings.CutPrefix(text, "nobody "); ok {
		text = "Nobody " + rest
	}
	return text + "."
}

// writeFacts writes what has been seen of a lock over time, and how it is known.
func (s *Screen) writeFacts(p *paper, l *graph.Lock) {
	st := l.Stats
	switch {
	case l.Abandoned:
		p.fact("known", "its value says that it is taken, and no process that could release it lives")
	case len(l.Holders) > 0 && len(l.Waiters) > 0:
		p.fact("known", waits.Evidence(&l.Holders[0]))
	case l.Kind == graph.Go && l.Taken && len(l.Waiters) > 0:
		p.fact("holder", "not known: Go does not tell")
	}
	if len(l.Holders) > 1 {
		p.fact("holders", s.everyHolder(l))
	}
	if l.State != "" && l.State != "held" {
		p.fact("value", strings.TrimPrefix(draw.Plain([]byte(l.State), 200), "value "))
	}
	switch {
	case st.Waits > 0 && l.Kind == graph.Go && st.Longest < time.Millisecond:
		p.fact("waits", waits.Spell(st.Total)+" in all; how many that were, and how long each, Go does not tell here")
	case st.Waits > 0:
		text := draw.Plural(st.Waits, "wait") + ", " + waits.Spell(st.Total) + " in all, the longest " + waits.Spell(st.Longest)
		p.fact("waits", text)
	}
	if st.Contended > 0 {
		p.fact("share", "somebody waited in "+draw.Percent(100*st.Share())+" of the last "+waits.Spell(st.Watched))
	}
	if st.Holds > 0 {
		p.fact("held", "by "+draw.Plural(st.Holds, "holder")+" so far, the longest for "+waits.Spell(st.HoldsLongest))
	}
	if l.LastHolder != nil && (len(l.Holders) == 0 || l.Holders[0].Dead) {
		p.fact("last", s.board.People.WithPID(l.LastHolder.Thread)+", "+waits.Spell(s.board.View.At.Sub(l.LastHolder.Until))+" ago"+s.board.After(l))
	}
	p.fact("id", draw.Plain([]byte(l.ID), 200))
	p.line(piece{p.theme.Dim, " " + draw.Spaces(factWidth) + "times are sampled: what begins and ends between two looks is not in them"})
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
	p := &paper{theme: theme.New(0, true), w: 100}
	s.write(p, l, false)
	for i, r := range p.rows {
		p.rows[i] = strings.TrimRight(r, " ")
	}
	return strings.Join(p.rows, "\n") + "\n"
}
