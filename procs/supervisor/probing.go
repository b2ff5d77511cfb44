package supervisor

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
	"example.com/muster/procs/probe"
)

// check is one probe of the present run. The slot's goroutine owns it; each
// try is a goroutine that answers once, or is broken off.
type check struct {
	lifecycle.Check
	turn     int                // how many tries have begun
	breakOff context.CancelFunc // of the try under way; nil while there is none
	told     int                // how many of its answers have been noted: no, and yes after that
}

// tried is the answer of a try.
type tried struct {
	of   *check
	turn int
	why  string // "" if it succeeded
}

// watch begins the probes of a run that has just started under a spec.
func (s *slot) watch(spec procs.Spec, now time.Time) {
	spec = s.vars.Spec(spec)
	s.ready, s.live = newCheck(spec.Ready, now), newCheck(spec.Live, now)
}

func newCheck(p *procs.Probe, now time.Time) *check {
	if p == nil {
		return nil
	}
	return &check{Check: lifecycle.NewCheck(*p, now)}
}

// unwatch ends the probes: a late answer belongs to no check any more.
func (s *slot) unwatch() {
	s.breakOff()
	s.ready, s.live, s.line = nil, nil, nil
}

// breakOff ends the tries under way.
func (s *slot) breakOff() {
	for _, c := range []*check{s.ready, s.live} {
		if c != nil && c.breakOff != nil {
			c.breakOff()
			c.breakOff = nil
			c.Check = c.Again(time.Now())
		}
	}
}

// rewatch takes over the probes of another spec while a run lives. A line that
// has been printed already cannot be waited for: the run counts as ready.
func (s *slot) rewatch(was procs.Spec) {
	if s.process == nil {
		return
	}
	now := time.Now()
	spec := s.vars.Spec(s.spec)
	if !reflect.DeepEqual(was.Ready, s.spec.Ready) {
		s.drop(s.ready)
		s.line = nil
		s.ready = newCheck(spec.Ready, now)
		if s.ready != nil && spec.Ready.LogLine != "" {
			s.ready.Check = s.ready.Tried("", now)
		}
	}
	if !reflect.DeepEqual(was.Live, s.spec.Live) {
		s.drop(s.live)
		s.live = newCheck(spec.Live, now)
	}
}

func (s *slot) drop(c *check) {
	if c != nil && c.breakOff != nil {
		c.breakOff()
	}
}

// probeDue begins the tries whose time has come.
func (s *slot) probeDue(now time.Time) {
	for _, c := range []*check{s.ready, s.live} {
		if c != nil && !c.Deadline().IsZero() && !now.Before(c.Deadline()) {
			s.try(c)
		}
	}
}

func (s *slot) try(c *check) {
	ctx, cancel := context.WithCancel(context.Background())
	c.Check, c.breakOff = c.Trying(), cancel
	c.turn++
	p, l, t := c.Probe, s.launching(), tried{of: c, turn: c.turn}
	// The goroutine ends with the try, which has a deadline, or when it is
	// broken off.
	s.sup.wg.Go(func() {
		err := probe.Try(ctx, p, func(ctx context.Context, argv []string) (procs.Exit, string, error) {
			return s.sup.opt.Launch.Exec(ctx, l, argv)
		})
		if err != nil {
			t.why = err.Error()
		}
		select {
		case s.tried <- t:
		case <-ctx.Done():
		}
	})
}

// answered takes the answer of a try into account.
func (s *slot) answered(t tried) {
	c := t.of
	if c != s.ready && c != s.live || c.breakOff == nil || c.turn != t.turn {
		return // of an earlier run, or broken off as it answered
	}
	c.breakOff() // ends nothing, the try is over
	c.breakOff = nil
	if c == s.live && t.why != "" && s.sup.opt.Debugged != nil && s.sup.opt.Debugged(s.id) {
		c.Check = c.Excused(time.Now())
	} else {
		c.Check = c.Tried(t.why, time.Now())
	}
	if c == s.ready {
		s.note(c)
	}
	if c == s.live && c.Exhausted() {
		_ = s.next(lifecycle.Unhealthy{Why: c.Why, WellUntil: c.WellUntil}) // refused if it is being ended
	}
	s.publish()
}

// note tells that a readiness probe says no, and that it says yes after all,
// once a run: the rows follow one that flaps.
func (s *slot) note(c *check) {
	switch {
	case c.told == 0 && c.Exhausted():
		s.sup.notify(fmt.Sprintf("%s is %s%s", s.id, lifecycle.NotReady, c.Why))
		c.told++
	case c.told == 1 && c.Passed:
		s.sup.notify(s.id.String() + " is ready")
		c.told++
	}
}

// lineFound says that the line which tells of readiness has been printed.
func (s *slot) lineFound() {
	s.line = nil
	if s.ready != nil {
		s.ready.Check = s.ready.Tried("", time.Now())
		s.publish()
	}
}

// standing is what the probes say of a running slot: whether it is ready, and
// in words what is wrong.
func (s *slot) standing() (ready bool, reason string) {
	switch {
	case s.ready != nil && !s.ready.Passed && s.ready.Why == "":
		return false, lifecycle.NotReady + s.ready.Probe.String()
	case s.ready != nil && !s.ready.Passed:
		return false, lifecycle.NotReady + s.ready.Why
	case s.live != nil && s.live.Why != "":
		return true, lifecycle.NotAlive + s.live.Why
	}
	return true, ""
}
