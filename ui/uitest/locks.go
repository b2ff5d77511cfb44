package uitest

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// watched is a view of the locks after a look every second. describe says
// what is so that many seconds before Now.
func watched(seconds int, describe func(ago int, l *look)) *graph.View {
	var tracker graph.Tracker
	var v *graph.View
	for ago := seconds; ago >= 0; ago-- {
		l := look{Look: graph.Look{At: Now.Add(-time.Duration(ago) * time.Second)}}
		describe(ago, &l)
		v = tracker.Add(l.Look)
	}
	return v
}

// look is a look at threads that is being described.
type look struct{ graph.Look }

// main is the main thread of one of the invented processes.
func main(pid int) graph.Thread {
	return graph.Thread{PIDRef: procs.PIDRef{PID: pid, StartTime: uint64(pid)}, TID: pid}
}

// does adds a thread that waits for nothing that has a name.
func (l *look) does(pid int, d graph.Doing, stack ...string) {
	l.Threads = append(l.Threads, graph.State{Thread: main(pid), Doing: d, Ran: 1, Stack: stack})
}

// waits adds a thread that waits.
func (l *look) waits(pid int, id graph.ID, work bool, stack ...string) {
	l.Threads = append(l.Threads, graph.State{Thread: main(pid), Doing: graph.InLock, Ran: 1, Stack: stack})
	l.Waits = append(l.Waits, graph.Wait{Thread: main(pid), For: id, ForWork: work})
}

// lock adds a lock and those who have it.
func (l *look) lock(o graph.Object, evidence profiling.Evidence, rule string, holders ...int) {
	o.Taken, o.Complete = true, true
	for _, pid := range holders {
		o.Holders = append(o.Holders, graph.Holder{Thread: main(pid), Evidence: evidence, Rule: rule})
	}
	l.Objects = append(l.Objects, o)
}

// covered is the coverage of a machine that permits everything.
var covered = []profiling.Coverage{{Source: "futex", OK: true}, {Source: "semlock", OK: true}, {Source: "flock", OK: true}, {Source: "pipe", OK: true}}

func mpLock(name string) graph.Object {
	return graph.Object{ID: "mp:00:1a:2053", Kind: graph.MPLock, Name: name, State: "held"}
}

const semlockRule = "count in the process's SemLock, and the semaphore's value is 0"

// Contention is the Typical session in which three workers wait for the lock
// that the fourth has while it sleeps. Their stacks name files in dir.
func Contention(dir string) *Session {
	s := Typical()
	at := func(line int, function string) string {
		return fmt.Sprintf("%s:%d %s", filepath.Join(dir, "worker.py"), line, function)
	}
	pool := []string{"/usr/lib/python3.12/multiprocessing/pool.py:125 worker", "/usr/lib/python3.12/multiprocessing/process.py:108 run"}
	s.SetLocks(watched(12, func(ago int, l *look) {
		l.Coverage = covered
		for _, w := range []struct{ pid, since int }{{4130, 12}, {4132, 12}, {4133, 8}} {
			if ago <= w.since {
				l.waits(w.pid, "mp:00:1a:2053", false, append([]string{"/usr/lib/python3.12/multiprocessing/synchronize.py:95 __enter__", at(17, "resize")}, pool...)...)
			}
		}
		l.does(4131, graph.Sleeping, append([]string{at(19, "resize")}, pool...)...)
		l.does(4121, graph.InPipe, at(30, "main"))
		l.lock(mpLock("Lock made at worker.py:7"), profiling.Exact, semlockRule, 4131)
	}))
	return s
}

// Deadlocked is a session of two workers each of which waits for the lock that
// the other has, and of a third that waits behind them.
func Deadlocked(dir string) *Session {
	web := running(procs.ID{Pool: "web"}, 4200, 3*time.Minute, usage(1, 90, 2))
	for i := range 3 {
		w := worker(4201+i, 4200, 0)
		w.Label = fmt.Sprintf("Worker-%d", i+1)
		web.Descendants = append(web.Descendants, w)
	}
	web.LastLine = line("transfer 41 begins")
	s := New(snapshot("bank", procs.Pool{Name: "web", Argv: []string{"python3", "bank.py"}, Size: 1, Slots: []procs.Slot{web}}))
	s.Print(procs.ID{Pool: "web"}, 4201, procs.Stdout, "transfer 41 begins")
	at := func(line int) string { return fmt.Sprintf("%s:%d transfer", filepath.Join(dir, "bank.py"), line) }
	s.SetLocks(watched(42, func(ago int, l *look) {
		l.Coverage = covered
		l.waits(4201, "flock:08:01:78", false, at(9))
		l.waits(4202, "flock:08:01:77", false, at(9))
		if ago <= 5 {
			l.waits(4203, "flock:08:01:77", false, at(8))
		}
		l.does(4200, graph.InChild)
		l.lock(graph.Object{ID: "flock:08:01:77", Kind: graph.Flock, Name: "/tmp/bank/alice.lock", State: "held"}, profiling.Exact, "/proc/locks", 4201)
		l.lock(graph.Object{ID: "flock:08:01:78", Kind: graph.Flock, Name: "/tmp/bank/bob.lock", State: "held"}, profiling.Exact, "/proc/locks", 4202)
	}))
	return s
}

// RingOf is a session of n workers that wait for each other in a ring: Worker-1 has
// /tmp/bank/1.lock and waits for the one that Worker-2 has, and so on. Their stacks name
// a line of their own each, in dir.
func RingOf(dir string, n int) *Session {
	const first = 4201
	web := running(procs.ID{Pool: "web"}, 4200, 3*time.Minute, usage(1, 90, 2))
	for i := range n {
		w := worker(first+i, 4200, 0)
		w.Label = fmt.Sprintf("Worker-%d", i+1)
		web.Descendants = append(web.Descendants, w)
	}
	s := New(snapshot("bank", procs.Pool{Name: "web", Argv: []string{"python3", "bank.py"}, Size: 1, Slots: []procs.Slot{web}}))
	s.SetLocks(watched(42, func(_ int, l *look) {
		l.Coverage = covered
		l.does(4200, graph.InChild)
		for i := range n {
			id := func(of int) graph.ID { return graph.ID(fmt.Sprintf("flock:08:01:%d", of+1)) }
			l.waits(first+i, id((i+1)%n), false, fmt.Sprintf("%s:%d transfer", filepath.Join(dir, "bank.py"), i+1))
			l.lock(graph.Object{ID: id(i), Kind: graph.Flock, Name: fmt.Sprintf("/tmp/bank/%d.lock", i+1), State: "held"}, profiling.Exact, "/proc/locks", first+i)
		}
	}))
	return s
}

// InARing is the Deadlocked session, but somebody else could let go of one of the locks.
func InARing(dir string) *Session {
	s := Deadlocked(dir)
	v := *s.Locks()
	v.Deadlocks, v.Rings = nil, v.Deadlocks
	v.Locks = slices.Clone(v.Locks)
	for i := range v.Locks {
		l := &v.Locks[i]
		l.Deadlocked, l.Ring = false, l.Deadlocked
	}
	s.SetLocks(&v)
	return s
}

// AbandonedLock is the Typical session in which a worker was killed while it
// had the lock that the others wait for.
func AbandonedLock(dir string) *Session {
	s := Typical()
	s.Change(func(snap *procs.Snapshot) {
		slot := &snap.Pools[0].Slots[0]
		slot.Descendants = append([]procs.Descendant{}, slot.Descendants...)
		slot.Descendants[2].Told = true
		slot.Descendants[2].Exit = &procs.Exit{Signal: procs.SIGKILL, At: Now.Add(-12 * time.Second), RunStartedAt: startedAt}
	})
	at := filepath.Join(dir, "worker.py") + ":17 resize"
	s.SetLocks(watched(20, func(ago int, l *look) {
		l.Coverage = covered
		for _, pid := range []int{4130, 4131, 4133} {
			l.waits(pid, "mp:00:1a:2053", false, "/usr/lib/python3.12/multiprocessing/synchronize.py:95 __enter__", at)
		}
		if ago > 12 {
			l.does(4132, graph.OnCPU)
			l.lock(mpLock("Lock made at worker.py:7"), profiling.Exact, semlockRule, 4132)
			return
		}
		l.lock(mpLock("Lock made at worker.py:7"), "", "")
	}))
	return s
}

// IdlePool is the Typical session whose workers wait for work: one reads the
// empty pipe, the others wait for the lock that lets them do the same.
func IdlePool() *Session {
	s := Typical()
	s.SetLocks(watched(30, func(_ int, l *look) {
		l.Coverage = covered
		get := "/usr/lib/python3.12/multiprocessing/queues.py:103 get"
		l.waits(4130, "pipe:4711", true, get)
		for _, pid := range []int{4131, 4132, 4133} {
			l.waits(pid, "mp:00:1a:2060", false, get)
		}
		l.does(4121, graph.Sleeping)
		l.lock(graph.Object{ID: "mp:00:1a:2060", Kind: graph.MPLock, State: "held"}, profiling.Sampled, semlockRule, 4130)
		l.lock(graph.Object{ID: "pipe:4711", Kind: graph.Pipe, State: "0 of 65536 bytes", Any: true}, profiling.Exact, "has the other end open", 4121)
	}))
	return s
}

// ManyLocks is a session of n slots, about two thirds of which wait for one of
// n locks of all kinds.
func ManyLocks(n int) *Session {
	s := Many(n)
	kinds := []graph.Kind{
		graph.MPLock, graph.Flock, graph.PthreadMutex, graph.MPSemaphore, graph.POSIX, graph.GIL, graph.Socket, graph.SysVSem, graph.ThreadLock, graph.MPRLock,
	}
	evidence := []profiling.Evidence{profiling.Exact, profiling.Exact, profiling.Sampled, profiling.Inferred}
	s.SetLocks(watched(9, func(ago int, l *look) {
		l.Coverage = covered
		for i := range n {
			id := graph.ID(fmt.Sprintf("lock:%d", i))
			o := graph.Object{ID: id, Kind: kinds[i%len(kinds)], Name: fmt.Sprintf("stage%d.py:%d", i%7, 10+i)}
			if o.Kind == graph.Flock || o.Kind == graph.POSIX {
				o.Name = fmt.Sprintf("/var/lib/muster/locks/part-%03d.lock", i)
			}
			switch {
			case ago > i%9:
				l.does(10000+i, graph.OnCPU)
				continue
			case i%3 == 0:
				l.does(10000+i, graph.OnCPU, fmt.Sprintf("/src/stage%d.py:%d step", i%7, 20+i))
				continue
			case i%4 == 1:
				l.waits(10000+i, id, true)
			default:
				l.waits(10000+i, id, false)
			}
			l.lock(o, evidence[i%len(evidence)], "a rule", 10000+i-i%3)
		}
	}))
	return s
}

// NobodyWaits is the Typical session, looked at, with nobody who waits.
func NobodyWaits() *Session {
	s := Typical()
	s.SetLocks(watched(3, func(_ int, l *look) { l.Coverage = covered }))
	return s
}

// GoContention is the Typical session whose program api, written in Go, tells
// where its goroutines contend. Their stacks name files in dir.
func GoContention(dir string) *Session {
	s := Typical()
	const api = 4140
	at := filepath.Join(dir, "store.go")
	v := watched(12, func(_ int, l *look) {
		l.Coverage = covered
		for n := range 3 {
			th := main(api)
			th.TID = -21 - n
			l.Threads = append(l.Threads, graph.State{Thread: th, Doing: graph.InLock, Stack: []string{
				"/usr/local/go/src/internal/sync/mutex.go:149 internal/sync.(*Mutex).lockSlow", at + ":10 main.(*store).put", at + ":21 main.serve",
			}})
			l.Waits = append(l.Waits, graph.Wait{Thread: th, For: "go:4140:sync.Mutex:0xc000012008"})
		}
		l.Objects = append(l.Objects, graph.Object{ID: "go:4140:sync.Mutex:0xc000012008", Kind: graph.Go, Name: "sync.Mutex wanted at store.go:10", Taken: true})
	})
	contends := func(p graph.Profile, file string, line int, function, what string, lock bool, waits int64, each time.Duration) {
		v.Lines = append(v.Lines, graph.Line{
			PIDRef: main(api).PIDRef, Profile: p, File: file, Line: line, Function: function, For: what, Contended: lock,
			Waits: waits, Total: time.Duration(waits) * each, Over: 24 * time.Second,
		})
	}
	contends(graph.MutexProfile, at, 12, "main.(*store).put", "mutex", true, 21110, 3400*time.Microsecond)
	contends(graph.BlockProfile, at, 10, "main.(*store).put", "mutex", true, 21024, 3400*time.Microsecond)
	contends(graph.BlockProfile, at, 16, "main.(*store).get", "rwmutex", true, 412, 9*time.Millisecond)
	contends(graph.BlockProfile, at, 21, "main.serve", "channel receive", false, 24, time.Second)
	contends(graph.MutexProfile, "/usr/local/go/src/runtime/chan.go", 337, "runtime.chansend", "runtime lock", true, 2, 80*time.Microsecond)
	s.SetLocks(v)
	return s
}

// NotPermitted is the Typical session on a machine that lets muster see little.
func NotPermitted() *Session {
	s := Typical()
	const yama = "not permitted: kernel.yama.ptrace_scope is 2; sysctl kernel.yama.ptrace_scope=1 permits it"
	s.SetLocks(watched(3, func(_ int, l *look) {
		l.Coverage = []profiling.Coverage{
			{Source: "futex", Note: yama},
			{Source: "semlock", Note: yama},
			{Source: "pthread", Note: yama},
			{Source: "flock", OK: true},
			{Source: "cpython", Note: "not covered: Python 3.15 (free threading)"},
			{Source: "ofd", Note: "not permitted: /proc/4121/fdinfo belongs to root"},
			{Source: "sysv", Note: "not permitted: another IPC namespace"},
		}
		l.waits(4130, "flock:08:01:80", false)
		l.does(4131, graph.Unknown)
		l.lock(graph.Object{ID: "flock:08:01:80", Kind: graph.Flock, Name: "/tmp/train.lock"}, profiling.Inferred, "the only one of those that have the file open", 4131)
	}))
	return s
}

// HostileLocks is the Hostile session with locks whose names and stacks try to
// hurt the terminal, and with graphs that no honest look gives.
func HostileLocks() *Session {
	s := Hostile()
	evil := "\x1b[2J\x1b]0;owned\a漢字\u202ertl\nnext\ttab \xff\xfe made at \x1b[31mx.py:7"
	s.SetLocks(watched(2, func(_ int, l *look) {
		l.Coverage = []profiling.Coverage{{Source: "\x1b[2Jfutex", Note: evil}}
		l.waits(5, "mp:\x1b[H", false, evil, "\x1b[1m/etc/passwd:1 \x1b]52;c;AAAA\a", "x:99999999999999999999 y", "/dev/tty:1 z")
		l.waits(6, "mp:\x1b[H", false)
		l.waits(7, "", false, "", ":", "a:b", ":0 ")
		l.does(1<<22, graph.Doing("\x1b[5m"))
		l.lock(graph.Object{ID: "mp:\x1b[H", Kind: graph.Kind("\x1b[7mkind\n"), Name: evil, State: evil}, profiling.Evidence("\x1b[2J"), evil, 7, 1<<22, 0)
		l.lock(graph.Object{Kind: graph.Pipe, State: "9 of x\x1b[H", Any: true}, profiling.Exact, "", 6)
	}))
	return s
}
