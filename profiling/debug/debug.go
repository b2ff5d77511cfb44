// Package debug finds the debugger for a process: which one is decided by
// [Choose], which is pure, from what [Look] has found out. Nothing is run here.
package debug

import (
	"fmt"
	"strconv"
)

// Kind is what a process runs.
type Kind string

// The kinds. Native is what is compiled from C, C++, Rust and so on.
const (
	Python Kind = "Python"
	Go     Kind = "Go"
	Native Kind = "native"
)

// Process is what has to be known of a process.
type Process struct {
	PID  int
	Kind Kind
	// Exe is the file that it runs, Minor the minor version of a Python 3.
	Exe   string
	Minor int
	// Traced is the process that traces it already, 0 if none does.
	Traced int
	// Refused says why it may not be traced, "" if it may; Permit what would permit it.
	Refused, Permit string
}

// Plan is how a process is debugged: by a program, or from inside.
type Plan struct {
	Argv   []string
	Inside bool // by the pdb of muster's agent
	// Leave tells a person how the debugger is left so that the process goes on.
	Leave string
}

// Refusal says why there is no debugger, and what to do about it.
type Refusal struct{ Why, Hint string }

// Error says why; whoever shows it says of whom.
func (r *Refusal) Error() string { return r.Why }

// firstPdb is the minor version of the first Python whose pdb has -p.
const firstPdb = 14

// Choose chooses a debugger. Find returns the path of an installed program, ""
// if there is none. The error is a *[Refusal].
func Choose(p Process, find func(name string) string) (Plan, error) {
	pid := strconv.Itoa(p.PID)
	if p.Kind == Python && p.Minor < firstPdb {
		return Plan{Inside: true, Leave: "c or q lets it go on"}, nil // takes no right to trace
	}
	switch {
	case p.Traced != 0:
		return Plan{}, refuse(fmt.Sprintf("pid %d debugs it already", p.Traced), "end that debugger first")
	case p.Refused != "":
		return Plan{}, refuse("not permitted: "+p.Refused, p.Permit)
	case p.Kind == Python:
		return Plan{Argv: []string{p.Exe, "-m", "pdb", "-p", pid}, Leave: "c or q lets it go on"}, nil
	}
	if p.Kind == Go {
		if dlv := find("dlv"); dlv != "" {
			return Plan{Argv: []string{dlv, "attach", pid}, Leave: "exit, then n, lets it go on"}, nil
		}
	}
	if gdb := find("gdb"); gdb != "" {
		return Plan{Argv: []string{gdb, "-q", "-p", pid}, Leave: "q, then y, lets it go on"}, nil
	}
	if lldb := find("lldb"); lldb != "" {
		return Plan{Argv: []string{lldb, "-p", pid}, Leave: "c or q lets it go on"}, nil
	}
	if p.Kind == Go {
		return Plan{}, refuse("no debugger is installed", "go install github.com/go-delve/delve/cmd/dlv@latest")
	}
	return Plan{}, refuse("no debugger is installed", "install gdb or lldb")
}

func refuse(why, hint string) error { return &Refusal{why, hint} }
