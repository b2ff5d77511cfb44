package output

import (
	"slices"

	"example.com/muster/procs"
)

// source is a sequence of lines that a query or a reader goes through.
type source interface {
	// bounds returns the number of the oldest line kept, and the next.
	bounds() (oldest, next uint64)
	// end returns the second of these alone, which costs less.
	end() uint64
	// span returns lines from number from on and before to, numbered as the
	// source does, with their text in dst[:0] and at most limit bytes of it
	// (or one line); or how many of them are gone or not the source's.
	span(dst []byte, from, to uint64, limit int) span
	// partials returns the unterminated lines, see partials.go.
	partials() []procs.Line
	// close gives back the files that were opened.
	close()
}

// source returns what q selects. A slot that does not exist is nil.
func (s *Store) source(q procs.Source) source {
	if !q.OneSlot {
		return &mergedSource{store: s, pool: q.Pool, pid: q.PID}
	}
	sl := s.lookup(procs.ID{Pool: q.Pool, Slot: q.Slot})
	if sl == nil {
		return nil
	}
	return &slotSource{slot: sl, pid: q.PID, cursor: sl.cursor()}
}

// slotSource is the lines of one slot, or of one writer of it.
type slotSource struct {
	slot   *Slot
	pid    int
	cursor *cursor
}

func (s *Slot) cursor() *cursor {
	if s.log == nil {
		return nil
	}
	return &cursor{find: s.log.find}
}

func (s *slotSource) bounds() (oldest, next uint64) {
	next = s.slot.Next()
	return min(s.slot.oldest(), next), next
}

func (s *slotSource) end() uint64 { return s.slot.Next() }

func (s *slotSource) span(dst []byte, from, to uint64, limit int) span {
	return s.slot.span(s.cursor, dst, from, to, s.pid, limit)
}

func (s *slotSource) partials() []procs.Line { return partials([]*Slot{s.slot}, s.pid) }

func (s *slotSource) close() {
	if s.cursor != nil {
		s.cursor.close()
	}
}

// mergedSource is the lines of all slots, or of those of one pool, in order of
// arrival.
type mergedSource struct {
	store *Store
	pool  string // "" for all
	pid   int

	runs    []mergeRun // those that come next, fetched ahead
	at      int        // in runs
	cursors map[uint32]*cursor
}

func (m *mergedSource) bounds() (oldest, next uint64) {
	slots := m.store.all()
	return m.store.merge.bounds(func(i uint32) uint64 {
		if int(i) >= len(slots) {
			return 0 // newer than the look at the slots, so it has lines
		}
		return slots[i].oldest()
	})
}

func (m *mergedSource) end() uint64 { return m.store.merge.end() }

// fetchAhead is how many runs are fetched at a time.
const fetchAhead = 128

// run returns the run that holds the merged number from, trimmed to from ..
// to-1; or, with count 0, the first one after it.
func (m *mergedSource) run(from, to uint64) (r mergeRun, ok bool) {
	for m.at < len(m.runs) && m.runs[m.at].end() <= from {
		m.at++
	}
	if m.at == len(m.runs) || m.runs[m.at].merged > from {
		m.at = 0
		m.runs = m.store.merge.fetch(m.runs[:0], from, to, fetchAhead)
	}
	if len(m.runs) == 0 {
		return mergeRun{}, false
	}
	r = m.runs[m.at].from(from)
	if r.end() > to {
		r.count = uint32(to - min(to, r.merged))
	}
	return r, true
}

func (m *mergedSource) span(dst []byte, from, to uint64, limit int) span {
	r, ok := m.run(from, to)
	if !ok {
		return span{kind: gone, seq: from, lines: to - from}
	}
	if r.merged > from {
		return span{kind: gone, seq: from, lines: min(to, r.merged) - from}
	}
	sl := m.store.all()[r.slot]
	if m.pool != "" && sl.id.Pool != m.pool {
		return span{kind: others, seq: from, lines: uint64(r.count)}
	}
	sp := sl.span(m.cursor(sl), dst, r.seq, r.seq+uint64(r.count), m.pid, limit)
	sp.seq = from
	return sp
}

// maxCursors bounds the logs that one merged reader has open.
const maxCursors = 32

func (m *mergedSource) cursor(sl *Slot) *cursor {
	if sl.log == nil {
		return nil
	}
	if c := m.cursors[sl.index]; c != nil {
		return c
	}
	if len(m.cursors) >= maxCursors {
		for i, c := range m.cursors { // any will do
			c.close()
			delete(m.cursors, i)
			break
		}
	}
	if m.cursors == nil {
		m.cursors = map[uint32]*cursor{}
	}
	c := sl.cursor()
	m.cursors[sl.index] = c
	return c
}

func (m *mergedSource) partials() []procs.Line {
	slots := m.store.all()
	if m.pool != "" {
		slots = slices.DeleteFunc(slices.Clone(slots), func(sl *Slot) bool { return sl.id.Pool != m.pool })
	}
	return partials(slots, m.pid)
}

func (m *mergedSource) close() {
	for _, c := range m.cursors {
		c.close()
	}
}
