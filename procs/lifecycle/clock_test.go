package lifecycle

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// steady reports whether a time is told by the clock that nobody sets: times
// that have its reading are compared by it alone, see package time.
func steady(at time.Time) bool { return strings.Contains(at.String(), " m=") }

// TestDeadlinesDoNotHangOnTheWallClock: a clock that is set back or forward
// moves no deadline: of a backoff, of a stop's grace, of a probe, shifted ones
// after a pause included.
func TestDeadlinesDoNotHangOnTheWallClock(t *testing.T) {
	now := time.Now()
	sp := spec(func(s *procs.Spec) { s.Restart.When = procs.RestartAlways; s.Stop.Grace = time.Second })
	s := New(sp, now)
	next := func(in Input) {
		t.Helper()
		var err error
		if s, _, err = s.Next(in, now, 0.5); err != nil {
			t.Fatal(err)
		}
	}
	next(Start{})
	next(Started{At: now})
	next(exit(1))
	next(Cleared{})
	if s.State != procs.BackingOff || !steady(s.Deadline()) || !steady(s.Resume(now.Add(-time.Minute), now).Deadline()) {
		t.Errorf("in state %s the deadline is %v", s.State, s.Deadline())
	}
	s = New(sp, now)
	next(Start{})
	next(Started{At: now})
	next(Stop{})
	if s.State != procs.Stopping || !steady(s.Deadline()) {
		t.Errorf("in state %s the deadline is %v", s.State, s.Deadline())
	}
	c := NewCheck(procs.Probe{Exec: []string{"true"}, Every: time.Second, Failures: 3}, now)
	for what, at := range map[string]time.Time{
		"the first try": c.Deadline(), "the next try": c.Trying().Tried("", now).Deadline(),
		"after a failure": c.Trying().Tried("x", now).Deadline(), "after a pause": c.Resume(now, now.Add(time.Hour)).Deadline(),
		"the last success": c.Tried("", now).WellUntil,
	} {
		if !steady(at) {
			t.Errorf("%s is at %v", what, at)
		}
	}
}
