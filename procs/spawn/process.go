package spawn

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// Process is a program that was executed by [Guard.Start].
type Process struct {
	guard     *Guard
	id        uint64
	ref       procs.PIDRef
	startedAt time.Time
	exit      chan procs.Exit

	// own is set before the guard's end is known, as this process has become
	// the parent then; it stays nil if nobody was left to be reaped.
	own *child
}

// Ref returns the pid and the start time.
func (p *Process) Ref() procs.PIDRef { return p.ref }

// Exit delivers how the process ended, once. By then all that the process
// itself has printed is in the kernel's buffers, see [Streams.Drain].
func (p *Process) Exit() <-chan procs.Exit { return p.exit }

// Signal sends a signal to the process. The error wraps [os.ErrProcessDone]
// once it has ended.
func (p *Process) Signal(sig procs.Signal) error { return p.signal(sig, false) }

// SignalGroup sends a signal to every process of its process group. It does so
// only until the process itself has been reaped, as its group's number may
// belong to others later: then the error wraps [os.ErrProcessDone], and
// descendants that remain are reached with [SignalRef].
func (p *Process) SignalGroup(sig procs.Signal) error { return p.signal(sig, true) }

func (p *Process) signal(sig procs.Signal, group bool) error {
	g := p.guard
	answered, err := g.ask(func(id uint64) error {
		return g.channel.send(signalRequest{ID: id, Process: p.id, Signal: int(sig), Group: group})
	})
	if err == nil {
		r := g.patiently(answered) // of the guard, or of its end
		err = r.err
		if err == nil && r.errno != 0 {
			err = r.errno
		}
	}
	if errors.Is(err, ErrGuardEnded) {
		<-g.ended // or its children are nobody's yet
		err = p.signalOwn(unix.Signal(sig), group)
	}
	return signalError(p.ref.PID, sig, err)
}

// signalOwn is for after the guard's end.
func (p *Process) signalOwn(sig unix.Signal, group bool) error {
	if p.own == nil {
		return unix.ESRCH
	}
	return p.own.signal(sig, group)
}

// adopt makes the process a child of this one, unless the guard has reaped it.
func (p *Process) adopt() {
	if now, err := startTime(p.ref.PID); err == nil && now == p.ref.StartTime {
		p.own = &child{pid: p.ref.PID}
	}
}

// ended delivers the exit.
func (p *Process) ended(e ending) {
	x := e.exit()
	x.RunStartedAt = p.startedAt
	p.exit <- x // it has room for one, and gets only one
}
