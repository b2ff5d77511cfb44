package cli

import (
	"testing"
	"time"

	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
)

// TestTheLineOfProgress: an estimate is not told to less than a second, what it took in the end is.
func TestTheLineOfProgress(t *testing.T) {
	began := time.Unix(1e9, 0)
	p := &task.Progress{
		Started: began, At: began.Add(1953 * time.Millisecond), Counts: plan.Counts{OK: 3, Failed: 1, Running: 2}, Total: 8, TotalKnown: true, Rate: 2.05,
		ETA: 1900 * time.Millisecond, ETALow: 700 * time.Microsecond, ETAHigh: 3 * time.Second,
	}
	if got, want := progressLine(p), "map 4/8 50% | 1 failed | 2 running | 2.0/s | ETA 1s (1s to 3s)"; got != want {
		t.Errorf("under way it is %q, want %q", got, want)
	}
	p.Ended, p.Running, p.OK = true, 0, 7
	if got, want := progressLine(p), "map 8/8 100% | 1 failed | 0 running | 2.0/s | 1.9s"; got != want {
		t.Errorf("in the end it is %q, want %q", got, want)
	}
}
