package cpython

import (
	"bytes"
	"strings"

	"example.com/muster/profiling/peek"
)

// SemLock is an object _multiprocessing.SemLock: what one process knows of a
// multiprocessing.Lock, RLock or Semaphore, or of one of those that make up a
// Condition, an Event, a Queue. Each process has an object of its own for the
// same semaphore; under fork it has the same address in all of them.
type SemLock struct {
	Object uint64 // address of the object
	Sem    uint64 // address of the sem_t
	// LastThread is the pthread_t of the thread of this process that acquired
	// it last; in a forked child it may be one of the parent. LastTID is the
	// kernel's number of it, 0 if it is not known or has ended.
	LastThread uint64
	LastTID    int
	// Count is how often this process has acquired it and not released it. It
	// is negative where a process releases what another one acquired, and 0
	// in a forked child until that acquires it itself.
	Count     int
	MaxValue  int // 1 for a lock
	Recursive bool
	Name      string // as in /dev/shm after "sem."; "" under fork, where it has none
	// Dev and Inode are those of the semaphore's page, and name it across
	// processes. They are as of the latest look at the mappings.
	Dev   string
	Inode uint64
	// Value and Waiters are the two words of glibc's sem_t: how many more may
	// acquire it, and how many threads wait. Waiters stays too high when a
	// waiter was killed.
	Value, Waiters uint32
}

// semLock is the layout of the object, which has not changed from 3.8 to 3.14
// (Modules/_multiprocessing/semaphore.c).
const (
	semHandle  = 16
	semThread  = 24
	semCount   = 32
	semMax     = 36
	semKind    = 40 // 0 recursive, 1 not
	semNamePtr = 48
	semSize    = 56
)

// maxRefs bounds what is taken for a count of references.
const maxRefs = 1 << 30

// maxSemName is NAME_MAX; shortName is enough for the names that
// multiprocessing chooses.
const (
	maxSemName = 255
	shortName  = 24
)

// semaphores are the pages of the process that hold a semaphore.
type semaphores struct {
	pages  map[uint64]semPage
	lo, hi uint64 // of their addresses
}

// semPage says which file a page is of.
type semPage struct {
	dev   string
	inode uint64
}

// at reports whether there is one at an address.
func (s *semaphores) at(addr uint64) bool {
	_, ok := s.pages[addr]
	return ok
}

// set takes them from the mappings. sem_open(3) maps a file /dev/shm/sem.NAME,
// which multiprocessing unlinks at once or later.
func (s *semaphores) set(maps []peek.Mapping) {
	*s = semaphores{pages: map[uint64]semPage{}, lo: ^uint64(0)}
	for i := range maps {
		m := &maps[i]
		if !m.Perm.Has(peek.Shared) || !strings.HasPrefix(m.Path, "/dev/shm/sem.") {
			continue
		}
		s.pages[m.Start] = semPage{m.Dev, m.Inode}
		s.lo, s.hi = min(s.lo, m.Start), max(s.hi, m.Start)
	}
}

// refresh takes note of the process's mappings, which say which semaphore lies
// where. Without mappings (nil) it reads them.
func (in *Interpreter) refresh(maps []peek.Mapping) error {
	if maps == nil {
		var err error
		if maps, err = in.mem.Maps(); err != nil {
			return in.wrap("the semaphores", err)
		}
	}
	in.sems.set(maps)
	return nil
}

// ReadSemLocks reads many SemLocks in a few calls, and the mappings anew unless
// the caller has just done so and gives them. Objects that are no SemLocks any
// more are left out.
func (in *Interpreter) ReadSemLocks(objects []uint64, maps []peek.Mapping) ([]SemLock, error) {
	in.begin()
	if err := in.refresh(maps); err != nil {
		return nil, err
	}
	parts := make([]peek.Part, len(objects))
	for i, o := range objects {
		parts[i] = peek.Part{Addr: o, Len: semSize}
	}
	var found []semObject
	err := in.readEach(parts, func(i int, b []byte) {
		if in.isSemLock(b) {
			found = append(found, semObject{objects[i], [semSize]byte(b)})
		}
	})
	if err != nil {
		return nil, in.wrap("the SemLocks", err)
	}
	return in.semLocks(found), nil
}

// readEach reads the parts in as few calls as it can, and gives each that could
// be read to a function. Parts that are not mapped are passed over.
func (in *Interpreter) readEach(parts []peek.Part, each func(i int, b []byte)) error {
	total := 0
	for _, p := range parts {
		total += p.Len
	}
	b := make([]byte, total)
	for i := 0; i < len(parts); i++ {
		n, err := in.mem.ReadParts(b, parts[i:])
		if err != nil {
			return err
		}
		for ; n > 0; n-- {
			each(i, b[:parts[i].Len])
			b = b[parts[i].Len:]
			i++
		}
		if i < len(parts) {
			b = b[parts[i].Len:]
		}
	}
	return nil
}

// plausible reports whether the bytes may be a SemLock, as far as they say
// themselves.
func (in *Interpreter) plausible(b []byte) bool {
	refs := le.Uint64(b) & (1<<in.layout.refcountBits - 1)
	kind := le.Uint32(b[semKind:])
	return refs > 0 && refs < maxRefs && kind <= 1 && int32(le.Uint32(b[semMax:])) > 0 &&
		le.Uint64(b[objectType:])%8 == 0
}

// isSemLock reports whether the bytes are a SemLock of a semaphore that is
// mapped.
func (in *Interpreter) isSemLock(b []byte) bool {
	return in.sems.at(le.Uint64(b[semHandle:])) && in.plausible(b) && in.isA(b, typeSemLock)
}

// semObject is a SemLock as it was read.
type semObject struct {
	addr uint64
	raw  [semSize]byte
}

// sem is the address of its semaphore.
func (o *semObject) sem() uint64 { return le.Uint64(o.raw[semHandle:]) }

// lock is what the object says itself.
func (o *semObject) lock() SemLock {
	return SemLock{
		Object: o.addr, Sem: o.sem(), LastThread: le.Uint64(o.raw[semThread:]),
		Count:     int(int32(le.Uint32(o.raw[semCount:]))),
		MaxValue:  int(int32(le.Uint32(o.raw[semMax:]))),
		Recursive: le.Uint32(o.raw[semKind:]) == 0,
	}
}

// The parts that complete a SemLock: the words of the semaphore, its name, and
// the number of the thread. Where there is none the part is empty.
const (
	partWords = iota
	partName
	partTID
	partsOfLock
)

// semParts says where the parts of a SemLock are.
func (in *Interpreter) semParts(o *semObject, lock *SemLock) [partsOfLock]peek.Part {
	parts := [partsOfLock]peek.Part{partWords: {Addr: lock.Sem, Len: 8}}
	if name := le.Uint64(o.raw[semNamePtr:]); name != 0 {
		parts[partName] = peek.Part{Addr: name, Len: shortName}
	}
	if lock.LastThread != 0 && in.tidAt >= 0 {
		parts[partTID] = peek.Part{Addr: lock.LastThread + uint64(in.tidAt), Len: 4}
	}
	return parts
}

// semLocks completes the objects with what they point to. One whose semaphore
// is gone is left out.
func (in *Interpreter) semLocks(found []semObject) []SemLock {
	all := make([]SemLock, len(found))
	parts := make([]peek.Part, 0, partsOfLock*len(found))
	for i := range found {
		all[i] = found[i].lock()
		more := in.semParts(&found[i], &all[i])
		parts = append(parts, more[:]...)
	}
	read := make([]bool, len(found))
	err := in.readEach(parts, func(i int, b []byte) {
		lock := &all[i/partsOfLock]
		switch i % partsOfLock {
		case partWords:
			lock.Value, lock.Waiters, read[i/partsOfLock] = le.Uint32(b), le.Uint32(b[4:]), true
		case partName:
			if end := bytes.IndexByte(b, 0); end >= 0 {
				lock.Name = cleanName(string(b[:end]))
			}
		case partTID:
			if len(b) > 0 {
				lock.LastTID = in.kernelTID(uint64(le.Uint32(b)))
			}
		}
	})
	if err != nil {
		return nil
	}
	out := all[:0]
	for i, lock := range all {
		if !read[i] {
			continue
		}
		page := in.sems.pages[lock.Sem]
		lock.Dev, lock.Inode = page.dev, page.inode
		if name := parts[partsOfLock*i+partName]; name.Len > 0 && lock.Name == "" {
			long, _ := peek.CString(in.mem, name.Addr, maxSemName) // else it has none
			lock.Name = cleanName(long)
		}
		if parts[partsOfLock*i+partTID].Len == 0 {
			lock.LastTID = in.pthreadTID(lock.LastThread)
		}
		out = append(out, lock)
	}
	return out
}

// cleanName makes a file name of the name of a semaphore.
func cleanName(name string) string {
	return strings.TrimPrefix(strings.ToValidUTF8(name, "\uFFFD"), "/")
}
