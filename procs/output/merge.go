package output

import (
	"sort"
	"sync"
)

// merge is the order of lines over the whole session: runs of lines of one
// slot, in order of arrival. It holds numbers only. The newest runs are in
// memory; older ones, if the session has a log, in a file (spill.go).
type merge struct {
	mu     sync.Mutex
	chunks []*chunk // oldest first, never empty chunks
	next   uint64
	live   uint64 // no line before this one is kept anywhere
	spill  spill
}

// mergeRun is count lines of a slot: from seq on by the slot's numbers, from
// merged on by those of the session.
type mergeRun struct {
	merged, seq uint64
	slot        uint32 // index in Store.slots
	count       uint32
}

func (r mergeRun) end() uint64 { return r.merged + uint64(r.count) }

// from returns the part of the run that starts at the merged number m.
func (r mergeRun) from(m uint64) mergeRun {
	if m <= r.merged {
		return r
	}
	n := m - r.merged
	return mergeRun{merged: m, seq: r.seq + n, slot: r.slot, count: r.count - uint32(n)}
}

const (
	runsPerChunk = 1024
	// maxChunks bounds the order in memory: 64 Ki runs, 1.5 MiB.
	maxChunks = 64
)

// chunk is some consecutive runs.
type chunk struct {
	runs []mergeRun
}

func (c *chunk) first() uint64 { return c.runs[0].merged }
func (c *chunk) end() uint64   { return c.runs[len(c.runs)-1].end() }

// append notes that n lines of a slot, from its number seq on, came next.
func (m *merge) append(slot uint32, seq uint64, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.room()
	if k := len(c.runs); k > 0 {
		last := &c.runs[k-1]
		if last.slot == slot && last.seq+uint64(last.count) == seq && last.count < 1<<31 {
			last.count += uint32(n)
			m.next += uint64(n)
			return
		}
	}
	if len(c.runs) == runsPerChunk {
		c = m.grow()
	}
	c.runs = append(c.runs, mergeRun{merged: m.next, seq: seq, slot: slot, count: uint32(n)})
	m.next += uint64(n)
}

// room returns the newest chunk, making the first.
func (m *merge) room() *chunk {
	if len(m.chunks) == 0 {
		m.chunks = append(m.chunks, &chunk{})
	}
	return m.chunks[len(m.chunks)-1]
}

// grow adds a chunk. When there are too many, the oldest leaves memory.
func (m *merge) grow() *chunk {
	c := &chunk{}
	if len(m.chunks) == maxChunks {
		old := m.chunks[0]
		m.chunks = append(m.chunks[:0], m.chunks[1:]...)
		if !m.spill.take(old) {
			c.runs = old.runs[:0]
		}
	}
	m.chunks = append(m.chunks, c)
	return c
}

// bounds returns the number of the oldest line that is known and kept by its
// slot, and the next. oldest tells what a slot keeps; it must not take a lock.
func (m *merge) bounds(oldest func(slot uint32) uint64) (live, next uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next == 0 {
		return 0, 0
	}
	if len(m.spill.kept) > 0 { // forget moves live
		m.live = max(m.live, m.spill.oldest())
		return m.live, m.next
	}
	m.live = max(m.live, m.chunks[0].first())
	for i := m.chunkAt(m.live); i < len(m.chunks); i++ {
		runs := m.chunks[i].runs
		for _, r := range runs[runAt(runs, m.live):] {
			o := oldest(r.slot)
			if o < r.seq+uint64(r.count) {
				m.live = max(m.live, r.merged+max(o, r.seq)-r.seq)
				return m.live, m.next
			}
			m.live = r.end()
		}
	}
	return m.live, m.next
}

// chunkAt returns the index of the chunk that holds number n, or of the first
// after it.
func (m *merge) chunkAt(n uint64) int {
	return sort.Search(len(m.chunks), func(i int) bool { return m.chunks[i].end() > n })
}

// runAt does for runs what chunkAt does for chunks.
func runAt(runs []mergeRun, n uint64) int {
	return sort.Search(len(runs), func(i int) bool { return runs[i].end() > n })
}

// runs appends to dst the runs in memory that hold the merged numbers from
// .. to-1, the first and last trimmed to these, at most limit of them.
func (m *merge) runs(dst []mergeRun, from, to uint64, limit int) []mergeRun {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := m.chunkAt(from); i < len(m.chunks); i++ {
		runs := m.chunks[i].runs
		for _, r := range runs[runAt(runs, from):] {
			if r.merged >= to || limit == 0 {
				return dst
			}
			r = r.from(from)
			r.count = uint32(min(uint64(r.count), to-r.merged))
			dst = append(dst, r)
			limit--
		}
	}
	return dst
}

// fetch is runs, and reads those that have left memory as far as they are
// kept. A chunk is in memory or kept at any time, so it is looked for in this
// order.
func (m *merge) fetch(dst []mergeRun, from, to uint64, limit int) []mergeRun {
	n := len(dst)
	got := m.runs(dst, from, to, limit)
	if len(got) > n && got[n].merged <= from {
		return got
	}
	if kept := m.keptRuns(nil, from); len(kept) > 0 {
		return append(dst, kept...)
	}
	return got
}

// end returns the number that the next line will get.
func (m *merge) end() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.next
}
