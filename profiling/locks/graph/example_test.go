package graph_test

import (
	"fmt"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// Two threads, each of which waits for the file that the other has locked. One look
// is not enough to call that a deadlock: only when neither has run until
// the next one, nobody can go on.
func ExampleTracker() {
	alice, bob := thread(4201), thread(4202)
	look := func(at time.Time) graph.Look {
		return graph.Look{
			At:      at,
			Threads: []graph.State{{Thread: alice, Doing: graph.InLock, Ran: 17}, {Thread: bob, Doing: graph.InLock, Ran: 4}},
			Waits:   []graph.Wait{{Thread: alice, For: "flock:2"}, {Thread: bob, For: "flock:1"}},
			Objects: []graph.Object{locked("flock:1", "/tmp/a.lock", alice), locked("flock:2", "/tmp/b.lock", bob)},
		}
	}
	var tracker graph.Tracker
	at := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	fmt.Println(len(tracker.Add(look(at)).Deadlocks), "deadlocks after one look")

	view := tracker.Add(look(at.Add(time.Second)))
	for _, d := range view.Deadlocks {
		for _, e := range d.Cycle {
			fmt.Println(e.PID, "waits for", e.WaitsFor)
		}
	}
	fmt.Println(view.Locks[0].Name, "deadlocked:", view.Locks[0].Deadlocked, "for", view.At.Sub(view.Locks[0].Waiters[0].Since))
	// Output:
	// 0 deadlocks after one look
	// 4201 waits for flock:2
	// 4202 waits for flock:1
	// /tmp/a.lock deadlocked: true for 1s
}

func thread(pid int) graph.Thread {
	return graph.Thread{PIDRef: procs.PIDRef{PID: pid, StartTime: 1}, TID: pid}
}

func locked(id graph.ID, name string, by graph.Thread) graph.Object {
	return graph.Object{
		ID: id, Kind: graph.Flock, Name: name, Complete: true, Taken: true,
		Holders: []graph.Holder{{Thread: by, Evidence: profiling.Exact, Rule: "/proc/locks"}},
	}
}
