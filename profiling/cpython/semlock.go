package cpython

import (
	"encoding/binary"
	"errors"
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
	// processes. They are as of the latest FindSemLocks or Refresh.
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

// maxSemName is NAME_MAX.
const maxSemName = 255

// errNotSemLock says that there is no SemLock at an address, or none any more.
var errNotSemLock = errors.New("no SemLock is there")

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

// Refresh takes note of the process's mappings, which say which semaphore lies
// where. Without mappings (nil) it reads them. ReadSemLock does so itself for a
// semaphore at an address where there was none; but one that was removed, and
// another one put in its place, only this notices.
func (in *Interpreter) Refresh(maps []peek.Mapping) error {
	if maps == nil {
		var err error
		if maps, err = in.mem.Maps(); err != nil {
			return in.wrap("the semaphores", err)
		}
	}
	in.sems.set(maps)
	return nil
}

// ReadSemLock reads one SemLock, whose address [Interpreter.FindSemLocks] found
// here or, under fork, in a relative. It fails if there is none any more.
func (in *Interpreter) ReadSemLock(object uint64) (SemLock, error) {
	in.begin()
	var b [semSize]byte
	if err := in.mem.ReadAt(b[:], object); err != nil {
		return SemLock{}, in.wrap("a SemLock", err)
	}
	if _, ok := in.sems.pages[le.Uint64(b[semHandle:])]; !ok && in.plausible(b[:]) {
		if err := in.Refresh(nil); err != nil {
			return SemLock{}, err
		}
	}
	if !in.isSemLock(b[:]) {
		return SemLock{}, in.wrap("a SemLock", errNotSemLock)
	}
	lock, err := in.semLock(object, b[:])
	if err != nil {
		return SemLock{}, in.wrap("a SemLock", err)
	}
	return lock, nil
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
	_, ok := in.sems.pages[le.Uint64(b[semHandle:])]
	return ok && in.plausible(b) && in.isA(b, typeSemLock)
}

// semLock makes a SemLock of its bytes and of what they point to.
func (in *Interpreter) semLock(object uint64, b []byte) (SemLock, error) {
	sem := le.Uint64(b[semHandle:])
	page := in.sems.pages[sem]
	lock := SemLock{
		Object: object, Sem: sem, LastThread: le.Uint64(b[semThread:]),
		Count: int(int32(le.Uint32(b[semCount:]))), MaxValue: int(int32(le.Uint32(b[semMax:]))),
		Recursive: le.Uint32(b[semKind:]) == 0,
		Dev:       page.dev, Inode: page.inode,
	}
	var words [8]byte
	if err := in.mem.ReadAt(words[:], sem); err != nil {
		return lock, err
	}
	lock.Value = binary.LittleEndian.Uint32(words[:])
	lock.Waiters = binary.LittleEndian.Uint32(words[4:])
	lock.LastTID = in.pthreadTID(lock.LastThread)
	if at := le.Uint64(b[semNamePtr:]); at != 0 {
		name, err := peek.CString(in.mem, at, maxSemName)
		if err != nil {
			return lock, err
		}
		lock.Name = strings.TrimPrefix(strings.ToValidUTF8(name, "\uFFFD"), "/")
	}
	return lock, nil
}
