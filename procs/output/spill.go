package output

import (
	"encoding/binary"
	"os"
	"sort"
	"sync"
	"sync/atomic"
)

// spill keeps the chunks of the merged order that have left memory and that
// some merged reader still needs: for a moment in memory, then in a file that
// has no name, so that nothing is left of it whatever happens. All fields but
// file are guarded by merge.mu.
type spill struct {
	// create makes the file; nil if the session has no directory, and then
	// nothing is kept.
	create func() (*os.File, error)

	readers map[*atomic.Uint64]struct{} // merged numbers that readers want next
	kept    []*keptChunk                // oldest first
	taken   int64                       // chunks so far; the file is a ring of maxKept of them
	waiting atomic.Int32                // kept chunks that are not in the file yet

	writing sync.Mutex // held by whoever writes the file; taken before merge.mu
	file    atomic.Pointer[os.File]
}

// keptChunk is a chunk whose runs are in memory, or, once that is nil, in the
// file at the given place.
type keptChunk struct {
	first, end uint64
	runs       []mergeRun
	count      int
	place      int64
}

const (
	mergeRunBytes = 24
	chunkBytes    = runsPerChunk * mergeRunBytes
	// maxKept bounds the file: 192 MiB.
	maxKept = 8192
	// maxUnwritten bounds what waits in memory for a disk that refuses.
	maxUnwritten = 64
)

// take keeps a chunk if a reader needs it and says whether it did. Called with
// merge.mu held.
func (s *spill) take(c *chunk) bool {
	s.prune()
	if s.create == nil || s.wanted() >= c.end() {
		return false
	}
	if len(s.kept) == maxKept || s.waiting.Load() == maxUnwritten {
		s.drop(1)
	}
	s.kept = append(s.kept, &keptChunk{
		first: c.first(), end: c.end(), runs: c.runs, count: len(c.runs), place: s.taken % maxKept,
	})
	s.taken++
	s.waiting.Add(1)
	return true
}

// wanted returns the lowest number that a reader still wants.
func (s *spill) wanted() uint64 {
	low := ^uint64(0)
	for r := range s.readers {
		low = min(low, r.Load())
	}
	return low
}

// prune forgets what all readers have passed.
func (s *spill) prune() {
	low, n := s.wanted(), 0
	for n < len(s.kept) && s.kept[n].end <= low {
		n++
	}
	s.drop(n)
}

// drop forgets the n oldest chunks.
func (s *spill) drop(n int) {
	for _, k := range s.kept[:n] {
		s.release(k)
	}
	s.kept = append(s.kept[:0], s.kept[n:]...)
}

// release takes the runs of a chunk out of memory.
func (s *spill) release(k *keptChunk) {
	if k.runs != nil {
		k.runs = nil
		s.waiting.Add(-1)
	}
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
		if k == nil || m.spill.write(runs, k.place) != nil {
			return
		}
		m.mu.Lock()
		m.spill.release(k)
		m.mu.Unlock()
	}
}

// unwritten returns the oldest chunk that is not in the file, and its runs.
func (m *merge) unwritten() (*keptChunk, []mergeRun) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.spill.kept {
		if k.runs != nil {
			return k, k.runs
		}
	}
	return nil, nil
}

// write puts runs at a place of the file, which it creates if need be.
func (s *spill) write(runs []mergeRun, place int64) error {
	f := s.file.Load()
	if f == nil {
		var err error
		if f, err = s.create(); err != nil {
			return err
		}
		s.file.Store(f)
	}
	buf := make([]byte, 0, chunkBytes)
	for _, r := range runs {
		buf = binary.LittleEndian.AppendUint64(buf, r.merged)
		buf = binary.LittleEndian.AppendUint64(buf, r.seq)
		buf = binary.LittleEndian.AppendUint32(buf, r.slot)
		buf = binary.LittleEndian.AppendUint32(buf, r.count)
	}
	_, err := f.WriteAt(buf, place*chunkBytes)
	return err
}

// join registers a merged reader by the number that it wants next.
func (m *merge) join(cursor *atomic.Uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.spill.readers == nil {
		m.spill.readers = map[*atomic.Uint64]struct{}{}
	}
	m.spill.readers[cursor] = struct{}{}
}

// leave forgets a reader; with the last of them goes the file.
func (m *merge) leave(cursor *atomic.Uint64) {
	m.mu.Lock()
	delete(m.spill.readers, cursor)
	m.spill.prune()
	var unused *os.File
	if len(m.spill.readers) == 0 {
		unused = m.spill.file.Swap(nil)
	}
	m.mu.Unlock()
	if unused != nil {
		_ = unused.Close() // it has no name; whoever still writes to it writes for nobody
	}
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
	runs := k.runs
	if runs == nil {
		runs = m.spill.read(&k)
	}
	for _, r := range runs {
		if r.end() > from {
			dst = append(dst, r.from(from))
		}
	}
	return dst
}

// read returns the runs of a chunk in the file; none if it is not there.
func (s *spill) read(k *keptChunk) []mergeRun {
	f, buf := s.file.Load(), make([]byte, k.count*mergeRunBytes)
	if f == nil {
		return nil
	}
	if _, err := f.ReadAt(buf, k.place*chunkBytes); err != nil {
		return nil
	}
	runs := make([]mergeRun, k.count)
	for i := range runs {
		b := buf[i*mergeRunBytes:]
		runs[i] = mergeRun{
			merged: binary.LittleEndian.Uint64(b), seq: binary.LittleEndian.Uint64(b[8:]),
			slot: binary.LittleEndian.Uint32(b[16:]), count: binary.LittleEndian.Uint32(b[20:]),
		}
	}
	if runs[0].merged != k.first || runs[k.count-1].end() != k.end {
		return nil // its place was taken by a newer chunk meanwhile
	}
	return runs
}
