//go:build !linux

package pyagent

import (
	"errors"
	"fmt"

	"example.com/muster/procs"
)

// Stacks is for Linux: without /proc nobody can look whether the process still
// has the agent's file open, and the signal is not sent unseen.
func (a *Agent) Stacks(ref procs.PIDRef) ([]ThreadStack, error) {
	return nil, fmt.Errorf("cannot read the stacks of pid %d: %w", ref.PID, errors.ErrUnsupported)
}

// debts is of Linux.
type debts struct{}
