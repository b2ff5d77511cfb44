package cli

import (
	"testing"
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
)

func ptr[T any](v T) *T { return &v }

// lockScenes are what a person may be told.
var lockScenes = []struct {
	name string
	all  bool
	l    session.LocksJSON
	want string
}{
	{"nobody waits", false, session.LocksJSON{}, "nobody waits for a lock\n"},
	{
		"idle ones are silent", false,
		session.LocksJSON{Locks: []session.LockJSON{{ID: "p", Idle: true}, {ID: "q", Idle: true}}},
		"nobody waits for a lock\n2 things are waited for by who has nothing to do (--all shows them)\n",
	},
	{
		"unless they are asked for", true,
		session.LocksJSON{Locks: []session.LockJSON{{ID: "p", Kind: "pipe", Name: "pipe 5", Idle: true}}},
		"LOCK    KIND  STATE  WAITING  LONGEST  SHARE  HELD BY\npipe 5  pipe  idle   0        0µs      0%     -\n",
	},
	{"a deadlock", false, session.LocksJSON{
		Locks: []session.LockJSON{
			{
				ID: "A", Kind: "flock", Name: "/tmp/a", Deadlocked: true, Contended: true, LongestWaitSeconds: 70, Share: 1,
				Holders: []session.HolderJSON{{PID: 5, Process: "p/1"}}, Waiters: make([]session.WaiterJSON, 1),
				Chain: []session.LinkJSON{{PID: 5, Process: "p/1", WaitsFor: ptr("B")}, {PID: 4, Process: "p/0", WaitsFor: ptr("A")}},
			},
			{ID: "B", Kind: "flock", Name: "/tmp/b\x1b[2J", Deadlocked: true, Holders: []session.HolderJSON{{PID: 4, Process: "p/0"}}},
		},
		Deadlocks: []session.DeadlockJSON{{Cycle: []session.EdgeJSON{
			{PID: 4, Process: "p/0", WaitsFor: "A", HeldBy: 5, HeldByProcess: "p/1"}, {PID: 5, Process: "p/1", WaitsFor: "B", HeldBy: 4, HeldByProcess: "p/0"},
		}}},
	}, `deadlock: p/0 (4) waits for /tmp/a (flock), held by p/1 (5), which waits for /tmp/b (flock), held by p/0 (4)

LOCK    KIND   STATE     WAITING  LONGEST  SHARE  HELD BY
/tmp/a  flock  deadlock  1        1:10     100%   p/1 (5), which waits for /tmp/b (flock), held by p/0 (4)
/tmp/b  flock  deadlock  0        0µs      0%     p/0 (4)
`},
	{"a deadlock of two threads of a process, and of a process that is joined", false, session.LocksJSON{
		Locks: []session.LockJSON{
			{
				ID: "A", Kind: "pthread_mutex", Name: "mutex A", Deadlocked: true, Contended: true, Share: 1,
				Holders: []session.HolderJSON{{PID: 5, TID: ptr(6), Process: "p/0"}}, Waiters: []session.WaiterJSON{{PID: 5, TID: 5}},
				Chain:      []session.LinkJSON{{PID: 5, TID: ptr(6), Process: "p/0", WaitsFor: ptr("thread:5")}, {PID: 5, TID: ptr(5), Process: "p/0", WaitsFor: ptr("A")}},
				LastHolder: &session.LastHolderJSON{PID: 5},
			},
			{ID: "thread:5", Kind: "child", Name: "the end of thread 5", Deadlocked: true, Waiters: []session.WaiterJSON{{PID: 5, TID: 6}}},
			{ID: "child:8", Kind: "child", Name: "the end of 8", Deadlocked: true},
			{
				ID: "pipe:1:full", Kind: "pipe", Name: "pipe 1", Deadlocked: true, Waiters: []session.WaiterJSON{{PID: 8, TID: 9}},
				Holders: []session.HolderJSON{{PID: 7, Process: "p/1"}}, Chain: []session.LinkJSON{{PID: 7, TID: ptr(7), Process: "p/1", WaitsFor: ptr("child:8")}, {PID: 8, TID: ptr(9), Process: "p/1/w"}},
			},
		},
		Deadlocks: []session.DeadlockJSON{
			{Cycle: []session.EdgeJSON{
				{PID: 5, TID: 5, Process: "p/0", WaitsFor: "A", HeldBy: 5, HeldByTID: 6, HeldByProcess: "p/0"},
				{PID: 5, TID: 6, Process: "p/0", WaitsFor: "thread:5", HeldBy: 5, HeldByTID: 5, HeldByProcess: "p/0"},
			}},
			{Cycle: []session.EdgeJSON{
				{PID: 7, TID: 7, Process: "p/1", WaitsFor: "child:8", HeldBy: 8, HeldByTID: 9, HeldByProcess: "p/1/w"},
				{PID: 8, TID: 9, Process: "p/1/w", WaitsFor: "pipe:1:full", HeldBy: 7, HeldByTID: 7, HeldByProcess: "p/1"},
			}},
		},
	}, `deadlock: p/0 (5) waits for mutex A (pthread_mutex), held by thread 6 of p/0 (5), which waits for the end of p/0 (5)
deadlock: p/1 (7) waits for its child p/1/w (8), which waits for pipe 1 (pipe), at whose other end is p/1 (7)

LOCK     KIND           STATE     WAITING  LONGEST  SHARE  HELD BY
mutex A  pthread_mutex  deadlock  1        0µs      100%   thread 6 of p/0 (5), which waits for the end of p/0 (5)
pipe 1   pipe           deadlock  1        0µs      0%     p/1 (7), which waits for its child p/1/w (8)
`},
	{"an abandoned lock", false, session.LocksJSON{Locks: []session.LockJSON{{
		ID: "M", Kind: "pthread_mutex", Abandoned: true, Holders: []session.HolderJSON{{PID: 9, Process: "p/0/w-1", Dead: true}}, Waiters: make([]session.WaiterJSON, 2),
		LastHolder: &session.LastHolderJSON{PID: 9, Process: "p/0/w-1", Exit: &session.ExitJSON{Signal: ptr("SIGKILL")}},
	}}}, `abandoned: M (pthread_mutex), last held by p/0/w-1 (9), which was ended by SIGKILL; 2 wait

LOCK  KIND           STATE      WAITING  LONGEST  SHARE  HELD BY
M     pthread_mutex  abandoned  2        0µs      0%     p/0/w-1 (9), which has ended
`},
	{"a chain, and what could not be seen", false, session.LocksJSON{
		Locks: []session.LockJSON{{
			ID: "A", Kind: "mp.Lock", Name: "worker.py:7 lock", Contended: true, Waiters: make([]session.WaiterJSON, 3), LongestWaitSeconds: 2, Share: 0.5,
			Holders:    []session.HolderJSON{{PID: 8, Process: "pid 8 (flock)"}},
			LastHolder: &session.LastHolderJSON{PID: 8, Since: session.Time(time.Unix(0, 0)), Until: session.Time(time.Unix(12, 0))},
			Chain: []session.LinkJSON{
				{PID: 8, Process: "pid 8 (flock)", WaitsFor: ptr("child:9")},
				{PID: 9, Process: "pid 9 (sleep)", Wait: graph.Sleeping, Stack: []string{"worker.py:5 work"}},
			},
		}},
		Coverage: []profiling.Coverage{{Source: "threads", OK: true}, {Source: "memory", Note: "not permitted: why"}},
	}, `LOCK              KIND     STATE      WAITING  LONGEST  SHARE  HELD BY
worker.py:7 lock  mp.Lock  contended  3        2s       50%    pid 8 (flock) for 12s, which waits for its child pid 9 (sleep), which is sleeping in worker.py:5 work
not looked at: memory: not permitted: why
`},
}

func TestLocksText(t *testing.T) {
	for _, tt := range lockScenes {
		at := session.Time(time.Unix(0, 0))
		tt.l.At = &at
		if got := locksText(tt.l, tt.all); got != tt.want {
			t.Errorf("%s:\ngot\n%swant\n%s", tt.name, got, tt.want)
		}
	}
	if got := locksText(session.LocksJSON{}, false); got != "the locks have not been looked at\n" {
		t.Errorf("before the first look: %q", got)
	}
}
