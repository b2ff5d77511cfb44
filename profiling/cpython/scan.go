package cpython

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/muster/profiling/peek"
)

// Budget bounds a scan. Time is bounded by its context.
type Budget struct {
	Bytes   uint64 // in all; 0 means DefaultBudget's
	Mapping uint64 // of one mapping, from its end: what was allocated first lies there
	Locks   int
}

// DefaultBudget finds the locks of ordinary programs, and ends within a second
// or two whatever the program is.
var DefaultBudget = Budget{Bytes: 2 << 30, Mapping: 1 << 30, Locks: 1 << 16}

// ScanNote says what a scan did not look at.
type ScanNote struct {
	Scanned uint64 // bytes that were read
	Skipped uint64 // bytes of memory that may hold locks, beyond the budget or not read in time
	// Why is a sentence about what is missing, "" if nothing is.
	Why string
}

// chunkSize is how much is read at once.
const chunkSize = 1 << 20

// maxFakes bounds how many types are looked up that are not a SemLock's. Only a
// hostile program has more than a few; of such a one those locks are found
// whose type is known by then.
const maxFakes = 1 << 14

// scan is a search for SemLocks in progress.
type scan struct {
	in     *Interpreter
	budget Budget
	buf    []byte
	found  []semObject
	fakes  map[uint64]bool // types that are not SemLock's
	note   ScanNote
}

var (
	errManyLocks = errors.New("more locks than asked for")
	errManyBytes = errors.New("more memory than may be read")
)

// FindSemLocks searches the memory of the process for SemLocks, in the order of
// their addresses. It looks for words that are the address of a semaphore's
// page, and at what stands around them. A scan that its budget or its context
// cuts short returns what it found, and says so in the note; it fails only if
// the process cannot be read.
func (in *Interpreter) FindSemLocks(ctx context.Context, budget Budget) ([]SemLock, ScanNote, error) {
	in.begin()
	maps, err := in.mem.Maps()
	if err != nil {
		return nil, ScanNote{}, in.wrap("the SemLocks", err)
	}
	in.sems.set(maps)
	if len(in.sems.pages) == 0 {
		return nil, ScanNote{}, nil
	}
	s := &scan{
		in: in, fakes: map[uint64]bool{}, buf: make([]byte, chunkSize+semSize),
		budget: Budget{
			cmp.Or(budget.Bytes, DefaultBudget.Bytes), cmp.Or(budget.Mapping, DefaultBudget.Mapping),
			cmp.Or(budget.Locks, DefaultBudget.Locks),
		},
	}
	err = s.all(ctx, heaps(maps))
	locks := in.semLocks(s.found)
	switch {
	case hopeless(err):
		return nil, s.note, in.wrap("the SemLocks", err)
	case !in.mem.Alive():
		return nil, s.note, in.wrap("the SemLocks", peek.ErrGone)
	}
	slices.SortFunc(locks, func(a, b SemLock) int { return cmp.Compare(a.Object, b.Object) })
	return locks, s.note, nil
}

// heaps returns the mappings that Python objects may lie in: private, writable
// memory of no file. The smallest come first, so that a huge one takes nothing
// away from the others.
func heaps(maps []peek.Mapping) []peek.Mapping {
	var out []peek.Mapping
	for _, m := range maps {
		if !m.Perm.Has(peek.Read|peek.Write) || m.Perm.Has(peek.Shared) || m.Inode != 0 {
			continue
		}
		if m.Path == "" || m.Path == "[heap]" || strings.HasPrefix(m.Path, "[anon") {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b peek.Mapping) int { return cmp.Compare(a.Size(), b.Size()) })
	return out
}

// all scans the mappings within the budget.
func (s *scan) all(ctx context.Context, list []peek.Mapping) error {
	var stop error
	for _, m := range list {
		size := min(m.Size(), s.budget.Mapping)
		done := uint64(0)
		if stop == nil {
			done, stop = s.mapping(ctx, m.End-size, m.End)
		}
		s.note.Skipped += m.Size() - done
		if hopeless(stop) {
			return stop
		}
	}
	switch {
	case stop != nil:
		s.note.Why = fmt.Sprintf("the search for locks ended early: %v", stop)
	case len(s.fakes) >= maxFakes:
		s.note.Why = "its memory is full of what looks like locks and is none"
	case s.note.Skipped > 0:
		s.note.Why = fmt.Sprintf("%d MB of its memory were not searched for locks", s.note.Skipped>>20)
	}
	return nil
}

// mapping scans memory from start to end, as far as it was ever touched, and
// returns how much that did.
func (s *scan) mapping(ctx context.Context, start, end uint64) (done uint64, err error) {
	parts, err := s.in.mem.Touched(start, end)
	if err != nil {
		parts = []peek.Part{{Addr: start, Len: int(end - start)}} // then all of it
	}
	for _, p := range parts {
		if err := s.part(ctx, p.Addr, p.Addr+uint64(p.Len)); err != nil {
			return p.Addr - start, err
		}
	}
	return end - start, nil
}

// part scans memory that lies in one piece.
func (s *scan) part(ctx context.Context, start, end uint64) error {
	for addr := start; addr < end; addr += chunkSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(end-addr, chunkSize)
		if s.note.Scanned+n > s.budget.Bytes {
			return errManyBytes
		}
		// An object may reach into the next chunk.
		b := s.buf[:min(end-addr, chunkSize+semSize)]
		got, err := s.in.mem.ReadSome(b, addr)
		if err != nil || uint64(got) < n {
			return ignoreHole(err)
		}
		s.note.Scanned += n
		if err := s.chunk(b[:got], addr); err != nil {
			return err
		}
	}
	return nil
}

// ignoreHole makes nothing of memory that was given back meanwhile: the locks
// in it are gone as well.
func ignoreHole(err error) error {
	if hopeless(err) {
		return err
	}
	return nil
}

// chunk looks for objects that start in the first chunkSize bytes of b.
func (s *scan) chunk(b []byte, addr uint64) error {
	lo, width := s.in.sems.lo, s.in.sems.hi-s.in.sems.lo
	last := min(len(b)-semSize, chunkSize-8)
	for i := 0; i <= last; i += 8 {
		handle := le.Uint64(b[i+semHandle:])
		if handle-lo > width || handle%pageSize != 0 {
			continue
		}
		if !s.in.sems.at(handle) {
			continue
		}
		if err := s.candidate(b[i:i+semSize], addr+uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

// candidate takes note of an object that has the address of a semaphore where
// a SemLock has it.
func (s *scan) candidate(b []byte, addr uint64) error {
	kind := le.Uint64(b[objectType:])
	if s.fakes[kind] || !s.in.plausible(b) {
		return nil
	}
	if _, known := s.in.types[kind]; !known && len(s.fakes) >= maxFakes {
		return nil // whatever it is
	}
	if !s.in.isA(b, typeSemLock) {
		s.fakes[kind] = true
		return nil
	}
	if len(s.found) >= s.budget.Locks {
		return errManyLocks
	}
	s.found = append(s.found, semObject{addr, [semSize]byte(b)})
	return nil
}
