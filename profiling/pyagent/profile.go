package pyagent

import (
	"time"

	"example.com/muster/procs"
)

// Profile is the function [Profile].
func (a *Agent) Profile(ref procs.PIDRef, kind string, functions []string, limit time.Duration) (stop func() ([]byte, error), err error) {
	return Profile(ref, kind, functions, limit)
}

// Any reaches the agents of all musters, where none is installed.
type Any struct{}

// Profile is the function [Profile].
func (Any) Profile(ref procs.PIDRef, kind string, functions []string, limit time.Duration) (stop func() ([]byte, error), err error) {
	return Profile(ref, kind, functions, limit)
}
