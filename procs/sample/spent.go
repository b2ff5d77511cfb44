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
	of map[procs.ID]time.Duration
}

func (s *spent) put(id procs.ID, cpu time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[procs.ID]time.Duration{}
	}
	s.of[id] = cpu
}

func (s *spent) get(id procs.ID) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[id]
}
