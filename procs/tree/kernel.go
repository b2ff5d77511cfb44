package tree

import (
	"time"

	"example.com/muster/procs"
)

// kernel is what the tracker asks of the system. Every answer may be out of
// date when it arrives.
type kernel interface {
	// exists reports whether there may be such a process, dead or alive. It
	// is cheaper than a look.
	exists(pid int) bool
	// look returns what is known of a process, nothing if it cannot be read just now;
	// false if there is none.
	look(pid int) (look, bool)
	// children appends the pids of a process's children; it is false if they cannot be
	// read just now. threads is how many it has, as far as is known: 1 makes it cheaper.
	children(pid, threads int, pids []int) (list []int, ok bool)
	// program returns what a process runs; nothing for a zombie.
	program(pid int) (argv []string, comm string)
	// outputs says what the standard output and error of a process are.
	outputs(pid int) [2]string
	// environ returns the values of variables that a process was started with.
	environ(pid int, names ...string) map[string]string
	// heeds reports whether a signal is pending that ends a process, or sig, and whether it
	// has a handler for sig.
	heeds(pid int, sig procs.Signal) (pending, minds bool)
	// drains reports whether the standard input of a process is a pipe without a writer, and
	// how much is left in it.
	drains(pid int) (left int, ok bool)
}

// look is one process as the kernel shows it.
type look struct {
	ppid, pgid, sid int
	state           byte
	threads         int
	start           uint64 // see procs.PIDRef
	startedAt       time.Time
	forked          bool   // it has not called exec since it was forked
	exiting         bool   // its main thread is on its way out
	ended           bool   // a zombie, with all its threads
	status          uint32 // its wait status, or unknownStatus
}

// runs reports whether something was found, and no zombie.
func (l look) runs() bool { return l.state != 0 && l.state != 'Z' }

// unknownStatus stands for a wait status that may not be read. No wait status
// has these bits.
const unknownStatus = ^uint32(0)

// exitOf reads a wait status, as wait(2) describes it.
func exitOf(status uint32, at time.Time) *procs.Exit {
	if status == unknownStatus {
		return unknownEnd(at)
	}
	return &procs.Exit{
		Code: int(status >> 8 & 0xff), Signal: procs.Signal(status & 0x7f), Core: status&0x80 != 0, At: at,
	}
}
