package locks

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

// goroutines adds what the goroutines of Go programs wait for, and what their
// own profiles tell.
func (l *looker) goroutines() {
	var wanted []procs.PIDRef
	var report goReport
	for _, p := range l.order {
		switch {
		case !p.goProgram.is:
		case !p.goProgram.pprof:
			report.mute = append(report.mute, p.PID)
		default:
			wanted = append(wanted, p.PIDRef)
		}
	}
	l.goers.ask(l.ctx, l.now, wanted, l.eager)
	for _, ref := range wanted {
		t := l.goers.about(ref)
		report.add(ref.PID, t)
		if t == nil {
			continue
		}
		byID := map[int]*goroutines.Goroutine{}
		for i := range t.list {
			byID[t.list[i].ID] = &t.list[i]
		}
		for i := range t.locks {
			l.goLock(ref, t, &t.locks[i], byID)
		}
		l.out.Lines = append(l.out.Lines, t.lines...)
	}
	l.owed = report.awaiting > 0 || report.once > 0
	report.cover(&l.out.coverage)
}

// goLock adds the goroutines that wait for one lock of package sync, or at one
// line for a channel. Nothing tells who has it, or who is at its other end.
func (l *looker) goLock(ref procs.PIDRef, t *goTold, lock *goroutines.Lock, byID map[int]*goroutines.Goroutine) {
	id := goID(ref.PID, lock)
	taken := lock.Kind == "sync.Mutex" || lock.Kind == "sync.RWMutex"
	forWork := !taken && lock.Kind != goroutines.Sends
	object := func() graph.Object { return graph.Object{Kind: graph.Go, Name: goName(lock, byID), Taken: taken} }
	for _, n := range lock.Waiters[:min(len(lock.Waiters), maxThreads)] {
		th := graph.Thread{PIDRef: ref, TID: -n}
		s := graph.State{Thread: th, Doing: graph.InLock}
		if g := byID[n]; g != nil {
			for _, f := range g.Frames[:min(len(g.Frames), maxStack)] {
				s.Stack = append(s.Stack, fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Function))
			}
			s.Stack = withMore(s.Stack, len(g.Frames))
		}
		l.out.Threads = append(l.out.Threads, s)
		l.wait(&thread{Thread: th}, id, forWork, object)
		l.out.Waits[len(l.out.Waits)-1].Since = t.began(n, byID[n], l.now, forWork)
	}
}

// goID names a lock by its address or, where that is not known, by the line.
func goID(pid int, lock *goroutines.Lock) graph.ID {
	id := fmt.Sprintf("go:%d:%s:%#x", pid, lock.Kind, lock.Addr)
	if lock.Addr == 0 {
		id += fmt.Sprintf(":%s:%d", lock.At.File, lock.At.Line)
	}
	return graph.ID(id)
}

// goName says where a lock is wanted, or who started those that want it; the
// stacks have the directories.
func goName(lock *goroutines.Lock, byID map[int]*goroutines.Goroutine) string {
	verb := "wanted"
	if lock.Kind == goroutines.Receives || lock.Kind == goroutines.Sends {
		verb = "waited for"
	}
	if lock.At.File != "" {
		return fmt.Sprintf("%s %s at %s:%d", lock.Kind, verb, filepath.Base(lock.At.File), lock.At.Line)
	}
	if g := byID[lock.Waiters[0]]; g != nil && g.CreatedBy.File != "" {
		return fmt.Sprintf("%s %s by what was started at %s:%d", lock.Kind, verb, filepath.Base(g.CreatedBy.File), g.CreatedBy.Line)
	}
	return lock.Kind
}
