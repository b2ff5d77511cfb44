package output

import (
	"encoding/binary"
	"os"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
)

// spill keeps the chunks of the merged order that have left memory: for a
// moment in memory still, then in a file that has no name, so that nothing is
// left of it whatever happens. With it, what is in the logs of all slots can be
// read in order of arrival for as long as it is there. All fields but file are
// guarded by merge.mu.
type spill struct {
	// create makes the file; nil if the session has no directory, and then
	// nothing is kept.
	create func() (*os.File, error)

	kept    []*keptChunk // oldest first
	taken   int64        // chunks so far; the file is a ring of maxKept of them
	waiting atomic.Int32 // kept chunks that are not in the file yet; the last ones

	writing    sync.Mutex // held by whoever writes the file; taken before merge.mu
	forgetting sync.Mutex // held by whoever forgets chunks; likewise
	// file is closed when the store itself is garbage: what was kept can be
	// read until then.
	file atomic.Pointer[os.File]
}

// keptChunk is a chunk whose runs are in memory, or, once that is nil, in the
// file at the given place.
type keptChunk struct {
	first, end uint64
	runs       []mergeRun
	place      int64
	size       int // in the file
}

const (
	// chunkBytes is the distance between two places: what a chunk takes at the
	// most. Usually it takes an eighth of that, and the rest is a hole, which
	// takes nothing.
	chunkBytes = runsPerChunk * (2*binary.MaxVarintLen32 + binary.MaxVarintLen64 + 4)
	// maxKept bounds the file: 32 Mi runs, of which each takes about 4 bytes.
	maxKept = 32 << 10
	// maxUnwritten bounds what waits in memory for a disk that refuses.
	maxUnwritten = 64
)

// take keeps a chunk and says whether it did. Called with merge.mu held.
func (s *spill) take(c *chunk) bool {
	if s.create == nil {
		return false
	}
	if len(s.kept) == maxKept {
		s.drop(0)
	}
	if n := int(s.waiting.Load()); n >= maxUnwritten {
		s.drop(len(s.kept) - n)
	}
	s.kept = append(s.kept, &keptChunk{first: c.first(), end: c.end(), runs: c.runs, place: s.taken % maxKept})
	s.taken++
	s.waiting.Add(1)
	return true
}

// drop forgets the ith chunk.
func (s *spill) drop(i int) {
	s.release(s.kept[i])
	s.kept = slices.Delete(s.kept, i, i+1)
}

// release takes the runs of a chunk out of memory.
func (s *spill) release(k *keptChunk) {
	if k.runs != nil {
		k.runs = nil
		s.waiting.Add(-1)
	}
}

// oldest returns the number of the first line in a kept chunk, or none.
func (s *spill) oldest() uint64 {
	if len(s.kept) == 0 {
		return none
	}
	return s.kept[0].first
}

// writeSpill moves waiting chunks to the file, under no lock that a writer of
// output takes. A chunk that cannot be written stays in memory, within bounds.
func (m *merge) writeSpill() {
	if m.spill.waiting.Load() == 0 || !m.spill.writing.TryLock() {
		return
	}
	defer m.spill.writing.Unlock()
	for {
		k, runs := m.unwritten()
		if k == nil {
			return
		}
		size, err := m.spill.write(runs, k.place)
		if err != nil {
			return
		}
		m.mu.Lock()
		k.size = size
		m.spill.release(k)
		m.mu.Unlock()
	}
}

// unwritten returns the oldest chunk that is not in the file, and its runs.
func (m *merge) unwritten() (*keptChunk, []mergeRun) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.spill.kept[max(0, len(m.spill.kept)-int(m.spill.waiting.Load())):] {
		if k.runs != nil {
			return k, k.runs
		}
	}
	return nil, nil
}

// write puts runs at a place of the file, which it creates if need be.
func (s *spill) write(runs []mergeRun, place int64) (size int, err error) {
	f := s.file.Load()
	if f == nil {
		if f, err = s.create(); err != nil {
			return 0, err
		}
		s.file.Store(f)
	}
	return f.WriteAt(appendRuns(nil, runs), place*chunkBytes)
}

// appendRuns appends the runs of a chunk as the file has them: the number of
// the first line, then of each run the slot, the count and, where the slot is
// new to the chunk, the slot's own number of the first line. Those of its next
// runs follow from that, since the lines of a slot come in order.
func appendRuns(b []byte, runs []mergeRun) []byte {
	b = binary.AppendUvarint(b, runs[0].merged)
	next := map[uint32]uint64{}
	for _, r := range runs {
		b = binary.AppendUvarint(b, uint64(r.slot))
		b = binary.AppendUvarint(b, uint64(r.count))
		if _, ok := next[r.slot]; !ok {
			b = binary.AppendUvarint(b, r.seq)
		}
		next[r.slot] = r.seq + uint64(r.count)
	}
	return b
}

// parseRuns undoes appendRuns; it returns nil if b is none of its work.
func parseRuns(b []byte) (runs []mergeRun) {
	number := func() uint64 {
		n, size := binary.Uvarint(b)
		b = b[max(size, 0):]
		if size <= 0 {
			b = nil
		}
		return n
	}
	merged, next := number(), map[uint32]uint64{}
	for len(b) > 0 {
		r := mergeRun{merged: merged, slot: uint32(number()), count: uint32(number())}
		seq, ok := next[r.slot]
		if !ok {
			seq = number()
		}
		r.seq = seq
		next[r.slot], merged = seq+uint64(r.count), r.end()
		runs = append(runs, r)
	}
	return runs
}

// keptRuns appends to dst the runs of the kept chunk that holds the merged
// number from, or of the first after it. It returns dst as it was if no such
// chunk is kept or it cannot be read.
func (m *merge) keptRuns(dst []mergeRun, from uint64) []mergeRun {
	m.mu.Lock()
	kept := m.spill.kept
	i := sort.Search(len(kept), func(i int) bool { return kept[i].end > from })
	if i == len(kept) {
		m.mu.Unlock()
		return dst
	}
	k := *kept[i]
	m.mu.Unlock()
	for _, r := range m.spill.read(&k) {
		if r.end() > from {
			dst = append(dst, r.from(from))
		}
	}
	return dst
}

// read returns the runs of a chunk; none if they cannot be read.
func (s *spill) read(k *keptChunk) []mergeRun {
	if k.runs != nil {
		return k.runs
	}
	f, buf := s.file.Load(), make([]byte, k.size)
	if f == nil {
		return nil
	}
	if _, err := f.ReadAt(buf, k.place*chunkBytes); err != nil {
		return nil
	}
	runs := parseRuns(buf)
	if len(runs) == 0 || runs[0].merged != k.first || runs[len(runs)-1].end() != k.end {
		return nil // its place was taken by a newer chunk meanwhile
	}
	return runs
}

// forget lets go of the kept chunks of which no line is kept by its slot any
// more. oldest tells what a slot keeps; it must not take a lock. It is called
// after logs have made room.
func (m *merge) forget(oldest func(slot uint32) uint64) {
	m.spill.forgetting.Lock()
	defer m.spill.forgetting.Unlock()
	for {
		m.mu.Lock()
		if len(m.spill.kept) == 0 {
			m.mu.Unlock()
			return
		}
		k := *m.spill.kept[0]
		m.mu.Unlock()
		live := firstLive(m.spill.read(&k), oldest, k.end)
		m.mu.Lock()
		m.live = max(m.live, live)
		if live < k.end {
			m.mu.Unlock()
			return
		}
		if m.spill.oldest() == k.first { // else it has been dropped meanwhile
			m.spill.drop(0)
		}
		m.mu.Unlock()
	}
}

// firstLive returns the merged number of the first line in runs that its slot
// keeps, or end.
func firstLive(runs []mergeRun, oldest func(slot uint32) uint64, end uint64) uint64 {
	for _, r := range runs {
		if o := oldest(r.slot); o < r.seq+uint64(r.count) {
			return r.merged + max(o, r.seq) - r.seq
		}
	}
	return end
}
