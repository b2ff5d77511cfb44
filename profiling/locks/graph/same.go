package graph

import (
	"slices"
	"time"

	"example.com/muster/profiling"
)

// Same reports whether two views say the same, but for the time that has
// passed. While somebody waits for a lock that another one has, they never do.
func (v *View) Same(w *View) bool {
	return len(v.Deadlocks) == len(w.Deadlocks) && len(v.Rings) == len(w.Rings) &&
		slices.EqualFunc(v.Threads, w.Threads, func(a, b State) bool {
			return a.Thread == b.Thread && a.Doing == b.Doing && slices.Equal(a.Stack, b.Stack)
		}) &&
		slices.EqualFunc(v.Locks, w.Locks, func(a, b Lock) bool { return a.same(&b) }) &&
		slices.Equal(v.Lines, w.Lines) &&
		slices.EqualFunc(v.Coverage, w.Coverage, func(a, b profiling.Coverage) bool { return a == b })
}

func (l *Lock) same(m *Lock) bool {
	return !l.Contended && l.ID == m.ID && l.Name == m.Name && l.State == m.State && l.Abandoned == m.Abandoned && l.Idle == m.Idle && l.Releasable == m.Releasable &&
		l.Deadlocked == m.Deadlocked && l.Contended == m.Contended &&
		slices.EqualFunc(l.Holders, m.Holders, func(a, b Holder) bool { return a == b }) &&
		slices.EqualFunc(l.Waiters, m.Waiters, func(a, b Waiter) bool { return a.Thread == b.Thread && a.Since.Equal(b.Since) })
}

// Later returns the view of a later moment until which nobody has run: all that wait
// have waited on.
func (v *View) Later(at time.Time) *View {
	w := *v
	w.At, w.Locks, w.look = at, slices.Clone(v.Locks), v.Look()
	for i := range w.Locks {
		l := &w.Locks[i]
		passed := at.Sub(v.At)
		l.Stats.Watched += passed
		if len(l.Waiters) > 0 && (l.Contended || l.Abandoned) {
			l.Stats.Contended += passed
		}
		for _, waiter := range l.Waiters {
			l.Stats.Total += passed
			l.Stats.Longest = max(l.Stats.Longest, at.Sub(waiter.Since))
		}
	}
	return &w
}

// Look returns the view that was found when it was last looked: itself unless it is a
// [View.Later] of that. What does not speak of time is the same in both.
func (v *View) Look() *View {
	if v.look != nil {
		return v.look
	}
	return v
}
