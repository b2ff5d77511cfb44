package lifecycle

import (
	"time"

	"example.com/muster/procs"
)

// Input is something that happened to a slot. It is sealed.
type Input interface{ input() }

type (
	// Start asks for a run; refused while one lives.
	Start struct{}
	// Stop asks for the end; asked again, it kills.
	Stop struct{}
	// Kill ends at once, descendants included.
	Kill struct{}
	// Restart asks for the end and a new run. With a Why the new run is held
	// until it is released, as if by Hold: what the pool depends on is
	// restarted, too.
	Restart struct{ Why string }
	// Remove asks for the end and for the slot to be forgotten.
	Remove struct{}
	// Started says that the program has been exec'd.
	Started struct{ At time.Time }
	// StartFailed says that the program could not be exec'd; Exit.StartError says why.
	StartFailed struct{ Exit procs.Exit }
	// GivenUp says that a run whose end was asked for before its start had begun
	// was not started at all.
	GivenUp struct{}
	// Exited says that the leader has ended and its output has been drained.
	Exited struct{ Exit procs.Exit }
	// Cleared says that no descendant of the run is left, or none is to be ended.
	Cleared struct{}
	// Tick says that the time of Deadline has come.
	Tick struct{}
	// Hold asks for a run once what the pool depends on is so; Why says what
	// is waited for. Given again, it changes what is said.
	Hold struct{ Why string }
	// Release says that all is so which a held slot waits for.
	Release struct{}
	// Block says that what is waited for cannot become so, unless somebody
	// does something about it.
	Block struct{ Why string }
	// Unhealthy says that the run does not answer its liveness probe: it is
	// ended and started again, whatever the restart policy is, and counted as
	// a restart. A run that did answer for ResetAfter, until WellUntil, clears
	// the count.
	Unhealthy struct {
		Why       string
		WellUntil time.Time
	}
)

func (Start) input()       {}
func (Stop) input()        {}
func (Kill) input()        {}
func (Restart) input()     {}
func (Remove) input()      {}
func (Started) input()     {}
func (StartFailed) input() {}
func (GivenUp) input()     {}
func (Exited) input()      {}
func (Cleared) input()     {}
func (Tick) input()        {}
func (Hold) input()        {}
func (Release) input()     {}
func (Block) input()       {}
func (Unhealthy) input()   {}

// Action is something that the supervisor must do. It is sealed.
type Action interface{ action() }

type (
	// Spawn starts a run; answer with Started or StartFailed, or with GivenUp
	// where [Slot.Leaving] came first.
	Spawn struct{}
	// SignalGroup sends a signal to the process group of the leader.
	SignalGroup struct{ Signal procs.Signal }
	// SignalLeader sends a signal to the leader alone.
	SignalLeader struct{ Signal procs.Signal }
	// KillTree sends SIGKILL to the leader's group and to every descendant.
	KillTree struct{}
	// ClearDescendants sends a signal to the descendants that outlived the
	// leader; answer with Cleared once none is left, at once if there is none.
	ClearDescendants struct{ Signal procs.Signal }
	// Settle leaves the descendants alone; answer with Cleared.
	Settle struct{}
)

func (Spawn) action()            {}
func (SignalGroup) action()      {}
func (SignalLeader) action()     {}
func (KillTree) action()         {}
func (ClearDescendants) action() {}
func (Settle) action()           {}
