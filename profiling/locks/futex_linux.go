package locks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/native"
	"example.com/muster/profiling/peek"
)

// place is where a futex word lies: the same for each process that shares it.
type place struct {
	key    string // "1a:2053+0x10" in shared memory, "4711+0x7f…" in private
	shared bool
	m      *peek.Mapping // nil if it is not known
}

// where finds the place of an address. Shared memory is what the kernel keys a
// futex by if the operation is not private (kernel/futex/core.c, get_futex_key).
func (p *process) where(addr uint64, private bool, now time.Time) place {
	m := p.mapping(addr, now)
	if private || m == nil || !m.Perm.Has(peek.Shared) || m.Inode == 0 {
		return place{key: fmt.Sprintf("%d+%#x", p.PID, addr), m: m}
	}
	return place{key: fmt.Sprintf("%s:%d+%#x", m.Dev, m.Inode, addr-m.Start+m.Offset), shared: true, m: m}
}

// futex adds a wait for a futex: a lock, a semaphore, a condition.
func (l *looker) futex(p *process, t *thread) graph.Doing {
	c := &t.at
	command, private := c.op&futexCommand, c.op&futexPrivate != 0
	switch command {
	case futexWait, futexLockPI, futexWaitBitset, futexWaitRequeue, futexLockPI2:
	default:
		return graph.Unknown
	}
	if g := l.gil(p, c.addr); g != nil {
		l.wait(t, graph.ID(fmt.Sprintf("gil:%d+%#x", p.PID, g.Start)), false, func() graph.Object { return p.describeGIL(g) })
		return graph.InGIL
	}
	at := p.where(c.addr, private, l.now)
	if at.shared && strings.HasPrefix(at.m.Path, "/dev/shm/sem.") {
		return l.namedSem(t, at)
	}
	w := window{private: private, value: uint32(c.value), pi: takesOver(c.op)}
	if !w.pi && l.refused(p, t) {
		return graph.InLock
	}
	if err := w.read(p.mem, c.addr); err != nil {
		l.out.coverage.memory(err)
		l.wait(t, graph.ID("futex:"+at.key), false, func() graph.Object { return p.unknownFutex(at) })
		return graph.InLock
	}
	if tid := int(w.at(0)); !w.pi && w.value == w.at(0) && tid != t.TID && p.thread(tid) != nil {
		l.wait(t, graph.ID(fmt.Sprintf("thread:%d", tid)), false, func() graph.Object { return p.endOfThread(tid) })
		return graph.InLock // as Python's Thread.join is: no process has to end
	}
	o, ok := w.barrier()
	if !ok || !l.inFunction(p, t, meets) {
		o = w.recognise()
	}
	at = p.where(c.addr+uint64(int64(o.base)), private, l.now)
	id := graph.ID(fmt.Sprintf("%s:%s", o.kind, at.key))
	l.wait(t, id, o.kind == graph.PthreadCond, func() graph.Object { return l.describeFutex(p, t, at, o) })
	return graph.InLock
}

// read reads the bytes around a futex word, as far as its page goes where
// what lies before or behind is not mapped.
func (w *window) read(m peek.Memory, addr uint64) error {
	w.from = 0
	if addr < around || m.ReadAt(w.b[:], addr-around) == nil {
		return nil
	}
	const page = 4096
	before, behind := min(around, int(addr%page)), min(around, int(page-addr%page))
	w.from = around - before
	if m.ReadAt(w.b[w.from:], addr-uint64(before)) == nil {
		return nil
	}
	return m.ReadAt(w.b[w.from:around+behind], addr-uint64(before))
}

// unknownFutex is a futex of which nothing more is known. If it is private,
// only the process itself can wake who waits for it.
func (p *process) unknownFutex(at place) graph.Object {
	o := graph.Object{Kind: graph.Futex, Name: "futex " + at.name(), Guess: true}
	if !at.shared {
		o.Within, o.Complete = p.PIDRef, true
	}
	return o
}

// name says where a futex is, for people.
func (at place) name() string {
	switch {
	case at.m == nil:
		return at.key
	case at.shared && at.m.File() != "" && at.m.File() != "/dev/zero":
		return at.m.File()
	case at.shared:
		return "in shared memory " + at.key
	}
	_, addr, _ := strings.Cut(at.key, "+")
	return "at " + addr
}

// endOfThread is what pthread_join(3) waits for: the kernel clears the word
// when the thread has ended.
func (p *process) endOfThread(tid int) graph.Object {
	h := p.holder("the thread that is joined")
	h.TID = tid
	return graph.Object{Kind: graph.Child, Name: fmt.Sprintf("the end of thread %d", tid), Holders: []graph.Holder{h}, Complete: true}
}

// describeFutex says what is known of a futex that was recognised, or not.
func (l *looker) describeFutex(p *process, t *thread, at place, o owned) graph.Object {
	obj := graph.Object{Kind: o.kind, Name: strings.ReplaceAll(string(o.kind), "_", " ") + " " + at.name()}
	if !at.shared {
		obj.Within, obj.Complete = p.PIDRef, true
	}
	switch o.kind {
	case graph.PthreadMutex:
		obj.Taken, obj.Within = true, procs.PIDRef{}
		obj.Complete = o.owner != 0
		if o.owner != 0 {
			obj.Holders = []graph.Holder{l.owner(p, at, o.owner, "owner word of the mutex")}
		}
	case graph.PthreadRWLock:
		obj.Taken, obj.Within, obj.Complete = true, procs.PIDRef{}, false
		if o.owner != 0 {
			obj.Complete = true
			obj.Holders = []graph.Holder{l.owner(p, at, o.owner, "writer word of the rwlock")}
		} else {
			obj.State = readers(o.readers)
		}
	case graph.PthreadBarrier:
		obj.State = graph.Gathers
		if !at.shared { // else somebody may wait whom nobody looks at
			obj.Name = fmt.Sprintf("pthread barrier(%d) %s", o.parties, at.name())
		}
	case graph.Semaphore:
		obj.State = "value 0"                             // of a lock, or because there is nothing to do
		obj.Guess = !at.shared && p.interpreter(l) != nil // threading.Lock is one
		if obj.Guess {
			obj.Kind, obj.Name = graph.ThreadLock, "threading lock "+at.name()
		}
	case graph.Futex:
		f := l.lockFunction(p, t)
		obj.Taken, obj.Guess = f != "", f == ""
		if lock := rustLock(f); lock != "" {
			obj.Name = "Rust " + lock + " " + at.name()
		}
	}
	return obj
}

// meets reports whether a function is that of the C library's in which one waits at a barrier.
func meets(function string) bool { return strings.HasSuffix(function, "pthread_barrier_wait") }

// readers says who has a rwlock that has no owner.
func readers(n int) string {
	switch n {
	case 0:
		return "held by a writer" // of musl's, who is written nowhere
	case 1:
		return "1 reader"
	}
	return fmt.Sprintf("%d readers", n)
}

// lockFrames is how many frames from the innermost on may be the functions that
// wait for a lock, of which one has it in its name.
const lockFrames = 4

// lockFunction is the function in which a thread waits that is named after a lock,
// as that of Rust's Mutex is; "" if none is. The value of a futex does not tell a lock
// from a counter, a latch or the end of a thread.
func (l *looker) lockFunction(p *process, t *thread) string { return l.functionIn(p, t, namesLock) }

// inFunction reports whether a thread waits in a function of such a name.
func (l *looker) inFunction(p *process, t *thread, is func(name string) bool) bool {
	return l.functionIn(p, t, is) != ""
}

// functionIn is the innermost function of such a name in which a thread waits; "" if
// it waits in none.
func (l *looker) functionIn(p *process, t *thread, is func(name string) bool) string {
	frames, _ := l.symbols.Stack(p.mem, p.readMaps(l.now), native.Registers{PC: t.blocked.PC, SP: t.blocked.SP})
	frames = frames[:min(len(frames), lockFrames)]
	if i := slices.IndexFunc(frames, func(f native.Frame) bool { return is(f.Function) }); i >= 0 {
		return frames[i].Function
	}
	return ""
}

// rustLock is what a function of Rust's library takes, "Mutex" or "RwLock", and "" if it
// is none of those that wait for one (library/std/src/sys/sync/mutex/futex.rs, rwlock/futex.rs).
func rustLock(function string) string {
	switch {
	case strings.Contains(function, "sync::mutex::futex::Mutex") && strings.HasSuffix(function, "::lock_contended"):
		return "Mutex"
	case strings.Contains(function, "sync::rwlock::futex::RwLock") && (strings.HasSuffix(function, "::read_contended") || strings.HasSuffix(function, "::write_contended")):
		return "RwLock"
	}
	return ""
}

// namesLock reports whether the name of a function speaks of a lock; a block or
// a clock is none.
func namesLock(function string) bool {
	name := strings.ToLower(function)
	for _, no := range []string{"block", "clock", "unlock"} {
		name = strings.ReplaceAll(name, no, "")
	}
	return strings.Contains(name, "lock") || strings.Contains(name, "mutex")
}

// owner makes a holder of the thread that an owner word names. Numbers are used
// again: who does not have the memory of a shared mutex is not meant.
func (l *looker) owner(p *process, at place, tid int, rule string) graph.Holder {
	h := graph.Holder{Thread: graph.Thread{TID: tid}, Evidence: profiling.Exact, Rule: rule}
	if ns := p.pidNamespace(); ns != "" {
		return l.ownerWithin(ns, p, at, h)
	}
	if !at.shared {
		h.PIDRef = p.PIDRef
		h.Dead = p.thread(tid) == nil && p.gone(tid)
		h.Lives = h.Dead
		return h
	}
	if q, _ := l.byTID(tid); q != nil {
		h.PIDRef = q.PIDRef
		h.Dead = !q.hasMapped(at, l.now)
		return h
	}
	pid := threadGroup(tid)
	if pid == 0 {
		h.PID, h.Dead = tid, true
		return h
	}
	outside := open(procs.PIDRef{PID: pid})
	if outside == nil {
		h.PID, h.Dead = pid, true
		return h
	}
	defer outside.close(new(int))
	h.PIDRef, h.Outside = outside.PIDRef, true
	if _, err := outside.mem.Maps(); err == nil {
		h.Dead = !outside.hasMapped(at, l.now)
	}
	return h
}

// gone reports whether a thread of the process has ended.
func (p *process) gone(tid int) bool {
	return threadGroup(tid) != p.PID
}

// threadGroup returns the process that a thread is of, 0 if there is none.
func threadGroup(tid int) int {
	pid, err := procfs.ThreadGroup(tid)
	if err != nil {
		return 0
	}
	return pid
}

// hasMapped reports whether the process has the memory that a place is in.
func (p *process) hasMapped(at place, now time.Time) bool {
	p.mapping(0, now) // bring them up to date
	for i := range p.maps {
		if m := &p.maps[i]; m.Inode == at.m.Inode && m.Dev == at.m.Dev {
			return true
		}
	}
	return false
}
