package locks_test

import (
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// TestTruthTellsFaults checks the corpus' own measure: a view that agrees has
// no difference from the truth, and each fault in it is one.
func TestTruthTellsFaults(t *testing.T) {
	at := func(pid, tid int) graph.Thread { return graph.Thread{PIDRef: procs.PIDRef{PID: pid}, TID: tid} }
	yes, no := true, false
	said := &truth{
		Locks: []trueLock{{
			Kind: "flock|ofd", Holders: []trueThread{{PID: 1}, {PID: 2, TID: 3}}, Waiters: []trueThread{{PID: 4, TID: 4}, {PID: 5, TID: 6}},
			Maybe: []trueThread{{PID: 9}}, Contended: &yes, Abandoned: &no,
		}},
		Deadlocks: [][]int{{4, 1}},
		Never:     []string{"abandoned"},
	}
	view := func() *graph.View {
		return &graph.View{
			Locks: []graph.Lock{{
				Object:    graph.Object{ID: "l", Kind: graph.Flock, Holders: []graph.Holder{{Thread: at(1, 7)}, {Thread: at(2, 3)}}},
				Waiters:   []graph.Waiter{{Thread: at(5, 6)}, {Thread: at(4, 4)}},
				Contended: true,
			}},
			Deadlocks: []graph.Deadlock{{Cycle: []graph.Edge{{Thread: at(1, 7)}, {Thread: at(4, 4)}}}},
		}
	}
	for name, tt := range map[string]struct {
		change func(v *graph.View)
		diff   bool // the view is not there yet
		lie    bool // it says what is never true
	}{
		"the same":          {change: func(*graph.View) {}},
		"a guess":           {change: func(v *graph.View) { addHolder(v, graph.Holder{Thread: at(9, 0), Evidence: profiling.Inferred}) }},
		"a wrong certainty": {change: func(v *graph.View) { addHolder(v, graph.Holder{Thread: at(9, 0), Evidence: profiling.Exact}) }, diff: true, lie: true},
		"another holder":    {change: func(v *graph.View) { addHolder(v, graph.Holder{Thread: at(8, 8)}) }, diff: true},
		"no holder":         {change: func(v *graph.View) { v.Locks[0].Holders = v.Locks[0].Holders[:1] }, diff: true},
		"a wrong thread":    {change: func(v *graph.View) { v.Locks[0].Holders[1].TID = 2 }, diff: true},
		"a dead holder":     {change: func(v *graph.View) { v.Locks[0].Holders[0].Dead = true }, diff: true},
		"a wrong kind":      {change: func(v *graph.View) { v.Locks[0].Kind = graph.POSIX }, diff: true},
		"a waiter less":     {change: func(v *graph.View) { v.Locks[0].Waiters = v.Locks[0].Waiters[1:] }, diff: true},
		"a waiter more":     {change: func(v *graph.View) { addWaiter(v, at(8, 8)) }, diff: true},
		"no contention":     {change: func(v *graph.View) { v.Locks[0].Contended = false }, diff: true},
		"abandoned":         {change: func(v *graph.View) { v.Locks[0].Abandoned = true }, diff: true, lie: true},
		"no deadlock":       {change: func(v *graph.View) { v.Deadlocks = nil }, diff: true},
		"a wrong deadlock":  {change: func(v *graph.View) { v.Deadlocks[0].Cycle[0].PID = 2 }, diff: true, lie: true},
		"denied": {change: func(v *graph.View) {
			v.Coverage = []profiling.Coverage{{Source: "threads", Note: "not permitted: why"}}
		}, diff: true},
	} {
		v := view()
		tt.change(v)
		if diff := said.diff(v); (len(diff) > 0) != tt.diff {
			t.Errorf("%s: the difference is %q", name, diff)
		}
		if lies := said.lies(v); (len(lies) > 0) != tt.lie {
			t.Errorf("%s: it lies %q", name, lies)
		}
	}
}

func addHolder(v *graph.View, h graph.Holder) { v.Locks[0].Holders = append(v.Locks[0].Holders, h) }

func addWaiter(v *graph.View, th graph.Thread) {
	v.Locks[0].Waiters = append(v.Locks[0].Waiters, graph.Waiter{Thread: th})
}
