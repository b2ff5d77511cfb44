package locks

import (
	"encoding/binary"

	"example.com/muster/profiling/locks/graph"
)

// What a futex word belongs to is not written anywhere; it has to be told from
// the bytes around it. The layouts are those of glibc on 64-bit machines,
// little-endian, x86-64 and arm64 alike (sysdeps/nptl/bits/struct_mutex.h,
// struct_rwlock.h, thread-shared-types.h, nptl/internaltypes.h); each is
// checked as far as it can be before it is believed.

// Futex operations and flags, include/uapi/linux/futex.h.
const (
	futexWait        = 0
	futexLockPI      = 6
	futexWaitBitset  = 9
	futexWaitRequeue = 11
	futexLockPI2     = 13
	futexCommand     = 0x7f
	futexPrivate     = 0x80
	futex2Private    = 0x80 // of futex_wait(2), FUTEX2_PRIVATE

	futexTID       = 0x3fffffff // of a robust or PI word: its owner
	futexOwnerDied = 0x40000000
)

// around is how many bytes before and behind a futex word are looked at.
const around = 64

// window is memory around a futex word.
type window struct {
	b       [2 * around]byte
	from    int // first byte that could be read
	private bool
	value   uint32 // that the waiter expected in the word
	pi      bool
}

// at reads the 32-bit word at an offset from the futex word.
func (w *window) at(offset int) uint32 {
	return binary.LittleEndian.Uint32(w.b[around+offset:])
}

// has reports whether the bytes from an offset on could be read.
func (w *window) has(offset int) bool { return around+offset >= w.from }

// owned is what a window turned out to be.
type owned struct {
	kind  graph.Kind
	base  int // where the object begins, from the futex word
	owner int // TID; 0 if nobody has it, or it is not known
	// readers have a rwlock that has no owner.
	readers int
	// parties are for how many a barrier is.
	parties int
	robust  bool
}

// mutexKinds are the bits of a mutex's kind: four types, robust, PI, PP, shared, elision.
const (
	mutexKinds  = 3 | mutexRobust | mutexPI | 0x40 | mutexShared | 0x300
	mutexRobust = 0x10
	mutexPI     = 0x20
	mutexShared = 0x80
)

// notRecoverable and the number behind it stand in the owner word of a robust
// mutex whose owner has died (nptl/pthreadP.h, PTHREAD_MUTEX_INCONSISTENT).
const notRecoverable = 1<<31 - 2

// maxTID is the largest number of a thread (include/linux/threads.h, PID_MAX_LIMIT).
const maxTID = 4 << 20

// mutex recognises a pthread_mutex_t: lock, count, owner, nusers, kind.
func (w *window) mutex() (owned, bool) {
	lock, owner, users, kind := w.at(0), w.at(8), w.at(12), w.at(16)
	robust, pi := kind&mutexRobust != 0, kind&mutexPI != 0
	if kind&^uint32(mutexKinds) != 0 || pi != w.pi || users > 1<<20 {
		return owned{}, false
	}
	if !robust && (kind&mutexShared == 0) != w.private { // glibc waits for robust ones as for shared ones
		return owned{}, false
	}
	m := owned{kind: graph.PthreadMutex, owner: int(owner), robust: robust}
	switch {
	case robust || pi:
		m.owner = int(lock & futexTID)
		if lock&futexOwnerDied != 0 && m.owner == 0 {
			return m, true // whoever gets it next is told
		}
		return m, m.owner > 0 && m.owner <= maxTID && (owner == 0 || owner == uint32(m.owner) || owner >= notRecoverable)
	case lock == 0: // it was just let go of
		return m, false
	}
	return m, lock <= 2 && w.value == 2 && owner > 0 && owner <= maxTID && users >= 1
}

// rwlock recognises a pthread_rwlock_t, of which a reader waits at +8 and a
// writer there or at +12: readers, writers, two futexes, the writer's TID, shared.
func (w *window) rwlock() (owned, bool) {
	for _, base := range []int{-8, -12} {
		if !w.has(base) {
			continue
		}
		readers, writer, shared, flags := w.at(base)>>3, w.at(base+24), w.at(base+28), w.at(base+48)
		if shared > 1 || (shared == 0) != w.private || flags > 2 || writer > maxTID || readers > 1<<20 || w.at(0) > 3 || w.at(0)&2 == 0 {
			continue
		}
		if writer == 0 && readers == 0 || w.at(base+16) != 0 || w.at(base+20) != 0 {
			continue
		}
		return owned{kind: graph.PthreadRWLock, base: base, owner: int(writer), readers: int(readers)}, true
	}
	return owned{}, false
}

// cond recognises a pthread_cond_t, whose waiters wait for one of two groups of
// signals: its count of waiters stands before them, since glibc 2.25.
func (w *window) cond() (owned, bool) {
	for _, c := range []struct{ refs, base int }{{-4, -40}, {-8, -44}} {
		if !w.has(c.base) {
			continue
		}
		refs := w.at(c.refs)
		waiters := refs >> 3
		older, newer := w.at(c.base)>>1, w.at(c.base+8)>>1 // since 2.41 it begins 8 bytes later
		if waiters == 0 || waiters > 1<<16 || (refs&1 == 0) != w.private || w.at(0) > 1<<20 || older == 0 && newer == 0 {
			continue
		}
		return owned{kind: graph.PthreadCond, base: c.base}, true
	}
	return owned{}, false
}

// semaphore recognises a sem_t: value, waiters, private. The latter is 0 for a
// private one, and the flag of the futex operation for a shared one.
func (w *window) semaphore() (owned, bool) {
	waiters, shared := w.at(4), w.at(8)
	if w.at(0) != 0 || w.value != 0 || waiters == 0 || waiters > 1<<16 {
		return owned{}, false
	}
	if w.private && shared != 0 || !w.private && shared != futexPrivate {
		return owned{}, false
	}
	return owned{kind: graph.Semaphore}, true
}

// barrier recognises a pthread_barrier_t, at the second word of which one waits: how many
// have come, at which of them the round began, for how many it is, shared, how many have left.
// A semaphore behind some number may look the same.
func (w *window) barrier() (owned, bool) {
	if !w.has(-4) {
		return owned{}, false
	}
	in, round, parties, shared, out := w.at(-4), w.at(0), w.at(4), w.at(8), w.at(12)
	come := in - round
	if round != w.value || come == 0 || come >= parties || parties > 1<<20 || out > round || shared != w.flag(false) {
		return owned{}, false
	}
	return owned{kind: graph.PthreadBarrier, base: -4, parties: int(parties)}, true
}

// recognise says what a futex word belongs to, graph.Futex if that cannot be told.
func (w *window) recognise() owned {
	for _, is := range []func() (owned, bool){w.mutex, w.semaphore, w.rwlock, w.cond, w.muslMutex, w.muslSemaphore, w.muslRWLock} {
		if o, ok := is(); ok {
			return o
		}
	}
	return owned{kind: graph.Futex}
}
