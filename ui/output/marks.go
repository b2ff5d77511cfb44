package output

import (
	"slices"
	"time"

	"example.com/muster/procs"
)

// A mark is a rule between two lines. Within the source where it was set it
// stands before line seq; in all others, where lines are counted in another
// way, at its time.
type mark struct {
	source procs.Source
	seq    uint64
	at     time.Time
}

// maxMarks is how many marks are kept; the oldest goes first.
const maxMarks = 100

// between reports whether the mark stands between two lines of src that are
// shown one after the other; either can be nil, for none or not known.
func (m mark) between(src procs.Source, above, below *procs.Line) bool {
	if m.source == src {
		return (above == nil || above.Seq < m.seq) && (below == nil || below.Seq >= m.seq) && (above != nil || below != nil && below.Seq == m.seq)
	}
	return above != nil && !above.At.After(m.at) && (below == nil || below.At.After(m.at))
}

// toggleMark sets a mark before a line of src, or removes the one there.
func (s *Screen) toggleMark(above *procs.Line, seq uint64, below *procs.Line, at time.Time) {
	for i, m := range s.marks {
		if m.between(s.source, above, below) {
			s.marks = slices.Delete(s.marks, i, i+1)
			return
		}
	}
	s.marks = append(s.marks, mark{source: s.source, seq: seq, at: at})
	if len(s.marks) > maxMarks {
		s.marks = slices.Delete(s.marks, 0, 1)
	}
}

// marksBetween returns the times of the marks between two lines.
func (s *Screen) marksBetween(above, below *procs.Line) []time.Time {
	var times []time.Time
	for _, m := range s.marks {
		if m.between(s.source, above, below) {
			times = append(times, m.at)
		}
	}
	return times
}

// mark sets or removes a mark: after the newest line when following, else
// above the line of the cursor.
func (s *Screen) mark() {
	w := &s.window
	if w.follow {
		var last *procs.Line
		if n := len(w.lines); n > 0 {
			last = &w.lines[n-1]
		}
		s.toggleMark(last, w.end, nil, s.now)
		return
	}
	for i := range w.lines {
		if w.lines[i].Seq == w.cur {
			s.toggleMark(w.above(i), w.cur, &w.lines[i], w.lines[i].At.Add(-1))
			return
		}
	}
}

// above returns the line above the ith one in sight, or nil.
func (w *window) above(i int) *procs.Line {
	if i == 0 {
		return w.before
	}
	return &w.lines[i-1]
}

// markLines returns the numbers of the lines below the marks of this source,
// in order.
func (s *Screen) markLines() []uint64 {
	var at []uint64
	for _, m := range s.marks {
		if m.source == s.source {
			at = append(at, m.seq)
		}
	}
	slices.Sort(at)
	return at
}

// nextMark goes to the next mark below the cursor, or else to the first one.
func (s *Screen) nextMark() {
	at := s.markLines()
	if len(at) == 0 {
		return
	}
	to := at[0]
	for _, seq := range at {
		if seq > s.window.cur {
			to = seq
			break
		}
	}
	s.window.follow = false
	s.window.do(move{kind: toLine, seq: to})
}
