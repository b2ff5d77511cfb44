package text

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
)

func ptr[T any](v T) *T { return &v }

// contention is a lock by both profiles, the less costly side first, and a wait
// for work.
var contention = []session.ContentionJSON{
	{
		PID: 7, Process: "web/0", Profile: graph.MutexProfile, File: "/src/a.go", Line: 9, Function: "main.work", WaitsFor: "mutex", Contended: true,
		Waits: 4, TotalWaitSeconds: 5, MeanWaitSeconds: 1.25, Share: 0.42, OverSeconds: 12,
	},
	{
		PID: 7, Process: "web/0", Profile: graph.BlockProfile, File: "/src/a.go", Line: 7, Function: "main.work", WaitsFor: "mutex", Contended: true,
		Waits: 4, TotalWaitSeconds: 6, MeanWaitSeconds: 1.5, Share: 0.5, OverSeconds: 12,
	},
	{
		PID: 9, Process: "pid 9 (api)", Profile: graph.BlockProfile, File: "/src/a\x1b[2J.go", Line: 20, Function: "main.select",
		Waits: 24, TotalWaitSeconds: 24, MeanWaitSeconds: 1, Share: 2, OverSeconds: 12,
	},
}

// lockScenes are what a person may be told.
var lockScenes = []struct {
	name string
	all  bool
	l    session.LocksJSON
	want string
}{
	{"nobody waits", false, session.LocksJSON{}, "nobody waits for a lock\n"},
	{
		"idle ones are silent, and what may be no lock", false,
		session.LocksJSON{Locks: []session.LockJSON{{ID: "p", Idle: true, Quiet: true, Waiters: make([]session.WaiterJSON, 1)}, {ID: "q", Quiet: true, Waiters: make([]session.WaiterJSON, 1)}}},
		"nobody waits for a lock\n2 waits are probably for work (--all shows them)\n",
	},
	{
		"but somebody waits for a lock that who waits for work has", false,
		session.LocksJSON{Locks: []session.LockJSON{{ID: "m", Kind: "pthread_mutex", Idle: true, Quiet: true, Waiters: make([]session.WaiterJSON, 1), Holders: make([]session.HolderJSON, 1)}}},
		"no lock is contended\n1 wait is probably for work (--all shows them)\n",
	},
	{
		"and who is at the other end of a pipe holds no lock", false,
		session.LocksJSON{Locks: []session.LockJSON{{ID: "p", Kind: "pipe", Idle: true, Quiet: true, Waiters: make([]session.WaiterJSON, 1), Holders: make([]session.HolderJSON, 1)}}},
		"nobody waits for a lock\n1 wait is probably for work (--all shows them)\n",
	},
	{
		"unless they are asked for", true,
		session.LocksJSON{Locks: []session.LockJSON{{ID: "p", Kind: "pipe", Name: "pipe 5", Idle: true}}},
		"LOCK    KIND  STATE  WAITING  LONGEST  SHARE  HELD BY\npipe 5  pipe  idle   0        -        -      -\n",
	},
	{
		"what is not known is no zero", false,
		session.LocksJSON{Locks: []session.LockJSON{{ID: "s", Kind: "mp.Semaphore", Name: "Queue made at q.py:3 (_sem)", LongestWaitSeconds: 7, Waiters: make([]session.WaiterJSON, 1)}}},
		"LOCK                         KIND          STATE    WAITING  LONGEST  SHARE  HELD BY\nQueue made at q.py:3 (_sem)  mp.Semaphore  waiting  1        7s       -      -\n",
	},
	{"a deadlock", false, session.LocksJSON{
		Locks: []session.LockJSON{
			{
				ID: "A", Kind: "flock", Name: "/tmp/a", Deadlocked: true, Contended: true, LongestWaitSeconds: 70, Share: ptr(1.0),
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
/tmp/b  flock  deadlock  0        -        -      p/0 (4)
`},
	{"a deadlock of two threads of a process, and of a process that is joined", false, session.LocksJSON{
		Locks: []session.LockJSON{
			{
				ID: "A", Kind: "pthread_mutex", Name: "mutex A", Deadlocked: true, Contended: true, Share: ptr(1.0),
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
mutex A  pthread_mutex  deadlock  1        now      100%   thread 6 of p/0 (5), which waits for the end of p/0 (5)
pipe 1   pipe           deadlock  1        now      -      p/1 (7), which waits for its child p/1/w (8)
`},
	{"an abandoned lock", false, session.LocksJSON{Locks: []session.LockJSON{{
		ID: "M", Kind: "pthread_mutex", Abandoned: true, Holders: []session.HolderJSON{{PID: 9, Process: "p/0/w-1", Dead: true}}, Waiters: make([]session.WaiterJSON, 2),
		LastHolder: &session.LastHolderJSON{PID: 9, Process: "p/0/w-1", Exit: &session.ExitJSON{Signal: ptr("SIGKILL")}},
	}}}, `abandoned: M (pthread_mutex), last held by p/0/w-1 (9), which was ended by SIGKILL; 2 wait

LOCK  KIND           STATE      WAITING  LONGEST  SHARE  HELD BY
M     pthread_mutex  abandoned  2        now      -      p/0/w-1 (9), which has ended
`},
	{"an abandoned lock, of whose holder only a thread has ended", false, session.LocksJSON{Locks: []session.LockJSON{{
		ID: "M", Kind: "pthread_mutex", Abandoned: true, Holders: []session.HolderJSON{{PID: 9, TID: ptr(10), Process: "p/0", Dead: true, Lives: true}}, Waiters: []session.WaiterJSON{{PID: 9, TID: 9}},
		LastHolder: &session.LastHolderJSON{PID: 9, TID: ptr(10), Process: "p/0", Lives: true}, Chain: []session.LinkJSON{{PID: 9, TID: ptr(10), Process: "p/0"}},
	}, {
		ID: "N", Kind: "pthread_mutex", Abandoned: true, Holders: []session.HolderJSON{{PID: 7, TID: ptr(8), Process: "p/1", Dead: true, Lives: true}}, Waiters: []session.WaiterJSON{{PID: 5, TID: 5}},
		Chain: []session.LinkJSON{{PID: 7, TID: ptr(8), Process: "p/1"}},
	}}}, `abandoned: M (pthread_mutex), last held by thread 10 of p/0 (9), which has ended; 1 waits
abandoned: N (pthread_mutex), held by thread 8 of p/1 (7), which has ended; 1 waits

LOCK  KIND           STATE      WAITING  LONGEST  SHARE  HELD BY
M     pthread_mutex  abandoned  1        now      -      thread 10 of p/0 (9), which has ended
N     pthread_mutex  abandoned  1        now      -      thread 8 of p/1 (7), which has ended
`},
	{"threads of one process at a lock that is idle, and one of another at two of them", true, session.LocksJSON{Locks: []session.LockJSON{
		{
			ID: "A", Kind: "pthread_mutex", Idle: true, Quiet: true, Holders: []session.HolderJSON{{PID: 5, TID: ptr(6), Process: "p/0"}}, Waiters: []session.WaiterJSON{{PID: 5, TID: 7}},
			Chain: []session.LinkJSON{{PID: 5, TID: ptr(6), Process: "p/0", WaitsFor: ptr("C")}},
		},
		{ID: "C", Kind: "pthread_cond", Idle: true, Quiet: true, Waiters: []session.WaiterJSON{{PID: 5, TID: 6}}},
		{
			ID: "B", Kind: "pthread_mutex", Idle: true, Quiet: true, Holders: []session.HolderJSON{{PID: 8, TID: ptr(9), Process: "p/1"}}, Waiters: []session.WaiterJSON{{PID: 1, TID: 1}},
			Chain: []session.LinkJSON{{PID: 8, TID: ptr(9), Process: "p/1", WaitsFor: ptr("D")}},
		},
		{ID: "D", Kind: "pthread_cond", Idle: true, Quiet: true, Waiters: []session.WaiterJSON{{PID: 8, TID: 9}}},
	}}, `LOCK  KIND           STATE  WAITING  LONGEST  SHARE  HELD BY
A     pthread_mutex  idle   1        now      -      thread 6 of p/0 (5), which waits for C (pthread_cond)
C     pthread_cond   idle   1        now      -      -
B     pthread_mutex  idle   1        now      -      p/1 (8), which waits for D (pthread_cond)
D     pthread_cond   idle   1        now      -      -
`},
	{"a barrier", false, session.LocksJSON{Locks: []session.LockJSON{{
		ID: "B", Kind: "pthread_barrier", State: graph.Gathers, Waiters: make([]session.WaiterJSON, 2),
	}}}, `LOCK  KIND             STATE    WAITING  LONGEST  SHARE  HELD BY
B     pthread_barrier  waiting  2        now      -      nobody: not all have come
`},
	{"a mutex that the kernel refused", false, session.LocksJSON{Locks: []session.LockJSON{{
		ID: "M", Kind: "pthread_mutex", Contended: true, State: graph.Refused, Waiters: make([]session.WaiterJSON, 1),
	}}}, `LOCK  KIND           STATE      WAITING  LONGEST  SHARE  HELD BY
M     pthread_mutex  contended  1        now      -      not known: the kernel refused it, as a deadlock or as its owner has ended
`},
	{"a lock that its last taker wants again, as of a hand-over", false, session.LocksJSON{Locks: []session.LockJSON{{
		ID: "M", Kind: "mp.Lock", Contended: true, Waiters: make([]session.WaiterJSON, 1), Holders: []session.HolderJSON{{PID: 9, Process: "p/0/ping"}},
		Chain: []session.LinkJSON{{PID: 9, Process: "p/0/ping", WaitsFor: ptr("M")}},
	}}}, `LOCK  KIND     STATE      WAITING  LONGEST  SHARE  HELD BY
M     mp.Lock  contended  1        now      -      p/0/ping (9), which waits for it as well
`},
	{"an abandoned lock that another process shares", false, session.LocksJSON{Locks: []session.LockJSON{{
		ID: "M", Kind: "mp.Lock", Abandoned: true, Releasable: true, Waiters: make([]session.WaiterJSON, 2),
		LastHolder: &session.LastHolderJSON{PID: 9, Process: "p/0/w-1", Exit: &session.ExitJSON{Signal: ptr("SIGKILL")}},
	}}}, `abandoned: M (mp.Lock), last held by p/0/w-1 (9), which was ended by SIGKILL; 2 wait; only another process that shares it could release it

LOCK  KIND     STATE      WAITING  LONGEST  SHARE  HELD BY
M     mp.Lock  abandoned  2        now      -      -
`},
	{
		"who has a lock of Go is not known, and where it contends is told", false,
		session.LocksJSON{
			Locks: []session.LockJSON{{
				ID: "go:7:sync.Mutex:0x1", Kind: graph.Go, Name: "sync.Mutex wanted at a.go:10", Contended: true, Waiters: make([]session.WaiterJSON, 3), Share: ptr(1.0),
			}},
			Contention: contention,
		},
		`LOCK                          KIND  STATE      WAITING  LONGEST  SHARE  HELD BY
sync.Mutex wanted at a.go:10  go    contended  3        now      100%   not known: Go does not tell

contention by source line, from Go's own profiles:
LINE         FUNCTION   OF     PROFILE         WAITS  TOTAL  MEAN  SHARE  IN THE LAST  PROCESS
/src/a.go:7  main.work  mutex  block: waits    4      6s     1s    50%    12s          web/0 (7)
/src/a.go:9  main.work  mutex  mutex: unlocks  4      5s     1s    42%    12s          web/0 (7)
1 line of Go waits for a channel, select, condition or wait group, which is no contention (--all shows them)
`,
	},
	{
		"waits for work are told when they are asked for, as what they are", true,
		session.LocksJSON{Contention: contention[2:]},
		`nobody waits for a lock

waits that are no contention, for what other goroutines do; it may be work:
LINE          FUNCTION     OF  PROFILE       WAITS  TOTAL  MEAN  SHARE  IN THE LAST  PROCESS
/src/a.go:20  main.select  -   block: waits  24     24s    1s    200%   12s          pid 9 (api)
`,
	},
	{
		"idle programs contend nowhere", false,
		session.LocksJSON{Contention: contention[2:]},
		"nobody waits for a lock\n1 line of Go waits for a channel, select, condition or wait group, which is no contention (--all shows them)\n",
	},
	{"a chain, and what could not be seen", false, session.LocksJSON{
		Locks: []session.LockJSON{{
			ID: "A", Kind: "mp.Lock", Name: "worker.py:7 lock", Contended: true, Waiters: make([]session.WaiterJSON, 3), LongestWaitSeconds: 2, Share: ptr(0.5),
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
	{"a holder that is inferred", false, session.LocksJSON{Locks: []session.LockJSON{{
		ID: "A", Kind: graph.Flock, Contended: true, Waiters: make([]session.WaiterJSON, 1),
		Holders: []session.HolderJSON{{PID: 10, Process: "p/0", Evidence: profiling.Inferred}, {PID: 11, Process: "p/1", Evidence: profiling.Inferred}},
	}}}, `LOCK  KIND   STATE      WAITING  LONGEST  SHARE  HELD BY
A     flock  contended  1        now      -      probably p/0 (10) and 1 more
`},
	{"a long chain", false, session.LocksJSON{Locks: []session.LockJSON{longChain(5), longChain(4), longChain(40)}}, `LOCK  KIND   STATE      WAITING  LONGEST  SHARE  HELD BY
A     flock  contended  1        now      -      p/0 (10), which waits for L0, held by p/1 (11), which waits for L1, held by p/2 (12), which waits for L2 and so on, 1 in between, up to p/4 (14), which is sleeping
A     flock  contended  1        now      -      p/0 (10), which waits for L0, held by p/1 (11), which waits for L1, held by p/2 (12), which waits for L2, held by p/3 (13), which is sleeping
A     flock  contended  1        now      -      p/0 (10), which waits for L0, held by p/1 (11), which waits for L1, held by p/2 (12), which waits for L2 and so on, 36 in between, up to p/39 (49), which is sleeping
`},
}

// longChain is a lock whose holder waits for a lock of another one, and so on through n processes.
func longChain(n int) session.LockJSON {
	l := session.LockJSON{ID: "A", Kind: graph.Flock, Contended: true, Waiters: make([]session.WaiterJSON, 1), Holders: []session.HolderJSON{{PID: 10, Process: "p/0"}}}
	for i := range n {
		link := session.LinkJSON{PID: 10 + i, Process: fmt.Sprintf("p/%d", i), WaitsFor: ptr(fmt.Sprintf("L%d", i))}
		if i == n-1 {
			link.WaitsFor, link.Wait = nil, graph.Sleeping
		}
		l.Chain = append(l.Chain, link)
	}
	return l
}

func TestLocks(t *testing.T) {
	for _, tt := range lockScenes {
		at := session.Time(time.Unix(0, 0))
		tt.l.At = &at
		if got := Locks(tt.l, tt.all, time.Unix(1, 0)); got != tt.want {
			t.Errorf("%s:\ngot\n%swant\n%s", tt.name, got, tt.want)
		}
	}
	if got := Locks(session.LocksJSON{}, false, time.Unix(1, 0)); got != "the locks have not been looked at\n" {
		t.Errorf("before the first look: %q", got)
	}
	at := session.Time(time.Unix(0, 0))
	if got := Locks(session.LocksJSON{At: &at}, false, time.Unix(5, 0)); got != "as of 5s ago: no look has ended since\nnobody waits for a lock\n" {
		t.Errorf("an old answer: %q", got)
	}
	early := session.LocksJSON{At: &at, Coverage: []profiling.Coverage{{Source: "threads", Note: profiling.NoProcess}, {Source: "futex", Note: profiling.NoProcess}}}
	if got := Locks(early, false, time.Unix(1, 0)); got != "no process lived at the last look\n" {
		t.Errorf("a look that found nobody: %q", got)
	}
}

// TestManyLines: the first are told, the rest is counted.
func TestManyLines(t *testing.T) {
	var many []session.ContentionJSON
	for i := range maxContended + 3 {
		c := contention[0]
		c.Line, c.TotalWaitSeconds = i+100, float64(i)
		many = append(many, c)
	}
	few, all := linesText(many, false), linesText(many, true)
	if !strings.Contains(few, "\n3 more with less (--all shows them)\n") || strings.Contains(few, ":102 ") || !strings.Contains(few, ":122 ") || !strings.Contains(few, ":103 ") {
		t.Errorf("some:\n%s", few)
	}
	if strings.Contains(all, "more with less") || !strings.Contains(all, ":100 ") {
		t.Errorf("all:\n%s", all)
	}
	if got := linesText(nil, true); got != "" {
		t.Errorf("no lines: %q", got)
	}
}

// TestHeldText: a lock that went with its holder is one that nobody can let go of,
// unless another process shares it.
func TestHeldText(t *testing.T) {
	h := session.HeldJSON{Kind: "mp.Lock", Name: "a.py:7", Waiters: []string{"w/0/x"}, Abandoned: true}
	for releasable, want := range map[bool]string{
		false: "mp.Lock a.py:7; w/0/x waits for it; nobody can let go of it now",
		true:  "mp.Lock a.py:7; w/0/x waits for it; only another process that shares it could let go of it now",
	} {
		h.Releasable = releasable
		if got := heldText(&h); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
