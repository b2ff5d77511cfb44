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
}

// with is the CPU time when that of all runs that have ended is known to be total.
func (a account) with(total time.Duration) time.Duration {
	return a.cpu + a.runs.grow(total, true)
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
