package output

import (
	"context"
	"sync"
	"sync/atomic"
)

// wake is a version that can be waited for. Moving it costs two atomic
// operations while nobody waits.
type wake struct {
	version atomic.Uint64
	waiting atomic.Int32

	mu    sync.Mutex
	moved chan struct{} // closed at the next move; nil if nobody asked
}

// bump moves the version and wakes all who wait.
func (w *wake) bump() {
	w.version.Add(1)
	if w.waiting.Load() == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.moved != nil {
		close(w.moved)
		w.moved = nil
	}
}

// wait returns once the version is above after or ctx is done. A move between
// the look at the version and the wait is not missed: waiting is raised before
// the look, so whoever moves the version later closes the channel.
func (w *wake) wait(ctx context.Context, after uint64) uint64 {
	for {
		if v := w.version.Load(); v > after || ctx.Err() != nil {
			return v
		}
		w.waiting.Add(1)
		moved := w.next()
		if w.version.Load() <= after {
			select {
			case <-moved:
			case <-ctx.Done():
			}
		}
		w.waiting.Add(-1)
	}
}

func (w *wake) next() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.moved == nil {
		w.moved = make(chan struct{})
	}
	return w.moved
}
