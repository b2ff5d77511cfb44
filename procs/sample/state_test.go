package sample

import (
	"testing"
	"time"

	"example.com/muster/procs"
)

// busy is a process whose threads may run though its main thread sleeps.
type busy struct {
	sleeper
	other       bool // than the main thread runs
	ran, waited time.Duration
}

func (b *busy) runs() bool                         { return b.other }
func (b *busy) queue() (ran, waited time.Duration) { return b.ran, b.waited }

// A process runs if any of its threads does, and one that runs is told from one that mostly
// waits for a processor.
func TestStateOfAWholeProcess(t *testing.T) {
	const second = time.Second
	for _, tt := range []struct {
		name        string
		kernel      procs.RunState
		threads     int
		cpu         float64
		other       bool
		ran, waited time.Duration // since the look before
		want        procs.RunState
	}{
		{"it runs", procs.RunRunning, 1, 100, false, second, 0, procs.RunRunning},
		{"two for each CPU", procs.RunRunning, 1, 47, false, 470 * time.Millisecond, 530 * time.Millisecond, procs.RunRunning},
		{"three for each CPU", procs.RunRunning, 1, 33, false, second / 3, second * 2 / 3, procs.RunQueued},
		{"nothing is told of the queue", procs.RunRunning, 1, 33, false, -1, 0, procs.RunRunning},
		{"another thread runs", procs.RunSleeping, 4, 90, true, 0, 0, procs.RunRunning},
		{"another thread has just slept again", procs.RunSleeping, 4, 90, false, 0, 0, procs.RunSleeping},
		{"hardly anything was used", procs.RunSleeping, 4, 1, true, 0, 0, procs.RunSleeping},
		{"there is one thread", procs.RunSleeping, 1, 90, true, 0, 0, procs.RunSleeping},
		{"it is stopped", procs.RunStopped, 4, 90, true, 0, 0, procs.RunStopped},
	} {
		b := &busy{other: tt.other, ran: second, waited: 9 * second}
		e := &entry{probe: b}
		l := &looked{state: tt.kernel, threads: tt.threads}
		if got := e.stateOf(l); l.state == procs.RunRunning && got != procs.RunRunning {
			t.Errorf("%s: %c at the first look, though nothing is known of how it was before", tt.name, got)
		}
		e.usage.CPUPercent = tt.cpu
		if b.ran, b.waited = b.ran+tt.ran, b.waited+tt.waited; tt.ran < 0 {
			b.ran, b.waited = 0, 0
		}
		if got := e.stateOf(l); got != tt.want {
			t.Errorf("%s: %c, want %c", tt.name, got, tt.want)
		}
	}
}
