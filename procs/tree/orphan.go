package tree

import (
	"strconv"
	"strings"

	"example.com/muster/procs"
)

// An orphan is a process that the guard has adopted before anybody saw whose
// child it was. The connector knows them all. Without it these rules tell
// whose they are, strongest first:
//
//  1. its session or process group is led by a process of the slot,
//  2. its environment names the slot,
//  3. its standard output or error is the slot's own pipe, socket or terminal.
//
// What does none of that stays a stray: see [Tracker.Strays].

// The variables that name a slot in the environment of its processes.
const (
	envSession = "MUSTER_SESSION"
	envPool    = "MUSTER_POOL"
	envSlot    = "MUSTER_SLOT"
)

// inspectOrphan reads what the rules need.
func (t *Tracker) inspectOrphan(f *find) {
	f.environ = t.kernel.environ(f.pid, envSession, envPool, envSlot)
	f.outputs = t.kernel.outputs(f.pid)
}

// ownerOf returns the slot that an orphan belongs to, or nil.
func (t *Tracker) ownerOf(f *find) *slot {
	for _, leader := range []int{f.look.sid, f.look.pgid} {
		if s := t.leaders[leader]; s != nil && leader != f.pid {
			return s
		}
	}
	if f.environ[envSession] == t.session && t.session != "" {
		n, err := strconv.Atoi(f.environ[envSlot])
		if s := t.slots[procs.ID{Pool: f.environ[envPool], Slot: n}]; s != nil && err == nil {
			return s
		}
	}
	for _, out := range f.outputs {
		if s := t.byOutput(out); s != nil {
			return s
		}
	}
	return nil
}

// byOutput returns the slot whose processes write to the given file, if it is
// one that muster made and that no other slot has.
func (t *Tracker) byOutput(target string) *slot {
	if !strings.HasPrefix(target, "pipe:") && !strings.HasPrefix(target, "socket:") &&
		!strings.HasPrefix(target, "/dev/pts/") {
		return nil
	}
	var found *slot
	for _, s := range t.slots {
		if s.outputs[0] == target || s.outputs[1] == target {
			if found != nil {
				return nil
			}
			found = s
		}
	}
	return found
}
