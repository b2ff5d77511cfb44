package locks

import (
	"context"
	"slices"
	"time"

	"example.com/muster/profiling/locks/graph"
)

// How often it is looked: seldom while nobody waits for a lock, often while
// somebody does, but never so often that looking costs more than its share.
const (
	calm     = 500 * time.Millisecond
	alert    = 50 * time.Millisecond
	maxShare = 60 // times the cost of a look are waited before the next,
	longest  = time.Second
)

// Run looks until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	l := newLooker(ctx, w.o.Agent)
	defer l.close()
	var tracker graph.Tracker
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := time.Now()
		v := tracker.Add(l.look(began, w.o.Targets()))
		l.ends.walk(l)
		w.publish(v)
		timer.Reset(w.pause(v, time.Since(began)))
	}
}

// pause is how long to wait after a look.
func (w *Watcher) pause(v *graph.View, took time.Duration) time.Duration {
	if w.o.Eager {
		return onceTime / 6
	}
	wanted := calm
	if slices.ContainsFunc(v.Locks, func(l graph.Lock) bool { return l.Contended && len(l.Waiters) > 0 && !l.Deadlocked }) {
		wanted = alert
	}
	return max(wanted, min(maxShare*took, longest))
}

// publish makes the view known. The version moves only if it says something
// else than the one before: that time has passed, readers know.
func (w *Watcher) publish(v *graph.View) {
	old := w.view.Load()
	w.view.Store(v)
	if !v.Same(old) {
		w.version.Add(1)
	}
}
