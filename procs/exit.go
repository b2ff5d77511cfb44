package procs

import (
	"fmt"
	"time"
)

// Exit is how a run ended.
type Exit struct {
	// Code is the exit code; it has no meaning when Signal is set.
	Code int
	// Signal ended the process, or 0.
	Signal Signal
	// By is who is known to have sent the signal: "muster"; "" if nobody is.
	By string
	// Core says that the kernel wrote a core dump.
	Core bool
	// Asked says that muster was asked to end this run.
	Asked bool
	// Why is what the liveness probe said of a run that was ended for it: such
	// a run is Asked too, but by nobody. "" otherwise.
	Why string
	// StartError tells why the command could not be started at all; the
	// other fields then hold the shell's convention: 127 not found, 126 not
	// executable or a bad working directory. 1 is for what is no fault of the command's.
	StartError string
	// Lacks says what there was too little of to start it, which may be otherwise at
	// another try. "" if it was started, or failed for another reason.
	Lacks Lack
	// Unknown says that the process ended and nothing told how.
	Unknown bool

	At            time.Time
	UserTime      time.Duration
	SystemTime    time.Duration
	PeakRSSBytes  int64 // 0 if not known
	TailCut       bool  // a descendant kept the output open; its end was not waited for
	Descendants   int   // processes that outlived the run and were ended with it
	RunStartedAt  time.Time
	FirstLine     uint64 // sequence number of the run's first output line
	LastLineAfter uint64 // one past that of its last
}

// Lack is what a program cannot be started without.
type Lack string

// What there may be too little of.
const (
	LacksFiles     Lack = "open files"
	LacksProcesses Lack = "processes"
	LacksMemory    Lack = "memory"
)

// OK reports whether the run ended well: with code 0, or because it was asked to.
func (e Exit) OK() bool {
	return e.StartError == "" && (e.Asked || (e.Signal == 0 && e.Code == 0 && !e.Unknown))
}

// ShellCode is the code by which a shell would report this end: the exit code,
// or 128 plus the number of the signal.
func (e Exit) ShellCode() int {
	if e.Signal != 0 {
		return 128 + int(e.Signal)
	}
	return e.Code
}

// String says in a few words how the run ended: "exit 3", "SIGSEGV (core dumped)".
func (e Exit) String() string {
	switch {
	case e.StartError != "":
		return e.StartError
	case e.Why != "":
		return e.Why
	case e.Unknown:
		return "ended, status unknown"
	case e.Signal != 0 && e.Core:
		return e.Signal.String() + " (core dumped)"
	case e.Signal != 0:
		return e.Signal.String()
	default:
		return fmt.Sprintf("exit %d", e.Code)
	}
}
