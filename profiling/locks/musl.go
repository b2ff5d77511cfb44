package locks

import "example.com/muster/profiling/locks/graph"

// The layouts of musl on 64-bit machines (src/internal/pthread_impl.h,
// src/thread/pthread_mutex_trylock.c, sem_timedwait.c, pthread_rwlock_*.c). It
// waits for the word of the lock itself, and sets the highest bit of it before
// it does.
const muslWaited = 1 << 31

// A musl mutex: type, lock, waiters. The kinds of type are 0 normal, 1
// recursive, 2 that checks for errors; a normal one keeps no owner but the
// number EBUSY.
const (
	muslKind   = 3
	muslRobust = 4
	muslPI     = 8
	muslShared = 0x80
	muslTaken  = 16 // EBUSY, include/uapi/asm-generic/errno-base.h
)

// muslMutex recognises a pthread_mutex_t of musl.
func (w *window) muslMutex() (owned, bool) {
	if !w.has(-4) {
		return owned{}, false
	}
	kind, lock, waiters := w.at(-4), w.at(0), w.at(4)
	pi := kind&muslPI != 0
	if kind&^uint32(muslKind|muslRobust|muslPI|muslShared) != 0 || kind&muslKind == muslKind || pi != w.pi || (kind&muslShared == 0) != w.private {
		return owned{}, false
	}
	if !pi && !w.waitedFor(lock, waiters) {
		return owned{}, false
	}
	m := owned{kind: graph.PthreadMutex, base: -4, robust: kind&muslRobust != 0, owner: int(lock & futexTID)}
	if kind&(muslKind|muslRobust|muslPI) == 0 {
		m.owner = 0
		return m, lock&futexTID == muslTaken && lock&futexOwnerDied == 0
	}
	return m, m.owner > 0 && m.owner <= maxTID
}

// waitedFor reports whether a word is as musl leaves it to wait for it, and
// stands before a count of those who do.
func (w *window) waitedFor(word, waiters uint32) bool {
	return word&muslWaited != 0 && word == w.value && waiters > 0 && waiters <= 1<<16
}

// muslSemaphore recognises a sem_t of musl: value, waiters, private. The value
// is -1 while somebody waits, from 1.2.4 on the highest bit alone.
func (w *window) muslSemaphore() (owned, bool) {
	value := w.at(0)
	if value != 1<<32-1 && value != muslWaited || !w.waitedFor(value, w.at(4)) || w.at(8) != w.flag(true) {
		return owned{}, false
	}
	return owned{kind: graph.Semaphore}, true
}

// muslRWLock recognises a pthread_rwlock_t of musl: lock, waiters, shared. The
// lock counts its readers; a writer's number is the largest.
func (w *window) muslRWLock() (owned, bool) {
	const writer = 1<<31 - 1
	readers := w.at(0) &^ muslWaited
	if !w.waitedFor(w.at(0), w.at(4)) || w.at(8) != w.flag(false) || readers == 0 || readers > 1<<16 && readers != writer {
		return owned{}, false
	}
	l := owned{kind: graph.PthreadRWLock, readers: int(readers)}
	if readers == writer {
		l.readers = 0
	}
	return l, true
}

// flag is what a word must be that says whether the object is private, or is
// shared: the flag of the futex operation, or nothing.
func (w *window) flag(saysPrivate bool) uint32 {
	if w.private == saysPrivate {
		return futexPrivate
	}
	return 0
}
