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
		l.out.coverage.add(ofAgent, fmt.Sprintf("names of locks are missing: %v", err))
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

// pipeMade names a pipe, or one of a pair of sockets, by where Python made it:
// "pipe of the Queue made at worker.py:9", "Pipe made at worker.py:5"; "" if
// that is not known.
func (l *looker) pipeMade(inode uint64, is string) string {
	made, ok := l.known.Pipe(inode)
	if !ok {
		return ""
	}
	name := madeAt(made.MadeBy, "", made.Site)
	if made.MadeBy == "Pipe" {
		return name
	}
	return is + " of the " + name
}
