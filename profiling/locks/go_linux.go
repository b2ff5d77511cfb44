package locks

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/goroutines"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/native"
)

// goProgram is what is known of a process that may run a Go program. Its locks
// leave no trace in the kernel: its threads wait in futexes of the runtime when
// they have nothing to do, and what the goroutines wait for only itself can say.
type goProgram struct {
	exe       string // when it was looked at; an exec makes it another program
	at        time.Time
	is, pprof bool
}

// golang reports whether the process runs a Go program.
func (p *process) golang(now time.Time) bool {
	g := &p.goProgram
	if g.exe != "" && now.Sub(g.at) < execEvery {
		return g.is
	}
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.PID))
	g.at = now
	if err != nil || exe == g.exe {
		return g.is
	}
	g.exe = exe
	g.is, g.pprof, _ = native.GoProgram(p.mem) // whom we may not look into is none
	return g.is
}

// parked adds the wait of a thread that Go's runtime has put aside, and reports
// whether it is one: it is in a futex, or sleeps as the runtime's monitor does,
// or waits for descriptors of which none is the program's. Only the program's
// other threads can give it work.
func (l *looker) parked(p *process, t *thread) bool {
	switch t.at.is {
	case callFutex, callSleep:
	case callEpoll:
		if !p.pollsNothing(t) {
			return false
		}
	default:
		return false
	}
	if !p.golang(l.now) {
		return false
	}
	if t.at.is != callEpoll && !l.inRuntime(p, t) {
		return false // the program itself, or a library of C
	}
	t.at.timed = t.at.timed && t.at.is == callEpoll // the next timer; the monitor's own do not count
	l.wait(t, graph.ID(fmt.Sprintf("go:%d", p.PID)), false, func() graph.Object {
		return graph.Object{Kind: graph.Go, Name: "the scheduler of Go", Within: p.PIDRef, Complete: true, Any: true, Guess: true}
	})
	return true
}

// inRuntime reports whether a thread is in a system call of Go's runtime.
func (l *looker) inRuntime(p *process, t *thread) bool {
	frames, _ := l.symbols.Stack(p.mem, p.readMaps(l.now), native.Registers{PC: t.blocked.PC, SP: t.blocked.SP})
	return len(frames) > 0 && strings.HasPrefix(frames[0].Function, "runtime.")
}

// pollsNothing reports whether a thread waits in epoll for nothing but the
// event counter by which the runtime wakes itself.
func (p *process) pollsNothing(t *thread) bool {
	watched := 0
	for line := range strings.Lines(fdInfo(p.PID, t.at.fd)) {
		fd, ok := strings.CutPrefix(line, "tfd:")
		if !ok {
			continue
		}
		fields := strings.Fields(fd)
		if len(fields) == 0 {
			return false
		}
		n, err := strconv.Atoi(fields[0])
		if err != nil || p.targetOf(n) != "anon_inode:[eventfd]" {
			return false
		}
		watched++
	}
	return watched > 0
}

// goers asks Go programs for their goroutines, in a goroutine of its own: an
// answer may take a second.
type goers struct {
	mu      sync.Mutex
	answers map[procs.PIDRef][]goroutines.Goroutine
	busy    bool
	next    time.Time
	done    sync.WaitGroup
	asker   goroutines.Asker
}

// Go programs are asked seldom, the more so the longer they take: they stop
// for a moment to answer.
const (
	goersEvery = 3 * time.Second
	goersShare = 200 // times what the last answers took are waited before the next
)

// ask begins to ask, unless it is too soon. The answers are there later.
func (g *goers) ask(ctx context.Context, now time.Time, wanted []procs.PIDRef) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy || now.Before(g.next) || len(wanted) == 0 {
		return
	}
	g.busy = true
	g.done.Go(func() { // ends when all have answered, or their second is over
		began := time.Now()
		answers := map[procs.PIDRef][]goroutines.Goroutine{}
		for _, ref := range wanted {
			if list, err := g.asker.Goroutines(ctx, ref); err == nil {
				answers[ref] = list
			}
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.answers, g.busy = answers, false
		g.next = time.Now().Add(max(goersEvery, goersShare*time.Since(began)))
	})
}

// goroutines adds what the goroutines of Go programs wait for.
func (l *looker) goroutines() {
	var wanted []procs.PIDRef
	for _, p := range l.order {
		if p.goProgram.is && p.goProgram.pprof {
			wanted = append(wanted, p.PIDRef)
		}
	}
	l.goers.ask(l.ctx, l.now, wanted)
	l.goers.mu.Lock()
	answers := l.goers.answers
	l.goers.mu.Unlock()
	for _, ref := range wanted {
		byID := map[int]*goroutines.Goroutine{}
		list := answers[ref]
		for i := range list {
			byID[list[i].ID] = &list[i]
		}
		for _, lock := range goroutines.ByLock(list) {
			l.goLock(ref, lock, byID)
		}
	}
}

// goLock adds the goroutines that wait for one lock of package sync. Nothing
// tells who has it.
func (l *looker) goLock(ref procs.PIDRef, lock goroutines.Lock, byID map[int]*goroutines.Goroutine) {
	id := graph.ID(fmt.Sprintf("go:%d:%s:%#x", ref.PID, lock.Kind, lock.Addr))
	forWork := lock.Kind == "sync.WaitGroup" || lock.Kind == "sync.Cond"
	object := func() graph.Object {
		o := graph.Object{Kind: graph.Go, Name: lock.Kind, Taken: !forWork}
		if lock.At.File != "" {
			o.Name = fmt.Sprintf("%s wanted at %s:%d", lock.Kind, lock.At.File, lock.At.Line)
		}
		return o
	}
	for _, n := range lock.Waiters[:min(len(lock.Waiters), maxThreads)] {
		th := graph.Thread{PIDRef: ref, TID: -n}
		s := graph.State{Thread: th, Doing: graph.InLock}
		if g := byID[n]; g != nil {
			for _, f := range g.Frames[:min(len(g.Frames), maxStack)] {
				s.Stack = append(s.Stack, fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Function))
			}
		}
		l.out.Threads = append(l.out.Threads, s)
		l.wait(&thread{Thread: th}, id, forWork, object)
	}
}
