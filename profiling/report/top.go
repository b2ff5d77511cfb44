package report

import (
	"cmp"
	"slices"
)

// Row is a frame and what was spent in it.
type Row struct {
	Frame Frame
	Flat  int64 // in the frame itself
	Cum   int64 // in it and in what it calls; recursion counts once
	// Of the total, 1 for all of it.
	FlatShare, CumShare float64
}

// Table has a row for each frame, the largest flat value first.
type Table struct {
	Rows []Row
	// Total is what shares are shares of: the sum of the values of the
	// samples, each without its sign.
	Total int64
}

// Top returns what is spent in each frame.
func (r *Report) Top(o Options) Table {
	p := r.pass(o)
	flat, cum := make([]int64, len(p.frames.all)), make([]int64, len(p.frames.all))
	seen, round := make([]int32, len(p.frames.all)), int32(0)
	p.each(func(value int64, stack []int32) {
		round++
		for _, f := range stack {
			if seen[f] != round {
				seen[f] = round
				cum[f] += value
			}
		}
		if len(stack) > 0 {
			flat[stack[len(stack)-1]] += value
		}
	})
	t := Table{Total: p.total()}
	for i, f := range p.frames.all {
		if flat[i] != 0 || cum[i] != 0 {
			t.Rows = append(t.Rows, Row{f, flat[i], cum[i], share(flat[i], t.Total), share(cum[i], t.Total)})
		}
	}
	slices.SortFunc(t.Rows, func(a, b Row) int {
		return cmp.Or(
			-cmp.Compare(magnitude(a.Flat), magnitude(b.Flat)), cmp.Compare(a.Frame.text(o.By), b.Frame.text(o.By)),
			-cmp.Compare(magnitude(a.Cum), magnitude(b.Cum)), a.Frame.before(b.Frame))
	})
	return t
}

// share is a part of a total, 0 if there is none.
func share(part, total int64) float64 {
	if total == 0 {
		return 0
	}
	return float64(part) / float64(total)
}
