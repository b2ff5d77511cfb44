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
func Break(procs.PIDRef) (*Debug, error) {
	return nil, fmt.Errorf("%w: it needs Linux, and this is %s", ErrNoDebugger, runtime.GOOS)
}

// Talk needs Linux.
func (*Debug) Talk(io.Reader, io.Writer) error { return ErrNoDebugger }

// Interrupt needs Linux.
func (*Debug) Interrupt() error { return ErrNoDebugger }

// Close needs Linux.
func (*Debug) Close() error { return nil }
