package waits

import (
	"strconv"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
)

// Cell is what a process waits for, in a few words: "lock worker.py:7 <- 4131".
type Cell struct {
	Word string // "lock"
	Name string // "worker.py:7", "(empty)"; empty where the word says all
	Who  string // "4131"; empty where nobody has it
	Condition
	Quiet bool // it needs no look
	Lock  graph.ID
}

// Fit is the word and the name in at most w cells: of a path that is too long
// the file is kept, and of a name its end. Of what tells it from its like, in
// parentheses behind it, the end is kept where there is room for the name, too.
func (c Cell) Fit(w int) string {
	room := w - draw.Width(c.Word) - 1
	if c.Name == "" || room < 3 {
		return draw.Truncate(c.Word, w)
	}
	name := c.Name
	if i := strings.LastIndexByte(name, '/'); strings.HasPrefix(name, "/") && draw.Width(name) > room {
		name = name[i+1:]
	}
	if base, mark, ok := strings.Cut(name, " ("); ok && base != "" && draw.Width(name) > room {
		if left := room - draw.Width(base) - len(" ()"); left >= minMark {
			return c.Word + " " + base + " (" + draw.TruncateLeft(strings.TrimSuffix(mark, ")"), left) + ")"
		}
		name = base
	}
	return c.Word + " " + draw.TruncateLeft(name, room)
}

// minMark is how much of a mark still tells anything.
const minMark = 4

// Cell returns what a process waits for: nothing if one of its threads runs,
// else what its main thread waits for; or if that is idle, as in Go it mostly
// is, what keeps another one waiting.
func (b *Board) Cell(ref procs.PIDRef) (c Cell, ok bool) {
	if b.cells == nil {
		b.fillCells()
	}
	c, ok = b.cells[ref]
	return c, ok
}

// Cells is how many processes wait for something.
func (b *Board) Cells() int {
	if b.cells == nil {
		b.fillCells()
	}
	return len(b.cells)
}

func (b *Board) fillCells() {
	b.cells = map[procs.PIDRef]Cell{}
	for ref, at := range b.View.Blocked(calm) {
		c := cellOf(at.Lock)
		if h, ok := at.Lock.Keeper(); ok && !c.Quiet {
			c.Who = b.near(h.PIDRef, ref)
		}
		b.cells[ref] = c
	}
}

// cellOf says what somebody waits for, without who has it.
func cellOf(l *graph.Lock) Cell {
	c := Cell{Word: wordsOf(l.Kind).short, Condition: ConditionOf(l), Quiet: Quiet(l), Lock: l.ID}
	switch {
	case l.Guess: // its name is but an address
		c.Word = wordsOf(l.Kind).table
	case c.Condition == Deadlocked || c.Condition == Abandoned:
		c.Word, c.Name = string(c.Condition), Place(&l.Object)
	case Ends(&l.Object):
		if state := fill(&l.Object); state != "" {
			c.Name = "(" + state + ")"
		}
	case l.Kind != graph.GIL:
		c.Name = Place(&l.Object)
	}
	return c
}

// Then says what a process waited for at a moment that is over, and which pid had it;
// ok is false if for nothing that is known.
func Then(w graph.Waited) (c Cell, ok bool) {
	if w.Kind == "" {
		return c, false
	}
	l := w.Lock()
	c = cellOf(&l)
	if w.Holder != 0 && !c.Quiet {
		c.Who = strconv.Itoa(w.Holder)
	}
	return c, true
}

// near names a process as somebody reads it who looks at another one's row:
// by its pid, or by its slot if that is it.
func (b *Board) near(who, from procs.PIDRef) string {
	p, ok := b.People.Find(who)
	other, _ := b.People.Find(from)
	if ok && p.Child == nil && p.ID != other.ID {
		return plain(p.ID.String())
	}
	return strconv.Itoa(who.PID)
}
