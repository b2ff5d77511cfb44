package sample

import (
	"sync"
	"time"

	"example.com/muster/procs"
)

// spent is the CPU time of slots that have no run, of all those that they had:
// it is kept when all else of a slot is forgotten. Its methods may be called
// concurrently.
type spent struct {
	mu sync.Mutex
	of map[procs.ID]account
}

// account is what is known of a slot's CPU time.
type account struct {
	cpu  time.Duration
	runs reaped // of its runs that have ended
	// beside is what had been seen of those that were gone in the same pass as the last of
	// these: the run may have waited for them, and is told of them then.
	beside time.Duration
}

// end takes the CPU time of all runs that have ended, and returns how much of it is new
// and had not been seen.
func (a *account) end(total time.Duration) time.Duration {
	more := a.runs.grow(max(total, a.runs.total), true)
	seen := min(more, a.beside)
	a.beside -= seen
	return more - seen
}

// with is the CPU time when that of all runs that have ended is known to be total.
func (a account) with(total time.Duration) time.Duration {
	return a.cpu + a.end(total)
}

func (s *spent) put(id procs.ID, a account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[procs.ID]account{}
	}
	s.of[id] = a
}

func (s *spent) get(id procs.ID) account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[id]
}
