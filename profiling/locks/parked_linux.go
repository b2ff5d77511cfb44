package locks

import (
	"strings"

	"example.com/muster/profiling/locks/graph"
)

// judgeParked tells by their stacks which of those who wait for a semaphore have nothing to
// do: threads that were made to wait there, as node's thread for its inspector is.
func (l *looker) judgeParked() {
	for i := range l.out.Waits {
		w := &l.out.Waits[i]
		if w.TID == w.PID || w.ForWork || l.out.Objects[l.out.objects[w.For]].Kind != graph.Semaphore {
			continue
		}
		if p := l.of[w.PIDRef]; p != nil {
			if t := p.thread(w.TID); t != nil && !t.fresh {
				w.ForWork = parked(l.stack(w.Thread))
			}
		}
	}
}

// parked reports whether a thread waits for a semaphore in the function that it was started
// with, and has called nothing else.
func parked(stack []string) bool {
	in := 0
	for in < len(stack) && (strings.Contains(stack[in], "futex") || strings.Contains(stack[in], "sem_") || strings.Contains(stack[in], "semaphore")) {
		in++
	}
	return in > 0 && in+1 < len(stack) && startsThreads(stack[in+1])
}

// startsThreads reports whether a frame is that of the C library's which calls what a thread
// was started with: glibc's, or musl's.
func startsThreads(frame string) bool {
	return strings.HasSuffix(frame, " start_thread") || strings.HasSuffix(frame, " start")
}
