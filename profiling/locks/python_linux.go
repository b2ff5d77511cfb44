package locks

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/cpython"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/native"
	"example.com/muster/profiling/peek"
	"example.com/muster/profiling/pyagent"
)

// python is the interpreter of a process, as far as there is one that can be read.
type python struct {
	in    *cpython.Interpreter
	tried time.Time
	exe   string // of the process then: after an exec it is another program
	later bool   // it was starting
	gils  []cpython.GIL
	gilAt time.Time
	// objects are the SemLocks that were found, by the file of their semaphore.
	objects map[semFile]uint64
	told    int // how many addresses the agent had told when they were read
	// Of when it was last asked which of them it has, and how far it had run then.
	heldAt  time.Time
	heldRan uint64
	// search is the one that goes on, nil if none does; of the last one, or of
	// this, are when it was asked for, and how often the process had run then.
	search   *semSearch
	scanned  time.Time
	scanRan  uint64
	scanTook time.Duration
	note     string // says what the last one has left out, "" if nothing
}

// How often a process is asked again for an interpreter: if it was about to
// start one, and whether it has become another program.
const (
	soonAgain = 150 * time.Millisecond
	execEvery = time.Second
)

// interpreter returns the process's CPython, nil if it has none that can be read.
func (p *process) interpreter(l *looker) *cpython.Interpreter {
	py := &p.python
	again := execEvery
	if py.later {
		again = soonAgain
	}
	if !py.tried.IsZero() && (l.now.Sub(py.tried) < again || !py.later && p.mappedRan == p.ran && py.exe != "") {
		return py.in
	}
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.PID))
	if err == nil && exe == py.exe && !py.later {
		py.tried = l.now
		return py.in
	}
	in, err := cpython.Open(p.PIDRef)
	*py = python{in: in, tried: l.now, exe: exe, later: errors.Is(err, cpython.ErrNotReady)}
	if errors.Is(err, cpython.ErrNotCovered) || errors.Is(err, peek.ErrNotPermitted) {
		l.out.coverage.add(ofPython, err.Error())
	}
	if err != nil {
		py.in = nil
	}
	return py.in
}

// gil returns the interpreter lock that an address lies in, nil if none.
func (l *looker) gil(p *process, addr uint64) *cpython.GIL {
	in := p.interpreter(l)
	if in == nil {
		return nil
	}
	py := &p.python
	if !py.gilAt.Equal(l.now) {
		gils, err := in.GILs()
		if err != nil {
			return nil
		}
		py.gils, py.gilAt = gils, l.now
	}
	for i := range py.gils {
		if py.gils[i].Contains(addr) {
			return &py.gils[i]
		}
	}
	return nil
}

// describeGIL says who has an interpreter lock. Who waits for it looks every
// 5 ms whether to ask for it (Python/ceval_gil.c), so the wait renews itself.
func (p *process) describeGIL(g *cpython.GIL) graph.Object {
	o := graph.Object{Kind: graph.GIL, Name: fmt.Sprintf("GIL of %d", p.PID), Taken: g.Locked, Complete: true, Renews: true}
	if g.Locked && g.Holder != 0 {
		h := p.holder("the interpreter's holder")
		h.TID = g.Holder
		o.Holders = []graph.Holder{h}
	} else {
		o.Within = p.PIDRef
	}
	return o
}

// readStack is what a thread executed when that was read last, and by which
// interpreter: one that is starting is none yet.
type readStack struct {
	frames []string
	in     *cpython.Interpreter
	ran    uint64
	at     time.Time
}

// readQueue is whether a thread was in a queue's C code when that was asked last.
type readQueue struct {
	in    bool
	ran   uint64
	at    time.Time
	fresh bool
}

// stackEvery is how often the stack of a thread that runs is read.
const stackEvery = 250 * time.Millisecond

// maxStack bounds the frames of a stack that a view holds; [Stacks] reads all.
const maxStack = 64

// maxStacks bounds how many threads of a process are read for it: one of them
// holds a lock.
const maxStacks = 8

// stacks reads what the waiters and the holders of locks execute, and who is in a
// deadlock, whatever that waits for. Who waits for work or for a child does not need
// one otherwise. Of a process that holds a lock with one of its threads it is any
// that is not parked.
func (l *looker) stacks() {
	wanted := maps.Clone(l.ringed)
	for _, w := range l.out.Waits {
		o := &l.out.Objects[l.out.objects[w.For]]
		switch o.Kind {
		case graph.Pipe, graph.Socket, graph.EventFD:
			if w.ForWork {
				continue
			}
		case graph.Child:
			continue
		}
		wanted[w.Thread] = true
		for _, h := range o.Holders[:min(len(o.Holders), 8)] {
			wanted[h.Thread] = true
		}
	}
	read := map[procs.PIDRef]int{}
	for i := range l.out.Threads {
		s := &l.out.Threads[i]
		holds := wanted[graph.Thread{PIDRef: s.PIDRef}] && (s.TID == s.PID || s.Doing != graph.Idle) && read[s.PIDRef] < maxStacks
		if s.TID > 0 && (wanted[s.Thread] || holds) {
			s.Stack = l.stack(s.Thread)
			read[s.PIDRef]++
		}
	}
	l.nameThreadLocks()
}

// noteRings remembers who is in a deadlock, for the stacks of the next look: it takes
// two looks to know one.
func (l *looker) noteRings(v *graph.View) {
	was := l.ringed
	l.ringed, l.unread = map[graph.Thread]bool{}, false
	for _, d := range v.Deadlocks {
		for _, e := range d.Cycle {
			l.ringed[e.Thread] = true
			l.unread = l.unread || !was[e.Thread]
		}
	}
}

// nameThreadLocks tells by the stacks of their waiters what the locks of Python's
// threads are: Python's own library waits in some places for something to do, in
// others for the end of a thread; anybody else wants a lock. A main thread that
// waits for work or a signal may do so until a person stops the program: Python's
// handlers of signals, also that of Ctrl-C, run in it (Doc/library/signal.rst).
// So may one that waits for the end of a thread which does that; and for any
// thread, where there is a handler that brings work.
func (l *looker) nameThreadLocks() {
	idle := map[procs.PIDRef]bool{} // one of their threads waits for what another one, or a person, may bring
	var joining []*graph.Wait
	for i := range l.out.Waits {
		w := &l.out.Waits[i]
		o := &l.out.Objects[l.out.objects[w.For]]
		if o.Kind != graph.ThreadLock {
			continue
		}
		stack := l.stack(w.Thread)
		joins := joinsThread(stack)
		w.ForAnswer = joins || awaitsResult(stack)
		w.ForWork = w.ForAnswer || waitsInLibrary(stack)
		inQueue := !w.ForWork && l.inSimpleQueue(w.Thread)
		w.ForWork = w.ForWork || inQueue
		switch main := w.TID == w.PID; {
		case main && joinsFeeder(stack): // which ends by itself, once all is written
		case main && joins:
			joining = append(joining, w)
		case main && w.ForAnswer:
			w.MayEnd = w.MayEnd || l.mayWork(w.Thread)
		case main && w.ForWork:
			w.MayEnd = true
		case awaitsEvent(stack), inQueue && !ofLibrary(stack):
			idle[w.PIDRef] = true
		}
		gathers := atBarrier(stack)
		if gathers { // which is no work
			o.State, o.Taken, w.ForWork = graph.Gathers, false, false
		}
		o.Wanted = o.Wanted || gathers || !w.ForWork && executesPython(stack)
		if place := ownPlace(stack); place != "" {
			o.Name = awaited(w, joins, gathers) + " at " + place
		}
	}
	for _, w := range joining {
		w.MayEnd = w.MayEnd || idle[w.PIDRef] || l.mayWork(w.Thread)
	}
}

// awaited says what a thread waits for that wants one of these locks.
func awaited(w *graph.Wait, joins, gathers bool) string {
	switch {
	case gathers:
		return "a Barrier of threads awaited"
	case joins:
		return "the end of a thread awaited"
	case w.ForAnswer:
		return "a result awaited"
	case w.ForWork:
		return "threads' signal awaited"
	}
	return "threading lock wanted"
}

// mayWork reports whether a thread is of a process that has a handler which may
// bring work.
func (l *looker) mayWork(th graph.Thread) bool {
	p := l.of[th.PIDRef]
	if p == nil {
		return false
	}
	t := p.thread(th.TID)
	return t != nil && bringsWork(l.caught(p, t))
}

// queueFrames is how many frames from the innermost on may lie between the wait of
// queue.SimpleQueue.get and itself: those of the C library and of the interpreter.
const queueFrames = 8

// inSimpleQueue reports whether a thread waits in queue.SimpleQueue.get, which leaves
// no frame of Python: it is in C (Modules/_queuemodule.c). Nothing else waits there.
func (l *looker) inSimpleQueue(th graph.Thread) bool {
	p := l.of[th.PIDRef]
	if p == nil {
		return false
	}
	t := p.thread(th.TID)
	if t == nil || !t.seen || t.blocked.Running || t.blocked.SP == 0 {
		return false
	}
	if q := &t.queue; q.at.IsZero() || q.ran != t.ran && l.now.Sub(q.at) >= stackEvery || t.fresh != q.fresh {
		frames, _ := l.symbols.Stack(p.mem, p.readMaps(l.now), native.Registers{PC: t.blocked.PC, SP: t.blocked.SP})
		*q = readQueue{slices.ContainsFunc(frames[:min(len(frames), queueFrames)], ofSimpleQueue), t.ran, l.now, t.fresh}
	}
	return t.queue.in
}

// ofSimpleQueue reports whether a frame is of the module, or where that is linked
// into the interpreter of the class.
func ofSimpleQueue(f native.Frame) bool {
	return strings.HasPrefix(f.Module, "_queue.") || strings.Contains(strings.ToLower(f.Function), "simplequeue_get")
}

// joinsThread reports whether a thread waits for the end of another one, or at
// the end of the program for all of them.
func joinsThread(stack []string) bool {
	return inPython(stack, "/threading.py", "join", "_wait_for_tstate_lock", "_shutdown")
}

// joinsFeeder reports whether a thread waits, as a process ends, for that of a
// multiprocessing.Queue to have written what was put into it.
func joinsFeeder(stack []string) bool {
	for len(stack) > 0 && joinsThread(stack) {
		stack = stack[1:]
	}
	return inFile(stack, "/multiprocessing/queues.py")
}

// awaitsEvent reports whether a thread of the program waits for an event, a
// condition or an entry in a queue of threads. Those that the library runs for its own
// pools and queues do so as long as these are there, which says nothing.
func awaitsEvent(stack []string) bool {
	i := 0
	for i < len(stack) && (inPython(stack[i:], "/threading.py", "wait", "wait_for") || inPython(stack[i:], "/queue.py", "get", "put")) {
		i++
	}
	return i > 0 && !ofLibrary(stack[i:])
}

// ofLibrary reports whether a thread executes what Python's library does for its
// own pools and queues.
func ofLibrary(stack []string) bool {
	return inFile(stack, "/multiprocessing/pool.py", "/multiprocessing/queues.py", "/concurrent/futures/")
}

// waitsInLibrary reports whether a thread is where Python's library waits for
// work, or for a signal of another thread.
func waitsInLibrary(stack []string) bool {
	return inPython(stack, "/threading.py", "wait", "wait_for") ||
		inPython(stack, "/queue.py", "get", "put") ||
		inPython(stack, "/concurrent/futures/thread.py", "_worker") ||
		inPython(stack, "/multiprocessing/pool.py", "_handle_tasks", "_handle_results", "_handle_workers")
}

// atBarrier reports whether a thread waits at a Barrier, of threads or of processes, for the
// others to come.
func atBarrier(stack []string) bool {
	return inPython(pastCondition(stack), "/threading.py", "_wait", "_enter")
}

// awaitsTasks reports whether a thread waits in JoinableQueue.join until all that was put
// into it is done.
func awaitsTasks(stack []string) bool {
	return inPython(pastCondition(stack), "/multiprocessing/queues.py", "join")
}

// pastCondition is a stack without the frames of a Condition that its thread waits for; nil
// if it waits for none.
func pastCondition(stack []string) []string {
	for i := range stack {
		if !inPython(stack[i:], "/threading.py", "wait", "wait_for") && !inPython(stack[i:], "/multiprocessing/synchronize.py", "wait", "wait_for") {
			if i == 0 {
				return nil
			}
			return stack[i:]
		}
	}
	return nil
}

// awaitsResult reports whether a thread waits for the result of what it has given
// to a pool or an executor to do.
func awaitsResult(stack []string) bool {
	for i := range stack {
		if inPython(stack[i:], "/threading.py", "wait", "wait_for") {
			continue
		}
		return i > 0 && (inPython(stack[i:], "/multiprocessing/pool.py", "wait", "get", "next") ||
			inPython(stack[i:], "/concurrent/futures/_base.py", "result", "exception", "wait", "as_completed"))
	}
	return false
}

// judgePools tells by their stacks which of those who wait at pipes are of Python's
// pools and executors and have nothing to do, and who waits for the end of a child
// there. It is only known of who has stayed where it was since the look before, as
// nothing else can be part of a deadlock.
func (l *looker) judgePools() {
	for i := range l.out.Waits {
		w := &l.out.Waits[i]
		kind := l.out.Objects[l.out.objects[w.For]].Kind
		if w.Timed || w.MayEnd || kind != graph.MPLock && (kind != graph.Pipe || !w.ForWork) {
			continue
		}
		p := l.of[w.PIDRef]
		if p == nil || p.interpreter(l) == nil {
			continue
		}
		if t := p.thread(w.TID); t == nil || t.fresh {
			continue
		}
		stack := l.stack(w.Thread)
		if kind == graph.Pipe && joinsByServer(stack) {
			l.childOfServer(w)
		} else {
			w.Idles = idlesInPool(stack)
		}
	}
}

// idlesInPool reports whether a thread of a pool or an executor waits for a task,
// or for the end of a worker.
func idlesInPool(stack []string) bool {
	for inFile(stack, "/selectors.py:", "/multiprocessing/connection.py:", "/multiprocessing/synchronize.py:") || inPython(stack, "/multiprocessing/queues.py", "get") {
		stack = stack[1:]
	}
	return inPython(stack, "/multiprocessing/pool.py", "worker", "_wait_for_updates") ||
		inPython(stack, "/concurrent/futures/process.py", "_process_worker")
}

// ownPlace is the innermost place outside of Python's library: "worker.py:7".
func ownPlace(stack []string) string {
	for _, frame := range stack {
		where, _, _ := strings.Cut(frame, " ")
		if strings.Contains(where, ".py:") && !strings.Contains(where, "/lib/python") {
			return filepath.Base(where)
		}
	}
	return ""
}

// stack returns what a thread executes, innermost first; nil where that cannot
// be read.
func (l *looker) stack(th graph.Thread) []string {
	p := l.of[th.PIDRef]
	if p == nil {
		return nil
	}
	t := p.thread(th.TID)
	if t == nil {
		return nil
	}
	in, moves := p.interpreter(l), t.fresh || t.blocked.Running
	if s := &t.stack; !s.at.IsZero() && s.in == in && (s.ran == t.ran && !t.blocked.Running || moves && l.now.Sub(s.at) < stackEvery) {
		return s.frames
	}
	t.stack = readStack{frames: l.readStack(p, t, maxStack), in: in, ran: t.ran, at: l.now}
	return t.stack.frames
}

// readStack reads the innermost frames of a thread, so many at most, and says how many
// more there are.
func (l *looker) readStack(p *process, t *thread, most int) []string {
	in := p.interpreter(l)
	if in == nil {
		return l.nativeStack(p, t, most)
	}
	frames, _, err := in.Stack(t.TID)
	if err != nil {
		return nil // it has moved on, or ended
	}
	if len(frames) == 0 {
		return l.nativeStack(p, t, most)
	}
	frames = slices.DeleteFunc(sinceFork(frames), func(f cpython.Frame) bool { return f.File == pyagent.FileName })
	var text []string
	for _, f := range frames[:min(len(frames), most)] {
		text = append(text, f.String())
	}
	return withMore(text, len(frames))
}

// sinceFork is the stack of a worker of multiprocessing without what is below its beginning:
// a forked one has the frames there in which its parent was at the time, and is in none of
// them (Lib/multiprocessing/popen_fork.py, _launch).
func sinceFork(frames []cpython.Frame) []cpython.Frame {
	for i, f := range frames {
		if f.Function == "_bootstrap" && filepath.Base(f.File) == "process.py" {
			return frames[:i+1]
		}
	}
	return frames
}

// withMore adds to the frames of a stack how many there are besides.
func withMore(text []string, all int) []string {
	if more := all - len(text); more > 0 {
		text = append(text, fmt.Sprintf("... and %d more", more))
	}
	return text
}

// nativeStack is the stack of a thread that is blocked in C or the like.
func (l *looker) nativeStack(p *process, t *thread, most int) (text []string) {
	if !t.seen || t.blocked.Running || t.blocked.SP == 0 || t.last.doing == graph.Idle && p.golang(l.now) {
		return nil
	}
	frames, _ := l.symbols.Stack(p.mem, p.readMaps(l.now), native.Registers{PC: t.blocked.PC, SP: t.blocked.SP})
	for _, f := range frames[:min(len(frames), most)] {
		if f.File != "" {
			text = append(text, fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Function))
		} else {
			text = append(text, f.Module+" "+f.Function)
		}
	}
	return withMore(text, len(frames))
}

// executesPython reports whether a thread is in Python's code, and not in one of a
// library in C that has threads of its own.
func executesPython(stack []string) bool {
	if len(stack) == 0 {
		return false
	}
	where, _, _ := strings.Cut(stack[0], " ")
	return strings.Contains(where, ".py:") || strings.HasPrefix(where, "<")
}

// inFile reports whether the innermost frame of a thread is in one of the files,
// or of the folders.
func inFile(stack []string, parts ...string) bool {
	if len(stack) == 0 {
		return false
	}
	where, _, _ := strings.Cut(filepath.ToSlash(stack[0]), " ")
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(where, part) })
}

// inPython reports whether the innermost frame of a thread is that function of
// a file of Python's own library.
func inPython(stack []string, file string, functions ...string) bool {
	if len(stack) == 0 {
		return false
	}
	where, function, _ := strings.Cut(stack[0], " ")
	path, _, _ := strings.Cut(where, ":")
	if !strings.HasSuffix(filepath.ToSlash(path), file) {
		return false
	}
	for _, f := range functions {
		if f == function {
			return true
		}
	}
	return false
}
