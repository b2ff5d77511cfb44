//go:build linux

package sample

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
	"github.com/shirou/gopsutil/v3/process"
)

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPass1000 measures what one pass over 1000 sleeping slots costs:
// with the process connector, by polling, and by gopsutil's usual calls. The
// ratio to gopsutil is printed with the first two.
func BenchmarkPass1000(b *testing.B) {
	const n = 1000
	runs := make([]procs.Run, n)
	for i := range runs {
		runs[i] = start(b, i, "/bin/sleep", "600")
	}
	usual := usualCalls(b, runs)
	measure := func(b *testing.B, tr *tree.Tracker) {
		for _, run := range runs {
			tr.Add(run)
		}
		s := New(Options{Tree: tr, Runs: func() []procs.Run { return runs }})
		defer s.p.close()
		for range 20 { // until every detail has been read once
			s.pass()
		}
		b.ReportAllocs()
		b.ResetTimer()
		before := cpuTime()
		for b.Loop() {
			s.pass()
		}
		per := (cpuTime() - before) / time.Duration(b.N)
		b.ReportMetric(float64(per.Microseconds())/1000, "cpu-ms/pass")
		b.ReportMetric(float64(usual)/float64(per), "x-cheaper-than-gopsutil")
	}
	b.Run("connector", func(b *testing.B) {
		tr := tree.New(tree.Options{})
		follow(b, tr)
		measure(b, tr)
	})
	b.Run("polling", func(b *testing.B) { measure(b, tree.New(tree.Options{})) })
}

// usualCalls returns what gopsutil takes for the same figures, with one kept
// handle for each process.
func usualCalls(b *testing.B, runs []procs.Run) time.Duration {
	b.Helper()
	handles := make([]*process.Process, len(runs))
	for i, run := range runs {
		p, err := process.NewProcess(int32(run.PID))
		if err != nil {
			b.Fatal(err)
		}
		handles[i] = p
	}
	pass := func() {
		for _, p := range handles {
			_, err1 := p.Percent(0)
			_, err2 := p.MemoryInfo()
			_, err3 := p.NumThreads()
			_, err4 := p.Status()
			if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
				b.Fatal(err1, err2, err3, err4)
			}
		}
	}
	pass()
	before := cpuTime()
	pass()
	return cpuTime() - before
}

// BenchmarkForks measures what each process costs that a slot starts and that
// ends at once, while everything here runs: 20 us a fork are 2 % of a core at
// 1000 forks a second.
func BenchmarkForks(b *testing.B) {
	tr := tree.New(tree.Options{})
	follow(b, tr)
	run := start(b, 0, "/bin/sh", "-c", fmt.Sprintf(
		"i=0; while [ $i -lt %d ]; do /bin/true; i=$((i+1)); done; sleep 600", b.N))
	tr.Add(run)
	s := New(Options{Tree: tr, Runs: func() []procs.Run { return []procs.Run{run} }})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	b.ResetTimer()
	before, began := cpuTime(), time.Now()
	go func() { done <- s.Run(ctx) }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for total := uint64(0); total < uint64(b.N); total, _ = tr.Forks(run.ID) {
		<-tick.C
	}
	used, took := cpuTime()-before, time.Since(began)
	b.StopTimer()
	cancel()
	<-done
	_, exact := tr.Forks(run.ID)
	b.ReportMetric(float64(used.Nanoseconds())/1000/float64(b.N), "cpu-us/fork")
	b.ReportMetric(float64(b.N)/took.Seconds(), "forks/s")
	if !exact {
		b.Error("the count is not exact")
	}
}

// follow opens the process connector for a tracker, or skips.
func follow(b *testing.B, tr *tree.Tracker) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tr.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-done })
	for deadline := time.Now().Add(time.Second); tr.Coverage() != ""; {
		if time.Now().After(deadline) {
			b.Skipf("the process connector is not permitted here: %s", tr.Coverage())
		}
	}
}
