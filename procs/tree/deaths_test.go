package tree

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// TestAsked: what ends while its slot is being ended was asked to, until the next
// run; those that a signal ended are counted, but for multiprocessing's helpers.
func TestAsked(t *testing.T) {
	tr, k, run := fake(t)
	tr.Add(run)
	k.procs[104] = look{ppid: 100, state: 'S', threads: 1, start: 9}
	r := tr.Deaths()
	tr.apply([]event{forkOf(100, 101), forkOf(100, 102), forkOf(100, 103), forkOf(100, 104), exitEvent(101, 9)})
	tr.byPID[104].program([]string{"python3", "-c", "from multiprocessing.resource_tracker import main;main(5)"}, "python3")
	tr.Ending(run.ID)
	delete(k.procs, 104)
	tr.apply([]event{exitEvent(102, 15), exitEvent(103, 0), exitEvent(104, 15)})
	tr.confirmExits()
	if n, _, _ := tr.Stopped(run.ID, time.Time{}); n != 1 {
		t.Errorf("%d were stopped, want 102", n)
	}
	tr.apply([]event{forkOf(100, 106), exitEvent(106, 15), exitEvent(100, 0), forkOf(guardPID, 110)})
	k.procs[106] = look{ppid: guardPID, state: 'Z', threads: 1, start: 9} // nobody waits for it before the next run
	k.procs[110] = look{ppid: guardPID, sid: 110, state: 'S', threads: 1, start: 50}
	delete(k.procs, 100)
	tr.confirmExits()
	next := run
	next.N, next.PIDRef = 2, procs.PIDRef{PID: 110, StartTime: 50}
	for _, d := range tr.Descendants(run.ID) {
		if d.PID == 106 && !d.Exit.Asked {
			t.Error("it is not told of a zombie that it was asked")
		}
	}
	tr.Add(next)
	tr.apply([]event{forkOf(110, 105), exitEvent(105, 15)})
	if n, _, _ := tr.Stopped(run.ID, time.Time{}); n != 0 {
		t.Errorf("%d were stopped of the next run", n)
	}
	delete(k.procs, 106)
	tr.confirmExits()
	if n, _, _ := tr.Stopped(run.ID, time.Time{}); n != 0 {
		t.Errorf("%d were stopped of the next run, once one of the run before was waited for", n)
	}
	got := map[int]bool{}
	for _, d := range told(t, r) {
		got[d.PID] = d.Exit.Asked
	}
	if want := map[int]bool{101: false, 102: true, 103: true, 104: true, 105: false, 106: true}; !maps.Equal(got, want) {
		t.Errorf("asked: %v, want %v", got, want)
	}
}

// TestKept: of what a pool lets live after a stop only those were asked to end who were
// signalled: with their run's group, or as all that lived was killed.
func TestKept(t *testing.T) {
	tr, k, run := fake(t)
	tr.Add(run)
	r := tr.Deaths()
	var events []event
	for pid, group := range map[int]int{101: 100, 102: 100, 103: 103, 104: 104, 105: 103} {
		events = append(events, forkOf(100, pid))
		k.procs[pid] = look{ppid: 100, sid: group, pgid: group, state: 'S', threads: 1, start: 9}
	}
	tr.apply(events)
	ends := func(pid int, status uint32) {
		delete(k.procs, pid)
		tr.apply([]event{exitEvent(pid, status)})
		tr.confirmExits()
	}
	tr.Kept(run.ID) // nobody has asked for anything
	tr.Ending(run.ID)
	ends(101, 1<<8)
	ends(100, 15)
	tr.Kept(run.ID)
	ends(102, 1<<8)
	ends(103, 3<<8)
	tr.Killed(run.ID)
	ends(104, 9)
	tr.apply([]event{forkOf(105, 106)})
	ends(106, 3<<8)
	got := map[int]bool{}
	for _, d := range told(t, r) {
		got[d.PID] = d.Exit.Asked
	}
	if want := map[int]bool{101: true, 102: true, 103: false, 104: true, 106: false}; !maps.Equal(got, want) {
		t.Errorf("asked: %v, want %v", got, want)
	}
}

// TestLeft: of what a run has left those are counted that its end has ended, by a signal
// or by their own handlers of it.
func TestLeft(t *testing.T) {
	const sigterm = 15
	tr, k, run := fake(t)
	k.going, k.minds = map[int]bool{101: true, 104: true}, map[int]bool{103: true, 104: true, 105: true}
	tr.Add(run)
	var events []event
	for pid := 101; pid <= 107; pid++ {
		events = append(events, forkOf(100, pid))
		k.procs[pid] = look{ppid: 100, sid: 100, state: 'S', threads: 1, start: 9}
	}
	k.procs[105] = look{ppid: 100, sid: 105, state: 'S', threads: 1, start: 9}
	tr.apply(append(events, exitEvent(100, 0)))
	tr.Left(run.ID, sigterm)
	clear(k.procs)
	tr.apply([]event{
		exitEvent(101, sigterm), // its parent had killed it
		exitEvent(102, sigterm),
		exitEvent(103, 3<<8),
		exitEvent(104, 0),
		exitEvent(105, 0), // a daemon
		exitEvent(106, 0), // it was done
	})
	tr.confirmExits()
	tr.Refresh(true) // 107 is gone, and nobody was told how: on a busy machine events are lost
	if n, daemons, _ := tr.Stopped(run.ID, time.Time{}); n != 4 || daemons != 1 {
		t.Errorf("%d were stopped, %d of them daemons, want 102, 103, 105, which is one, and 107", n, daemons)
	}
}

// TestLingering: those end with the session that have not left the session of their run,
// whichever it was; nobody else is told as asked.
func TestLingering(t *testing.T) {
	const sigterm = 15
	tr, k, run := fake(t)
	tr.Add(run)
	k.procs[101] = look{ppid: guardPID, sid: 100, state: 'S', threads: 1, start: 9}
	tr.apply([]event{forkOf(100, 101), exitEvent(100, 0)})
	delete(k.procs, 100)
	tr.confirmExits()
	next := run
	next.N, next.PIDRef = 2, procs.PIDRef{PID: 110, StartTime: 50}
	k.procs[110] = look{ppid: guardPID, sid: 110, state: 'S', threads: 1, start: 50}
	tr.Add(next)
	k.procs[111] = look{ppid: 110, sid: 110, state: 'S', threads: 1, start: 51}
	k.procs[112] = look{ppid: 110, sid: 112, state: 'S', threads: 1, start: 51} // a daemon
	k.procs[113] = look{ppid: 110, sid: 110, state: 'S', threads: 1, start: 51}
	k.going = map[int]bool{113: true}
	tr.apply([]event{forkOf(110, 111), forkOf(110, 112), forkOf(110, 113), exitEvent(110, 0)})
	r := tr.Deaths()
	pids := func() (pids []int) {
		for _, ref := range tr.Lingering(run.ID, sigterm) {
			pids = append(pids, ref.PID)
		}
		slices.Sort(pids)
		return pids
	}
	if got, want := pids(), []int{101, 111, 113}; !slices.Equal(got, want) {
		t.Errorf("%v linger, want %v", got, want)
	}
	k.going = map[int]bool{101: true, 111: true, 113: true} // they have been signalled
	pids()
	clear(k.procs)
	tr.apply([]event{exitEvent(101, sigterm), exitEvent(111, sigterm), exitEvent(112, sigterm), exitEvent(113, sigterm)})
	tr.confirmExits()
	if n, daemons, _ := tr.Stopped(run.ID, time.Time{}); n != 2 || daemons != 0 {
		t.Errorf("%d were stopped, %d of them daemons, want 101 and 111", n, daemons)
	}
	got := map[int]bool{}
	for _, d := range told(t, r) {
		got[d.PID] = d.Exit.Asked
	}
	if want := map[int]bool{101: true, 111: true, 112: false, 113: true}; !maps.Equal(got, want) {
		t.Errorf("asked: %v, want %v", got, want)
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
