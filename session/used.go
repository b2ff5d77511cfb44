package session

import (
	"sync"
	"time"

	"example.com/muster/procs"
)

// used is the CPU time of each slot's runs that have ended, as the kernel told it
// with their ends. Its methods may be called concurrently.
type used struct {
	mu  sync.Mutex
	cpu map[procs.ID]time.Duration
}

func (u *used) add(id procs.ID, cpu time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.cpu == nil {
		u.cpu = map[procs.ID]time.Duration{}
	}
	u.cpu[id] += cpu
}

func (u *used) of(id procs.ID) time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.cpu[id]
}
