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
	l := newLooker(nil)
	defer l.close()
	threads := l.look(time.Now(), targets).Threads
	var late, foreign int
	pythons := map[*process]bool{}
	of := map[procs.PIDRef]*process{} // l.procs may not know since when they live
	for _, p := range l.order {
		of[p.PIDRef] = p
	}
	for i := range threads {
		s := &threads[i]
		p := of[s.PIDRef]
		switch {
		case ctx.Err() != nil:
			late++
			continue
		case p.interpreter(l) != nil:
			pythons[p] = true
			s.Stack = l.readStack(p, p.thread(s.TID))
		}
		if len(s.Stack) == 0 {
			foreign++
		}
	}
	if len(pythons) > 0 {
		l.out.coverage.rows = append(l.out.coverage.rows, profiling.Coverage{Source: "cpython stacks", OK: true})
	}
	if foreign > 0 {
		l.out.coverage.add("native stacks", fmt.Sprintf("%d of %d threads execute no Python, and no other stacks are read yet", foreign, len(threads)))
	}
	if late > 0 {
		l.out.coverage.add("time", fmt.Sprintf("%d of %d threads were not looked at in time", late, len(threads)))
	}
	return threads, l.out.coverage.list(len(l.order))
}
