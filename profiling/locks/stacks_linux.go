package locks

import (
	"context"
	"fmt"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/cpython"
	"example.com/muster/profiling/locks/graph"
)

// Stacks reads the stacks of all threads of some processes, until ctx ends: what
// could be read until then is the answer. It looks once, from outside; nobody is
// stopped or asked. Of a thread that executes Python those calls are told, of
// another the native ones. The coverage says whose stacks are not among them.
func Stacks(ctx context.Context, targets []procs.PIDRef) ([]graph.State, []profiling.Coverage) {
	looking, stop := context.WithCancel(ctx)
	l := newLooker(looking, Options{Eager: true})
	defer l.close()
	defer stop() // nobody waits for the answers of Go programs
	threads := l.look(time.Now(), targets).Threads
	var unread missing
	for i := range threads {
		s := &threads[i]
		p := l.of[s.PIDRef]
		t := p.thread(s.TID)
		if ctx.Err() == nil && t != nil {
			s.Stack = l.readStack(p, t, cpython.MaxFrames)
		}
		if len(s.Stack) == 0 {
			unread.add(ctx, l, p, t)
		}
	}
	rows := append(l.out.coverage.list(len(l.order)), unread.coverage(len(threads))...)
	return threads, rows
}

// missing counts the threads whose stack was not read, by the reason.
type missing struct{ late, running, parked, denied, other int }

func (m *missing) add(ctx context.Context, l *looker, p *process, t *thread) {
	switch {
	case ctx.Err() != nil:
		m.late++
	case t == nil:
		m.other++
	case !t.seen:
		m.denied++
	case t.blocked.Running:
		m.running++
	case p.golang(l.now):
		m.parked++
	default:
		m.other++
	}
}

// coverage tells what is missing; of all threads it is ok if nothing is.
func (m *missing) coverage(all int) (rows []profiling.Coverage) {
	for _, r := range []struct {
		source string
		n      int
		why    string
	}{
		{"time", m.late, "were not looked at in time"},
		{"running threads", m.running, "were computing: where a thread is can be read only while it waits, or while it executes Python"},
		{"go threads", m.parked, "are Go's, which say nothing of its goroutines"},
		{"denied threads", m.denied, "may not be looked at; muster doctor tells why"},
		{"stacks", m.other, "moved on, or their stack could not be made out"},
	} {
		if r.n > 0 {
			rows = append(rows, profiling.Coverage{Source: r.source, Note: fmt.Sprintf("%d of %d threads %s", r.n, all, r.why)})
		}
	}
	if len(rows) == 0 {
		rows = append(rows, profiling.Coverage{Source: "stacks", OK: true})
	}
	return rows
}
