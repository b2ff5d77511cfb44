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
// the file is kept, and of a name its end.
func (c Cell) Fit(w int) string {
	room := w - draw.Width(c.Word) - 1
	if c.Name == "" || room < 3 {
		return draw.Truncate(c.Word, w)
	}
	name := c.Name
	if i := strings.LastIndexByte(name, '/'); strings.HasPrefix(name, "/") && draw.Width(name) > room {
		name = name[i+1:]
	}
	return c.Word + " " + draw.TruncateLeft(name, room)
}

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
	running, idle := map[procs.PIDRef]bool{}, map[procs.PIDRef]bool{}
	for i := range b.View.Threads {
		t := &b.View.Threads[i]
		running[t.PIDRef] = running[t.PIDRef] || t.Doing == graph.OnCPU
		idle[t.PIDRef] = idle[t.PIDRef] || t.TID == t.PID && t.Doing == graph.Idle
	}
	for i := range b.View.Locks {
		l := &b.View.Locks[i]
		for k := range l.Waiters {
			w := &l.Waiters[k]
			other := w.TID != w.PID && w.TID != 0
			if other && (!idle[w.PIDRef] || Quiet(l)) || running[w.PIDRef] || b.View.At.Sub(w.Since) < calm {
				continue
			}
			b.cells[w.PIDRef] = b.cell(l, w)
		}
	}
}

func (b *Board) cell(l *graph.Lock, w *graph.Waiter) Cell {
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
	if c.Quiet || c.Condition == Abandoned || len(l.Holders) == 0 {
		return c
	}
	h := l.Holders[0]
	if len(l.Chain) > 0 {
		h = l.Chain[0].Holder
	}
	c.Who = b.near(h.PIDRef, w.PIDRef)
	return c
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
