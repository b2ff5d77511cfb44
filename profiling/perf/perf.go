// Package perf has the kernel sample where threads are that use a processor
// (perf_event_open(2), the software event cpu-clock), without stopping them:
// each thread of a process and all that it starts meanwhile, threads and
// processes alike.
//
// Start at [Open]. There is one ring of records for each processor, whatever the
// number of threads, since the memory that a user may pin for rings is small
// (kernel.perf_event_mlock_kb). What reads the records is pure, and believes no
// length.
package perf

import "errors"

// Registers are those of a thread at one moment, by DWARF's numbers for the
// processor: bit n of Known says that V[n] is there.
type Registers struct {
	PC    uint64
	V     [33]uint64
	Known uint64
}

// Record is one of [Sample], [Fork], [Exit], [Exec], [Name], [Mapping], [Lost].
type Record interface{ at() uint64 }

// Task is what each record tells of its thread.
type Task struct {
	PID, TID int
	Time     uint64 // nanoseconds of the kernel's clock
}

func (t *Task) at() uint64 { return t.Time }

// Sample is where a thread was when it had used processor time for another
// period.
type Sample struct {
	Task
	Kernel bool // it was in the kernel: in a system call, or in a page fault
	// Calls are the user's program counters by the chain of frame pointers,
	// innermost first; all but the first are return addresses.
	Calls []uint64
	Registers
	// Stack is what lies at the stack pointer and above it, as much as was
	// asked for and is there.
	Stack []byte
}

// Fork is a new thread, or a new process if its PID is new.
type Fork struct {
	Task
	Parent int // its PID
}

// Exit is the end of a thread.
type Exit struct{ Task }

// Exec is a process that runs another program now.
type Exec struct {
	Task
	Name string
}

// Name is a thread that has another name now.
type Name struct {
	Task
	Name string
}

// Mapping is code that is new in a process's memory.
type Mapping struct {
	Task
	Addr, Len, Offset uint64
	Major, Minor      uint32
	Inode             uint64
	Prot              uint32 // PROT_READ and so on
	Path              string // "//anon" for none
}

// Lost says that a ring was full.
type Lost struct {
	Task
	N uint64 // records
}

// ErrRecord says that a record is not as the kernel writes it.
var ErrRecord = errors.New("unexpected record")
