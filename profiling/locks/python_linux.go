package locks

import (
	"fmt"

	"example.com/muster/profiling/locks/graph"
)

// python reports whether the process is a CPython.
func (l *looker) python(*process) bool { return false }

// namedSem adds a wait for a semaphore of sem_open(3), which stands alone at
// the beginning of a file of its own.
func (l *looker) namedSem(_ *process, t *thread, at place) graph.Doing {
	l.wait(t, graph.ID(fmt.Sprintf("sem:%s:%d", at.m.Dev, at.m.Inode)), false, func() graph.Object {
		return graph.Object{Kind: graph.Semaphore, Name: at.m.File(), Taken: true, State: "value 0"}
	})
	return graph.InLock
}
