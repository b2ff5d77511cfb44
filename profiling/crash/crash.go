// Package crash turns the end of a run into a report that a person can read:
// who ended, how, in which words, and what it had printed and used before.
// It is pure: [Judge] takes everything that is known of a [Death], and [Of] makes the report
// of its verdict.
package crash

import (
	"fmt"
	"time"

	"example.com/muster/procs"
)

// Cause is the word of the JSON contract for why a run ended badly.
type Cause string

// The causes.
const (
	CauseExit      Cause = "exit"      // ended by itself with a code other than 0
	CauseSignal    Cause = "signal"    // ended by a signal of its own making, such as SIGSEGV
	CauseKilled    Cause = "killed"    // ended by a signal that somebody sent
	CauseException Cause = "exception" // an exception that nothing caught, of a process, a thread or a task
	CausePanic     Cause = "panic"     // Go's and Rust's
	CauseOOM       Cause = "oom"       // killed by the kernel because memory ran out
	CauseLostTask  Cause = "lost_task" // a pool's worker ended, and nobody will finish its task
	CauseTimeout   Cause = "timeout"   // ended because it took too long
)

// Certainty says how sure the cause is.
type Certainty string

// The certainties.
const (
	Certain Certainty = "certain"
	Likely  Certainty = "likely"
)

// TailLines is how many of a run's last lines a report keeps.
const TailLines = 30

// Report is one bad end. It stays after the slot has been restarted.
type Report struct {
	Seq       int // counted from 1 in the session
	Run       procs.Run
	Argv      []string
	At        time.Time
	Age       time.Duration // how long the run lived
	Cause     Cause
	Certainty Certainty
	Exit      procs.Exit
	// Headline is one line for a person: "SIGSEGV: touched memory that is not its own".
	Headline string
	// Tail holds the run's last lines, oldest first.
	Tail []procs.Line
	// Samples are the measurements of this run before its end, oldest first.
	Samples []procs.Sample
	// SameBefore counts earlier crashes of the same kind in the slot's pool.
	SameBefore int

	// More is what is known of deaths that have been judged; see [Of].
	More
}

// ID is the report's name in JSON: "c1", "c2", ...
func (r *Report) ID() string { return IDOf(r.Seq) }

// IDOf is the name of the report of that number.
func IDOf(seq int) string { return fmt.Sprintf("c%d", seq) }

// IsCrash reports whether an exit deserves a report: it did not end well and was not asked
// for, or what was asked to end ended by a signal of its own making.
func IsCrash(e procs.Exit) bool { return !e.OK() || e.Signal.SelfMade() }

// sentFromOutside tells the signals that a process gets from somebody else
// from those that its own instructions raise.
func sentFromOutside(s procs.Signal) bool {
	switch s {
	case procs.SIGKILL, procs.SIGTERM, procs.SIGINT, procs.SIGHUP, procs.SIGQUIT:
		return true
	}
	return false
}

const coreDumped = " (core dumped)"

// Headline says in one line how a run ended.
func Headline(e procs.Exit) string {
	switch {
	case e.StartError != "":
		return "cannot be started: " + e.StartError
	case e.Unknown:
		return "ended, status unknown"
	case e.Signal != 0:
		s := e.Signal.String()
		if w := e.Signal.Words(); e.By != "" {
			s += ": " + e.By + " sent it"
		} else if w != "" {
			s += ": " + w
		}
		if e.Core {
			s += coreDumped
		}
		return s
	}
	s := fmt.Sprintf("exit %d", e.Code)
	if w := codeWords(e.Code); w != "" {
		s += ": " + w
	}
	return s
}

// codeWords explains the exit codes that shells and interpreters share.
func codeWords(code int) string {
	switch {
	case code == 126:
		return "a command was found but is not executable"
	case code == 127:
		return "a command was not found"
	case code > 128 && code <= 128+64:
		sig := procs.Signal(code - 128)
		if sig.Words() == "" {
			return ""
		}
		return "as of a shell whose command ended by " + sig.String()
	}
	return ""
}
