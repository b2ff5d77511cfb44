//go:build !linux

package pyagent

import (
	"fmt"
	"runtime"
	"time"

	"example.com/muster/procs"
)

// Profile needs Linux.
func Profile(procs.PIDRef, string, []string, time.Duration) (stop func() ([]byte, error), err error) {
	return nil, fmt.Errorf("it needs Linux, and this is %s", runtime.GOOS)
}
