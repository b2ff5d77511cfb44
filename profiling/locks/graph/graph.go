// Package graph turns looks at threads into answers: who waits for whom, which
// chain ends where, what is a deadlock, what was abandoned and what only waits
// for work. It is pure: a [Tracker] is fed one [Look] after another, with the
// clock in it, and returns a [View] for each.
//
// What is promised: a deadlock is never said of processes that could still go
// on. A thread counts as able to go on unless everything that could end its wait
// is known and is itself unable to (see stuck.go); a wait with a timeout ends
// by itself, and so may one that an alarm can interrupt; and a cycle is told
// only after it was seen in two looks between which none of its threads has run.
// Who runs later, for a signal, and waits for the same again has waited all the
// time (see resumed.go).
package graph

import (
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// Kind is the JSON contract's word for what is waited for.
type Kind string

// The kinds.
const (
	MPLock         Kind = "mp.Lock"
	MPRLock        Kind = "mp.RLock"
	MPSemaphore    Kind = "mp.Semaphore"
	MPCondition    Kind = "mp.Condition"
	Semaphore      Kind = "semaphore" // a POSIX semaphore, sem_wait(3)
	PthreadMutex   Kind = "pthread_mutex"
	PthreadRWLock  Kind = "pthread_rwlock"
	PthreadCond    Kind = "pthread_cond"
	PthreadBarrier Kind = "pthread_barrier"
	Flock          Kind = "flock" // flock(2)
	POSIX          Kind = "posix" // fcntl(2), F_SETLKW
	OFD            Kind = "ofd"   // fcntl(2), F_OFD_SETLKW
	SysVSem        Kind = "sysv_sem"
	Pipe           Kind = "pipe"
	Socket         Kind = "socket"
	EventFD        Kind = "eventfd"
	GIL            Kind = "gil"
	ThreadLock     Kind = "thread_lock" // Python's threading.Lock and what is built on it
	Go             Kind = "go"          // what a goroutine waits for
	Futex          Kind = "futex"       // a futex that no source knows more of
	// Child is the end of a child, or of a thread, which somebody waits for. It
	// is no lock, and only told of as a step of a deadlock.
	Child Kind = "child"
)

// ID names one thing that can be waited for, the same in each process that
// sees it: "mp:00:1a:2053", "flock:08:01:77", "pipe:4711".
type ID string

// Doing is the JSON contract's word for what a thread does.
type Doing string

// What a thread does.
const (
	OnCPU    Doing = "on_cpu"
	Runnable Doing = "runnable"
	InLock   Doing = "lock"
	InGIL    Doing = "gil"
	InIO     Doing = "io"
	InPipe   Doing = "pipe"
	InSocket Doing = "socket"
	InTTY    Doing = "tty"
	Sleeping Doing = "sleep"
	InChild  Doing = "child" // waits for a process to end
	Stopped  Doing = "stopped"
	Zombie   Doing = "zombie"
	Idle     Doing = "idle"
	Unknown  Doing = "unknown"
)

// Thread is one thread of one process.
type Thread struct {
	procs.PIDRef
	// TID is 0 where it is not known which of its threads is meant, and the
	// number of a goroutine, negative, where it is one.
	TID int
}

// State is what one look saw of a thread.
type State struct {
	Thread
	Doing Doing
	// Ran counts how often the thread has been given a CPU (the third number
	// of /proc/PID/task/TID/schedstat). While it stands still the thread has
	// not left the wait that it is in. 0 where that is not known.
	Ran uint64
	// Timed says that what it is in ends by itself.
	Timed bool
	Stack []string // innermost first; nil where it was not read
}

// The states of what nobody has, though those who wait for it do not wait for work.
const (
	// Gathers is that of a barrier: it lets all pass once all have come.
	Gathers = "not all have come"
	// Full is that of a semaphore which counts the room in a queue: there is none.
	Full = "full"
	// Refused is that of a mutex which the kernel has refused to who waits for it: glibc
	// waits for ever then.
	Refused = "refused by the kernel"
	// AwaitsTasks is that of a queue whose tasks are to be done.
	AwaitsTasks = "tasks are not done"
)

// Wait is a thread that is blocked.
type Wait struct {
	Thread
	For ID
	// Timed says that the wait ends by itself, so that it never makes a deadlock.
	Timed bool
	// Since is when it began, as far as whoever saw the wait knows better than
	// the looks that tell of it; zero if that is not so.
	Since time.Time
	// MayEnd says that something which is not looked at may end the wait, such as
	// the handler of a signal, so that it never makes a deadlock either.
	MayEnd bool
	// ForWork says that this is how a thread waits for something to do: it
	// reads an empty pipe, or waits for a condition.
	ForWork bool
	// ForAnswer says that it has asked for what it waits for: somebody does that
	// for it, so that whoever waits for a lock of its own is kept from work.
	ForAnswer bool
	// Idles says that a library's pool waits so as long as there is nothing to do:
	// its worker for a task, or its own thread for the end of a worker. Any idle pool
	// has such waits in a ring, so that nobody waits for what they would bring.
	Idles bool
}

// Holder is a process that has a lock or, of an [Object] with Any, one that
// could end a wait for it.
type Holder struct {
	Thread
	Evidence profiling.Evidence
	Rule     string // how it is known: "owner word of the mutex"
	// AnyThread says that each thread of the process can let go, not only the
	// one that took it.
	AnyThread bool
	// Dead says that it has ended and took the lock with it.
	Dead bool
	// Lives says of a dead one that its process lives on: only its thread has ended.
	Lives bool
	// Unsure says that somebody else may have let go of the lock and taken it
	// again, which leaves no trace. Who waits for itself is then not told as a
	// deadlock.
	Unsure bool
	// Outside says that muster does not look at this process.
	Outside bool
}

// Object is something that can be waited for.
type Object struct {
	ID   ID
	Kind Kind
	Name string // for people: "Lock made at worker.py:7", "/tmp/a.lock"
	// State is its value in words: "held", "4096 of 65536 bytes", "value 0".
	State   string
	Holders []Holder
	// Any says that any one of the holders can end a wait for it, as those at
	// the other end of a pipe can; else the one holder has to let go.
	Any bool
	// Within is a process whose threads alone can end a wait, as they can for
	// a futex that is private to it; it need not be a holder. Zero: none.
	Within procs.PIDRef
	// Complete says that nobody but the holders, or those Within, can end a wait. Without it no
	// wait for the object is ever part of a deadlock.
	Complete bool
	// Taken says that its value shows that somebody has it. A lock that is
	// taken, while nobody who lives has it, was abandoned, if Complete.
	Taken bool
	// Renews says that a wait goes on though its thread has run: who waits for
	// CPython's GIL wakes every few milliseconds, only to wait again.
	Renews bool
	// Guess says that it is not known whether this is a lock at all. It is no
	// contention, and no step of a cycle that is told.
	Guess bool
	// Wanted says of a guess that a thread's own code wants it as a lock: who has it is
	// not known, but that somebody is kept from going on. A view says so only while a wait
	// lasts for more than one look.
	Wanted bool
	// Ended had it when it was last looked at, though nobody waited for it then, and has ended
	// since, while somebody still has it. Nil: nobody is known.
	Ended *LastHolder
	// Others have it as well and could let go of it in place of its holder, as each
	// process can of a multiprocessing.Lock.
	Others []procs.PIDRef
	// Aside are workers of its holder's pool that have never taken it: they are not
	// expected to let go of it, nor is who waits for what that pool does.
	Aside []procs.PIDRef
	// Passed says that one was seen to let go of it after another one took it, so
	// that it never makes a deadlock.
	Passed bool
}

// Look is what was seen in one pass over all processes.
type Look struct {
	At       time.Time
	Threads  []State
	Waits    []Wait
	Objects  []Object
	Lines    []Line // immutable
	Coverage []profiling.Coverage
}

// View is what follows from the looks so far. It is immutable.
type View struct {
	At        time.Time
	Locks     []Lock // the worst first: deadlocked, abandoned, contended by waste, idle
	Deadlocks []Deadlock
	// Rings are cycles as well, but another process could end each: see [Lock.Ring].
	Rings   []Deadlock
	Threads []State
	// Lines are those at which Go programs themselves have seen goroutines wait.
	Lines    []Line
	Coverage []profiling.Coverage

	look *View // see Look; nil for itself
}

// Lock is an object that somebody waits for, or has waited for.
type Lock struct {
	Object
	Waiters []Waiter // the longest first
	// Chain follows the holder: what it waits for, who has that, and so on.
	Chain []Link
	// At most one of these holds, and none where nobody waits: somebody works
	// or sleeps while others wait, or has it and is not known; its holder is dead;
	// all wait for work.
	Contended, Abandoned, Idle bool
	Deadlocked                 bool
	// Ring says of a contended lock that who has it waits in its turn for those who want it,
	// so that only another process which shares one of their locks could end that.
	Ring bool
	// Releasable says of an abandoned lock that another process which has it, and does
	// not wait for it, could still let go of it.
	Releasable bool
	// LastHolder is who was last seen to have it, nil if nobody was.
	LastHolder *LastHolder
	Stats      Stats
}

// Waiter is a thread that waits for a lock.
type Waiter struct {
	Thread
	Since time.Time // of the first look that saw this wait, see resumed.go
	Timed bool
	Stack []string
}

// Link is one step of a chain: somebody who has a lock, and what it does.
type Link struct {
	Holder
	Doing    Doing
	Stack    []string
	WaitsFor ID // "" if it waits for nothing that has an ID
}

// LastHolder is who had a lock when it was last looked at.
type LastHolder struct {
	Holder
	Since, Until time.Time // of the first and the last look that saw it
}

// Stats adds up what was seen of a lock. All of it is sampled: what happens
// between two looks is not in it.
type Stats struct {
	Waits        int           // waits that began
	Total        time.Duration // of all waits: who waits in a look stands for the time since the one before
	Longest      time.Duration
	Contended    time.Duration // while at least one waited, and not for work
	Watched      time.Duration // since the lock was first seen
	Holds        int           // changes of the holder
	HoldsLongest time.Duration
}

// Share is the part of the time, from 0 to 1, in which somebody waited for the
// lock, and not for work.
func (s Stats) Share() float64 {
	if s.Watched <= 0 {
		return 0
	}
	return min(1, s.Contended.Seconds()/s.Watched.Seconds())
}

// Share is [Stats.Share]; known is false while that is nothing and it is not known for
// what anybody waited.
func (l *Lock) Share() (share float64, known bool) {
	return l.Stats.Share(), l.Stats.Contended > 0 || l.Idle
}

// Deadlock is a cycle: each waits for what the next one has.
type Deadlock struct {
	Cycle []Edge
	Since time.Time
}

// Edge is one step of a cycle.
type Edge struct {
	Thread
	WaitsFor ID
	HeldBy   Thread
}
