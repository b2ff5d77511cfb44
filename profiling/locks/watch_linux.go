package locks

import (
	"context"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/internal/beat"
	"example.com/muster/profiling/locks/graph"
)

// How often it is looked: seldom while nobody waits for a lock, often while
// somebody does, but never so often that looking costs more than its share.
const (
	calm     = 500 * time.Millisecond
	alert    = 50 * time.Millisecond
	maxShare = 60 // times the cost of a look are waited before the next,
	longest  = time.Second
	// stillShare is the same while nobody runs. Where nobody has for idleAfter looks,
	// it is looked every longest.
	stillShare = 1000
	idleAfter  = 10
)

// Run looks until ctx ends or, where it is eager, all is known.
func (w *Watcher) Run(ctx context.Context) {
	runtime.LockOSThread() // its CPU time is what looking costs, on a busy machine too
	defer runtime.UnlockOSThread()
	ctx, stop := context.WithCancel(ctx)
	l := newLooker(ctx, w.o)
	defer l.close()
	defer stop() // what was asked in the background is answered no more
	var tracker graph.Tracker
	timer := time.NewTimer(0)
	defer timer.Stop()
	idle := 0 // looks at nothing new, since a process has run
	for looks := 0; !w.o.Eager || looks < onceLooks || (l.owed || l.unread) && looks < onceOwed; looks++ {
		var answer chan<- bool // nil: nobody has asked
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case answer = <-w.asks:
		}
		l.asked = answer != nil
		began, now, targets := threadClock(), time.Now(), w.o.Targets()
		if !w.o.Eager && !l.asked && l.unchanged(now, targets) {
			w.touch(now)
			idle++
			timer.Reset(idlePause(idle, threadClock()-began))
		} else {
			v := tracker.Add(l.look(now, targets))
			l.noteRings(v)
			if l.ran {
				idle = 0
			}
			l.more = l.unread || tracker.Unsure() || l.unfinished()
			l.ends.walk(l)
			l.settle(v)
			w.publish(v)
			timer.Reset(w.pause(v, threadClock()-began))
		}
		if l.asked {
			answer <- l.more
		}
	}
}

// threadClock is the CPU time of this thread so far.
func threadClock() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return 0 // then it is looked as often as wanted
	}
	return time.Duration(ts.Nano())
}

// pause is how long to wait after a look.
func (w *Watcher) pause(v *graph.View, took time.Duration) time.Duration {
	if w.o.Eager {
		return onceTime / onceLooks
	}
	wanted := calm
	if slices.ContainsFunc(v.Locks, func(l graph.Lock) bool { return l.Contended && len(l.Waiters) > 0 && !l.Deadlocked }) {
		wanted = alert
	}
	if pause := min(maxShare*took, longest); pause > wanted {
		return pause
	}
	if wanted == calm {
		return beat.Until(calm)
	}
	return wanted
}

// idlePause is how long to wait after a look that found nobody to have run.
func idlePause(idle int, took time.Duration) time.Duration {
	if idle > idleAfter || stillShare*took > calm {
		return beat.Until(longest)
	}
	return beat.Until(calm)
}

// touch lets the view be of a later moment.
func (w *Watcher) touch(now time.Time) {
	w.view.Store(w.view.Load().Later(now))
	w.looked(false)
}

// publish makes the view known. The version moves only if it says something
// else than the one before: that time has passed, readers know.
func (w *Watcher) publish(v *graph.View) {
	old := w.view.Load()
	w.view.Store(v)
	changed := !v.Same(old)
	if changed {
		w.version.Add(1)
	}
	w.looked(changed)
}

func (w *Watcher) looked(changed bool) {
	if w.o.Looked != nil {
		w.o.Looked(changed)
	}
}
