package sample

import (
	"testing"

	"example.com/muster/procs"
	"golang.org/x/sys/unix"
)

// Four that compute on one processor wait for it most of the time.
func TestWhoWaitsForAProcessor(t *testing.T) {
	run := start(t, 0, "/bin/sh", "-c", "for i in 1 2 3 4; do while :; do :; done & done; wait")
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(run.PID, &all); err != nil {
		t.Fatal(err)
	}
	for i := range 1024 {
		if all.IsSet(i) && one.Count() == 0 {
			one.Set(i)
		}
	}
	s := sampler(t, run)
	until(t, s, "four that mostly have no CPU", func() bool {
		queued := 0
		for _, d := range slotOf(t, s, run).Descendants {
			_ = unix.SchedSetaffinity(d.PID, &one) // what they started on does not matter
			if d.State == procs.RunQueued {
				queued++
			}
		}
		return queued >= 3 // the fourth may be about to sleep
	})
}
