package lifecycle

import (
	"fmt"
	"time"

	"example.com/muster/procs"
)

// Check follows one probe through one run: when to try, and what the tries so
// far amount to. It is a value.
type Check struct {
	Probe procs.Probe
	// Passed is what the probe says: yes after a try that succeeded, no after
	// Failures tries in a row that did not, and before the first.
	Passed bool
	// Why is what the last try found, with its place in the row of failures;
	// "" if it succeeded or there was none.
	Why string
	// WellUntil is when a try last succeeded.
	WellUntil time.Time

	failed int       // tries in a row that failed, Probe.Failures at the most
	due    time.Time // of the next try; zero while one is under way, or none comes
	dueSet time.Time // when due was
}

// NewCheck begins to follow a probe of a run that starts now. A probe that
// waits for a line of output makes no tries; [Check.Tried] tells of the line.
func NewCheck(p procs.Probe, now time.Time) Check {
	c := Check{Probe: p}
	if p.LogLine == "" {
		c = c.in(p.Delay, now)
	}
	return c
}

// in has the next try begin after d.
func (c Check) in(d time.Duration, now time.Time) Check {
	c.due, c.dueSet = now.Add(d), now
	return c
}

// Deadline is when the next try begins; the zero time if none does.
func (c Check) Deadline() time.Time { return c.due }

// Resume moves the deadline by what it saw of a pause that began at paused.
func (c Check) Resume(paused, now time.Time) Check {
	if !c.due.IsZero() {
		c.due = c.due.Add(Stood(paused, c.dueSet, now))
	}
	return c
}

// Trying says that a try is under way.
func (c Check) Trying() Check {
	c.due = time.Time{}
	return c
}

// Again says that the try under way was broken off, and counts for nothing.
func (c Check) Again(now time.Time) Check {
	return c.in(0, now)
}

// Excused says that a try has failed for a reason that counts for nothing, nor do
// those before it: somebody debugs the process.
func (c Check) Excused(now time.Time) Check {
	c.Why, c.failed = "", 0
	return c.in(c.Probe.Every, now)
}

// Tried says what a try found; "" that it succeeded. The next one is due an
// Every after this one's end, so that a machine that slept does not make up
// for what it missed.
func (c Check) Tried(why string, now time.Time) Check {
	if c.Probe.LogLine == "" {
		c = c.in(c.Probe.Every, now)
	}
	if why == "" {
		c.Passed, c.Why, c.failed, c.WellUntil = true, "", 0, now
		return c
	}
	c.failed = min(c.failed+1, c.Probe.Failures)
	c.Why = fmt.Sprintf("%s (%d of %d)", why, c.failed, c.Probe.Failures)
	if c.Exhausted() {
		c.Passed = false
	}
	return c
}

// Exhausted reports whether so many tries in a row have failed that the
// answer is no.
func (c Check) Exhausted() bool { return c.failed >= c.Probe.Failures }
