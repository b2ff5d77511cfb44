package session

import (
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
	all = r.Moments(MomentsQuestion{ID: run.ID}).List // with so many, fewer of each
	if newest := all[len(all)-1]; len(all) < leastMoment || len(all) >= sample.DefaultHistory || newest.CPUPercent != 1000+3*maxTrails-1 {
		t.Errorf("%d moments up to %v are kept of one that lives", len(all), newest.CPUPercent)
	}
}
