package headless

import (
	"context"
	"strings"
	"time"

	"example.com/muster/procs"
)

// verdicts hold back that a slot is in a crash loop until the crash has been told that led
// to it: that takes the session a moment longer to find out.
type verdicts struct {
	ended, crashed map[procs.ID]int // by slot: the pid of the run that has done so last
	held           []verdict        // in the order of their time
}

type verdict struct {
	event procs.Event
	due   time.Time // when it is told in any case: not every end is a crash
}

// verdictWithin is how long one is held back at the most.
const verdictWithin = 300 * time.Millisecond

func newVerdicts() verdicts {
	return verdicts{ended: map[procs.ID]int{}, crashed: map[procs.ID]int{}}
}

// holds takes note of an event, and reports whether it is one to be held back.
func (v *verdicts) holds(e procs.Event, now time.Time) bool {
	switch {
	case e.Type == procs.EventExit:
		v.ended[e.ID] = e.PID
	case e.Type == procs.EventCrash && e.Label == "":
		v.crashed[e.ID] = e.PID
	case e.Type == procs.EventState && strings.HasPrefix(e.Text, crashLoop) && !v.told(e.ID):
		v.held = append(v.held, verdict{e, now.Add(verdictWithin)})
		return true
	}
	return false
}

// told reports whether it has been told that the last run of a slot has crashed.
func (v *verdicts) told(id procs.ID) bool { return v.crashed[id] == v.ended[id] }

// due removes and returns what is to be told now.
func (v *verdicts) due(now time.Time) (events []procs.Event) {
	kept := v.held[:0]
	for _, h := range v.held {
		if v.told(h.event.ID) || !h.due.After(now) {
			events = append(events, h.event)
		} else {
			kept = append(kept, h)
		}
	}
	v.held = kept
	return events
}

// wait returns a context that is done when the next is due, if not before.
func (v *verdicts) wait(ctx context.Context) (context.Context, context.CancelFunc) {
	if len(v.held) == 0 {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, v.held[0].due)
}
