package locks_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
)

// TestSinceWhenTheyLive: a wait does not vanish for a look when it becomes known
// since when those processes live that the kernel has only named so far.
func TestSinceWhenTheyLive(t *testing.T) {
	c := openCorpus(t)
	p := c.start(t, []string{c.program(t, "filelock"), "flock"}, false)
	defer p.end(t)
	var known atomic.Bool
	w := watch(func() []procs.PIDRef {
		all := p.tree()
		if !known.Load() {
			for i := range all {
				all[i].StartTime = 0
			}
		}
		return all
	}, nil)
	defer w.stop()
	waits := func(v *graph.View) bool {
		return slices.ContainsFunc(v.Locks, func(l graph.Lock) bool { return l.Kind == graph.Flock && len(l.Waiters) > 0 })
	}
	p.await(t, w)
	w.until(t, "the wait", waits)
	known.Store(true)
	for range 5 {
		if v := w.next(nil); !waits(v) {
			t.Fatalf("the wait has vanished:\n%s", shown(v))
		}
	}
}
