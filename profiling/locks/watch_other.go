//go:build !linux

package locks

import (
	"context"
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// Run says that this system tells nothing, and waits for ctx to end unless it is eager.
func (w *Watcher) Run(ctx context.Context) {
	w.view.Store(&graph.View{At: time.Now(), Coverage: []profiling.Coverage{{
		Source: "threads", Note: "what threads wait for is read from /proc, which only Linux has",
	}}})
	w.version.Add(1)
	for !w.o.Eager {
		select {
		case answer := <-w.asks:
			answer <- false
		case <-ctx.Done():
			return
		}
	}
}
