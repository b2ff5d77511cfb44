package locks

import (
	"errors"
	"fmt"
	"slices"

	"example.com/muster/profiling"
	"example.com/muster/profiling/peek"
)

// coverage gathers the troubles of a pass, each under what it concerns.
type coverage struct {
	troubles map[string]string // the first sentence of each
	closed   []int             // processes that may not be looked into
	// goProfiles is of the profiles of Go programs, if there are any.
	goProfiles *profiling.Coverage
}

// What a trouble may concern.
const (
	ofThreads = "threads"    // what they are blocked in
	ofMemory  = "memory"     // of a process
	ofFiles   = "file locks" // who has them
	ofSemLock = "semlock"    // the search for them
	ofPython  = "cpython"    // one that cannot be read
	ofAgent   = "agent"      // what it has reported
	ofGo      = "go"         // goroutines of a program that does not tell of them
)

// sources are the rows that a view carries, each with what it needs.
var sources = []struct {
	name  string
	needs []string
}{
	{"threads", []string{ofThreads}},
	{"futex", []string{ofThreads}},
	{"pthread", []string{ofThreads, ofMemory}},
	{"semlock", []string{ofThreads, ofMemory, ofSemLock}},
	{"gil", []string{ofThreads, ofMemory, ofPython}},
	{"cpython", []string{ofThreads, ofMemory, ofPython}},
	{"flock", []string{ofThreads, ofFiles}},
	{"posix", []string{ofThreads, ofFiles}},
	{"ofd", []string{ofThreads, ofFiles}},
	{"sysv_sem", []string{ofThreads, ofMemory}},
	{"pipe", []string{ofThreads}},
	{"socket", []string{ofThreads}},
	{"eventfd", []string{ofThreads}},
	{"go", []string{ofThreads, ofGo}},
}

// add notes a trouble. The first sentence stands.
func (c *coverage) add(concerns, note string) {
	if c.troubles == nil {
		c.troubles = map[string]string{}
	}
	if c.troubles[concerns] == "" {
		c.troubles[concerns] = note
	}
}

// memory notes that the memory of a process could not be read.
func (c *coverage) memory(err error) {
	if errors.Is(err, peek.ErrGone) {
		return // it has ended meanwhile
	}
	c.add(ofMemory, fmt.Sprintf("%v: %s", err, permitHint))
}

// denied notes that the kernel does not say what threads are blocked in.
func (c *coverage) denied(p *process) {
	if !slices.Contains(c.closed, p.PID) {
		c.closed = append(c.closed, p.PID)
	}
}

// permitHint says what usually stands in the way.
const permitHint = "it is another user's, or has raised its rights (setuid), or a container or Yama forbids it; muster doctor tells"

// list returns the rows. A source is OK if nothing that it needs was refused to
// this pass.
func (c *coverage) list(looked int) []profiling.Coverage {
	if len(c.closed) > 0 {
		c.add(ofThreads, fmt.Sprintf("what the threads of %s wait for: not permitted: %s", these(c.closed), permitHint))
	}
	rows := make([]profiling.Coverage, 0, len(sources)+1)
	for _, s := range sources {
		row := profiling.Coverage{Source: s.name, OK: true}
		if looked == 0 {
			row = profiling.Coverage{Source: s.name, Note: profiling.NoProcess}
		}
		for _, need := range s.needs {
			if note := c.troubles[need]; note != "" {
				row = profiling.Coverage{Source: s.name, Note: note}
				break
			}
		}
		rows = append(rows, row)
	}
	if c.goProfiles != nil && c.troubles[ofThreads] == "" {
		rows = append(rows, *c.goProfiles)
	}
	if note := c.troubles[ofAgent]; note != "" {
		rows = append(rows, profiling.Coverage{Source: ofAgent, Note: note})
	}
	return rows
}
