package session

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/procs/sample"
	"example.com/muster/profiling/locks/graph"
)

// passed is what a pass has seen of one slot, the nth since noon.
func passed(n int, run procs.Run, children ...procs.Descendant) func(procs.ID) (sample.View, bool) {
	at := time.Unix(int64(1_000_000+n), 0)
	return func(id procs.ID) (sample.View, bool) {
		return sample.View{
			Sample: procs.Sample{At: at, Run: run.N, Own: procs.Usage{CPUPercent: float64(n), RSSBytes: int64(n) << 20, Threads: 2}},
			Kernel: procs.RunRunning, Descendants: children,
		}, id == run.ID
	}
}

// What processes did is kept with what they waited for, by process and over the runs of a slot.
func TestMoments(t *testing.T) {
	var r Recorder
	id := procs.ID{Pool: "p"}
	first := procs.Run{ID: id, N: 1, PIDRef: procs.PIDRef{PID: 10, StartTime: 1}}
	second := procs.Run{ID: id, N: 2, PIDRef: procs.PIDRef{PID: 20, StartTime: 2}}
	child := procs.Descendant{PIDRef: procs.PIDRef{PID: 11, StartTime: 3}, State: procs.RunSleeping, Usage: procs.Usage{CPUPercent: procs.Unknown, RSSBytes: procs.Unknown, Threads: procs.Unknown}}
	ended := procs.Descendant{PIDRef: procs.PIDRef{PID: 12, StartTime: 4}, Exit: &procs.Exit{}}
	lock := graph.Lock{Object: graph.Object{ID: "flock:1", Kind: graph.Flock, Name: "/tmp/a"}, Contended: true, Waiters: []graph.Waiter{{Thread: graph.Thread{PIDRef: child.PIDRef, TID: 11}}}}
	lock.Holders = []graph.Holder{{Thread: graph.Thread{PIDRef: first.PIDRef}}}
	view := &graph.View{Locks: []graph.Lock{lock}, Threads: []graph.State{
		{Thread: graph.Thread{PIDRef: child.PIDRef, TID: 11}, Doing: graph.InLock},
		{Thread: graph.Thread{PIDRef: first.PIDRef, TID: 10}, Doing: graph.Sleeping},
	}}
	r.Note([]procs.Run{first}, passed(1, first, child, ended), view)
	r.Note([]procs.Run{first}, passed(1, first, child, ended), view) // seen again before the next pass
	r.Note([]procs.Run{second}, passed(2, first), view)              // the sampler has not seen the new run yet
	r.Note([]procs.Run{second}, passed(3, second), &graph.View{})

	at := func(n int) time.Time { return time.Unix(int64(1_000_000+n), 0) }
	own := []Moment{
		{At: at(1), Run: 1, PID: 10, CPUPercent: 1, RSSBytes: 1 << 20, Threads: 2, Doing: graph.Sleeping},
		{At: at(3), Run: 2, PID: 20, CPUPercent: 3, RSSBytes: 3 << 20, Threads: 2, Doing: graph.OnCPU},
	}
	blocked := Moment{
		At: at(1), Run: 1, PID: 11, CPUPercent: procs.Unknown, RSSBytes: procs.Unknown, Threads: procs.Unknown, Doing: graph.InLock,
		Waited: graph.Waited{Kind: graph.Flock, ID: "flock:1", Name: "/tmp/a", Holder: 10, Contended: true},
	}
	for pid, want := range map[int]Moments{
		0:  {List: own, Own: true},
		10: {List: own[:1]},
		20: {List: own[1:]},
		11: {List: []Moment{blocked}},
		12: {List: own, Own: true}, // never measured
	} {
		if diff := cmp.Diff(want, r.Moments(MomentsQuestion{ID: id, PID: pid})); diff != "" {
			t.Errorf("pid %d: %s", pid, diff)
		}
	}
	if m := r.Moments(MomentsQuestion{ID: procs.ID{Pool: "other"}, PID: 10}); len(m.List) != 0 {
		t.Errorf("another slot has done %v", m.List)
	}
}

// However long a process lives and however many there are, what is kept of them is bounded: the
// newest of each, and those that ended last.
func TestMomentsAreBounded(t *testing.T) {
	var r Recorder
	run := procs.Run{ID: procs.ID{Pool: "p"}, N: 1, PIDRef: procs.PIDRef{PID: 1, StartTime: 1}}
	view := &graph.View{}
	for n := range sample.DefaultHistory + 50 {
		r.Note([]procs.Run{run}, passed(n, run), view)
	}
	all := r.Moments(MomentsQuestion{ID: run.ID}).List
	if len(all) != sample.DefaultHistory || all[0].CPUPercent != 50 {
		t.Errorf("%d moments from %v on are kept of one process", len(all), all[0].CPUPercent)
	}
	for n := range 3 * maxTrails {
		child := procs.Descendant{PIDRef: procs.PIDRef{PID: 100 + n, StartTime: 7}}
		r.Note([]procs.Run{run}, passed(1000+n, run, child), view)
	}
	if len(r.trails) > maxTrails+1 {
		t.Errorf("%d processes are kept", len(r.trails))
	}
	if m := r.Moments(MomentsQuestion{ID: run.ID, PID: 100 + 3*maxTrails - 1}); m.Own {
		t.Error("the newest has been forgotten")
	}
	if m := r.Moments(MomentsQuestion{ID: run.ID, PID: 100}); !m.Own {
		t.Error("the oldest is kept")
	}
	all = r.Moments(MomentsQuestion{ID: run.ID}).List // of one that lives as many as before
	if newest := all[len(all)-1]; len(all) != sample.DefaultHistory || newest.CPUPercent != 1000+3*maxTrails-1 {
		t.Errorf("%d moments up to %v are kept of one that lives", len(all), newest.CPUPercent)
	}
}

// A hundred processes that live keep all that is promised of them, whatever begins and ends
// beside them; of that the newest is kept, and there is a bound on all of it.
func TestMomentsOfTheLiving(t *testing.T) {
	var r Recorder
	run := procs.Run{ID: procs.ID{Pool: "p"}, N: 1, PIDRef: procs.PIDRef{PID: 1, StartTime: 1}}
	living := make([]procs.Descendant, 99)
	for i := range living {
		living[i].PIDRef = procs.PIDRef{PID: 2 + i, StartTime: 1}
	}
	pid, passes := 1000, 0
	pass := func(children []procs.Descendant, loops int) {
		children = slices.Clone(children)
		for range loops { // each of which runs a process for less than two passes
			pid++
			children = append(children, procs.Descendant{PIDRef: procs.PIDRef{PID: pid, StartTime: 9}})
		}
		passes++
		r.Note([]procs.Run{run}, passed(passes, run, children...), &graph.View{})
		kept := 0
		for _, trail := range r.trails {
			kept += len(trail.ring)
		}
		if kept > maxMoments || len(r.trails) > maxTrails {
			t.Fatalf("after %d passes %d moments of %d processes are kept", passes, kept, len(r.trails))
		}
	}
	of := func(pid int) int {
		m := r.Moments(MomentsQuestion{ID: run.ID, PID: pid})
		if m.Own && pid != 1 {
			return 0
		}
		return len(m.List)
	}
	for range sample.DefaultHistory + 50 {
		pass(living[:20], 8)
	}
	for _, pid := range []int{1, 2, 21} {
		if n := of(pid); n != sample.DefaultHistory {
			t.Errorf("of 21 that live, beside 8 loops, %d moments of pid %d are kept", n, pid)
		}
	}
	if of(pid) != 1 || of(pid-1000) != 1 {
		t.Error("what has just ended is forgotten")
	}
	for range sample.DefaultHistory + 50 {
		pass(living, 0)
	}
	for _, pid := range []int{1, 2, 100} {
		if n := of(pid); n != sample.DefaultHistory {
			t.Errorf("of 100 that live %d moments of pid %d are kept", n, pid)
		}
	}
	for range 20 {
		pass(living[:98], 0) // one has ended
	}
	if n := of(100); n != sample.DefaultHistory {
		t.Errorf("%d moments are kept of one that has ended", n)
	}
	many := make([]procs.Descendant, 200)
	for i := range many {
		many[i].PIDRef = procs.PIDRef{PID: 2 + i, StartTime: 1}
	}
	for range 350 {
		pass(many, 0)
	}
	if n := of(2); n < leastMoment || n > sample.DefaultHistory/2 {
		t.Errorf("of 201 that live %d moments of one are kept", n)
	}
}
