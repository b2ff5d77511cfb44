package locks

import (
	"slices"
	"strconv"
	"strings"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/card"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/waits"
)

// maxWaiters is how many of those who wait a tree shows.
const maxWaiters = 8

// party is somebody who appears in the tree of a lock.
type party struct {
	graph.Thread
	Stack  []string
	Waits  bool // for the selected lock or, in a ring, for another one of that; else it has it, or keeps the one who has it
	Has    bool // the selected lock
	long   string
	does   string
	ended  bool
	inRing bool
}

// parties lists who appears in the tree of a lock, from those who wait to the
// end of the chain or, of a deadlock, round the ring.
func (s *Screen) parties(l *graph.Lock) []party {
	var list []party
	in := map[graph.Thread]bool{}
	if d := s.board.CycleOf(l.ID); d != nil {
		for i, e := range d.Cycle { // who an edge leads to has what its thread waits for
			before := d.Cycle[(i+len(d.Cycle)-1)%len(d.Cycle)]
			p := party{Thread: e.Thread, Waits: true, Has: before.WaitsFor == l.ID, inRing: true}
			if w := s.waiter(e); w != nil {
				p.Stack = w.Stack
				p.long, p.does = s.board.Waiting(w)
			}
			in[e.Thread] = true
			list = append(list, p)
		}
	}
	for i := range l.Waiters {
		w := &l.Waiters[i]
		if in[w.Thread] {
			continue
		}
		if len(list) == maxWaiters {
			break
		}
		p := party{Thread: w.Thread, Stack: w.Stack, Waits: true}
		p.long, p.does = s.board.Waiting(w)
		list = append(list, p)
	}
	if len(in) > 0 || waits.Itself(l) {
		return list
	}
	for i := range l.Chain {
		link := &l.Chain[i]
		p := party{Thread: link.Thread, Stack: link.Stack, Has: i == 0, does: s.board.Does(link), ended: link.Dead}
		if f, ok := waits.Own(link.Stack); ok && link.WaitsFor == "" && f.File != "" && f.Function != "" {
			p.does += " " + draw.Plain([]byte(f.Function), 40)
		}
		list = append(list, p)
	}
	return list
}

// waiter finds the wait of an edge.
func (s *Screen) waiter(e graph.Edge) *graph.Waiter {
	if l := s.board.Lock(e.WaitsFor); l != nil {
		for i := range l.Waiters {
			if l.Waiters[i].Thread == e.Thread {
				return &l.Waiters[i]
			}
		}
	}
	return nil
}

// selected is who the card's keys act on: whom the user has chosen, else who
// has the lock, else who waits for it. It is nil if there is nobody.
func (s *Screen) selected() *party {
	l := s.lock()
	if l == nil {
		return nil
	}
	list := s.parties(l)
	if i := s.partyAt(list); i >= 0 {
		return &list[i]
	}
	return nil
}

// partyAt is the index of the selected party, -1 if there is none.
func (s *Screen) partyAt(list []party) int {
	if s.party > 0 && s.party <= len(list) {
		return s.party - 1
	}
	if i := slices.IndexFunc(list, func(p party) bool { return p.Has }); i >= 0 {
		return i
	}
	return min(0, len(list)-1)
}

// writeTree writes the ring of a deadlock, or the chain of a lock.
func (s *Screen) writeTree(p *card.Paper, l *graph.Lock, list []party) {
	t := tree{Paper: p, screen: s, list: list, at: -1}
	if s.inCard && !p.Theme.Plain() {
		t.at = s.partyAt(list)
	}
	for i := range list {
		t.name = max(t.name, draw.Width(t.person(list[i].Thread, p.W)))
		t.long = max(t.long, draw.Width(list[i].long))
	}
	t.name = min(t.name, max(12, p.W*3/5))
	if d := s.board.CycleOf(l.ID); d != nil {
		t.ring(d)
		t.waiters(l, "also wait for ")
		return
	}
	t.waiters(l, "wait for ")
	if !waits.Itself(l) {
		t.chain(l)
	}
}

// withPID is the width from which a tree has room for the pids.
const withPID = 60

// person is a thread in at most w cells, and its pid if there is room: of a name that
// is too long the middle is left out.
func (t *tree) person(th graph.Thread, w int) string {
	pid := ""
	if _, ok := t.screen.board.People.Find(th.PIDRef); ok && t.W >= withPID {
		pid = "  " + strconv.Itoa(th.PID)
	}
	return draw.TruncateMiddle(t.screen.board.People.Thread(th), max(1, w-draw.Width(pid))) + pid
}

// tree writes the parties of a lock and what is between them.
type tree struct {
	*card.Paper
	screen     *Screen
	list       []party
	at         int // the selected one, -1 for none
	next       int // the next of list
	name, long int // widths of the columns
}

// node writes the next party, behind what leads to it.
func (t *tree) node(lead string) {
	p := t.list[t.next]
	cursor := card.In("", " ")
	style := t.Theme.Strong
	switch {
	case t.next == t.at:
		cursor, t.screen.partyRow = card.In(t.Theme.Accent, "›"), len(t.Rows)
	case p.ended:
		style = t.Theme.Error
	}
	t.next++
	long := card.In(t.Theme.Dim, draw.PadLeft(p.long, t.long))
	t.Line(cursor, card.In(t.Theme.Border, lead), card.In(style, draw.Pad(t.person(p.Thread, t.name), t.name)),
		card.In("", "  "), long, card.In("", "  "), card.In(t.tone(p), p.does))
}

// tone is the colour of what a party does.
func (t *tree) tone(p party) theme.Style {
	if p.ended {
		return t.Theme.Error
	}
	return ""
}

// joint writes what connects a party with the next one: the lock between them.
func (t *tree) joint(lead, before, thing, after string) {
	t.Line(card.In(t.Theme.Border, " "+lead), card.In(t.Theme.Dim, before), card.In(t.Theme.Accent, thing), card.In(t.Theme.Dim, after))
}

// waiters writes those who wait for the lock itself and are in no ring.
func (t *tree) waiters(l *graph.Lock, verb string) {
	shown := 0
	for _, p := range t.list[t.next:] {
		if p.Waits {
			shown++
		}
	}
	inRing := t.next
	for i := range shown {
		lead := "├ "
		if i == 0 {
			lead = "╭ "
		}
		t.node(lead)
	}
	if more := len(l.Waiters) - shown - t.ringed(l, inRing); more > 0 {
		t.Line(card.In(t.Theme.Border, " ├ "), card.In(t.Theme.Dim, "and "+draw.Count(more)+" more"))
	}
	if shown == 0 {
		return
	}
	if shown == 1 {
		verb = strings.Replace(verb, "wait ", "waits ", 1)
	}
	after := ""
	if inRing == 0 {
		after = ", " + t.screen.board.Joint(l)
	}
	t.joint("↓ ", verb, waits.Thing(&l.Object), after)
}

// ringed counts the waiters of a lock that stand in the ring already.
func (t *tree) ringed(l *graph.Lock, inRing int) int {
	n := 0
	for _, p := range t.list[:inRing] {
		for i := range l.Waiters {
			if l.Waiters[i].Thread == p.Thread {
				n++
			}
		}
	}
	return n
}

// chain writes who has the lock, what that waits for, and so on.
func (t *tree) chain(l *graph.Lock) {
	for i := range l.Chain {
		t.node("  ")
		next := t.screen.board.Lock(l.Chain[i].WaitsFor)
		switch {
		case next == nil && i+1 < len(l.Chain): // the end of a child, which is no lock
			t.joint("↓ ", "waits for ", "the end", " of")
			continue
		case next == nil:
			return
		}
		after := ", as above" // the chain ends where it comes to somebody for the second time
		if i+1 < len(l.Chain) || len(next.Holders) == 0 {
			after = ", " + t.screen.board.Joint(next)
		}
		t.joint("↓ ", "waits for ", waits.Thing(&next.Object), after)
	}
}

// ring writes a deadlock as what it is: the way leads back to where it began.
func (t *tree) ring(d *graph.Deadlock) {
	for i, e := range d.Cycle {
		lead := "│  "
		if i == 0 {
			lead = "╭▶ "
		}
		t.node(lead)
		thing, held := "lock "+draw.Plain([]byte(e.WaitsFor), 60), ", which is held by"
		if l := t.screen.board.Lock(e.WaitsFor); l != nil {
			thing = waits.Thing(&l.Object)
			switch {
			case l.Kind == graph.Child:
				held = ", that is"
			case waits.Ends(&l.Object):
				held = ", at whose other end is"
			}
		}
		t.joint("│  ↓ ", "waits for ", thing, held)
	}
	t.Line(card.In(t.Theme.Border, " ╰─ "), card.In(t.Theme.Strong, t.person(d.Cycle[0].Thread, t.name)))
}
