//go:build !linux

package pyagent

import (
	"errors"
	"fmt"
	"io"
	"runtime"

	"example.com/muster/procs"
)

// ErrNoDebugger is why a process has no debugger inside.
var ErrNoDebugger = errors.New("no debugger inside")

// Debug is a conversation with pdb in a process, on Linux.
type Debug struct{}

// Break needs Linux.
func Break(ref procs.PIDRef) (*Debug, error) {
	return nil, fmt.Errorf("cannot debug pid %d from inside: %w on %s", ref.PID, ErrNoDebugger, runtime.GOOS)
}

// Talk needs Linux.
func (*Debug) Talk(io.Reader, io.Writer) error { return ErrNoDebugger }

// Interrupt needs Linux.
func (*Debug) Interrupt() error { return ErrNoDebugger }

// Close needs Linux.
func (*Debug) Close() error { return nil }
