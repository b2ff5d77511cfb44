//go:build !linux

package native

import (
	"time"

	"example.com/muster/profiling/peek"
)

// openMapped is not permitted on this system, as nothing of peek is.
func openMapped(peek.Process, []peek.Mapping, *peek.Mapping) (file, int64, time.Time, error) {
	return nil, 0, time.Time{}, peek.ErrNotPermitted
}

func openFile(string) (file, int64, error) { return nil, 0, peek.ErrNotPermitted }

func openProgram(peek.Process) (file, int64, error) { return nil, 0, peek.ErrNotPermitted }

// OpenPerfMap is not permitted on this system, as nothing of peek is.
func OpenPerfMap(peek.Process) (*PerfMap, error) { return nil, peek.ErrNotPermitted }
