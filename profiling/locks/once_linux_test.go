package locks_test

import (
	"context"
	"path/filepath"
	"slices"
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

// TestADeadlockHasStacks: who is in a ring says where, also where it waits for bytes or
// for a child; who reads an empty pipe as its work is not read.
func TestADeadlockHasStacks(t *testing.T) {
	c := openCorpus(t)
	plays := [][]string{{c.program(t, "pipe"), "abba"}}
	if len(c.pythons) > 0 {
		plays = append(plays, []string{c.pythons[len(c.pythons)-1].Path, c.path("py", "full_queue.py"), "fork"})
	}
	for _, argv := range plays {
		t.Run(filepath.Base(argv[len(argv)-2]), func(t *testing.T) {
			p := c.start(t, argv, false)
			defer p.end(t)
			w := watch(p.tree, nil)
			defer w.stop()
			p.await(t, w)
			limit := time.After(agreeTime)
			var v *graph.View
			for told := 0; told < 5; { // a stack is read in the look after the first that tells of the ring
				if v = w.next(limit); v == nil {
					t.Fatal("it tells of no deadlock")
				}
				told += len(v.Deadlocks)
			}
			once := locks.Once(context.Background(), p.tree())
			for _, v := range []*graph.View{v, once} {
				for _, e := range cycles(v) {
					i := slices.IndexFunc(v.Threads, func(s graph.State) bool { return s.Thread == e.Thread })
					if len(v.Threads[i].Stack) == 0 {
						t.Errorf("the stack of %d, which waits for %s, was not read", e.TID, e.WaitsFor)
					}
				}
			}
		})
	}
	t.Run("work", func(t *testing.T) {
		p := c.start(t, []string{c.program(t, "pipe"), "empty"}, false)
		defer p.end(t)
		w := watch(p.tree, nil)
		defer w.stop()
		p.await(t, w)
		for _, s := range locks.Once(context.Background(), p.tree()).Threads {
			if len(s.Stack) > 0 {
				t.Errorf("%d waits for work, and %q was read", s.TID, s.Stack)
			}
		}
	})
}

func cycles(v *graph.View) (edges []graph.Edge) {
	for _, d := range v.Deadlocks {
		edges = append(edges, d.Cycle...)
	}
	return edges
}

// TestToJoinIsNoWaitForAChild: who waits for a thread waits for no process to end, as who
// waits for a process does.
func TestToJoinIsNoWaitForAChild(t *testing.T) {
	c := openCorpus(t)
	for what, want := range map[string]graph.Doing{"threads": graph.InLock, "processes": graph.InChild} {
		p := c.start(t, []string{c.program(t, "join"), what}, false)
		w := watch(p.tree, nil)
		p.await(t, w)
		w.stop()
		does := map[graph.Doing]int{}
		for _, th := range locks.Once(context.Background(), p.tree()).Threads {
			does[th.Doing]++
		}
		if does[want] != 2 || does[graph.InLock]+does[graph.InChild] != 2 {
			t.Errorf("of those that wait for the end of %s: %v", what, does)
		}
		p.end(t)
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
