package spawn

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// SignalRef sends a signal to any process, and to no other that has got the
// same pid meanwhile. The error wraps [os.ErrProcessDone] if the process has
// ended, and [os.ErrPermission] if it may not be signalled.
func SignalRef(ref procs.PIDRef, sig procs.Signal) error {
	if ref.PID <= 0 {
		return fmt.Errorf("cannot signal pid %d: no such process", ref.PID)
	}
	return signalError(ref.PID, sig, signalRef(ref, unix.Signal(sig)))
}

// signalError says what a failed signal means.
func signalError(pid int, sig procs.Signal, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ESRCH), errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("cannot send %v to pid %d: %w", sig, pid, os.ErrProcessDone)
	default:
		return fmt.Errorf("cannot send %v to pid %d: %w", sig, pid, err)
	}
}
