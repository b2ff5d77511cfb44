// Package procs is the vocabulary of running processes: what a pool is, how
// one of its slots is named, which states it passes through, how a run ended,
// what it printed and what it cost. It holds values only; nothing in it
// starts, reads or signals anything. The packages below it do:
//
//   - lifecycle decides (pure), supervisor acts on those decisions,
//   - spawn executes programs under the guard, output keeps what they print,
//   - tree finds their descendants, sample measures all of them.
//
// Start reading at [Spec] (what the user asked for) and [Snapshot] (what is
// so now).
package procs

import (
	"fmt"
	"strconv"
	"strings"
)

// ID names a slot of a pool, for as long as the pool exists. It is what the
// screen shows; a pid is only one incarnation of it (see [Run]).
type ID struct {
	Pool string
	Slot int // counted from 0
}

// String returns "pool/slot", the form used on the screen and in JSON.
func (id ID) String() string { return id.Pool + "/" + strconv.Itoa(id.Slot) }

// ParseID reads the form that [ID.String] writes.
func ParseID(s string) (ID, error) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return ID{}, fmt.Errorf("cannot read %q as pool/slot: no slash", s)
	}
	n, err := strconv.Atoi(s[i+1:])
	if err != nil || n < 0 || s[:i] == "" {
		return ID{}, fmt.Errorf("cannot read %q as pool/slot: the slot is a number from 0", s)
	}
	return ID{Pool: s[:i], Slot: n}, nil
}

// PIDRef is a process that cannot be confused with a later one of the same
// number: a pid is trusted only together with its start time.
type PIDRef struct {
	PID int
	// StartTime is in clock ticks since boot: field 22 of /proc/PID/stat,
	// see proc(5). 0 means that it is not known.
	StartTime uint64
}

// MayBe reports whether two can be the same process: the number is the same, and so
// is the start time where both are known.
func (r PIDRef) MayBe(other PIDRef) bool {
	return r.PID == other.PID && (r.StartTime == other.StartTime || r.StartTime == 0 || other.StartTime == 0)
}

// Run is one incarnation of a slot.
type Run struct {
	ID ID
	N  int // 1 for the first run of the slot
	PIDRef
}
