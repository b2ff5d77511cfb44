package locks

import (
	"slices"
	"time"

	"example.com/muster/profiling/goroutines"
	"example.com/muster/profiling/locks/graph"
)

// began is when a goroutine's wait began, for a look at now. Go says in minutes
// how long it lasts, once its collector has seen it; else it is known to have
// lasted from the first to the last list with it. What has become of it since
// the last is not known, so that this time is not added, but where it would
// only make a wait for work look new again and again.
func (t *goTold) began(n int, g *goroutines.Goroutine, now time.Time, forWork bool) time.Time {
	lasted := t.at.Sub(t.since[n])
	if g != nil {
		lasted = max(lasted, time.Duration(g.WaitMinutes)*time.Minute)
	}
	if forWork {
		return t.at.Add(-lasted)
	}
	return now.Add(-lasted)
}

// carry finds out since when each goroutine waits, from what was told before.
// Go counts no turns: one that waits in both lists may have had the lock in
// between. So if any of those who waited for a lock waits for it no longer, or
// any mutex has changed hands by the program's own count, all waits are new.
func (t *goTold) carry(was *goTold) {
	t.locks, t.since = goroutines.ByLock(t.list), map[int]time.Time{}
	before := map[graph.ID]*goroutines.Lock{}
	if was != nil {
		for i := range was.locks {
			before[goID(0, &was.locks[i])] = &was.locks[i]
		}
	}
	for i := range t.locks {
		lock := &t.locks[i]
		now := map[int]bool{}
		for _, n := range lock.Waiters {
			t.since[n], now[n] = t.at, true
		}
		old := before[goID(0, lock)]
		if old == nil || t.passed != was.passed || slices.ContainsFunc(old.Waiters, func(n int) bool { return !now[n] }) {
			continue
		}
		for _, n := range old.Waiters {
			t.since[n] = was.since[n]
		}
	}
}
