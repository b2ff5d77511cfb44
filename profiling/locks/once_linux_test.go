package locks_test

import (
	"context"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks"
	"example.com/muster/profiling/locks/graph"
)

// TestOnceTellsDeadlocks checks that one answer is enough for a deadlock, also
// where it takes a walk over all processes to know that nobody else can end it.
func TestOnceTellsDeadlocks(t *testing.T) {
	c := openCorpus(t)
	for _, args := range [][]string{{"pipe", "abba"}, {"abba", "flock"}} {
		t.Run(args[0]+" "+args[1], func(t *testing.T) {
			p := c.start(t, append([]string{c.program(t, args[0])}, args[1:]...), false)
			defer p.end(t)
			w := watch(p.tree, nil)
			said := p.await(t, w)
			w.stop()
			var v *graph.View
			for limit := time.Now().Add(agreeTime); time.Now().Before(limit); { // a busy machine may look once in that time
				v = locks.Once(context.Background(), p.tree())
				if len(said.diff(v)) == 0 {
					return
				}
			}
			t.Errorf("one answer differs from the truth:\n%s\n%s%s", lines(said.diff(v)), said, shown(v))
		})
	}
}

// TestNobodyToLookAt: a look that found no process does not say that nobody waits.
func TestNobodyToLookAt(t *testing.T) {
	w := watch(func() []procs.PIDRef { return nil }, nil)
	defer w.stop()
	v := w.next(time.After(agreeTime))
	if v == nil || len(v.Coverage) == 0 {
		t.Fatal("it says nothing of what it looked at")
	}
	for _, c := range v.Coverage {
		if c.OK || c.Note != profiling.NoProcess {
			t.Errorf("%+v", c)
		}
	}
}
