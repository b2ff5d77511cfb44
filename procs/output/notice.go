package output

import (
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
)

// notices passes muster's warnings on, and never while a lock is held: what
// happens under a lock is queued, and delivered after it. Of each kind there is
// one; it is renewed where its text has changed.
type notices struct {
	to         func(text string)                 // nil drops them
	renew      func(was, text string, news bool) // nil leaves them as they were
	waiting    atomic.Bool
	delivering atomic.Bool // by one at a time, so that the newest text is the last

	mu    sync.Mutex
	kinds map[string]*notice
	queue []queued
}

// notice is what was said last of one kind.
type notice struct {
	text func() string // makes it when it is delivered
	told string        // "" if nothing was
}

// queued is a notice that is to be told or renewed.
type queued struct {
	*notice
	news bool
}

// add queues a notice, to be told or renewed. That is news where what it says has come
// about again, and none where a number in it has grown.
func (n *notices) add(kind string, news bool, text func() string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := n.kinds[kind]
	switch {
	case n.to == nil || k != nil && n.renew == nil:
		return
	case k == nil:
		if n.kinds == nil {
			n.kinds = map[string]*notice{}
		}
		k = &notice{text: text}
		n.kinds[kind] = k
	}
	n.queue = append(n.queue, queued{k, news})
	n.waiting.Store(true)
}

// deliver passes on what is queued. The caller holds no lock.
func (n *notices) deliver() {
	for n.waiting.Load() && n.delivering.CompareAndSwap(false, true) {
		n.mu.Lock()
		queue := n.queue
		n.queue = nil
		n.waiting.Store(false)
		n.mu.Unlock()
		for _, k := range queue {
			was := k.told
			k.told = k.text()
			switch {
			case was == "":
				n.to(k.told)
			case was != k.told || k.news:
				n.renew(was, k.told, k.news)
			}
		}
		n.delivering.Store(false)
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
