//go:build !linux

package locks

import (
	"context"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// Stacks says that this system tells nothing.
func Stacks(context.Context, []procs.PIDRef) ([]graph.State, []profiling.Coverage) {
	return nil, []profiling.Coverage{{Source: "threads", Note: "what threads do is read from /proc, which only Linux has"}}
}
