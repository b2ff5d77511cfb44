package report

import (
	"time"

	"github.com/google/pprof/profile"
)

// Window keeps the last seconds of a row of short profiles. It is for one
// goroutine. How old a profile is follows from the profiles alone.
type Window struct {
	keep time.Duration
	most int
	all  []*profile.Profile // oldest first
	cost []int
	sum  int
}

// NewWindow returns a window that keeps the profiles of the last while, but no
// more than most samples and frames of their stacks, together. A sample takes
// some 200 bytes, a frame 8.
func NewWindow(keep time.Duration, most int) *Window { return &Window{keep: keep, most: most} }

// Add adds the newest profile, which is the window's then, and lets go those
// that ended before the window begins, or for which there is no room. The newest
// is kept, however large.
func (w *Window) Add(p *profile.Profile) {
	if p == nil {
		return
	}
	w.all, w.cost = append(w.all, p), append(w.cost, costOf(p))
	w.sum += w.cost[len(w.cost)-1]
	begin := endOf(p) - int64(w.keep)
	for len(w.all) > 1 && endOf(w.all[0]) <= begin {
		w.drop()
	}
	for len(w.all) > 1 && w.sum > w.most {
		w.drop()
	}
}

func endOf(p *profile.Profile) int64 { return p.TimeNanos + p.DurationNanos }

// costOf is what a profile counts as.
func costOf(p *profile.Profile) int {
	n := len(p.Sample)
	for _, s := range p.Sample {
		n += len(s.Location)
	}
	return n
}

// drop lets the oldest go.
func (w *Window) drop() {
	w.sum -= w.cost[0]
	w.all[0] = nil
	w.all, w.cost = w.all[1:], w.cost[1:]
}

// Profile merges what is in the window; nil if nothing is.
func (w *Window) Profile() (*profile.Profile, error) {
	if len(w.all) == 0 {
		return nil, nil
	}
	return Merge(w.all...)
}
