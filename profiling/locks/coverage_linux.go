package locks

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/muster/profiling"
	"example.com/muster/profiling/peek"
)

// coverage gathers what a pass could not see. There are rows for the sources
// that it used, and one sentence for each of their troubles.
type coverage struct {
	rows []profiling.Coverage
}

// add notes that a source could not be read. The first reason stands.
func (c *coverage) add(source, note string) {
	if !slices.ContainsFunc(c.rows, func(r profiling.Coverage) bool { return r.Source == source }) {
		c.rows = append(c.rows, profiling.Coverage{Source: source, Note: note})
	}
}

// memory notes that the memory of a process could not be read.
func (c *coverage) memory(err error) {
	if errors.Is(err, peek.ErrGone) {
		return // it has ended meanwhile
	}
	c.add("memory", fmt.Sprintf("%v: %s", err, permitHint))
}

// denied notes that the kernel does not say what threads are blocked in.
func (c *coverage) denied(p *process) {
	c.add("threads", fmt.Sprintf("what the threads of pid %d wait for: not permitted: %s", p.PID, permitHint))
}

// permitHint says what usually stands in the way.
const permitHint = "it is another user's, or has raised its rights (setuid), or a container or Yama forbids it; muster doctor tells"

// list returns the rows, with "threads" in any case.
func (c *coverage) list(looked int) []profiling.Coverage {
	rows := c.rows
	if !slices.ContainsFunc(rows, func(r profiling.Coverage) bool { return r.Source == "threads" }) {
		rows = append(rows, profiling.Coverage{Source: "threads", OK: looked > 0})
	}
	slices.SortFunc(rows, func(a, b profiling.Coverage) int { return strings.Compare(a.Source, b.Source) })
	return rows
}
