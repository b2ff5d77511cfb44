package session

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func proc(pid int) procs.PIDRef { return procs.PIDRef{PID: pid, StartTime: 7} }

func thread(pid, tid int) graph.Thread { return graph.Thread{PIDRef: proc(pid), TID: tid} }

// people names the processes of these tests; 9 has been killed.
func people(ref procs.PIDRef) Who {
	switch ref.PID {
	case 1:
		return Who{Name: "p/0"}
	case 2:
		return Who{Name: "p/0/worker-1"}
	case 9:
		return Who{Name: "p/1", Exit: &procs.Exit{Signal: procs.SIGKILL}}
	}
	return Who{Name: Stranger(ref.PID, "sshd")}
}

// same compares a document with what the contract says, as JSON.
func same(t *testing.T, got any, want string) {
	t.Helper()
	b, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	var a, c any
	if err := json.Unmarshal([]byte(want), &c); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	_ = json.Unmarshal(b, &a)
	x, _ := json.MarshalIndent(a, "", " ")
	y, _ := json.MarshalIndent(c, "", " ")
	if string(x) != string(y) {
		t.Errorf("got %s\nwant %s", x, y)
	}
}

// TestLocksAsTheContractHasThem: every field of a lock that is held by a
// sleeping process, and of one whose holder was killed.
func TestLocksAsTheContractHasThem(t *testing.T) {
	holder := graph.Holder{Thread: graph.Thread{PIDRef: proc(1)}, Evidence: profiling.Exact, Rule: "/proc/locks", AnyThread: true}
	v := &graph.View{
		At: noon,
		Threads: []graph.State{
			{Thread: thread(1, 1), Doing: graph.Sleeping, Stack: []string{"a.py:5 work"}},
			{Thread: thread(2, 2), Doing: graph.InLock, Stack: []string{"a.py:7 take"}},
		},
		Locks: []graph.Lock{
			{
				Object:  graph.Object{ID: "flock:08:01:77", Kind: graph.Flock, Name: "/tmp/a.lock", State: "held", Holders: []graph.Holder{holder}},
				Waiters: []graph.Waiter{{Thread: thread(2, 2), Since: noon.Add(-1500 * time.Millisecond), Stack: []string{"a.py:7 take"}}},
				Chain:   []graph.Link{{Holder: holder, Doing: graph.Sleeping, Stack: []string{"a.py:5 work"}}}, Contended: true,
				LastHolder: &graph.LastHolder{Holder: holder, Since: noon.Add(-2 * time.Second), Until: noon},
				Stats: graph.Stats{
					Waits: 1, Total: time.Second, Longest: time.Second, Contended: time.Second, Watched: 4 * time.Second, Holds: 1, HoldsLongest: 2 * time.Second,
				},
			},
			{
				Object: graph.Object{ID: "mutex:1", Kind: graph.PthreadMutex, Name: "a\xff", State: "held", Holders: []graph.Holder{{
					Thread: thread(9, 9), Evidence: profiling.Inferred, Rule: "owner word of the mutex", Dead: true,
				}}},
				Waiters: []graph.Waiter{{Thread: thread(3, 4), Since: noon.Add(time.Second), Timed: true}}, Abandoned: true,
				LastHolder: &graph.LastHolder{Holder: graph.Holder{Thread: thread(9, 9)}, Since: noon, Until: noon},
			},
		},
		Deadlocks: []graph.Deadlock{{Since: noon, Cycle: []graph.Edge{
			{Thread: thread(1, 1), WaitsFor: "L", HeldBy: thread(2, 2)}, {Thread: thread(2, 2), WaitsFor: "M", HeldBy: thread(1, 1)},
		}}},
		Lines: []graph.Line{{
			PIDRef: proc(2), Profile: graph.MutexProfile, File: "/src/a\xff.go", Line: 7, Function: "main.work", For: "mutex", Contended: true,
			Waits: 4, Total: 6 * time.Second, Over: 12 * time.Second,
		}},
		Coverage: []profiling.Coverage{{Source: "futex", OK: false, Note: "why"}},
	}
	same(t, LocksOf(v, people), `{"at": "2026-11-25T12:00:00.000Z",
"locks": [
 {"id": "flock:08:01:77", "kind": "flock", "name": "/tmp/a.lock", "state": "held",
  "holders": [{"pid": 1, "tid": null, "process": "p/0", "evidence": "exact", "rule": null, "dead": false, "outside": false, "wait": "sleep", "stack": ["a.py:5 work"]}],
  "waiters": [{"pid": 2, "tid": 2, "process": "p/0/worker-1", "waiting_seconds": 1.5, "timed": false, "stack": ["a.py:7 take"]}],
  "contended": true, "abandoned": false, "idle": false, "deadlocked": false, "quiet": false,
  "chain": [{"pid": 1, "tid": null, "process": "p/0", "wait": "sleep", "waits_for": null, "stack": ["a.py:5 work"]}],
  "last_holder": {"pid": 1, "tid": null, "process": "p/0", "since": "2026-11-25T11:59:58.000Z", "until": "2026-11-25T12:00:00.000Z", "exit": null},
  "waits": 1, "total_wait_seconds": 1, "longest_wait_seconds": 1, "longest_hold_seconds": 2, "watched_seconds": 4, "share": 0.25},
 {"id": "mutex:1", "kind": "pthread_mutex", "name": "a\ufffd", "state": "held",
  "holders": [{"pid": 9, "tid": 9, "process": "p/1", "evidence": "inferred", "rule": "owner word of the mutex", "dead": true, "outside": false, "wait": null, "stack": []}],
  "waiters": [{"pid": 3, "tid": 4, "process": "pid 3 (sshd)", "waiting_seconds": 0, "timed": true, "stack": []}],
  "contended": false, "abandoned": true, "idle": false, "deadlocked": false, "quiet": false, "chain": [],
  "last_holder": {"pid": 9, "tid": 9, "process": "p/1", "since": "2026-11-25T12:00:00.000Z", "until": "2026-11-25T12:00:00.000Z",
   "exit": {"code": null, "signal": "SIGKILL", "core": false, "asked": false}},
  "waits": 0, "total_wait_seconds": 0, "longest_wait_seconds": 0, "longest_hold_seconds": 0, "watched_seconds": 0, "share": null}],
"deadlocks": [{"since": "2026-11-25T12:00:00.000Z", "cycle": [
 {"pid": 1, "tid": 1, "process": "p/0", "waits_for": "L", "held_by": 2, "held_by_tid": 2, "held_by_process": "p/0/worker-1"},
 {"pid": 2, "tid": 2, "process": "p/0/worker-1", "waits_for": "M", "held_by": 1, "held_by_tid": 1, "held_by_process": "p/0"}]}],
"contention": [{"pid": 2, "process": "p/0/worker-1", "profile": "mutex", "file": "/src/a\ufffd.go", "line": 7, "function": "main.work", "waits_for": "mutex",
 "contended": true, "waits": 4, "total_wait_seconds": 6, "mean_wait_seconds": 1.5, "share": 0.5, "over_seconds": 12, "evidence": "sampled"}],
"coverage": [{"source": "futex", "ok": false, "note": "why"}]}`)
}

// TestNothingIsEmptyListsAndNoLook: a view before the first look claims nothing.
func TestNothingIsEmptyListsAndNoLook(t *testing.T) {
	same(t, LocksOf(&graph.View{}, people), `{"at": null, "locks": [], "deadlocks": [], "contention": [], "coverage": []}`)
}

// TestWhatAProcessWaitsFor: it runs if any thread does, else its main thread speaks.
func TestWhatAProcessWaitsFor(t *testing.T) {
	state := func(pid, tid int, d graph.Doing) graph.State {
		return graph.State{Thread: thread(pid, tid), Doing: d}
	}
	for _, tt := range []struct {
		name    string
		threads []graph.State
		kernel  procs.RunState
		want    string
	}{
		{"one thread of several runs", []graph.State{state(1, 1, graph.InLock), state(1, 2, graph.OnCPU), state(1, 3, graph.InPipe)}, procs.RunSleeping, "on_cpu"},
		{"it is the first that runs", []graph.State{state(1, 2, graph.OnCPU), state(1, 1, graph.InLock)}, procs.RunSleeping, "on_cpu"},
		{"none runs", []graph.State{state(1, 2, graph.InPipe), state(1, 1, graph.InGIL)}, procs.RunSleeping, "gil"},
		{"none of those that run has a CPU for long", []graph.State{state(1, 1, graph.OnCPU)}, procs.RunQueued, "runnable"},
		{"no look was made yet", nil, procs.RunQueued, "runnable"},
		{"the look does not know", []graph.State{state(1, 1, graph.Unknown)}, procs.RunDisk, "io"},
		{"another process", []graph.State{state(2, 2, graph.InLock)}, procs.RunSleeping, "unknown"},
		{"nobody knows", nil, 0, ""},
	} {
		got := waitOf(proc(1), tt.kernel, indexThreads(tt.threads))
		if text := deref(got); text != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, text, tt.want)
		}
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// TestStacksAreMerged: equal stacks count once, the most frequent first; who
// waits for different things is not the same.
func TestStacksAreMerged(t *testing.T) {
	get := []string{"queues.py:103 get", "pool.py:114 worker"}
	states := []graph.State{
		{Thread: thread(3, 3), Doing: graph.OnCPU, Stack: []string{"a.py:1 f"}},
		{Thread: thread(1, 1), Doing: graph.InPipe, Stack: get},
		{Thread: thread(2, 2), Doing: graph.InPipe, Stack: get},
		{Thread: thread(2, 8), Doing: graph.InPipe, Stack: get},
		{Thread: thread(4, 4), Doing: graph.InLock, Stack: get},
		{Thread: thread(5, 5), Doing: graph.InLock},
	}
	s := StacksOf(states, []profiling.Coverage{{Source: "cpython", OK: true}}, people)
	same(t, s, `{"stacks": [
{"processes": ["p/0", "p/0/worker-1"], "pid": 1, "tid": 1, "count": 3, "wait": "pipe", "stack": ["queues.py:103 get", "pool.py:114 worker"]},
{"processes": ["pid 3 (sshd)"], "pid": 3, "tid": 3, "count": 1, "wait": "on_cpu", "stack": ["a.py:1 f"]},
{"processes": ["pid 4 (sshd)"], "pid": 4, "tid": 4, "count": 1, "wait": "lock", "stack": ["queues.py:103 get", "pool.py:114 worker"]},
{"processes": ["pid 5 (sshd)"], "pid": 5, "tid": 5, "count": 1, "wait": "lock", "stack": []}],
"coverage": [{"source": "cpython", "ok": true, "note": ""}]}`)
}

// TestWaitsAreMetered: who only waits for work is not counted as waiting.
func TestWaitsAreMetered(t *testing.T) {
	lock := func(set func(*graph.Lock), pids ...int) graph.Lock {
		var l graph.Lock
		set(&l)
		for _, pid := range pids {
			l.Waiters = append(l.Waiters, graph.Waiter{Thread: thread(pid, pid)}, graph.Waiter{Thread: thread(pid, pid+100)})
		}
		return l
	}
	v := &graph.View{At: noon, Deadlocks: make([]graph.Deadlock, 2), Locks: []graph.Lock{
		lock(func(l *graph.Lock) { l.Contended = true }, 1, 2),
		lock(func(l *graph.Lock) { l.Abandoned = true }, 2, 3),
		lock(func(l *graph.Lock) { l.Idle = true }, 4, 5),
	}}
	var b strings.Builder
	for _, f := range lockFamilies(v) {
		b.WriteString(f.GetName() + " " + f.Metric[0].GetGauge().String() + "\n")
	}
	const want = "muster_waiting_processes value:3\nmuster_contended_locks value:1\nmuster_abandoned_locks value:1\nmuster_deadlocks value:2\n"
	if b.String() != want {
		t.Errorf("got %s\nwant %s", b.String(), want)
	}
	if f := lockFamilies(&graph.View{}); len(f) != 0 {
		t.Errorf("before the first look: %v", f)
	}
}

// TestAReportKeepsWhatWasBad: deadlocks, rings and abandoned locks stay when the view
// has forgotten them, each once, as they were seen last.
func TestAReportKeepsWhatWasBad(t *testing.T) {
	var p lockPast
	cycle := []EdgeJSON{{PID: 1, WaitsFor: "L"}}
	p.note(LocksJSON{
		Locks:     []LockJSON{{ID: "L", Deadlocked: true}, {ID: "M", Abandoned: true}, {ID: "N", Contended: true}, {ID: "R", Ring: true, Contended: true}},
		Deadlocks: []DeadlockJSON{{Cycle: cycle}},
		Rings:     []DeadlockJSON{{Cycle: []EdgeJSON{{PID: 2, WaitsFor: "R"}}}},
	})
	p.note(LocksJSON{Locks: []LockJSON{{ID: "M", Abandoned: true, Waits: 2}}, Deadlocks: []DeadlockJSON{{Cycle: cycle}}})
	got := p.with(LocksJSON{Locks: []LockJSON{{ID: "L"}, {ID: "O"}}})
	if len(got.Deadlocks) != 1 || len(got.Rings) != 1 || len(got.Locks) != 4 || !got.Locks[3].Ring || !got.Locks[0].Deadlocked || got.Locks[1].ID != "O" || got.Locks[2].Waits != 2 {
		t.Errorf("%+v", got)
	}
	if again := p.with(LocksJSON{Deadlocks: []DeadlockJSON{{Cycle: cycle}}}); len(again.Deadlocks) != 1 {
		t.Errorf("what is so now is told twice: %+v", again.Deadlocks)
	}
	for i := range 2 * maxPast {
		p.note(LocksJSON{Locks: []LockJSON{{ID: string(rune('a' + i)), Abandoned: true}}})
	}
	if len(p.locks) > maxPast {
		t.Errorf("%d locks are kept", len(p.locks))
	}
}
