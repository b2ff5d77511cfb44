package tree

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/muster/procs"
)

// named is what a process calls itself.
func named(pid int, name string) []Named {
	return []Named{{PIDRef: procs.PIDRef{PID: pid}, Name: name}}
}

// labels are those of a slot's processes that live and that have ended.
func labels(tr *Tracker, id procs.ID) (list []string) {
	past, _ := tr.Ended(id)
	for _, d := range tr.Descendants(id) {
		if !slices.ContainsFunc(past, func(p procs.Descendant) bool { return p.PIDRef == d.PIDRef }) {
			past = append(past, d)
		}
	}
	for _, d := range past {
		list = append(list, fmt.Sprintf("%d %s", d.PID, d.Label))
	}
	slices.Sort(list)
	return list
}

// TestNames: what a process calls itself is its label, whenever that is told: while it
// lives, once it has ended, before it is known.
func TestNames(t *testing.T) {
	tr, k, run := fake(t)
	k.argv = map[int][]string{100: {"python3", "q.py"}}
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	tr.apply([]event{forkOf(100, 101), forkOf(100, 102), exitEvent(102, 0)})
	tr.confirmExits()
	if got, want := labels(tr, run.ID), []string{"101 worker-2", "102 worker-1"}; !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	before := tr.Version()
	tr.Name(named(101, "loader-0"))
	tr.Name(named(102, "loader-1"))
	tr.Name(named(103, "loader-2"))
	if at := tr.NamedAt(); at <= before || at > tr.Version() {
		t.Errorf("named at %d, of %d to %d", at, before, tr.Version())
	}
	tr.apply([]event{{kind: forked, parent: 100, pid: 103, at: time.Now()}})
	want := []string{"101 loader-0", "102 loader-1", "103 loader-2"}
	if got := labels(tr, run.ID); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for i, pid := range []int{101, 102, 103} {
		if got := tr.Label(procs.PIDRef{PID: pid}); got != fmt.Sprint("loader-", i) {
			t.Errorf("%d is %q", pid, got)
		}
	}
	if got := tr.Label(run.PIDRef); got != "" {
		t.Errorf("the slot's own process is %q", got)
	}
}

// TestGone: who has ended is told by name, also by one that is told later; the list is the
// same one until it differs.
func TestGone(t *testing.T) {
	tr, k, run := fake(t)
	k.argv = map[int][]string{100: {"python3", "q.py"}}
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	tr.apply([]event{forkOf(100, 101), forkOf(100, 102), exitEvent(101, 0)})
	tr.confirmExits()
	first := tr.Gone(run.ID)
	if want := []procs.Gone{{PID: 101, Label: "worker-1"}}; !slices.Equal(first, want) || &first[0] != &tr.Gone(run.ID)[0] {
		t.Fatalf("%v, want %v", first, want)
	}
	tr.Name(named(101, "W0"))
	tr.apply([]event{exitEvent(102, 0)})
	tr.confirmExits()
	if got, want := tr.Gone(run.ID), []procs.Gone{{PID: 101, Label: "W0"}, {PID: 102, Label: "worker-2"}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if first[0].Label != "worker-1" {
		t.Error("a list that was given away has changed")
	}
}

// TestNamesOfOthers: a name is that of the process that had the number then.
func TestNamesOfOthers(t *testing.T) {
	tr, k, run := fake(t)
	k.argv = map[int][]string{100: {"python3", "q.py"}}
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	tr.apply([]event{forkOf(100, 101)})
	k.procs[101] = look{ppid: 100, state: 'S', threads: 1, start: 7}
	tr.Refresh(true)
	tr.Name([]Named{{PIDRef: procs.PIDRef{PID: 101, StartTime: 6}, Name: "another"}})
	if got, want := labels(tr, run.ID), []string{"101 worker-1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	tr.Name([]Named{{PIDRef: procs.PIDRef{PID: 101, StartTime: 7}, Name: "itself"}})
	tr.apply([]event{{kind: execed, pid: 101}})
	if got, want := labels(tr, run.ID), []string{"101 x"}; !slices.Equal(got, want) {
		t.Errorf("%q after another program was executed, want %q", got, want)
	}
}

// TestAlikeNames: processes of one name are told apart, also from those that muster has
// numbered, each keeps what it is called, and the next run begins anew.
func TestAlikeNames(t *testing.T) {
	tr, k, run := fake(t)
	k.argv = map[int][]string{100: {"python3", "q.py"}, 200: {"python3", "q.py"}}
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	tr.apply([]event{forkOf(100, 101), forkOf(100, 102), forkOf(100, 103), forkOf(100, 104)})
	tr.Descendants(run.ID) // 104 is worker-4
	tr.Name(slices.Concat(named(102, "dup"), named(101, "dup"), named(103, "worker-4")))
	want := []string{"101 dup", "102 dup-2", "103 worker-4-2", "104 worker-4"}
	if got := labels(tr, run.ID); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	tr.Name(named(101, "dup")) // it says so again
	tr.apply([]event{exitEvent(101, 0), forkOf(100, 105)})
	tr.confirmExits()
	tr.Name(named(105, "dup"))
	want = []string{"101 dup", "102 dup-2", "103 worker-4-2", "104 worker-4", "105 dup-3"}
	if got := labels(tr, run.ID); !slices.Equal(got, want) {
		t.Errorf("%q after an end, want %q", got, want)
	}
	tr.apply([]event{exitEvent(102, 0), exitEvent(103, 0), exitEvent(104, 0), exitEvent(105, 0), exitEvent(100, 0)})
	tr.confirmExits()
	tr.Remove(run)
	tr.apply([]event{forkOf(guardPID, 200)})
	next := procs.Run{ID: run.ID, N: 2, PIDRef: procs.PIDRef{PID: 200, StartTime: 9}}
	tr.Add(next)
	tr.apply([]event{forkOf(200, 201)})
	tr.Name(named(201, "dup"))
	if got := tr.Label(procs.PIDRef{PID: 201}); got != "dup" {
		t.Errorf("the first of the next run is %q, want dup", got)
	}
}

// TestNamesAreBounded: names of processes that nobody knows, and of many that come and go,
// take no room without end.
func TestNamesAreBounded(t *testing.T) {
	tr, _, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	for i := range 20_000 {
		tr.Name(named(1_000_000+i, "nobody"))
		tr.apply([]event{forkOf(100, 1000+i)})
		tr.Name(named(1000+i, fmt.Sprint("Process-", i)))
		tr.apply([]event{exitEvent(1000+i, 0)})
		tr.confirmExits()
	}
	s := tr.slots[run.ID]
	if len(tr.names) > maxTold || tr.graves.Len() > maxGraves || len(s.labels.own) > maxNames || len(s.labels.used) > keepEnded {
		t.Errorf("%d early names, %d graves, %d own names, %d labels", len(tr.names), tr.graves.Len(), len(s.labels.own), len(s.labels.used))
	}
	if past, _ := tr.Ended(run.ID); past[keepEnded-1].Label != "Process-19999" {
		t.Errorf("the last is %q", past[keepEnded-1].Label)
	}
}
