package locks

import (
	"slices"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/cpython"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/pyagent"
)

// Who waits without a timeout may have set an alarm instead: "flock -w 10" and
// Perl's "alarm 10" do. The kernel says which signals a process has handlers
// for, and not which of them will come; so a wait that a handler may end is
// none for good.

func signalsOf(list ...unix.Signal) (s procfs.SignalSet) {
	for _, n := range list {
		s |= 1 << (n - 1)
	}
	return s
}

// plainSignals are those whose handlers bring no work: of faults, of a terminal's
// Ctrl-C (each Python has one), of a broken pipe, and the two that C libraries
// keep for themselves (signal(7)).
var plainSignals = signalsOf(unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV, unix.SIGSYS, unix.SIGINT, unix.SIGPIPE, 32, 33)

// agentSignals is the one that muster's own agent has a handler for in a Python
// program. It brings no work, and writes to no pipe.
var agentSignals = signalsOf(pyagent.DebugSignal)

// handlersOf returns the signals that a process has handlers for (proc(5),
// SigCgt). Go's runtime has one for each, and none of them ends a wait.
func (l *looker) handlersOf(p *process) procfs.SignalSet {
	if p.golang(l.now) {
		return 0
	}
	sets, _ := procfs.ReadSignals(p.PID) // none of one that has ended
	if sets.Caught&agentSignals != 0 && p.interpreter(l) != nil {
		return sets.Caught &^ agentSignals
	}
	return sets.Caught
}

// faultSignals are those whose handlers tell of a mistake, and wake nobody.
var faultSignals = plainSignals &^ signalsOf(unix.SIGINT)

// mayEnd reports whether the handler of a signal may end a wait: that of an
// alarm any wait; each handler a wait for the end of a child, whom it may give
// what that waits for, or for bytes that the process itself could write (the
// "self-pipe" of a server that waits for signals), and one for an event, a
// condition or the like that nobody holds. Of Python's waits of that kind see
// nameThreadLocks.
func (l *looker) mayEnd(t *thread, o *graph.Object, forWork bool) bool {
	p := l.of[t.PIDRef]
	if p == nil {
		return false
	}
	caught := l.caught(p, t)
	switch {
	case caught&signalsOf(unix.SIGALRM) != 0:
		return true
	case caught == 0:
		return false
	case o.Within.PID != 0 && len(o.Holders) == 0:
		return caught&^faultSignals != 0 && p.interpreter(l) == nil
	case t.TID == t.PID && p.interpreter(l) != nil && (forWork || childEnds(o)):
		return bringsWork(caught)
	case childEnds(o): // a shell has a handler for the end of its children themselves
		return bringsWork(caught &^ signalsOf(unix.SIGCHLD))
	}
	return bringsWork(caught) && forWork && o.Any && heldBy(o, t.PIDRef)
}

// heldBy reports whether a process is among the holders.
func heldBy(o *graph.Object, ref procs.PIDRef) bool {
	return slices.ContainsFunc(o.Holders, func(h graph.Holder) bool { return h.PIDRef == ref })
}

// childEnds reports whether somebody waits for the end of a child, not of a thread.
func childEnds(o *graph.Object) bool { return o.Kind == graph.Child && o.Any }

// bringsWork reports whether one of the signals' handlers may bring work.
func bringsWork(s procfs.SignalSet) bool { return s&^plainSignals != 0 }

// caught returns the signals that the process of a blocked thread has handlers
// for. They are only read of one that has stayed where it was since the look
// before, as nothing else can be part of a deadlock.
func (l *looker) caught(p *process, t *thread) procfs.SignalSet {
	if t.fresh && t.ran != 0 {
		return 0
	}
	if h, in := &t.handlers, p.interpreter(l); !h.known || h.in != in || h.ran != t.ran || t.ran == 0 {
		*h = handlers{l.handlersOf(p), in, t.ran, true}
	}
	return t.handlers.SignalSet
}

// handlers are those of a thread's process, read while the thread was blocked,
// without those of muster's agent if it had that interpreter.
type handlers struct {
	procfs.SignalSet
	in    *cpython.Interpreter
	ran   uint64 // of the thread
	known bool
}
