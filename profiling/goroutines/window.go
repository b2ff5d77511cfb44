package goroutines

import (
	"cmp"
	"slices"
	"time"
)

// Span is how far back a [Window] reaches, once there are readings of so long:
// at least half of it, at most all of it and the time between two readings.
const Span = 30 * time.Second

// Window tells what has come to a profile of contention of late. A profile
// counts from the program's start, and an hour ago is not what a person asks
// about, so that it keeps three readings and tells differences. The zero value
// has no reading.
type Window struct{ old, mid, last *reading }

// reading is a profile as it was at one moment.
type reading struct {
	at    time.Time
	lines []Contention
	of    map[line]*Contention
}

// Add takes one more reading, as [ParseContention] gives it.
func (w *Window) Add(at time.Time, list []Contention) {
	r := &reading{at, list, make(map[line]*Contention, len(list))}
	for i := range list {
		r.of[list[i].key()] = &list[i]
	}
	switch {
	case w.last == nil || w.last.above(r): // the first, or another program by now
		w.old, w.mid = r, r
	case at.Sub(w.mid.at) >= Span/2:
		w.old, w.mid = w.mid, r
	}
	w.last = r
}

func (c *Contention) key() line { return line{c.File, int64(c.Line), c.Function, c.For} }

// above reports whether something has become less since: then it is not the
// same profile that goes on.
func (r *reading) above(next *reading) bool {
	for k, was := range r.of {
		if is := next.of[k]; is != nil && (is.Count < was.Count || is.Delay < was.Delay) {
			return true
		}
	}
	return len(next.lines) == 0 && len(r.lines) > 0
}

// Lines returns what has come to each line, the longest delay first, and in
// which time. That is 0 as long as there is one reading only.
func (w *Window) Lines() (list []Contention, over time.Duration) {
	if w.last == nil || w.last == w.old {
		return nil, 0
	}
	for k, is := range w.last.of {
		c := *is
		if was := w.old.of[k]; was != nil {
			c.Count, c.Delay = c.Count-was.Count, c.Delay-was.Delay
		} else if len(w.old.lines) == maxLines {
			continue // it may have been among those that were cut off
		}
		if c.Count > 0 || c.Delay > 0 {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b Contention) int {
		return cmp.Or(cmp.Compare(b.Delay, a.Delay), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.For, b.For), cmp.Compare(a.Function, b.Function))
	})
	return list, w.last.at.Sub(w.old.at)
}
