package locks

import (
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/locks/graph"
)

// stillness knows whether anything can have changed since the last look. While
// no process has run, none has: who sleeps keeps its locks and its place.
type stillness struct {
	targets []procs.PIDRef
	looks   int       // in a row in which nobody had run
	full    time.Time // when all was looked at last
	moves   uint64    // what [Options.Moves] said before that
}

// After so many looks in which nobody has run the next are spared, as all that
// takes two looks or more is known by then; and now and then one is made all the
// same, for what this may miss.
const (
	settledAfter = 4
	fullEvery    = 10 * time.Second
	// many processes are not asked for their clocks if somebody else does that,
	// within the time that may pass between two looks anyway.
	many = 100
)

// unchanged reports whether a look would see what the last one saw. It costs a
// reading of each process's CPU clock, unless somebody reads those of many.
func (l *looker) unchanged(now time.Time, targets []procs.PIDRef) bool {
	s := &l.stillness
	moves, known := l.moves(now)
	moved := moves != s.moves
	s.moves = moves
	if s.looks < settledAfter || now.Sub(s.full) > fullEvery || l.more || !slices.Equal(targets, s.targets) {
		s.full, s.targets = now, targets
		return false
	}
	if known && len(l.order) >= many {
		if moved {
			s.full = now
		}
		return !moved
	}
	for _, p := range l.order {
		if clock, err := procfs.CPUClock(p.PID); err != nil || clock != p.clock {
			s.full = now
			return false
		}
	}
	return true
}

// moves asks how often a process has run; known says that the answer is new enough.
func (l *looker) moves(now time.Time) (count uint64, known bool) {
	if l.counted == nil {
		return 0, false
	}
	count, at := l.counted()
	return count, now.Sub(at) <= longest+calm
}

// unfinished reports whether something is still to be found out: whom nobody has
// looked at yet, who else has an end of something, or what is in memory.
func (l *looker) unfinished() bool {
	return len(l.newly) > 0 || len(l.ends.pending) > 0 || l.searching() || l.sems.early(l.now)
}

// settle counts the looks in which nobody had run, but not those that were asked
// for, as they may follow each other fast. While somebody is kept waiting each look
// counts, for the time that it costs.
func (l *looker) settle(v *graph.View) {
	if l.ran || slices.ContainsFunc(v.Locks, func(k graph.Lock) bool { return (k.Contended || k.Abandoned) && len(k.Waiters) > 0 }) {
		l.stillness.looks = 0
		return
	}
	if !l.asked {
		l.stillness.looks++
	}
}
