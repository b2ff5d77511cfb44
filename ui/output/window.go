package output

import "example.com/muster/procs"

// A window is which lines are in sight. It either follows the end, or stands
// at top with a cursor at cur. Moves are noted and made at the next sync,
// since only there the lines can be read.
type window struct {
	follow   bool
	top, cur uint64 // sequence numbers
	moves    []move

	lines       []procs.Line // from the first in sight on, or up to the last when following
	oldest, end uint64
	before      *procs.Line // the line above, as far as it is known
}

type move struct {
	kind moveKind
	n    int
	seq  uint64
}

type moveKind uint8

const (
	byLine moveKind = iota // the cursor by n lines
	byPage                 // the cursor and the window by n lines
	byView                 // the window by n lines; the cursor stays in sight
	toTop                  // to the oldest line
	toLine                 // the cursor to line seq, in the middle if it is not in sight
)

// do notes a move; all of them but a move down stop following.
func (w *window) do(m move) {
	if w.follow && m.n > 0 {
		return
	}
	w.follow = false
	w.moves = append(w.moves, m)
}

func (w *window) toEnd() { w.follow, w.moves = true, nil }

// sync makes the moves that were noted and reads the lines in sight. rows
// says how many rows of the h there are a line takes.
func (w *window) sync(f feed, h int, rows func([]procs.Line, int) int) {
	h = max(h, 1)
	inView := false
	for _, m := range w.moves {
		w.apply(f, m, h)
		inView = m.kind == byView
	}
	w.moves = w.moves[:0]
	if w.follow {
		w.toNewest(f, h)
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

func (w *window) toNewest(f feed, h int) {
	page := f.backward(procs.NewestLine, h+1)
	w.lines, w.oldest, w.end, w.before = page.Lines, page.Oldest, page.End, nil
	if n := len(w.lines); n > h {
		w.before, w.lines = &w.lines[0], w.lines[1:]
	}
	if n := len(w.lines); n > 0 {
		w.top, w.cur = w.lines[0].Seq, w.lines[n-1].Seq
	}
}

func (w *window) apply(f feed, m move, h int) {
	switch m.kind {
	case byLine:
		w.cur = shift(f, w.cur, m.n)
	case byPage:
		w.cur, w.top = shift(f, w.cur, m.n), shift(f, w.top, m.n)
	case byView:
		w.top = shift(f, w.top, m.n)
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
	}
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
