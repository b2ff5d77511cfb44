package output

import (
	"slices"

	"example.com/muster/procs"
)

// A window is which lines are in sight. It either follows the end, or stands
// at top with a cursor at cur. Moves are noted and made at the next sync,
// since only there the lines can be read.
type window struct {
	follow bool
	spot
	stood *spot // before lines were wrapped anew, until it is moved
	moves []move
	past  int // rows of the first line that a page down has shown already

	lines       []procs.Line // from the first in sight on, or up to the last when following
	oldest, end uint64
	before      *procs.Line // the line above, as far as it is known
}

// spot is where a window stands: the numbers of its first line and of the cursor's.
type spot struct{ top, cur uint64 }

type move struct {
	kind moveKind
	n    int
	seq  uint64
	spot spot
}

type moveKind uint8

const (
	byLine moveKind = iota // the cursor by n lines
	byPage                 // the window by n rows, the cursor by as many lines as that is
	byView                 // the window by n rows; the cursor stays in sight
	toTop                  // to the oldest line
	toLine                 // the cursor to line seq, in the middle if it is not in sight
	toSpot                 // both to a spot
)

// do notes a move; all of them but a move down stop following.
func (w *window) do(m move) {
	if w.follow && m.n > 0 {
		return
	}
	w.follow, w.stood = false, nil
	w.moves = append(w.moves, m)
}

func (w *window) toEnd() { w.follow, w.stood, w.moves = true, nil, nil }

// stay keeps the window where it is though lines will take other rows: its first line
// stays that, or the cursor's stays in sight. Rows that are given back bring it back.
func (w *window) stay(cursor bool) {
	if w.stood == nil {
		w.stood = &spot{w.top, w.cur}
	}
	w.moves = append(w.moves, move{kind: toSpot, spot: *w.stood})
	if !cursor {
		w.moves = append(w.moves, move{kind: byView})
	}
}

// sync makes the moves that were noted and reads the lines in sight. rows
// says how many rows of the h there are a line takes.
func (w *window) sync(f feed, h int, rows func([]procs.Line, int) int) {
	h = max(h, 1)
	inView := false
	w.past = 0
	for _, m := range w.moves {
		w.apply(f, m, h, rows)
		inView = m.kind == byView || m.kind == byPage
	}
	w.moves = w.moves[:0]
	if w.follow {
		w.toNewest(f, h, rows)
		return
	}
	page := f.forward(w.top, h)
	switch {
	case w.cur < w.top && !inView:
		page = f.forward(w.cur, h)
	case !inView && !holds(fitting(page.Lines, h, rows), w.cur):
		above := f.backward(w.cur+1, h)
		page = f.forward(firstFitting(above.Lines, h, rows), h)
	}
	if page.Next+uint64(page.Open) >= page.End && total(page.Lines, h, rows) < h { // room is left below the end
		last := f.backward(procs.NewestLine, h)
		page.Lines = last.Lines[fittingFrom(last.Lines, h, rows):]
	}
	w.see(f, page, h, rows)
}

// see sets what is in sight, with the cursor within.
func (w *window) see(f feed, page procs.Page, h int, rows func([]procs.Line, int) int) {
	w.lines, w.oldest, w.end, w.before = page.Lines, page.Oldest, page.End, nil
	if len(w.lines) == 0 {
		w.top = max(w.top, page.Oldest)
		return
	}
	w.top = w.lines[0].Seq
	seen := fitting(w.lines, h, rows)
	w.cur = min(max(w.cur, w.top), seen[len(seen)-1].Seq)
	for i := range seen {
		if seen[i].Seq >= w.cur { // there is a line of that number, or it was filtered away
			w.cur = seen[i].Seq
			break
		}
	}
	if above := f.backward(w.top, 1); len(above.Lines) == 1 {
		w.before = &above.Lines[0]
	}
}

func (w *window) toNewest(f feed, h int, rows func([]procs.Line, int) int) {
	page := f.backward(procs.NewestLine, h+1)
	w.lines, w.oldest, w.end, w.before = page.Lines, page.Oldest, page.End, nil
	if n := len(w.lines); n > h {
		w.before, w.lines = &w.lines[0], w.lines[1:]
	}
	if n := len(w.lines); n > 0 {
		w.top, w.cur = firstFitting(w.lines, h, rows), w.lines[n-1].Seq
	}
}

func (w *window) apply(f feed, m move, h int, rows func([]procs.Line, int) int) {
	switch m.kind {
	case byLine:
		w.cur = shift(f, w.cur, m.n)
	case byPage:
		w.cur = shift(f, w.cur, w.scroll(f, m.n, h, rows))
	case byView:
		w.scroll(f, m.n, h, rows)
		w.cur = max(w.cur, w.top)
	case toTop:
		page := f.forward(0, 1)
		if len(page.Lines) > 0 {
			w.top = page.Lines[0].Seq
			w.cur = w.top
		}
	case toLine:
		w.cur = m.seq
		if !holds(w.lines, m.seq) {
			w.top = shift(f, m.seq, -h/2)
		}
	case toSpot:
		w.spot = m.spot
	}
}

// scroll moves the window by n rows, less what does not fit, but by a line at least, so that
// nothing is passed over. It returns by how many lines the cursor goes: as many, or n where
// there are no more.
func (w *window) scroll(f feed, n, h int, rows func([]procs.Line, int) int) int {
	by := 0
	switch {
	case n > 0:
		by = w.down(f, n, h, rows)
	case n < 0:
		by = -w.up(f, -n, rows)
	}
	if by == 0 {
		return n
	}
	return by
}

// down moves the window down, and returns by how many lines, 0 if no more than n rows are left.
func (w *window) down(f feed, n, h int, rows func([]procs.Line, int) int) int {
	lines := f.backward(w.top, 1).Lines // for what stands between it and the first one
	first := len(lines)
	lines = slices.Concat(lines, f.forward(w.top, n+1).Lines)
	i, gone := first, 0
	for ; i < len(lines) && gone+rows(lines, i) <= n; i++ {
		gone += rows(lines, i)
	}
	switch {
	case i == len(lines): // those are all
		w.top = shift(f, w.top, n)
		return 0
	case i == first:
		w.top = shift(f, w.top, 1)
		return 1
	}
	w.top, w.past = lines[i].Seq, max(0, n-gone-max(0, rows(lines, i)-h))
	return i - first
}

// up moves the window up, and returns by how many lines, 0 if no more than n rows are left.
func (w *window) up(f feed, n int, rows func([]procs.Line, int) int) int {
	lines := f.backward(w.top, n+1).Lines
	i, gone := len(lines), 0
	for ; i > 0 && gone+rows(lines, i-1) <= n; i-- {
		gone += rows(lines, i-1)
	}
	if i == 0 { // those are all
		w.top = shift(f, w.top, -n)
		return 0
	}
	i = min(i, len(lines)-1)
	w.top = lines[i].Seq
	return len(lines) - i
}

// shift returns the number of the line that is n lines below seq, above it if
// n is negative, or the last one on the way.
func shift(f feed, seq uint64, n int) uint64 {
	switch {
	case n < 0:
		if lines := f.backward(seq, -n).Lines; len(lines) > 0 {
			return lines[0].Seq
		}
	case n > 0:
		if lines := f.forward(seq+1, n).Lines; len(lines) > 0 {
			return lines[len(lines)-1].Seq
		}
	}
	return seq
}

func holds(lines []procs.Line, seq uint64) bool {
	return len(lines) > 0 && lines[0].Seq <= seq && seq <= lines[len(lines)-1].Seq
}

// fitting returns the lines from the first on that fit h rows, at least one.
func fitting(lines []procs.Line, h int, rows func([]procs.Line, int) int) []procs.Line {
	n := 0
	for i := range lines {
		if n += rows(lines, i); n > h && i > 0 {
			return lines[:i]
		}
	}
	return lines
}

// fittingFrom returns the index from which on the lines fit h rows.
func fittingFrom(lines []procs.Line, h int, rows func([]procs.Line, int) int) int {
	n := 0
	for i := len(lines) - 1; i >= 0; i-- {
		if n += rows(lines, i); n > h && i < len(lines)-1 {
			return i + 1
		}
	}
	return 0
}

func firstFitting(lines []procs.Line, h int, rows func([]procs.Line, int) int) uint64 {
	if len(lines) == 0 {
		return 0
	}
	return lines[fittingFrom(lines, h, rows)].Seq
}

func total(lines []procs.Line, h int, rows func([]procs.Line, int) int) int {
	n := 0
	for i := range lines {
		if n += rows(lines, i); n >= h {
			break
		}
	}
	return n
}
