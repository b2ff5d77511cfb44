package locks

import (
	"fmt"
	"slices"
	"strings"

	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// The kernel refuses a mutex with priority inheritance to who would wait for itself over
// such mutexes (EDEADLK), or whose owner has ended (ESRCH; kernel/locking/rtmutex.c,
// kernel/futex/pi.c). glibc then waits for ever, for a word of its own stack that nobody
// knows (nptl/pthread_mutex_lock.c, "Delay the thread indefinitely"). Which mutex it was is
// written nowhere; but in a deadlock who has it waits, over one or more of them, for the
// thread that was refused.

// ownFrame is how far from the stack pointer the word lies at the most.
const ownFrame = 1024

// refused adds the wait of a thread to which the kernel has refused a mutex; ok is false
// if it waits for something else.
func (l *looker) refused(p *process, t *thread) (ok bool) {
	c, sp := &t.at, t.blocked.SP
	if c.value != 0 || c.addr < sp || c.addr-sp > ownFrame || !l.inFunction(p, t, locksMutex) {
		return false
	}
	id := graph.ID(fmt.Sprintf("pthread_mutex:refused:%d:%d", p.PID, t.TID))
	l.wait(t, id, false, func() graph.Object {
		return graph.Object{Kind: graph.PthreadMutex, Name: fmt.Sprintf("pthread mutex refused to thread %d", t.TID), State: graph.Refused, Taken: true}
	})
	return true
}

// locksMutex reports whether a function is one of the C library's that lock a mutex.
func locksMutex(function string) bool {
	_, verb, ok := strings.Cut(function, "pthread_mutex_")
	return ok && strings.Contains(verb, "lock") && !strings.Contains(verb, "unlock")
}

// judgeRefused tells who has the mutexes that were refused: one of those who wait for who
// was refused, first the one who does so over most mutexes.
func (l *looker) judgeRefused() {
	for i := range l.out.Waits {
		w := &l.out.Waits[i]
		o := &l.out.Objects[l.out.objects[w.For]]
		if o.State != graph.Refused {
			continue
		}
		for _, th := range l.behind(w.Thread) {
			o.Holders = append(o.Holders, graph.Holder{Thread: th, Evidence: profiling.Inferred, Rule: "the kernel refused the mutex as a deadlock, and this one waits for who was refused"})
		}
		slices.Reverse(o.Holders)
		o.Complete, o.Any = len(o.Holders) > 0, len(o.Holders) > 1
	}
}

// behind are the threads that wait for another over mutexes with priority inheritance, the
// nearest first.
func (l *looker) behind(first graph.Thread) (list []graph.Thread) {
	for next := []graph.Thread{first}; len(next) > 0; next = next[1:] {
		for i := range l.out.Waits {
			w := &l.out.Waits[i]
			o := &l.out.Objects[l.out.objects[w.For]]
			if w.Thread != first && !slices.Contains(list, w.Thread) && len(o.Holders) == 1 && o.Holders[0].Thread == next[0] && l.inheritsPriority(w.Thread) {
				list, next = append(list, w.Thread), append(next, w.Thread)
			}
		}
	}
	return list
}

// inheritsPriority reports whether a thread waits in the kernel for a mutex with priority
// inheritance.
func (l *looker) inheritsPriority(th graph.Thread) bool {
	p := l.of[th.PIDRef]
	if p == nil {
		return false
	}
	t := p.thread(th.TID)
	return t != nil && t.at.is == callFutex && takesOver(t.at.op)
}

// takesOver reports whether a futex operation is a wait for a mutex with priority inheritance.
func takesOver(op uint64) bool {
	command := op & futexCommand
	return command == futexLockPI || command == futexLockPI2
}
