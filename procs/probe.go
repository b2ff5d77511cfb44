package procs

import (
	"strings"
	"time"
)

// Probe asks whether a process does its work. Exactly one of Exec, HTTP, TCP
// and LogLine is set.
type Probe struct {
	// Exec is a command that succeeds with exit code 0. It runs in the
	// process's directory and environment.
	Exec []string
	// HTTP is a URL that answers with a status from 200 to 399.
	HTTP string
	// TCP is a "host:port" that accepts connections.
	TCP string
	// LogLine is a regular expression (RE2) that a line of the run matches.
	// It is for readiness only, and once it holds it holds for the run.
	LogLine string

	// Delay is the wait before the first try, Every that between two of them.
	Delay time.Duration
	Every time.Duration
	// Timeout is the deadline of one try. One that hangs has failed.
	Timeout time.Duration
	// Failures is how many tries in a row must fail for the answer to be no.
	Failures int
}

// Defaults of a probe.
const (
	DefaultReadyEvery    = time.Second
	DefaultLiveEvery     = 10 * time.Second
	DefaultProbeTimeout  = 5 * time.Second
	DefaultProbeFailures = 3
)

// withDefaults returns the probe with every unset field at its default.
func (p *Probe) withDefaults(every time.Duration) *Probe {
	if p == nil {
		return nil
	}
	q := *p
	if q.Every == 0 {
		q.Every = every
	}
	if q.Timeout == 0 {
		q.Timeout = DefaultProbeTimeout
	}
	if q.Failures == 0 {
		q.Failures = DefaultProbeFailures
	}
	return &q
}

// String says what is asked, as a person would: "exec ./check", "GET http://...".
func (p *Probe) String() string {
	switch {
	case p == nil:
		return "none"
	case len(p.Exec) == 3 && p.Exec[1] == "-c": // a shell's: what the user wrote
		return "exec " + p.Exec[2]
	case len(p.Exec) > 0:
		return "exec " + strings.Join(p.Exec, " ")
	case p.HTTP != "":
		return "GET " + p.HTTP
	case p.TCP != "":
		return "tcp " + p.TCP
	default:
		return "log line /" + p.LogLine + "/"
	}
}

// Condition is what must be so of a pool before another one starts.
type Condition string

// The conditions. Each must hold for every slot of the pool.
const (
	OnStarted   Condition = "started"   // it has been exec'd
	OnReady     Condition = "ready"     // its readiness probe has succeeded; without one: it runs
	OnCompleted Condition = "completed" // it has ended by itself, with any code
	OnSucceeded Condition = "succeeded" // it has ended by itself, with code 0
)

// Dependency is one entry of a pool's depends_on.
type Dependency struct {
	Pool string
	On   Condition
}

// WatchPolicy says which files' changes restart a pool.
type WatchPolicy struct {
	// Patterns are globs as in .gitignore ("*.go", "src/**/*.py", "!x_test.go"),
	// relative to the pool's directory. None: nothing is watched.
	Patterns []string
	// Dependants restarts the pools that depend on this one too.
	Dependants bool
}
