package locks

import (
	"context"
	"fmt"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// Stacks reads the stacks of all threads of some processes, until ctx ends: what
// could be read until then is the answer. It looks once, from outside; nobody is
// stopped or asked. The coverage says whose stacks are not among them.
func Stacks(ctx context.Context, targets []procs.PIDRef) ([]graph.State, []profiling.Coverage) {
	l := newLooker(ctx, nil)
	defer l.close()
	threads := l.look(time.Now(), targets).Threads
	var late, foreign int
	pythons := false
	for i := range threads {
		s := &threads[i]
		if ctx.Err() != nil {
			late++
			continue
		}
		if p := l.of[s.PIDRef]; s.TID > 0 {
			pythons = pythons || p.interpreter(l) != nil
			s.Stack = l.readStack(p, p.thread(s.TID))
		}
		if len(s.Stack) == 0 {
			foreign++
		}
	}
	if pythons {
		l.out.coverage.rows = append(l.out.coverage.rows, profiling.Coverage{Source: "cpython stacks", OK: true})
	}
	if foreign > 0 {
		l.out.coverage.add("native stacks", fmt.Sprintf("%d of %d threads run just now, or are parked by Go's runtime: their stacks cannot be read from outside", foreign, len(threads)))
	}
	if late > 0 {
		l.out.coverage.add("time", fmt.Sprintf("%d of %d threads were not looked at in time", late, len(threads)))
	}
	return threads, l.out.coverage.list(len(l.order))
}
