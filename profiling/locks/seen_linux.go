package locks

import "example.com/muster/profiling/locks/graph"

// Seen is what the kernel tells of a thread at one moment, from its file
// /proc/PID/task/TID/syscall alone: for what objects it waits is not in there.
type Seen struct {
	Doing  graph.Doing // OnCPU also for one that is ready to run
	PC, SP uint64      // of one that is blocked
	Futex  uint64      // the address of the futex(2) that it waits at; 0 if it is in no such call
}

// See reads such a file; false if it is none.
func See(text []byte) (Seen, bool) {
	b, ok := parseBlocked(text)
	if !ok {
		return Seen{}, false
	}
	s := Seen{PC: b.PC, SP: b.SP}
	c := b.asked()
	switch {
	case b.Running:
		s.Doing = graph.OnCPU
	case b.NR < 0: // a page that has to be read
		s.Doing = graph.InIO
	case c.is == callRead || c.is == callWrite:
		s.Doing = graph.InIO
	case c.is == callPoll:
		s.Doing = graph.Idle
	default:
		s.Doing = c.is.plain()
	}
	if !b.Running && c.is == callFutex {
		s.Futex = c.addr
	}
	return s, true
}
