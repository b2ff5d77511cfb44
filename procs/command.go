package procs

import "fmt"

// Command asks the supervisor to change something. It is sealed: the types
// below are all there are. Several IDs are acted on together; no ID at all
// means every slot.
type Command interface{ command() }

type (
	// Start starts slots that are not live; a slot that backs off starts at once.
	Start struct{ IDs []ID }
	// Stop climbs the stop ladder. A slot that stops already is killed.
	Stop struct{ IDs []ID }
	// Kill sends SIGKILL at once, to all that the slot started.
	Kill struct{ IDs []ID }
	// Restart stops and starts again; the restart count begins anew.
	Restart struct{ IDs []ID }
	// SendSignal sends a signal to each slot.
	SendSignal struct {
		IDs    []ID
		Signal Signal
		To     SignalTo
	}
	// SignalPID sends a signal to one descendant.
	SignalPID struct {
		Ref    PIDRef
		Signal Signal
	}
	// Scale changes the number of slots of a pool.
	Scale struct {
		Pool string
		Size int
	}
	// Roll restarts all slots of pools, [Spec.MaxUnavailable] at a time; the
	// next begin when those are ready. No pool means all of them.
	Roll struct{ Pools []string }
	// Reload reads the configuration anew and applies the difference.
	Reload struct{}
	// Apply makes the pools what the specs say: new ones are started, those
	// that are missing are stopped and forgotten, those that differ are scaled
	// or rolled. Others are left alone.
	Apply struct{ Pools []Spec }
	// Rerun runs the slot's program of a crash again, alone, in a pool of its
	// own and in a terminal: same command, directory and environment. Crash is
	// the number of its report.
	Rerun struct{ Crash int }
	// Pause stops (SIGSTOP) everything, with muster's clocks for it; Resume
	// continues both.
	Pause struct{}
	// Resume undoes Pause.
	Resume struct{}
	// Resize tells the terminals of all PTY slots their size.
	Resize struct{ Cols, Rows int }
	// Type writes bytes to the terminals of slots, as a keyboard would: "\r" is
	// the key Enter. It names slots, and is refused where one has no terminal.
	Type struct {
		IDs  []ID
		Data []byte
	}
	// RetryItems has items of a map worked on again that have failed, by their
	// numbers; no number means all of them.
	RetryItems struct{ Seqs []uint64 }
	// SkipItem ends the item that a worker of a map is on, and leaves it out.
	SkipItem struct {
		Worker int
		Seq    uint64
	}
	// PauseItems keeps a map from beginning items, or lets it; those that have
	// begun go on.
	PauseItems struct{ On bool }
	// Shutdown stops every slot and ends the session; a second one, or Now,
	// kills at once. IfRunning is for whoever does not ask for that: it does nothing
	// while everything is being stopped already.
	Shutdown struct{ Now, IfRunning bool }
)

// SignalTo says who of a slot gets a signal.
type SignalTo string

// Who gets a signal.
const (
	ToAsPool SignalTo = ""       // who is asked to stop: see [StopPolicy]
	ToGroup  SignalTo = "group"  // its process group
	ToLeader SignalTo = "leader" // its own process
)

// ParseSignalTo reads "group" or "leader"; "" is [ToAsPool].
func ParseSignalTo(s string) (SignalTo, error) {
	switch to := SignalTo(s); to {
	case ToAsPool, ToGroup, ToLeader:
		return to, nil
	}
	return "", fmt.Errorf("cannot send a signal to %q: it goes to the group or the leader", s)
}

// Leader reports whether the slot's own process alone gets the signal, in a pool that
// stops so.
func (t SignalTo) Leader(stop StopPolicy) bool {
	return t == ToLeader || t == ToAsPool && stop.ToLeader
}

func (Start) command()      {}
func (Stop) command()       {}
func (Kill) command()       {}
func (Restart) command()    {}
func (SendSignal) command() {}
func (SignalPID) command()  {}
func (Scale) command()      {}
func (Roll) command()       {}
func (Reload) command()     {}
func (Apply) command()      {}
func (Rerun) command()      {}
func (Pause) command()      {}
func (Resume) command()     {}
func (Resize) command()     {}
func (Type) command()       {}
func (RetryItems) command() {}
func (SkipItem) command()   {}
func (PauseItems) command() {}
func (Shutdown) command()   {}
