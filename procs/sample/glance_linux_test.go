package sample

import (
	"testing"

	"example.com/muster/procs"
)

// TestGlance: of who has not been measured yet one look tells what it does; of others, of who
// has ended and of another process with its number nothing is read.
func TestGlance(t *testing.T) {
	run := start(t, 0, "/bin/sleep", "60")
	s := sampler(t, run)
	until(t, s, "the process to sleep", func() bool { return slotOf(t, s, run).Kernel == procs.RunSleeping })
	fresh := procs.Descendant{PIDRef: procs.PIDRef{PID: run.PID}, State: procs.RunRunning, Usage: unknown}
	measured, ended, other := fresh, fresh, fresh
	measured.Threads, ended.Exit, other.StartTime = 1, &procs.Exit{}, 1
	list := []procs.Descendant{fresh, measured, ended, other}
	Glance(list)
	if d := list[0]; d.State != procs.RunSleeping || d.Threads != 1 || d.RSSBytes <= 0 || d.CPUPercent != procs.Unknown {
		t.Errorf("a look has told %+v", d)
	}
	for i, d := range list[1:] {
		if d.State != procs.RunRunning {
			t.Errorf("process %d was looked at", i+1)
		}
	}
}
