package sample

import (
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"golang.org/x/sys/unix"
)

// used is the CPU time of a process, with that of the children that it has waited for.
func used(t *testing.T, pid int) time.Duration {
	t.Helper()
	s, err := procfs.ReadStat(pid)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(s.UserTime+s.SysTime+s.ChildTime) * (time.Second / procfs.TicksPerSecond)
}

// Processes that begin and end between two looks are counted by what their parents
// are told of them, and those that were seen before they ended are not counted
// twice: with short-lived ones, with longer ones, and with those between that a look
// may or may not catch.
func TestShortLivedProcessesCount(t *testing.T) {
	const busy = `i=0; while [ $i -lt $0 ]; do i=$((i+1)); done`
	for name, args := range map[string][]string{
		"short":         {"/bin/sh", "-c", `while :; do sh -c '` + busy + `' 2000; done`},
		"longer":        {"/bin/sh", "-c", `while :; do sh -c '` + busy + `' 300000; done`},
		"grandchildren": {"/bin/sh", "-c", `while :; do sh -c "sh -c '` + busy + `' 200000; :"; done`},
	} {
		t.Run(name, func(t *testing.T) {
			run := start(t, 0, args[0], args[1:]...)
			s := sampler(t, run)
			s.pass()
			before, kernel := slotOf(t, s, run).CPUTime, used(t, run.PID)
			sum, began, passed := 0.0, time.Now(), s.p.at
			until(t, s, "a second of CPU time", func() bool {
				if cpu := slotOf(t, s, run).Sample.Sum.CPUPercent; cpu != procs.Unknown {
					sum += cpu / 100 * s.p.at.Sub(passed).Seconds()
				}
				passed = s.p.at
				return used(t, run.PID)-kernel >= time.Second
			})
			took := time.Since(began)
			got, want := slotOf(t, s, run).CPUTime-before, used(t, run.PID)-kernel
			// What the kernel does not tell yet is of those that live now, and has been seen.
			if got < want-50*time.Millisecond || got > want+700*time.Millisecond || want == 0 {
				t.Errorf("%v of CPU time, the kernel tells of %v", got, want)
			}
			if share := sum / took.Seconds(); share > 1.25 {
				t.Errorf("one process at a time used %.0f %% of a processor", 100*share)
			}
		})
	}
}

// What a run has used that nobody looked at in time is told with its end.
func TestShortRunsCount(t *testing.T) {
	run := start(t, 0, "/bin/sh", "-c", "read line")
	s := sampler(t, run)
	ended := time.Duration(0)
	runs := []procs.Run{run}
	s.o.Runs = func() []procs.Run { return runs }
	s.o.Ended = func(procs.ID) time.Duration { return ended }
	s.pass()
	seen := slotOf(t, s, run).CPUTime
	if err := unix.Kill(run.PID, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Wait4(run.PID, nil, 0, nil); err != nil {
		t.Fatal(err)
	}
	ended = 500 * time.Millisecond // of which a little had been seen
	s.pass()
	v := slotOf(t, s, run)
	if v.CPUTime != ended || v.Sample.Sum.CPUPercent < 100 || v.Sample.Run != 0 {
		t.Errorf("%v of CPU time, %v had been seen; a sample of %+v", v.CPUTime, seen, v.Sample)
	}
	runs = nil
	s.pass()
	s.pass()
	ended += 250 * time.Millisecond // of a run that nobody has seen at all
	if v, ok := s.Slot(run.ID); ok || v.CPUTime != ended {
		t.Errorf("%v of CPU time in the end, want %v", v.CPUTime, ended)
	}
}

// A total that grows by what had been seen brings nothing new.
func TestReaped(t *testing.T) {
	var r reaped
	if got := r.grow(5, false); got != 0 {
		t.Errorf("of a total that was there before: %d", got)
	}
	r.owe(3, 1)
	if got := r.grow(9, false); got != 1 {
		t.Errorf("of 4 of which 3 had been seen: %d", got)
	}
	if got := r.grow(11, false); got != 2 {
		t.Errorf("of 2 that nobody saw: %d", got)
	}
	var begun reaped
	if got := begun.grow(5, true); got != 5 {
		t.Errorf("of one that has been looked at from its start: %d", got)
	}
}
