package output

import (
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
)

// notices passes muster's warnings on, each kind once, and never while a lock
// is held: what happens under a lock is queued, and delivered after it.
type notices struct {
	to      func(text string) // nil drops them
	waiting atomic.Bool

	mu    sync.Mutex
	seen  map[string]bool
	queue []func() string
}

// add queues a notice unless one of its kind was queued before. The text is
// made when it is delivered.
func (n *notices) add(kind string, text func() string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.to == nil || n.seen[kind] {
		return
	}
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	n.seen[kind] = true
	n.queue = append(n.queue, text)
	n.waiting.Store(true)
}

// deliver passes on what is queued. The caller holds no lock.
func (n *notices) deliver() {
	if !n.waiting.Load() {
		return
	}
	n.mu.Lock()
	queue := n.queue
	n.queue = nil
	n.waiting.Store(false)
	n.mu.Unlock()
	for _, text := range queue {
		n.to(text())
	}
}

// reason returns what the system said, without the path that it said it of.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
