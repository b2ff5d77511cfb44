package procs

import (
	"fmt"
	"time"
)

// Spec is what the user asked for: a pool of Size copies of one command.
type Spec struct {
	Name string
	// Argv is the command and its arguments. In them, in Env, and in the
	// probes "{slot}", "{pool}", "{port}" and "{pprof_port}" stand for what
	// their slot has, unless a "$" precedes them: see [Vars].
	Argv []string
	// SlotOnly leaves Argv with no marks but those of the slot's number: it may be a program with
	// braces of its own, as after python3 -c.
	SlotOnly bool
	Size     int
	// Env holds "KEY=VALUE" entries laid over the environment of muster.
	Env []string
	// Dir is the working directory; "" is muster's own.
	Dir    string
	Output OutputMode
	// NoUnbuffer leaves Python's output buffering alone in by-writer mode.
	NoUnbuffer bool
	Restart    RestartPolicy
	Stop       StopPolicy
	// KeepDaemons lets descendants outlive the run that started them.
	KeepDaemons bool
	// Disabled pools are not started until somebody asks.
	Disabled bool
	// DependsOn is what must be so before the pool's slots are started.
	DependsOn []Dependency
	// Ready tells when a slot counts as ready, Live when it must be restarted;
	// either may be nil.
	Ready, Live *Probe
	// MaxUnavailable is how many slots a rolling restart takes down at a time.
	MaxUnavailable int
	Watch          WatchPolicy
	// Pprof is the "host:port" on which a Go program serves net/http/pprof.
	Pprof string
	// OnCrash is a command that is run for each crash of the pool, with the crash as
	// JSON on its standard input, in Dir; empty: there is none.
	OnCrash []string
	// FailFast stops all pools at the first crash in this one.
	FailFast bool
	// ProfileWhen says when a profile of the pool is kept, with the seconds before.
	ProfileWhen []Trigger
	// InheritStdin gives the (only) process muster's own standard input.
	InheritStdin bool
	// RerunOf is the slot whose program the pool runs again after a crash: it
	// is told that slot's pool and number. Zero for all other pools.
	RerunOf ID
}

// OutputMode says how a child's standard output and error reach muster.
type OutputMode string

// The output modes; docs/configuration.md says what each is for.
const (
	OutputAuto     OutputMode = "auto"      // by-writer for Python, else pty under a TUI, else pipe
	OutputPTY      OutputMode = "pty"       // the child sees a terminal
	OutputPipe     OutputMode = "pipe"      // stdout and stderr apart
	OutputByWriter OutputMode = "by-writer" // every line carries the pid that wrote it (Linux)
)

// ParseOutputMode reads a mode as the command line and muster.yaml spell it.
func ParseOutputMode(s string) (OutputMode, error) {
	switch m := OutputMode(s); m {
	case OutputAuto, OutputPTY, OutputPipe, OutputByWriter:
		return m, nil
	}
	return "", fmt.Errorf("cannot use output mode %q: it is auto, pty, pipe or by-writer", s)
}

// RestartWhen says after which ends a slot is started again.
type RestartWhen string

// The restart policies.
const (
	RestartNo        RestartWhen = "no"
	RestartOnFailure RestartWhen = "on-failure"
	RestartAlways    RestartWhen = "always"
)

// ParseRestartWhen reads a policy as the command line spells it.
func ParseRestartWhen(s string) (RestartWhen, error) {
	switch w := RestartWhen(s); w {
	case RestartNo, RestartOnFailure, RestartAlways:
		return w, nil
	}
	return "", fmt.Errorf("cannot use restart policy %q: it is no, on-failure or always", s)
}

// RestartPolicy says when, how soon and how often a slot is started again.
type RestartPolicy struct {
	When RestartWhen
	// Max is how many restarts in a row are made before the slot counts as
	// failed; 0 means no limit. A run that stays up for ResetAfter clears
	// the count.
	Max int
	// Backoff is the wait before the first restart; each further one doubles
	// it, up to BackoffMax. The wait is jittered by up to a tenth.
	Backoff    time.Duration
	BackoffMax time.Duration
	ResetAfter time.Duration
}

// StopPolicy is the ladder that ends a run: Signal to its process group,
// Grace, SIGKILL to the group, then whatever descendants remain.
type StopPolicy struct {
	Signal Signal
	Grace  time.Duration
	// ToLeader sends Signal to the process alone, for a master that stops its
	// own workers. The SIGKILL of the ladder goes to all in any case.
	ToLeader bool
}

// Defaults of a pool, as the command line documents them.
const (
	DefaultBackoff    = 100 * time.Millisecond
	DefaultBackoffMax = 30 * time.Second
	DefaultResetAfter = 10 * time.Second
	DefaultGrace      = 10 * time.Second
	DefaultMaxRestart = 5

	DefaultMaxUnavailable = 1
)

// WithDefaults returns the spec with every unset field at its default.
func (s Spec) WithDefaults() Spec {
	if s.Size == 0 {
		s.Size = 1
	}
	if s.Output == "" {
		s.Output = OutputAuto
	}
	if s.Restart.When == "" {
		s.Restart.When = RestartNo
	}
	if s.Restart.Backoff == 0 {
		s.Restart.Backoff = DefaultBackoff
	}
	if s.Restart.BackoffMax == 0 {
		s.Restart.BackoffMax = DefaultBackoffMax
	}
	if s.Restart.ResetAfter == 0 {
		s.Restart.ResetAfter = DefaultResetAfter
	}
	if s.Stop.Signal == 0 {
		s.Stop.Signal = SIGTERM
	}
	if s.Stop.Grace == 0 {
		s.Stop.Grace = DefaultGrace
	}
	if s.MaxUnavailable == 0 {
		s.MaxUnavailable = DefaultMaxUnavailable
	}
	s.Ready = s.Ready.withDefaults(DefaultReadyEvery)
	s.Live = s.Live.withDefaults(DefaultLiveEvery)
	return s
}
