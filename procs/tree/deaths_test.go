package tree

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/muster/procs"
)

// told returns what a reader has been told so far.
func told(t *testing.T, r *Deaths) []Death {
	t.Helper()
	done, cancel := context.WithCancel(context.Background())
	cancel()
	list, missed, err := r.Next(done, nil)
	if missed != 0 || err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("missed %d, %v", missed, err)
	}
	return list
}

// TestDeaths: each end below a slot's own process is told once, in order,
// with the parent's fate, and that of the process of the run never.
func TestDeaths(t *testing.T) {
	tr, _, run := fake(t)
	r := tr.Deaths()
	tr.apply([]event{
		forkOf(guardPID, 100), forkOf(100, 101), forkOf(101, 102), exitEvent(102, 11|0x80),
	})
	tr.confirmExits()
	if early := told(t, r); len(early) != 0 {
		t.Fatalf("told before a run has claimed them: %+v", early)
	}
	tr.Add(run)
	tr.apply([]event{forkOf(101, 103), exitEvent(101, 9), exitEvent(103, 3<<8), exitEvent(100, 0)})
	tr.confirmExits()
	var got []string
	for _, d := range told(t, r) {
		got = append(got, fmt.Sprint(d.PID, " ", d.Exit, " run ", d.Run.N, " parent lived ", d.ParentLived))
	}
	want := []string{
		"102 SIGSEGV (core dumped) run 1 parent lived true",
		"101 SIGKILL run 1 parent lived true",
		"103 exit 3 run 1 parent lived false",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("told\n%v\nwant\n%v", got, want)
	}
	if again := told(t, r); len(again) != 0 {
		t.Errorf("told again: %+v", again)
	}
}

// TestDeathOfLeftover: what a run left behind ends as part of that run.
func TestDeathOfLeftover(t *testing.T) {
	tr, k, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	delete(k.procs, 100)
	tr.apply([]event{forkOf(100, 101), exitEvent(100, 0)})
	tr.confirmExits()
	tr.apply([]event{forkOf(guardPID, 110)})
	k.procs[110] = look{ppid: guardPID, sid: 110, state: 'S', threads: 1, start: 50}
	next := run
	next.N, next.PIDRef = 2, procs.PIDRef{PID: 110, StartTime: 50}
	tr.Add(next)
	r := tr.Deaths()
	tr.apply([]event{exitEvent(101, 15)})
	tr.confirmExits()
	if got := told(t, r); len(got) != 1 || got[0].Run != run || got[0].ParentLived {
		t.Errorf("told %+v, want 101 of run 1, without its parent", got)
	}
}

// TestDeathOfZombie: an end is told although nobody waits for the process,
// and not once more when somebody does.
func TestDeathOfZombie(t *testing.T) {
	tr, k, run := fake(t)
	tr.Add(run)
	r := tr.Deaths()
	k.kids[100] = []int{101}
	k.procs[101] = look{ppid: 100, state: 'Z', threads: 1, start: 7, ended: true, status: 3 << 8}
	tr.Refresh(true)
	if got := told(t, r); len(got) != 1 || got[0].Exit.Code != 3 || !got[0].ParentLived || got[0].Parent.PID != 100 {
		t.Fatalf("told %+v, want exit 3", got)
	}
	delete(k.procs, 101)
	k.kids[100] = nil
	tr.Refresh(true)
	if got := told(t, r); len(got) != 0 {
		t.Errorf("told again: %+v", got)
	}
}

// TestDeathsOverrun: whoever reads too slowly is told how many were missed.
func TestDeathsOverrun(t *testing.T) {
	tr, _, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	r := tr.Deaths()
	const n = keepDeaths + 1000
	for i := range n {
		tr.apply([]event{forkOf(100, 1000+i%100), exitEvent(1000+i%100, 0)})
		tr.confirmExits()
	}
	list, missed, err := r.Next(context.Background(), nil)
	if err != nil || missed != 1000 || len(list) != keepDeaths || list[0].PID != 1000 {
		t.Errorf("%d told, %d missed, %v", len(list), missed, err)
	}
}

// TestDeathsWake: a reader that waits is woken by an end.
func TestDeathsWake(t *testing.T) {
	tr, _, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100), forkOf(100, 101)})
	tr.Add(run)
	r := tr.Deaths()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	got := make(chan []Death, 1)
	go func() {
		list, _, _ := r.Next(ctx, nil) // an empty list is told below
		got <- list
	}()
	tr.apply([]event{exitEvent(101, 6)})
	tr.confirmExits()
	if list := <-got; len(list) != 1 || list[0].Exit.Signal != 6 {
		t.Errorf("woken with %+v", list)
	}
}

func BenchmarkDeaths(b *testing.B) {
	tr := New(Options{GuardPID: func() int { return guardPID }})
	tr.kernel = &fakeKernel{procs: map[int]look{100: {ppid: guardPID, state: 'S', threads: 1}}}
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(procs.Run{N: 1, PIDRef: procs.PIDRef{PID: 100}})
	b.ReportAllocs()
	for i := range b.N {
		tr.apply([]event{forkOf(100, 1000+i%100), exitEvent(1000+i%100, 0)})
		tr.confirmExits()
	}
}
