package locks

import (
	"context"
	"slices"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// Stacks reads the stacks of all threads of some processes, until ctx ends.
func Stacks(ctx context.Context, targets []procs.PIDRef) ([]graph.State, []profiling.Coverage) {
	v := Once(ctx, targets)
	coverage := slices.Clone(v.Coverage)
	if !slices.ContainsFunc(v.Threads, func(s graph.State) bool { return len(s.Stack) > 0 }) {
		coverage = append(coverage, profiling.Coverage{Source: "stacks", Note: "no stack could be read"})
	}
	return v.Threads, coverage
}
