// Package capture takes one profile of many processes, whatever their language,
// for some seconds. The result is always a pprof profile
// (github.com/google/pprof/proto/profile.proto), each of whose samples carries
// the labels pool, process, pid, thread and state.
//
// Start at [Take]. It asks each source in turn who is for it: a Go program that
// serves net/http/pprof or has muster's agent is asked, a CPython is read from
// outside, everything else is sampled by the kernel (perf_event_open(2)), and
// where that is not permitted its threads are looked at in /proc. A process
// that is born meanwhile joins, one that ends leaves what it gave. Nothing is
// stopped for it, and nothing is written into a process; what a kind asks of
// the program itself is said at the kind.
package capture

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// Kind is what a profile tells of.
type Kind string

// The kinds. CPU and Wall are for every program; the others for those that are
// named there.
const (
	CPU  Kind = "cpu"  // where processor time goes: what does not run has no samples
	Wall Kind = "wall" // where time goes, running or waiting, of every thread

	// Of Go programs, by their endpoint or agent (runtime/pprof.Profile). Three
	// tell how it is now, at once and whatever the duration is.
	Heap         Kind = "heap"         // now: what lives, as the last garbage collection found it
	Goroutine    Kind = "goroutine"    // now: where each goroutine is
	ThreadCreate Kind = "threadcreate" // now: what made the threads
	Allocs       Kind = "allocs"       // what is allocated meanwhile; two garbage collections are asked for
	Mutex        Kind = "mutex"        // who holds a lock while others wait
	Block        Kind = "block"        // where goroutines wait
	Trace        Kind = "trace"        // an execution trace, for go tool trace: no pprof profile

	// Of Python programs with the agent. Both see calls that begin after the
	// capture has, and slow the program down.
	Deterministic Kind = "deterministic" // each call is counted and timed, as cProfile does
	Lines         Kind = "lines"         // each line of the chosen functions is timed
)

// State is what a thread did when it was looked at.
type State string

// The states; they are the values of the label "state".
const (
	OnCPU State = "on_cpu" // it runs, or is ready to
	Lock  State = "lock"   // it waits for a lock of the program's
	GIL   State = "gil"    // it waits for Python's GIL
	IO    State = "io"     // it waits for a disk, a pipe, a socket or another process
	Sleep State = "sleep"  // it sleeps by its own wish, or has nothing to do
)

// Labels of every sample.
const (
	LabelPool    = "pool"
	LabelProcess = "process"
	LabelPID     = "pid"
	LabelThread  = "thread" // its name and number, as in "MainThread 4711"
	LabelState   = "state"
)

// Subject is a process to profile.
type Subject struct {
	procs.PIDRef
	Pool    string // "" outside of pools
	Process string // "pool/slot", "pool/slot/label", or what the program is called
}

// String names the process with its pid: "train/0 (pid 4121)".
func (s *Subject) String() string {
	if pid := fmt.Sprintf("pid %d", s.PID); !strings.HasPrefix(s.Process, pid) { // as those of no session are called
		return s.Process + " (" + pid + ")"
	}
	return s.Process
}

// Request says what to profile.
type Request struct {
	Kind     Kind
	Duration time.Duration
	Rate     int // looks a second at each process; for CPU and Wall
	// Functions are those that [Lines] times: "name", "Class.name" or
	// "module.name", as the program has them.
	Functions []string
	// Subjects returns the processes that there are now. It is asked again
	// and again, by one goroutine. A process has the same start time in each
	// answer: one that is listed first without it would be sampled twice.
	Subjects func() []Subject
	// Agent is the Python agent of the session; nil if there is none, or if it
	// is not to be used.
	Agent PythonAgent
}

// PythonAgent is what the agent within Python programs does for a capture.
type PythonAgent interface {
	// Profile has a program profile itself, until stop is called: see
	// [example.com/muster/profiling/pyagent.Profile].
	Profile(ref procs.PIDRef, kind string, functions []string, limit time.Duration) (stop func() ([]byte, error), err error)
}

// Progress is how far a capture is.
type Progress struct {
	Of, Done  time.Duration
	Processes int   // that gave samples, or are being asked
	Samples   int64 // until now
}

// Capture is a finished profile.
type Capture struct {
	Request Request // as it was carried out
	From    time.Time
	For     time.Duration
	// Profile is never nil. It has no samples if none were taken; Coverage
	// says why. Of CPU and Wall its sample types are samples/count,
	// cpu/nanoseconds and wall/nanoseconds, in that order. Of Deterministic
	// they are calls/count, tottime/nanoseconds, and cumtime/nanoseconds,
	// which is to be read flat only, of a function and not of its callers; of
	// Lines hits/count and time/nanoseconds. Of other kinds they are the
	// program's own.
	Profile *profile.Profile
	// Samples is the sum of all samples' counts, for CPU and Wall.
	Samples int64
	// Unreadable is how many looks found a stack that could not be read; they
	// are in the profile as "<unreadable>".
	Unreadable int64
	Coverage   []profiling.Coverage
	// Files are what is no pprof profile: traces and .pstats, by the name
	// that they should have.
	Files map[string][]byte
}

var (
	// ErrNoSubject says that there is no process to profile.
	ErrNoSubject = errors.New("no such process runs")
	// ErrNothing says that no process could be profiled; the coverage says why.
	ErrNothing = errors.New("no process could be profiled")
)
