//go:build linux

package sample

import (
	"context"
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
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- tr.Run(ctx) }()
		defer func() { cancel(); <-done }()
		for deadline := time.Now().Add(time.Second); tr.Coverage() != ""; {
			if time.Now().After(deadline) {
				b.Skipf("the process connector is not permitted here: %s", tr.Coverage())
			}
		}
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
