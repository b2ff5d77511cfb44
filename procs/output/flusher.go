package output

import (
	"sync"
	"time"

	"example.com/muster/internal/beat"
)

// FlushEvery is how long bytes wait for the log, at the most. A crash of muster
// is promised to lose the last 100 ms only; the rest is for a busy machine.
const FlushEvery = 50 * time.Millisecond

// flusher writes out what the logs have pending. Its goroutine starts when
// something first is pending, and ends with stop, which waits for it.
type flusher struct {
	after func() // called after each round, under no lock
	look  func() // called every lookEvery, likewise

	mu      sync.Mutex
	dirty   []*slotLog
	wake    chan struct{}
	quit    chan struct{}
	done    chan struct{}
	stopped bool
}

// mark has l flushed within FlushEvery. It may be called with l.mu held.
func (f *flusher) mark(l *slotLog) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return
	}
	f.dirty = append(f.dirty, l)
	if f.wake == nil {
		f.wake, f.quit, f.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
		go f.run()
	}
	select {
	case f.wake <- struct{}{}:
	default: // it is awake
	}
}

func (f *flusher) run() {
	defer close(f.done)
	pause := time.NewTimer(FlushEvery)
	defer pause.Stop()
	look := time.NewTimer(beat.Until(time.Duration(lookEvery)))
	defer look.Stop()
	for {
		select {
		case <-f.wake:
		case <-look.C:
			f.look()
			look.Reset(beat.Until(time.Duration(lookEvery)))
			continue
		case <-f.quit:
			return
		}
		pause.Reset(FlushEvery)
		select {
		case <-pause.C:
		case <-f.quit:
			return
		}
		for _, l := range f.take() {
			l.flush()
		}
		f.after()
	}
}

func (f *flusher) take() []*slotLog {
	f.mu.Lock()
	defer f.mu.Unlock()
	dirty := f.dirty
	f.dirty = nil
	return dirty
}

// stop ends the goroutine and waits for it. What is pending stays so.
func (f *flusher) stop() {
	f.mu.Lock()
	started := f.wake != nil && !f.stopped
	f.stopped = true
	f.mu.Unlock()
	if started {
		close(f.quit)
		<-f.done
	}
}
