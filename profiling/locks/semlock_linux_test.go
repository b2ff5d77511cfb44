package locks

import (
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/cpython"
	"example.com/muster/profiling/locks/graph"
)

// TestDoubt: whose count of a Lock alone is above 0 has it for certain, unless
// another process has taken it before, which may have let go of it and taken
// it; who waits for it now has not.
func TestDoubt(t *testing.T) {
	file := semFile{"00:1b", 7}
	at := func(pid int) graph.Thread { return graph.Thread{PIDRef: procs.PIDRef{PID: pid}, TID: pid} }
	for name, tt := range map[string]struct {
		takers, waiters []int
		before          []int // who had it in earlier looks
		recursive       bool
		want            profiling.Evidence
	}{
		"nobody else has ever taken it":          {takers: []int{1}, waiters: []int{2, 3}, want: profiling.Exact},
		"all that have taken it wait":            {takers: []int{1, 2, 3}, waiters: []int{2, 3}, want: profiling.Exact},
		"one that has taken it does not wait":    {takers: []int{1, 2, 3}, waiters: []int{2}, want: profiling.Inferred},
		"it was seen to go from one to another":  {takers: []int{1, 2, 3}, waiters: []int{2}, before: []int{3, 1}, want: profiling.Exact},
		"it was seen to stay where it is":        {takers: []int{1, 2, 3}, waiters: []int{2}, before: []int{1, 1}, want: profiling.Inferred},
		"it waits for itself":                    {takers: []int{1, 2}, waiters: []int{1, 2}, want: profiling.Inferred},
		"it waits for itself, as it always did":  {takers: []int{1, 2}, waiters: []int{1, 2}, before: []int{2, 1}, want: profiling.Inferred},
		"an RLock, which nobody else can let go": {takers: []int{1, 2, 3}, waiters: []int{2}, recursive: true, want: profiling.Exact},
	} {
		t.Run(name, func(t *testing.T) {
			l := &looker{out: &pass{objects: map[graph.ID]int{file.id(): 0}}}
			for _, pid := range tt.before {
				l.sems.had(file, procs.PIDRef{PID: pid})
			}
			s := sight{SemLock: cpython.SemLock{Recursive: tt.recursive}}
			for _, pid := range tt.takers {
				s.takers = append(s.takers, at(pid))
			}
			for _, pid := range tt.waiters {
				l.out.Waits = append(l.out.Waits, graph.Wait{Thread: at(pid), For: file.id()})
			}
			l.sems.seen = map[semFile]sight{file: s}
			h := graph.Holder{Thread: at(1), Evidence: profiling.Exact, Unsure: !tt.recursive && len(tt.takers) > 1}
			l.out.Objects = []graph.Object{{ID: file.id(), Holders: []graph.Holder{h}}}
			l.doubt()
			if got := l.out.Objects[0].Holders[0]; got.Evidence != tt.want || (got.Rule != "") != (tt.want == profiling.Inferred) {
				t.Errorf("%s: %q", got.Evidence, got.Rule)
			}
		})
	}
}
