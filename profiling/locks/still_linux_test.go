package locks

import (
	"context"
	"os"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
)

// TestStillnessOfMany: many processes are not asked for their clocks while
// somebody else reads those and says that none has moved; few are.
func TestStillnessOfMany(t *testing.T) {
	self := procs.PIDRef{PID: os.Getpid()} // its clock moves all the time
	now := time.Now()
	tests := []struct {
		name      string
		processes int
		moves     uint64 // 7 before
		age       time.Duration
		unchanged bool
	}{
		{"nobody has moved", many, 7, time.Second, true},
		{"somebody has", many, 8, time.Second, false},
		{"an old count", many, 7, time.Minute, false},
		{"few processes", many - 1, 7, time.Second, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLooker(context.Background(), Options{Moves: func() (uint64, time.Time) { return tt.moves, now.Add(-tt.age) }})
			defer l.close()
			targets := make([]procs.PIDRef, tt.processes)
			for i := range targets {
				targets[i] = self
				l.order = append(l.order, &process{PIDRef: self})
			}
			l.stillness = stillness{targets: targets, looks: settledAfter, full: now, moves: 7}
			if got := l.unchanged(now, targets); got != tt.unchanged {
				t.Errorf("unchanged %v", got)
			}
		})
	}
}

// TestSparedLookTellsTheTime: where no look is made, as nobody has run, who waits has waited on.
func TestSparedLookTellsTheTime(t *testing.T) {
	began := time.Now()
	w := New(Options{})
	wait := graph.Lock{Waiters: []graph.Waiter{{Since: began}}, Stats: graph.Stats{Longest: time.Second}}
	w.publish(&graph.View{At: began.Add(time.Second), Locks: []graph.Lock{wait}})
	w.touch(began.Add(8 * time.Second))
	if got := w.View().Locks[0].Stats.Longest; got != 8*time.Second {
		t.Errorf("the longest wait of 8 s so far: %v", got)
	}
}
