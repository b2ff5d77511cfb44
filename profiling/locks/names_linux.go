package locks

import (
	"fmt"
	"path/filepath"

	"example.com/muster/profiling/pyagent"
)

// learn takes in what Python programs have reported since the last look.
func (l *looker) learn() {
	if l.agent == nil {
		return
	}
	reports, err := l.agent.Read()
	l.known.Add(reports...)
	if err != nil {
		l.out.coverage.add("agent", fmt.Sprintf("names of locks are missing: %v", err))
	}
}

// madeAt names a lock by where it was made: "Lock made at worker.py:7", "Queue
// made at worker.py:9 (_rlock)".
func madeAt(kind, role string, site pyagent.Site) string {
	name := kind
	if site.File != "" {
		name += fmt.Sprintf(" made at %s:%d", filepath.Base(site.File), site.Line)
	}
	if role != "" {
		name += " (" + role + ")"
	}
	return name
}
