package waits_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/uitest"
	"example.com/muster/ui/waits"
)

func board(s *uitest.Session) *waits.Board { return waits.New(s.Locks(), s.Snapshot(), s.Crashes()) }

// TestSentence: all that a person must know of a lock is in one sentence.
func TestSentence(t *testing.T) {
	for _, tt := range []struct {
		name    string
		session *uitest.Session
		want    string
	}{
		{"contention", uitest.Contention("/src"), "3 workers wait for the Lock made at worker.py:7, held for 12 s by train/0/ForkPool-2, which is sleeping in worker.py:19"},
		{
			"deadlock", uitest.Deadlocked("/src"),
			"deadlock: web/0/Worker-1 has the flock on /tmp/bank/alice.lock and waits for the flock on /tmp/bank/bob.lock, which web/0/Worker-2 has; web/0/Worker-2 waits for the flock on /tmp/bank/alice.lock",
		},
		{
			"abandoned", uitest.AbandonedLock("/src"),
			"3 workers wait for the Lock made at worker.py:7, which nobody can release: last held by train/0/ForkPool-3, 13 s ago; it has ended (SIGKILL)",
		},
		{"idle", uitest.IdlePool(), "3 workers wait for the Lock 00:1a:2060, which train/0/ForkPool-1 has while it waits for work itself"},
		{"inferred", uitest.NotPermitted(), "train/0/ForkPool-1 waits for the flock on /tmp/train.lock, probably held for 3 s by train/0/ForkPool-2"},
	} {
		b := board(tt.session)
		if got := b.Sentence(&b.View.Locks[0]); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

var noon = uitest.Now

func th(pid, tid int) graph.Thread {
	return graph.Thread{PIDRef: procs.PIDRef{PID: pid, StartTime: uint64(pid)}, TID: tid}
}

func waiters(threads ...graph.Thread) (list []graph.Waiter) {
	for _, t := range threads {
		list = append(list, graph.Waiter{Thread: t, Since: noon.Add(-5 * time.Second)})
	}
	return list
}

func holder(t graph.Thread) graph.Holder { return graph.Holder{Thread: t, Evidence: profiling.Exact} }

// TestSentenceOfOddLocks: what is not known is said to be so, and nobody is blamed for it.
func TestSentenceOfOddLocks(t *testing.T) {
	pipe := graph.Object{ID: "pipe:4711", Kind: graph.Pipe, Any: true, State: "65536 of 65536 bytes", Holders: []graph.Holder{holder(th(4121, 0))}}
	mutex := graph.Object{ID: "mutex:1", Kind: graph.PthreadMutex, Holders: []graph.Holder{holder(th(4131, 4131))}}
	own := graph.Object{ID: "sem:1", Kind: graph.MPSemaphore, Name: "Semaphore made at a.py:3", Any: true, Holders: []graph.Holder{holder(th(4131, 4131))}}
	for _, tt := range []struct {
		name string
		lock graph.Lock
		want string
	}{
		{
			"nobody is known to have it",
			graph.Lock{Object: graph.Object{ID: "futex:7", Kind: graph.Futex}, Waiters: waiters(th(4130, 4130))},
			"train/0/ForkPool-1 waits for the futex 7; who has it is not known",
		},
		{
			"a barrier of threads",
			graph.Lock{Object: graph.Object{ID: "b:7", Kind: graph.PthreadBarrier, Name: "pthread barrier(4) at 0x7f", State: graph.Gathers}, Waiters: waiters(th(4130, 4130), th(4130, 4710))},
			"2 threads wait at the pthread barrier(4) at 0x7f; 2 have not come",
		},
		{
			"a barrier that others may share",
			graph.Lock{Object: graph.Object{ID: "b:7", Kind: graph.PthreadBarrier, Name: "pthread barrier at 0x7f", State: graph.Gathers}, Waiters: waiters(th(4130, 4130))},
			"train/0/ForkPool-1 waits at the pthread barrier at 0x7f for others, who have not come",
		},
		{
			"a lock of Rust",
			graph.Lock{Object: graph.Object{ID: "futex:7", Kind: graph.Futex, Name: "Rust Mutex at 0x7f", Taken: true}, Waiters: waiters(th(4130, 4130)), Contended: true},
			"train/0/ForkPool-1 waits for the Rust Mutex at 0x7f; who has it is not known",
		},
		{
			"the kernel refused it",
			graph.Lock{Object: graph.Object{ID: "m:7", Kind: graph.PthreadMutex, Name: "pthread mutex refused to thread 4130", State: graph.Refused}, Waiters: waiters(th(4130, 4130)), Contended: true},
			"train/0/ForkPool-1 waits for the pthread mutex refused to thread 4130, for ever: it would be a deadlock, or its owner has ended without letting go",
		},
		{
			"it may be no lock",
			graph.Lock{Object: graph.Object{ID: "futex:7", Kind: graph.Futex, Guess: true}, Waiters: waiters(th(4130, 4130))},
			"train/0/ForkPool-1 waits for what may be a lock: the futex 7; who has it is not known",
		},
		{
			"threads of one process",
			graph.Lock{Object: mutex, Waiters: waiters(th(4130, 4130), th(4130, 77)), Contended: true, Chain: []graph.Link{{Holder: mutex.Holders[0], Doing: graph.OnCPU}}},
			"2 threads wait for the mutex 1, held by train/0/ForkPool-2, which is computing",
		},
		{
			"a full pipe",
			graph.Lock{Object: pipe, Waiters: waiters(th(4131, 4131), th(99, 99)), Contended: true, Chain: []graph.Link{{Holder: pipe.Holders[0], Doing: graph.InIO}}},
			"2 processes wait for the pipe 4711, at whose other end is train/0, which is waiting for the disk",
		},
		{
			"one of several",
			graph.Lock{
				Object:  graph.Object{ID: "sem:1", Kind: graph.MPSemaphore, Name: "Semaphore made at a.py:3", Any: true, Holders: []graph.Holder{holder(th(4131, 4131)), holder(th(4132, 4132))}},
				Waiters: waiters(th(4130, 4130)), Contended: true,
			},
			"train/0/ForkPool-1 waits for the Semaphore made at a.py:3, which one of these could release: train/0/ForkPool-2 or 1 more",
		},
		{
			"who waits for what only it could release",
			graph.Lock{Object: own, Waiters: waiters(th(4131, 4131)), Contended: true, Chain: []graph.Link{{Holder: own.Holders[0], Doing: graph.InLock, WaitsFor: own.ID}}},
			"train/0/ForkPool-2 waits for the Semaphore made at a.py:3, which only it itself could release",
		},
		{
			"and another one waits as well",
			graph.Lock{Object: own, Waiters: waiters(th(4131, 4131), th(4130, 4130)), Contended: true, Chain: []graph.Link{{Holder: own.Holders[0], Doing: graph.InLock, WaitsFor: own.ID}}},
			"2 workers wait for the Semaphore made at a.py:3, which only train/0/ForkPool-2 could release, which waits for the Semaphore made at a.py:3 as well",
		},
		{
			"who waits for a lock that it has",
			graph.Lock{Object: mutex, Waiters: waiters(th(4131, 4131)), Contended: true, Chain: []graph.Link{{Holder: mutex.Holders[0], Doing: graph.InLock, WaitsFor: mutex.ID}}},
			"train/0/ForkPool-2 waits for the mutex 1, which it has itself",
		},
		{
			"a holder outside",
			graph.Lock{
				Object:  graph.Object{ID: "flock:1", Kind: graph.Flock, Name: "/a", Holders: []graph.Holder{{Thread: th(9, 0), Outside: true}}},
				Waiters: waiters(th(4130, 4130)), Contended: true,
			},
			"train/0/ForkPool-1 waits for the flock on /a, held by pid 9 (outside of this session)",
		},
		{
			"a barrier",
			graph.Lock{Object: graph.Object{ID: "mp:1", Kind: graph.MPCondition, Name: "Barrier(3) made at a.py:3 (_cond._wait_semaphore)", State: graph.Gathers, Any: true}, Waiters: waiters(th(4131, 4131), th(4130, 4130))},
			"2 workers wait at the Barrier(3) made at a.py:3; 1 has not come",
		},
		{
			"a barrier of many",
			graph.Lock{Object: graph.Object{ID: "mp:1", Kind: graph.MPCondition, Name: "Barrier(30) made at a.py:3 (_cond._wait_semaphore)", State: graph.Gathers, Any: true}, Waiters: waiters(th(4131, 4131))},
			"train/0/ForkPool-2 waits at the Barrier(30) made at a.py:3; 29 have not come",
		},
		{
			"a barrier that lets go of those who have come",
			graph.Lock{Object: graph.Object{ID: "mp:1", Kind: graph.MPCondition, Name: "Barrier(1) made at a.py:3 (_cond._wait_semaphore)", State: graph.Gathers, Any: true}, Waiters: waiters(th(4131, 4131))},
			"train/0/ForkPool-2 waits at the Barrier(1) made at a.py:3 for others, who have not come",
		},
		{
			"tasks that are to be done",
			graph.Lock{Object: graph.Object{ID: "mp:1", Kind: graph.MPCondition, Name: "JoinableQueue made at a.py:3 (_cond._wait_semaphore)", State: graph.AwaitsTasks, Any: true}, Waiters: waiters(th(4131, 4131))},
			"train/0/ForkPool-2 waits for all tasks of the JoinableQueue made at a.py:3 to be done, which task_done() says",
		},
		{
			"a queue that is full",
			graph.Lock{Object: graph.Object{ID: "mp:1", Kind: graph.MPSemaphore, Name: "Queue made at a.py:3 (_sem)", State: graph.Full}, Waiters: waiters(th(4131, 4131))},
			"train/0/ForkPool-2 waits for room in the Queue made at a.py:3, which is full",
		},
		{
			"nobody waits any more",
			graph.Lock{Object: mutex, Stats: graph.Stats{Waits: 1204, Longest: 72 * time.Second}, LastHolder: &graph.LastHolder{Holder: mutex.Holders[0]}},
			"nobody waits for the mutex 1 now; 1,204 waits so far, the longest 1 min 12 s, last held by train/0/ForkPool-2",
		},
		{
			"nobody waits any more, and nobody did for long",
			graph.Lock{Object: mutex, Stats: graph.Stats{Waits: 3}},
			"nobody waits for the mutex 1 now; 3 waits so far, none as long as from one look to the next",
		},
		{
			"a holder that was seen once",
			graph.Lock{Object: mutex, Waiters: waiters(th(4130, 4130)), Contended: true, LastHolder: &graph.LastHolder{Holder: mutex.Holders[0], Since: noon, Until: noon}},
			"train/0/ForkPool-1 waits for the mutex 1, held by train/0/ForkPool-2",
		},
		{
			"abandoned, and nobody knows by whom",
			graph.Lock{Object: mutex, Waiters: waiters(th(4130, 4130)), Abandoned: true, LastHolder: nil},
			"train/0/ForkPool-1 waits for the mutex 1, which nobody can release: held by train/0/ForkPool-2, which has ended",
		},
		{
			"abandoned, and another process shares it",
			graph.Lock{Object: mutex, Waiters: waiters(th(4130, 4130)), Abandoned: true, Releasable: true},
			"train/0/ForkPool-1 waits for the mutex 1, which only another process that shares it could release: held by train/0/ForkPool-2, which has ended",
		},
		{"an empty pipe", graph.Lock{Object: graph.Object{ID: "pipe:8", Kind: graph.Pipe, Any: true, State: "0 of 65536 bytes"}, Waiters: waiters(th(4130, 4130)), Idle: true}, "train/0/ForkPool-1 waits for work: for the pipe 8, which is empty"},
	} {
		s := uitest.Typical()
		s.SetLocks(&graph.View{At: noon, Locks: []graph.Lock{tt.lock}})
		b := board(s)
		if got := b.Sentence(&b.View.Locks[0]); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestChain: a sentence follows the holder to what it waits for itself.
func TestChain(t *testing.T) {
	a, b := holder(th(4131, 4131)), holder(th(4132, 4132))
	s := uitest.Typical()
	s.SetLocks(&graph.View{At: noon, Locks: []graph.Lock{
		{
			Object: graph.Object{ID: "1", Kind: graph.Flock, Name: "/a", Holders: []graph.Holder{a}}, Waiters: waiters(th(4130, 4130)), Contended: true,
			Chain: []graph.Link{{Holder: a, Doing: graph.InLock, WaitsFor: "2"}, {Holder: b, Doing: graph.Sleeping, Stack: []string{"/src/x.py:3 f"}}},
		},
		{Object: graph.Object{ID: "2", Kind: graph.Flock, Name: "/b", Holders: []graph.Holder{b}}, Waiters: waiters(th(4131, 4131)), Contended: true},
	}})
	w := board(s)
	want := "train/0/ForkPool-1 waits for the flock on /a, held by train/0/ForkPool-2, which waits for the flock on /b, held by train/0/ForkPool-3, which is sleeping in x.py:3"
	if got := w.Sentence(&w.View.Locks[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestChainThroughAChild: who waits for its child is not the one to look at.
func TestChainThroughAChild(t *testing.T) {
	a, b := holder(th(4121, 4121)), holder(th(4131, 4131))
	s := uitest.Typical()
	s.SetLocks(&graph.View{At: noon, Locks: []graph.Lock{{
		Object: graph.Object{ID: "1", Kind: graph.Flock, Name: "/a", Holders: []graph.Holder{a}}, Waiters: waiters(th(4140, 4140)), Contended: true,
		Chain: []graph.Link{{Holder: a, Doing: graph.InChild, WaitsFor: "child:4131"}, {Holder: b, Doing: graph.Sleeping}},
	}}})
	w := board(s)
	want := "api/0 waits for the flock on /a, held by train/0, which waits for the end of train/0/ForkPool-2, which is sleeping"
	if got := w.Sentence(&w.View.Locks[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := w.Does(&w.View.Locks[0].Chain[0]); got != "waits for a child to end" {
		t.Errorf("the holder %s", got)
	}
}

func TestThing(t *testing.T) {
	for _, tt := range []struct {
		object       graph.Object
		thing, place string
	}{
		{graph.Object{Kind: graph.MPLock, Name: "Lock made at worker.py:7"}, "Lock made at worker.py:7", "worker.py:7"},
		{graph.Object{Kind: graph.MPRLock, Name: "worker.py:7"}, "RLock made at worker.py:7", "worker.py:7"},
		{graph.Object{Kind: graph.MPLock, Name: "worker.py:7 lock"}, "worker.py:7 lock", "worker.py:7 lock"},
		{graph.Object{Kind: graph.MPLock, Name: "Queue's read lock made at q.py:1"}, "Queue's read lock made at q.py:1", "q.py:1"},
		{graph.Object{Kind: graph.Flock, Name: "/tmp/a.lock"}, "flock on /tmp/a.lock", "/tmp/a.lock"},
		{graph.Object{Kind: graph.POSIX, Name: "/tmp/a.lock"}, "fcntl lock on /tmp/a.lock", "/tmp/a.lock"},
		{graph.Object{Kind: graph.Socket, Name: "/run/x.sock"}, "socket /run/x.sock", "/run/x.sock"},
		{graph.Object{Kind: graph.Pipe, ID: "pipe:4711"}, "pipe 4711", "4711"},
		{graph.Object{Kind: graph.Pipe, ID: "pipe:4711", Name: "pipe 4711"}, "pipe 4711", "4711"},
		{graph.Object{Kind: graph.GIL, ID: "gil:4121"}, "GIL", "4121"},
		{graph.Object{Kind: graph.SysVSem, Name: "0x51, number 3"}, "System V semaphore 0x51, number 3", "0x51, number 3"},
		{graph.Object{Kind: "new", ID: "x"}, "new x", "x"},
		{graph.Object{Kind: graph.ThreadLock, Name: "threading lock at 0x5615"}, "threading lock at 0x5615", "at 0x5615"},
		{graph.Object{Kind: graph.ThreadLock, Name: "threads' signal awaited at a.py:7"}, "threads' signal awaited at a.py:7", "threads' signal awaited at a.py:7"},
		{graph.Object{Kind: graph.Pipe, Name: "any of 6 descriptors"}, "any of 6 descriptors", "any of 6 descriptors"},
		{graph.Object{Kind: graph.Go, Name: "sync.Mutex wanted at a.go:7"}, "sync.Mutex wanted at a.go:7", "sync.Mutex wanted at a.go:7"},
		{graph.Object{Kind: graph.Child, Name: "the end of 4131"}, "the end of 4131", "the end of 4131"},
		{graph.Object{Kind: graph.Flock, Name: "/a\x1b[2J\nb"}, "flock on /a␊b", "/a␊b"},
	} {
		if got := waits.Thing(&tt.object); got != tt.thing {
			t.Errorf("Thing(%q %q) = %q, want %q", tt.object.Kind, tt.object.Name, got, tt.thing)
		}
		if got := waits.Place(&tt.object); got != tt.place {
			t.Errorf("Place(%q %q) = %q, want %q", tt.object.Kind, tt.object.Name, got, tt.place)
		}
	}
}

// TestEveryKindHasWords: the table has room for each kind's word.
func TestEveryKindHasWords(t *testing.T) {
	for _, k := range []graph.Kind{
		graph.MPLock, graph.MPRLock, graph.MPSemaphore, graph.MPCondition, graph.Semaphore, graph.PthreadMutex, graph.PthreadRWLock,
		graph.PthreadCond, graph.PthreadBarrier, graph.Flock, graph.POSIX, graph.OFD, graph.SysVSem, graph.Pipe, graph.Socket, graph.EventFD, graph.GIL, graph.ThreadLock, graph.Go, graph.Futex,
	} {
		long, short := waits.Kind(k), waits.ShortKind(k)
		if long == "" || len(long) > waits.KindWidth || short == "" || len(short) > waits.ShortKindWidth || strings.Contains(long, "_") {
			t.Errorf("%s: %q, %q", k, long, short)
		}
	}
	for _, d := range []graph.Doing{
		graph.OnCPU, graph.Runnable, graph.InLock, graph.InGIL, graph.InIO, graph.InPipe, graph.InSocket, graph.InTTY,
		graph.Sleeping, graph.InChild, graph.Stopped, graph.Zombie, graph.Idle,
	} {
		if waits.Doing(d) == "" {
			t.Errorf("%s has no words", d)
		}
	}
	if got := waits.Doing(graph.Unknown); got != "" {
		t.Errorf("what is not known is said to be %q", got)
	}
}

func TestOwnFrame(t *testing.T) {
	for _, tt := range []struct {
		stack []string
		want  string
	}{
		{[]string{"/usr/lib/python3.12/threading.py:300 wait", "/home/me/a b/worker.py:5 work"}, "worker.py:5 work"},
		{[]string{"<frozen importlib>:5 x", "synchronize.py:95 __enter__", "worker.py:5 work"}, "worker.py:5 work"},
		{[]string{"/home/me/lib/queue/worker.py:5 work"}, "worker.py:5 work"},
		{[]string{"/home/me/go/src/example.org/queue/w.go:5 main.work"}, "w.go:5 main.work"},
		{[]string{"C:a:7 f"}, "C:a:7 f"},
		{[]string{"/usr/local/lib/python3.13/multiprocessing/queues.py:103 get"}, "queues.py:103 get"},
		{[]string{"/usr/local/go/src/sync/mutex.go:90 sync.(*Mutex).Lock", "/src/main.go:12 main.work"}, "main.go:12 main.work"},
		{[]string{"libc.so.6"}, ""},
		{[]string{"libc.so.6 syscall", "/rustc/59807616/library/std/src/sys/pal/unix/futex.rs:73 std::sys::pal::unix::futex::futex_wait", "/src/r.rs:3 r::main::{{closure}}"}, "r.rs:3 r::main::{{closure}}"},
		{[]string{"library/std/src/sys/pal/unix/futex.rs:73 futex_wait", "/home/me/.cargo/registry/src/index/parking_lot-0.12.1/src/lib.rs:9 park", "src/main.rs:5 main"}, "main.rs:5 main"},
		{[]string{"/home/me/rustc/library/std/src/futex.rs:73 futex_wait", "/src/r.rs:3 main"}, "futex.rs:73 futex_wait"},
		{[]string{"libc.so.6 wait4", "flock main+0x29", "libc.so.6 __libc_start_main"}, "main+0x29 (flock)"},
		{[]string{"libc.so.6 read", "python3.12 _Py_read", "worker.py:5 work"}, "worker.py:5 work"},
		{nil, ""},
	} {
		f, ok := waits.Own(tt.stack)
		if got := f.String(); ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("Own(%q) = %q, %v; want %q", tt.stack, got, ok, tt.want)
		}
	}
	if f := waits.ParseFrame("a:99999999999999999999 b"); f.Line != 0 || f.File != "" {
		t.Errorf("a line that is no number: %+v", f)
	}
}

func TestSpell(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 ms", 350 * time.Millisecond: "350 ms", 1500 * time.Millisecond: "1 s", 3 * time.Second: "3 s", 12*time.Second + 700*time.Millisecond: "12 s",
		192 * time.Second: "3 min 12 s", 62 * time.Minute: "1 h 2 min", 72 * time.Hour: "3 days",
	} {
		if got := waits.Spell(d); got != want {
			t.Errorf("Spell(%v) = %q, want %q", d, got, want)
		}
	}
}

// TestCell: the column of the processes, also where a thread of a process
// computes while its main thread waits, and where a wait has only just begun.
func TestCell(t *testing.T) {
	text := func(s *uitest.Session, pid int) string {
		c, ok := board(s).Cell(procs.PIDRef{PID: pid, StartTime: uint64(pid)})
		if !ok {
			return ""
		}
		text := c.Fit(25)
		if c.Who != "" {
			text += " <- " + c.Who
		}
		return text
	}
	for _, tt := range []struct {
		session *uitest.Session
		pid     int
		want    string
	}{
		{uitest.Contention("/src"), 4130, "lock worker.py:7 <- 4131"},
		{uitest.Contention("/src"), 4131, ""},
		{uitest.Deadlocked("/src"), 4201, "deadlock bob.lock <- 4202"},
		{uitest.AbandonedLock("/src"), 4130, "abandoned worker.py:7"},
		{uitest.IdlePool(), 4130, "pipe (empty)"},
		{uitest.IdlePool(), 4131, "lock 00:1a:2060"},
	} {
		if got := text(tt.session, tt.pid); got != tt.want {
			t.Errorf("pid %d: %q, want %q", tt.pid, got, tt.want)
		}
	}
	s := uitest.Typical()
	gil := graph.Lock{Object: graph.Object{ID: "gil:4121", Kind: graph.GIL, Holders: []graph.Holder{holder(th(4140, 4140))}}, Waiters: waiters(th(4121, 4121)), Contended: true}
	v := &graph.View{At: noon, Locks: []graph.Lock{gil}}
	s.SetLocks(v)
	if got := text(s, 4121); got != "gil <- api/0" {
		t.Errorf("a holder in another slot: %q", got)
	}
	v = &graph.View{At: noon, Locks: []graph.Lock{gil}, Threads: []graph.State{{Thread: th(4121, 77), Doing: graph.OnCPU}}}
	s.SetLocks(v)
	if got := text(s, 4121); got != "" {
		t.Errorf("another thread computes, and yet: %q", got)
	}
	gil.Waiters = []graph.Waiter{{Thread: th(4121, 4121), Since: noon}}
	s.SetLocks(&graph.View{At: noon, Locks: []graph.Lock{gil}})
	if got := text(s, 4121); got != "" {
		t.Errorf("a wait that has just begun makes the row restless: %q", got)
	}
}

// The column names all that wait for a lock in the same view, as the screen of locks does: also
// who has only just come to a queue. A wait that has just begun where nobody waits changes no row.
func TestAllThatWaitForALockAreTold(t *testing.T) {
	lock := func(id graph.ID, waiters ...graph.Waiter) graph.Lock {
		return graph.Lock{Object: graph.Object{ID: id, Kind: graph.Flock, Name: "/tmp/" + string(id), Holders: []graph.Holder{holder(th(4140, 4140))}}, Waiters: waiters, Contended: true}
	}
	wait := func(pid int, d time.Duration) graph.Waiter {
		return graph.Waiter{Thread: th(pid, pid), Since: noon.Add(-d)}
	}
	s := uitest.Typical()
	s.SetLocks(&graph.View{At: noon, Locks: []graph.Lock{
		lock("till", wait(4130, 800*time.Millisecond), wait(4131, 40*time.Millisecond), wait(4132, 0)),
		lock("door", wait(4133, 40*time.Millisecond)),
	}})
	b := board(s)
	for pid, want := range map[int]string{4130: "/tmp/till", 4131: "/tmp/till", 4132: "/tmp/till", 4133: ""} {
		if c, _ := b.Cell(procs.PIDRef{PID: pid, StartTime: uint64(pid)}); c.Name != want {
			t.Errorf("pid %d waits for %q, want %q", pid, c.Name, want)
		}
	}
	if b.Cells() != 3 {
		t.Errorf("%d processes wait, want 3", b.Cells())
	}
}

// What a process waits for has a text for each width: where the sentence does not fit, who has
// it is said in fewer words, and not cut off.
func TestTold(t *testing.T) {
	for _, tt := range []struct {
		session *uitest.Session
		pid     int
		want    []string // after the sentence
	}{
		{uitest.Contention("/src"), 4130, []string{
			"waits for the Lock made at worker.py:7, held for 12 s by train/0/ForkPool-2",
			"waits for lock worker.py:7 <- train/0/ForkPool-2", "waits for lock worker.py:7 <- ForkPool-2",
		}},
		{uitest.Contention("/src"), 4131, nil},
		{uitest.Deadlocked("/src"), 4201, []string{
			"deadlock: waits for flock /tmp/bank/bob.lock <- web/0/Worker-2", "deadlock: waits for flock /tmp/bank/bob.lock <- Worker-2",
		}},
		{uitest.AbandonedLock("/src"), 4130, []string{"abandoned: waits for lock worker.py:7"}},
		{uitest.IdlePool(), 4130, nil},
	} {
		b := board(tt.session)
		got := b.Told(procs.PIDRef{PID: tt.pid, StartTime: uint64(tt.pid)})
		if len(got) == 0 && tt.want == nil {
			continue
		}
		c, _ := b.Cell(procs.PIDRef{PID: tt.pid, StartTime: uint64(tt.pid)})
		if want := append([]string{b.Sentence(b.Lock(c.Lock))}, tt.want...); !slices.Equal(got, want) {
			t.Errorf("pid %d: %q, want %q", tt.pid, got, want)
		}
	}
}

func TestAlarms(t *testing.T) {
	for _, tt := range []struct {
		session *uitest.Session
		want    []string
	}{
		{uitest.Deadlocked("/src"), []string{"deadlock: web/0/Worker-1 and web/0/Worker-2 wait for each other's lock", "deadlock of 2 processes"}},
		{uitest.InARing("/src"), []string{"ring: web/0/Worker-1 and web/0/Worker-2 wait for each other's lock", "ring of 2 processes"}},
		{uitest.AbandonedLock("/src"), []string{
			"abandoned lock: 3 workers wait for the Lock made at worker.py:7, but train/0/ForkPool-3, which had it, has ended",
			"abandoned lock: 3 workers wait for the Lock made at worker.py:7", "abandoned lock",
		}},
		{uitest.Contention("/src"), nil},
		{uitest.IdlePool(), nil},
	} {
		if got := board(tt.session).Alarms(); strings.Join(got, "|") != strings.Join(tt.want, "|") {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	cycle := func(threads ...graph.Thread) string {
		d := graph.Deadlock{}
		for i, th := range threads {
			d.Cycle = append(d.Cycle, graph.Edge{Thread: th, WaitsFor: "1", HeldBy: threads[(i+1)%len(threads)]})
		}
		s := uitest.Typical()
		s.SetLocks(&graph.View{At: noon, Deadlocks: []graph.Deadlock{d}})
		return strings.Join(board(s).Alarms(), "|")
	}
	for got, want := range map[string]string{
		cycle(th(4130, 4130)):                                                   "deadlock: train/0/ForkPool-1 waits for lock 1, which it has itself|deadlock of 1 thread of train/0/ForkPool-1",
		cycle(th(4130, 4130), th(4130, 9)):                                      "deadlock: 2 threads of train/0/ForkPool-1 wait for each other's lock|deadlock of 2 threads of train/0/ForkPool-1",
		cycle(th(4130, 4130), th(4131, 1), th(4132, 4132)):                      "deadlock: train/0/ForkPool-1, train/0/ForkPool-2 and train/0/ForkPool-3 wait for each other's lock|deadlock of 3 processes",
		cycle(th(1, 1), th(2, 2), th(3, 3), th(4, 4), th(5, 5), th(4133, 4133)): "deadlock: pid 1, pid 2, pid 3 and 3 more wait for each other's lock|deadlock of 6 processes",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestJoins: only who waits in a function that joins waits for a thread, and no longer once it is on.
func TestJoins(t *testing.T) {
	for _, tt := range []struct {
		does  graph.Doing
		stack []string
		want  string
	}{
		{graph.InLock, []string{"libc.so.6 __futex_abstimed_wait_common", "libc.so.6 __pthread_clockjoin_ex", "/a/seg.c:11 main"}, "waiting for a thread to end in seg.c:11"},
		{graph.InLock, []string{"libc.so.6 pthread_join", "r std::sys::thread::unix::Thread::join", "/a/r.rs:9 r::main"}, "waiting for a thread to end in r.rs:9"},
		{graph.InLock, []string{"/usr/lib/python3.11/threading.py:1139 _wait_for_tstate_lock", "/usr/lib/python3.11/threading.py:1119 join", "a.py:3 <module>"}, "waiting for a thread to end in a.py:3"},
		{graph.InLock, []string{"libc.so.6 __lll_lock_wait", "libc.so.6 pthread_mutex_lock", "/a/seg.c:5 joiner"}, "waiting for a lock in seg.c:5"},
		{graph.InLock, []string{"a.py:3 join"}, "waiting for a lock in a.py:3"},
		{graph.OnCPU, []string{"libc.so.6 __pthread_clockjoin_ex", "/a/seg.c:11 main"}, "computing in seg.c:11"},
		{graph.InChild, []string{"libc.so.6 wait4", "/a/seg.c:11 main"}, "waiting for a child to end in seg.c:11"},
	} {
		if got := board(uitest.Typical()).Does(&graph.Link{Doing: tt.does, Stack: tt.stack}); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.stack, got, tt.want)
		}
	}
	if got := board(uitest.Typical()).Does(&graph.Link{Doing: graph.InLock, WaitsFor: "thread:7"}); got != "waits for a thread to end" {
		t.Errorf("without a stack: %q", got)
	}
}

// TestAParentInADeadlock: who waits for its child has no lock, and is said to have none.
func TestAParentInADeadlock(t *testing.T) {
	parent, worker := th(4121, 4121), th(4131, 4131)
	s := uitest.Typical()
	s.SetLocks(&graph.View{
		At: noon,
		Locks: []graph.Lock{
			{Object: graph.Object{ID: "child:4131", Kind: graph.Child, Name: "the end of 4131", Holders: []graph.Holder{holder(worker)}}, Waiters: waiters(parent), Deadlocked: true, Contended: true},
			{Object: graph.Object{ID: "flock:1", Kind: graph.Flock, Name: "/a", Holders: []graph.Holder{holder(parent)}}, Waiters: waiters(worker), Deadlocked: true, Contended: true},
		},
		Deadlocks: []graph.Deadlock{{Cycle: []graph.Edge{{Thread: parent, WaitsFor: "child:4131", HeldBy: worker}, {Thread: worker, WaitsFor: "flock:1", HeldBy: parent}}}},
	})
	b := board(s)
	want := "deadlock: train/0 has the flock on /a and waits for the end of train/0/ForkPool-2; train/0/ForkPool-2 waits for the flock on /a"
	if got := b.Sentence(&b.View.Locks[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	b.View.Deadlocks[0].Cycle[0], b.View.Deadlocks[0].Cycle[1] = b.View.Deadlocks[0].Cycle[1], b.View.Deadlocks[0].Cycle[0]
	want = "train/0/ForkPool-2 waits for the flock on /a, which train/0 has; train/0 waits for the end of train/0/ForkPool-2"
	if got := b.Cycle(&b.View.Deadlocks[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := b.Alarms()[0]; got != "deadlock: train/0/ForkPool-2 and train/0 wait for each other" {
		t.Errorf("the banner says %q", got)
	}
}

// TestADeadlockMarksEachOfItsProcesses: also one whose main thread waits for something
// else, or computes, while another one is in the ring; but not who only waits for one of
// those. It names the child, and that once.
func TestADeadlockMarksEachOfItsProcesses(t *testing.T) {
	parent, worker, feeder, other := th(4121, 4121), th(4131, 4131), th(4131, 9), th(4130, 4130)
	s := uitest.Typical()
	v := &graph.View{
		At: noon,
		Locks: []graph.Lock{
			{Object: graph.Object{ID: "child:4131", Kind: graph.Child, Name: "the end of 4131", Any: true, Holders: []graph.Holder{holder(worker)}}, Waiters: waiters(parent), Deadlocked: true, Contended: true},
			{Object: graph.Object{ID: "pipe:1:full", Kind: graph.Pipe, Name: "pipe of the Queue made at q.py:5", Any: true, Holders: []graph.Holder{holder(parent)}}, Waiters: waiters(feeder, th(4130, 9)), Deadlocked: true, Contended: true},
			{Object: graph.Object{ID: "futex:7", Kind: graph.ThreadLock, Guess: true, Name: "the end of a thread awaited at q.py:5"}, Waiters: waiters(worker, other), Idle: true},
		},
		Deadlocks: []graph.Deadlock{{Cycle: []graph.Edge{{Thread: parent, WaitsFor: "child:4131", HeldBy: feeder}, {Thread: feeder, WaitsFor: "pipe:1:full", HeldBy: parent}}}},
	}
	for _, main := range []graph.Doing{graph.InLock, graph.OnCPU} {
		v.Threads = []graph.State{{Thread: worker, Doing: main}}
		s.SetLocks(v)
		b := board(s)
		for pid, want := range map[int]string{4121: "deadlock child 4131", 4131: "deadlock q.py:5 <- 4121", 4130: "thread lock"} {
			c, _ := b.Cell(procs.PIDRef{PID: pid, StartTime: uint64(pid)})
			if got := strings.TrimSuffix(c.Fit(25)+" <- "+c.Who, " <- "); got != want {
				t.Errorf("while the main thread is %s the row of %d says %q, want %q", main, pid, got, want)
			}
		}
	}
	c, _ := waits.Then(graph.Waited{Kind: graph.Child, Name: "the end of 4131", Holder: 4131, Deadlocked: true})
	if c.Fit(25) != "deadlock child 4131" || c.Who != "" {
		t.Errorf("of a moment that is over: %+v", c)
	}
}

// TestWhatMayBeNoLockIsQuiet: it is nothing to be looked at, and its address no name.
func TestWhatMayBeNoLockIsQuiet(t *testing.T) {
	s := uitest.Typical()
	s.SetLocks(&graph.View{At: noon, Locks: []graph.Lock{
		{Object: graph.Object{ID: "futex:7", Kind: graph.ThreadLock, Name: "threading lock at 0x56155dd20c60", Guess: true}, Waiters: waiters(th(4121, 4121))},
		{Object: graph.Object{ID: "mutex:7", Kind: graph.PthreadMutex}, Waiters: waiters(th(4130, 4130))},
	}})
	b := board(s)
	wanted := b.View.Locks[0]
	wanted.Name, wanted.Wanted = "threading lock wanted at w.py:11", true
	if !waits.Quiet(&b.View.Locks[0]) || waits.Quiet(&b.View.Locks[1]) {
		t.Error("what is not known to be a lock, or what is, is told in the wrong place")
	}
	if c, _ := b.Cell(procs.PIDRef{PID: 4121, StartTime: 4121}); c.Fit(25) != "thread lock" || !c.Quiet {
		t.Errorf("the row says %+v", c)
	}
	if got, want := b.Sentence(&wanted), "train/0 waits for the threading lock wanted at w.py:11; who has it is not known"; waits.Quiet(&wanted) || got != want {
		t.Errorf("of a lock that a thread's own code wants: %q, want %q", got, want)
	}
}

// TestBlocked: those that wait for work are not blocked, nor is whoever waits for a moment.
func TestBlocked(t *testing.T) {
	for _, tt := range []struct {
		session *uitest.Session
		want    int
	}{{uitest.Contention("/src"), 3}, {uitest.Deadlocked("/src"), 3}, {uitest.IdlePool(), 0}, {uitest.NobodyWaits(), 0}} {
		if got := board(tt.session).Blocked(); got != tt.want {
			t.Errorf("%d are blocked, want %d", got, tt.want)
		}
	}
}

// TestAPidIsNotItsSuccessor: a name is told only of the process that has the start time.
func TestAPidIsNotItsSuccessor(t *testing.T) {
	b := board(uitest.Typical())
	if got := b.People.Name(procs.PIDRef{PID: 4131, StartTime: 4131}); got != "train/0/ForkPool-2" {
		t.Errorf("got %q", got)
	}
	if got := b.People.Name(procs.PIDRef{PID: 4131, StartTime: 5}); got != "pid 4131" {
		t.Errorf("another process of that pid is called %q", got)
	}
}

// FuzzWords: whatever a program calls its locks, processes and functions, what
// is said of them is one line that does nothing to a terminal.
func FuzzWords(f *testing.F) {
	f.Add("Lock made at worker.py:7", "0 of 65536 bytes", "worker.py:5 work", "mp.Lock", "pipe:4711")
	f.Add("\x1b[2J made at \n", "9 of x", "a:b:7 \x1b]0;x\a", "\x1b", "")
	f.Fuzz(func(t *testing.T, name, state, frame, kind, id string) {
		for i := range 4 {
			a, b := holder(th(4131, 4131)), holder(th(4132, 7))
			l := graph.Lock{
				Object:  graph.Object{ID: graph.ID(id), Kind: graph.Kind(kind), Name: name, State: state, Any: i == 1, Guess: i == 2, Holders: []graph.Holder{a, b}},
				Waiters: waiters(th(4130, 4130)), Contended: i != 3, Idle: i == 3, Stats: graph.Stats{Waits: 1},
				Chain: []graph.Link{{Holder: a, Doing: graph.Doing(kind), Stack: []string{frame}, WaitsFor: graph.ID(id)}},
			}
			l.Waiters[0].Stack = []string{frame}
			s := uitest.Typical()
			s.SetLocks(&graph.View{At: noon, Locks: []graph.Lock{l}, Deadlocks: []graph.Deadlock{{Cycle: []graph.Edge{{Thread: th(4130, 4130), WaitsFor: l.ID, HeldBy: th(4131, 4131)}}}}})
			w := board(s)
			_, where := w.Waiting(&l.Waiters[0])
			c, _ := w.Cell(l.Waiters[0].PIDRef)
			said := append(w.Alarms(), w.Sentence(&l), where, c.Fit(25), c.Who, w.Does(&l.Chain[0]), w.Joint(&l), waits.Thing(&l.Object), waits.Place(&l.Object), waits.Kind(l.Kind))
			for _, text := range said {
				if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }) || !utf8.ValidString(text) {
					t.Fatalf("said: %q", text)
				}
			}
		}
	})
}

// Who is at the other end of a pipe does not have it.
func TestADeadlockAtAPipe(t *testing.T) {
	parent, feeder := th(4121, 4121), th(4131, 4140)
	s := uitest.Typical()
	s.SetLocks(&graph.View{
		At: noon,
		Locks: []graph.Lock{
			{Object: graph.Object{ID: "child:4131", Kind: graph.Child, Name: "the end of 4131", Holders: []graph.Holder{holder(feeder)}}, Waiters: waiters(parent), Deadlocked: true, Contended: true},
			{Object: graph.Object{ID: "pipe:1:full", Kind: graph.Pipe, Any: true, Name: "pipe 1", State: "full", Holders: []graph.Holder{holder(parent)}}, Waiters: waiters(feeder), Deadlocked: true, Contended: true},
		},
		Deadlocks: []graph.Deadlock{{Cycle: []graph.Edge{{Thread: parent, WaitsFor: "child:4131", HeldBy: feeder}, {Thread: feeder, WaitsFor: "pipe:1:full", HeldBy: parent}}}},
	})
	b := board(s)
	d := &b.View.Deadlocks[0]
	for _, want := range []string{
		"train/0 is at the other end of the pipe 1 and waits for the end of train/0/ForkPool-2; train/0/ForkPool-2 waits for the pipe 1",
		"train/0/ForkPool-2 waits for the pipe 1, at whose other end is train/0; train/0 waits for the end of train/0/ForkPool-2",
	} {
		if got := b.Cycle(d); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		d.Cycle[0], d.Cycle[1] = d.Cycle[1], d.Cycle[0]
	}
}

// What is kept of a wait is told later as the wait was told then.
func TestThen(t *testing.T) {
	told := 0
	for _, people := range []*uitest.Session{uitest.Contention("/src"), uitest.Deadlocked("/src"), uitest.AbandonedLock("/src"), uitest.IdlePool(), uitest.ManyLocks(40)} {
		b := board(people)
		for ref, at := range people.Locks().Blocked(0) {
			now, known := b.Cell(ref)
			if !known {
				continue // it has not waited long enough to be told
			}
			then, ok := waits.Then(at.Waited())
			if then.Who != "" {
				now.Who = then.Who // a pid, where the column may name a slot
				told++
			}
			if now.Blocked = false; !ok || now != then { // how long it had waited is not kept
				t.Errorf("then %+v, now %+v", then, now)
			}
		}
	}
	if told < 10 {
		t.Errorf("of %d waits it is told who had what was waited for", told)
	}
	if c, ok := waits.Then(graph.Waited{}); ok {
		t.Errorf("nothing is told as %+v", c)
	}
}

// TestFit: of a name that is too long for its cell the place is kept, and of what tells
// it from its like the end.
func TestFit(t *testing.T) {
	for _, tt := range []struct {
		name string
		w    int
		want string
	}{
		{"u1.py:7", 30, "deadlock u1.py:7"},
		{"u1.py:7 (242253)", 30, "deadlock u1.py:7 (242253)"},
		{"u1.py:7 (242253)", 24, "deadlock u1.py:7 (…2253)"},
		{"u1.py:7 (242253)", 23, "deadlock u1.py:7 (…253)"},
		{"u1.py:7 (242253)", 21, "deadlock u1.py:7"},
		{"training.py:71 (242253)", 20, "deadlock …ning.py:71"},
		{"/tmp/bank/bob.lock", 20, "deadlock bob.lock"},
		{"lockw.py:28 (_cond._wait_semaphore)", 30, "deadlock lockw.py:28"},
		{"lockw.py:28 (_cond._wait_semaphore)", 15, "deadlock …py:28"},
		{"lockw.py:28 (_wait_semaphore) (2053)", 30, "deadlock lockw.py:28 (2053)"},
		{"lockw.py:28 (_wait_semaphore) (pid 4711)", 28, "deadlock lockw.py:28 (…4711)"},
		{"Barrier lockw.py:28 (_cond._wait_semaphore)", 30, "deadlock Barrier lockw.py:28"},
		{"Barrier lockw.py:28 (_cond._wait_semaphore)", 27, "deadlock lockw.py:28"},
		{"Barrier lockw.py:28 (_lock) (2053)", 35, "deadlock Barrier lockw.py:28 (2053)"},
		{"Barrier lockw.py:28 (_lock) (2053)", 34, "deadlock lockw.py:28 (2053)"},
		{"Barrier lockw.py:28", 27, "deadlock lockw.py:28"},
		{"lockw.py:28 (_sem)", 27, "deadlock lockw.py:28 (_sem)"},
	} {
		if got := (waits.Cell{Word: "deadlock", Name: tt.name}).Fit(tt.w); got != tt.want {
			t.Errorf("%q in %d cells: %q, want %q", tt.name, tt.w, got, tt.want)
		}
	}
}

// TestThreadsOfAQuietLock: the sentence of an idle lock does not read as if somebody waited for
// itself; who has no other thread at the same lock needs no number.
func TestThreadsOfAQuietLock(t *testing.T) {
	mutex := func(id graph.ID, has, waits graph.Thread) graph.Lock {
		o := graph.Object{ID: id, Kind: graph.PthreadMutex, Name: "pthread mutex at 0x" + string(id), Holders: []graph.Holder{holder(has)}}
		return graph.Lock{Object: o, Waiters: waiters(waits), Chain: []graph.Link{{Holder: holder(has), Doing: graph.InLock}}, Idle: true}
	}
	s := uitest.Typical()
	s.SetLocks(&graph.View{At: noon, Locks: []graph.Lock{mutex("1", th(4130, 4711), th(4130, 4712)), mutex("2", th(4131, 4721), th(4132, 4731)), mutex("3", th(4131, 4722), th(4132, 4731))}})
	b := board(s)
	for i, want := range []string{
		"thread 4712 of train/0/ForkPool-1 waits for the pthread mutex at 0x1, which thread 4711 of train/0/ForkPool-1 has while it waits for work itself",
		"train/0/ForkPool-3 waits for the pthread mutex at 0x2, which train/0/ForkPool-2 has while it waits for work itself",
	} {
		if got := b.Sentence(&b.View.Locks[i]); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
