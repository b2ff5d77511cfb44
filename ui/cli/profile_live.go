package cli

import (
	"path/filepath"

	"example.com/muster/profiling/capture"
	"example.com/muster/session"
)

// What a live session hands to its captures.

// profileDir is where profiles are kept; "" for nowhere.
func (l *live) profileDir() string {
	if l.record == nil {
		return "" // there is no such directory, which has been told
	}
	return filepath.Join(session.StateDir(), l.flags.session, "profiles")
}

// profileAgent is what Python programs are asked by; nil if there is none.
func (l *live) profileAgent() capture.PythonAgent {
	agent, ok := any(l.agent).(capture.PythonAgent)
	if l.agent == nil || !ok {
		return nil
	}
	return agent
}
