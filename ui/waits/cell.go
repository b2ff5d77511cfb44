package waits

import (
	"slices"
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
	Quiet   bool // it needs no look
	Blocked bool // it is among those that [Board.Blocked] counts
	Lock    graph.ID
}

// Fit is the word and the name in at most w cells: of a path that is too long
// the file is kept, and of another name what [FitPlace] keeps.
func (c Cell) Fit(w int) string {
	word, name := c.Word+" ", c.Name
	if c.Word == "" {
		word = ""
	}
	room := w - draw.Width(word)
	if name == "" || room < 3 && word != "" {
		return draw.Truncate(c.Word, w)
	}
	if i := strings.LastIndexByte(name, '/'); strings.HasPrefix(name, "/") && draw.Width(name) > room {
		name = name[i+1:]
	}
	return word + FitPlace(name, room)
}

// FitPlace is what [Short] returns in at most w cells. What stands in parentheses behind the
// place goes first: which attribute of a thing is meant, as that tells least; then what it
// was made as and, but for its end where there is room, the number that tells it from its
// like. Of the place itself the end stays.
func FitPlace(name string, w int) string {
	if draw.Width(name) <= w {
		return name
	}
	base, marks, ok := strings.Cut(name, " (")
	if !ok || base == "" || !strings.HasSuffix(name, ")") {
		return draw.TruncateLeft(placeOnly(name), w)
	}
	number := strings.TrimSuffix(marks[strings.LastIndexByte(marks, '(')+1:], ")")
	if number != "" && !strings.Contains(number, " ") && (number[0] < '0' || number[0] > '9') { // an attribute
		number = ""
	}
	for _, base := range []string{base, placeOnly(base)} {
		left := w - draw.Width(base) - len(" ()")
		switch {
		case number == "" && draw.Width(base) <= w:
			return base
		case number != "" && (left >= draw.Width(number) || left >= minMark && base == placeOnly(base)):
			return base + " (" + draw.TruncateLeft(number, left) + ")"
		}
	}
	return draw.TruncateLeft(placeOnly(base), w)
}

// placeOnly is a place without what was made there.
func placeOnly(name string) string {
	if _, place, ok := strings.Cut(name, " "); ok && sourcePlace().MatchString(place) {
		return place
	}
	return name
}

// minMark is how much of a mark still tells anything.
const minMark = 4

// Cell returns what a process waits for; see [graph.View.Blocked].
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
		b.cells[ref] = b.cellAt(ref, at)
	}
	if !b.joined() {
		return
	}
	for ref, at := range b.View.Blocked(0) {
		if _, known := b.cells[ref]; !known && b.queued(at.Lock) {
			b.cells[ref] = b.cellAt(ref, at)
		}
	}
}

// joined reports whether somebody has only just begun to wait where others do.
func (b *Board) joined() bool {
	for i := range b.View.Locks {
		l := &b.View.Locks[i]
		if b.queued(l) && slices.ContainsFunc(l.Waiters, func(w graph.Waiter) bool { return !b.lasts(w) }) {
			return true
		}
	}
	return false
}

// queued reports whether somebody is kept waiting for a lock long enough to be told. Then whoever
// comes next is told at once: the row will not change back soon.
func (b *Board) queued(l *graph.Lock) bool {
	return !Quiet(l) && slices.ContainsFunc(l.Waiters, b.lasts)
}

// lasts reports whether a wait has lasted long enough to be told by itself.
func (b *Board) lasts(w graph.Waiter) bool { return b.View.At.Sub(w.Since) >= calm }

// cellAt is what a process waits for, with who has that.
func (b *Board) cellAt(ref procs.PIDRef, at graph.Blocked) Cell {
	c := cellOf(at.Lock)
	if h, ok := at.Lock.Keeper(); ok && c.wantsWho(at.Lock) {
		c.Who = b.near(h.PIDRef, ref)
	}
	c.Blocked = (at.Lock.Contended || at.Lock.Abandoned) && b.View.At.Sub(at.Waiter.Since) >= blockedFor
	return c
}

// Told says of a process what it waits for, the longest text first: whoever shows it takes
// the first that fits. It is nothing for who waits for nothing that needs a look.
func (b *Board) Told(ref procs.PIDRef) []string {
	c, ok := b.Cell(ref)
	l := b.Lock(c.Lock)
	if !ok || c.Quiet || l == nil {
		return nil
	}
	texts := []string{b.Sentence(l)}
	lead, what := "waits for ", ShortKind(l.Kind)+" "+Short(&l.Object)
	switch {
	case l.Kind == graph.Child:
		what = whose(Short(&l.Object))
	case !c.Bad():
		what = strings.TrimSpace(c.Word + " " + c.Name)
		texts = append(texts, lead+The(&l.Object)+b.holders(l))
	}
	if c.Bad() {
		lead = string(c.Condition) + ": " + lead
	}
	if c.Who == "" {
		return append(texts, lead+what)
	}
	h, _ := l.Keeper()
	who := b.People.Thread(h.Thread)
	if p, ok := b.People.Find(h.PIDRef); ok && p.Child != nil && p.Child.Label != "" {
		return append(texts, lead+what+" <- "+who, lead+what+" <- "+plain(p.Child.Label))
	}
	return append(texts, lead+what+" <- "+who)
}

// cellOf says what somebody waits for, without who has it.
func cellOf(l *graph.Lock) Cell {
	c := Cell{Word: wordsOf(l.Kind).short, Condition: ConditionOf(l), Quiet: Quiet(l), Lock: l.ID}
	switch {
	case l.Guess && !l.Wanted: // its name is but an address
		c.Word = wordsOf(l.Kind).table
	case c.Bad():
		c.Word, c.Name = string(c.Condition), Short(&l.Object)
		if l.Kind == graph.Child {
			c.Name = whose(c.Name)
		}
	case Ends(&l.Object):
		if state := fill(&l.Object); state != "" {
			c.Name = "(" + state + ")"
		}
	case l.Kind == graph.MPSemaphore && l.State == graph.Full:
		c.Word, c.Name = graph.Full, strings.TrimSuffix(Short(&l.Object), roomCount)
	case l.Kind != graph.GIL:
		c.Name = Short(&l.Object)
	}
	return c
}

// aChild is what is waited for where the end of any child will do.
const aChild = "a child"

// whose says whose end is waited for, by its name: "child 4131", "thread 5", "a child".
func whose(end string) string {
	who := strings.TrimPrefix(end, "the end of ")
	if _, err := strconv.Atoi(who); err == nil {
		return "child " + who
	}
	return who
}

// wantsWho reports whether a cell has yet to say who has the lock.
func (c Cell) wantsWho(l *graph.Lock) bool {
	return !c.Quiet && (l.Kind != graph.Child || c.Name == aChild)
}

// Then says what a process waited for at a moment that is over, and which pid had it;
// ok is false if for nothing that is known.
func Then(w graph.Waited) (c Cell, ok bool) {
	if w.Kind == "" {
		return c, false
	}
	l := w.Lock()
	c = cellOf(&l)
	if w.Holder != 0 && c.wantsWho(&l) {
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
