package session

import (
	"context"
	"sync"
	"sync/atomic"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/profiling/crash"
)

// MaxCrashes is how many reports are kept; older ones give way.
const MaxCrashes = 500

// crashLog turns ends into reports, off the path of the restart, and keeps
// them. add never waits: what it needs of the past is read by run's goroutine,
// from rings that still hold it.
type crashLog struct {
	store   *output.Store
	samples func(procs.ID, int) []procs.Sample

	mu      sync.Mutex
	pending []badEnd
	reports []*crash.Report
	total   int
	wake    chan struct{}
	version atomic.Uint64
}

type badEnd struct {
	run  procs.Run
	argv []string
	exit procs.Exit
}

func (l *crashLog) add(run procs.Run, spec procs.Spec, e procs.Exit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, badEnd{run, spec.Argv, e})
	l.total++
	l.signal()
}

// signal wakes run; the caller holds mu.
func (l *crashLog) signal() {
	if l.wake != nil {
		close(l.wake)
		l.wake = nil
	}
}

// run turns what is pending into reports until ctx is done.
func (l *crashLog) run(ctx context.Context) {
	for {
		l.mu.Lock()
		if len(l.pending) == 0 {
			wake := make(chan struct{})
			l.wake = wake
			l.mu.Unlock()
			select {
			case <-wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		l.mu.Unlock()
		l.drain()
	}
}

// drain turns everything that is pending into reports now.
func (l *crashLog) drain() {
	for {
		l.mu.Lock()
		if len(l.pending) == 0 {
			l.mu.Unlock()
			return
		}
		next := l.pending[0]
		l.pending = l.pending[1:]
		l.mu.Unlock()
		l.file(l.report(next))
	}
}

func (l *crashLog) report(b badEnd) *crash.Report {
	q := procs.Query{Source: procs.SlotSource(b.run.ID), From: b.exit.LastLineAfter, Backward: true, Max: crash.TailLines}
	page, err := l.store.Query(q)
	if err != nil {
		page.Lines = nil // only a bad pattern is an error, and there is none
	}
	tail := page.Lines
	for len(tail) > 0 && tail[0].Seq < b.exit.FirstLine {
		tail = tail[1:] // the run before
	}
	var samples []procs.Sample
	for _, s := range l.samples(b.run.ID, 60) {
		if s.Run == b.run.N {
			samples = append(samples, s)
		}
	}
	return crash.New(b.run, b.argv, b.exit, tail, samples)
}

// file keeps a report.
func (l *crashLog) file(r *crash.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Seq = 1
	if n := len(l.reports); n > 0 {
		r.Seq = l.reports[n-1].Seq + 1
	}
	for _, old := range l.reports {
		if old.Run.ID.Pool == r.Run.ID.Pool && old.Headline == r.Headline {
			r.SameBefore++
		}
	}
	if len(l.reports) >= MaxCrashes {
		l.reports = append([]*crash.Report(nil), l.reports[1:]...)
	}
	l.reports = append(l.reports, r)
	l.version.Add(1)
}

func (l *crashLog) list() []*crash.Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reports[:len(l.reports):len(l.reports)]
}

func (l *crashLog) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}
