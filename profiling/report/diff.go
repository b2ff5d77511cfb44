package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// DiffOptions say how two profiles are compared.
type DiffOptions struct {
	Options // Value is an index into the values of the first
	// Normalize compares shares: the values of the second are multiplied so
	// that their sum is that of the first.
	Normalize bool
}

// Change is a value in the first and in the second profile.
type Change struct{ Before, After int64 }

// Delta is what was added; less than 0 if something was taken away.
func (c Change) Delta() int64 { return c.After - c.Before }

// larger is the one that is further from 0.
func (c Change) larger() int64 {
	if magnitude(c.Before) > magnitude(c.After) {
		return c.Before
	}
	return c.After
}

// DiffRow is a frame and what has changed in it.
type DiffRow struct {
	Frame     Frame
	Flat, Cum Change
	// Noise says that sampling alone would make such a difference of Flat, or
	// of Cum if Flat has not changed.
	Noise bool
}

// Difference is what differs between two profiles.
type Difference struct {
	Value Value
	// Rows are the frames that changed, the largest change of Flat first.
	Rows []DiffRow
	// Total is the sum of the values, each without its sign, in both; shares
	// are of Total.Before. If Scale is not 1, Total.After is after it was
	// multiplied.
	Total Change
	Scale float64 // what the values of the second were multiplied by
	// Tree has the ways to all frames of both. Each node has its Change, and is
	// as large as the larger of the two.
	Tree *Node
	// Limits says what was left out of either, as [Report.Limits] does.
	Limits []string
}

// Diff compares a profile with a later one. Frames are the same if they have the
// same name and, by line, the same file and line. It fails if the second does
// not count what the first does.
func Diff(a, b *Report, o DiffOptions) (*Difference, error) {
	if o.Value < 0 || o.Value >= len(a.values) {
		return nil, fmt.Errorf("the first profile counts nothing")
	}
	d := differ{j: newJoint(o.By), flat: [2][]int64{}, cum: [2][]int64{}, tree: newGrowing(len(b.stacks.ends))}
	value := a.values[o.Value]
	second, factor, err := b.counting(value)
	if err != nil {
		return nil, err
	}
	before, after := a.pass(o.Options), b.pass(o.with(second))
	if o.Normalize {
		if factor, err = normal(before, after); err != nil {
			return nil, err
		}
	}
	sums := Change{d.walk(0, before, 1), 0}
	first := d.tree.cut()
	sums.After = d.walk(1, after, factor)
	diff := &Difference{Value: value, Scale: factor, Total: Change{before.total(), scaled(after.total(), factor)}}
	diff.Rows = d.rows(d.noise(a, b, o, second))
	diff.Tree = d.tree.difference(first, d.j.frames)
	diff.Limits = slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.limits, b.limits))))
	return diff, nil
}

// with returns the options for another value.
func (o DiffOptions) with(value int) Options {
	own := o.Options
	own.Value = value
	return own
}

// counting returns the index of what counts a value, and what makes its unit
// that of the value.
func (r *Report) counting(v Value) (int, float64, error) {
	for i, own := range r.values {
		if own.Name != v.Name {
			continue
		}
		if own.Unit == v.Unit {
			return i, 1, nil
		}
		s, u := find(own.Unit)
		t, w := find(v.Unit)
		if s == nil || s != t {
			return 0, 0, fmt.Errorf("the first counts %s in %s, the second in %s", clean(v.Name), clean(v.Unit), clean(own.Unit))
		}
		return i, u.factor / w.factor, nil
	}
	return 0, 0, fmt.Errorf("the second profile does not count %s", clean(v.Name))
}

// normal returns what the values of the second must be multiplied by so that
// all of them have the sum of the first.
func normal(a, b *pass) (float64, error) {
	before, after := a.sum(), b.sum()
	if after == 0 {
		return 0, fmt.Errorf("the second profile has no samples to normalise")
	}
	return float64(before) / float64(after), nil
}

// sum is the sum of all values, whatever is in focus.
func (p *pass) sum() (sum int64) {
	for i := range p.r.stacks.ends {
		if p.chosen == nil || p.chosen[p.r.labels().of[i]] {
			sum += p.r.stacks.values[i*len(p.r.values)+p.value]
		}
	}
	return sum
}

// scaled multiplies a value.
func scaled(v int64, by float64) int64 {
	if by == 1 {
		return v
	}
	return int64(math.Round(float64(v) * by))
}

// joint gives frames of two reports common numbers.
type joint struct {
	by     Granularity
	frames []Frame
	known  map[Frame]int32
}

func newJoint(by Granularity) *joint { return &joint{by: by, known: map[Frame]int32{}} }

// add returns the common number of each frame.
func (j *joint) add(f *frames) []int32 {
	numbers := make([]int32, len(f.all))
	for i, own := range f.all {
		id := own
		if j.by == ByFunction {
			id.File = ""
		}
		n, known := j.known[id]
		if !known {
			n = int32(len(j.frames))
			j.known[id] = n
			j.frames = append(j.frames, own)
		} else if j.frames[n].File != own.File {
			j.frames[n].File = ""
		}
		numbers[i] = n
	}
	return numbers
}

// differ gathers the values of both.
type differ struct {
	j         *joint
	flat, cum [2][]int64
	tree      *growing
}

// walk adds the samples of one report; it returns their sum.
func (d *differ) walk(side int, p *pass, factor float64) (sum int64) {
	numbers := d.j.add(p.frames)
	flat, cum := make([]int64, len(d.j.frames)), make([]int64, len(d.j.frames))
	seen, round := make([]int32, len(d.j.frames)), int32(0)
	var own []int32
	p.each(func(value int64, stack []int32) {
		value = scaled(value, factor)
		sum += value
		own = own[:0]
		round++
		for _, f := range stack {
			n := numbers[f]
			own = append(own, n)
			if seen[n] != round {
				seen[n] = round
				cum[n] += value
			}
		}
		if len(own) > 0 {
			flat[own[len(own)-1]] += value
		}
		d.tree.add(value, own)
	})
	d.flat[side], d.cum[side] = flat, cum
	return sum
}

// rows returns the frames that changed, in pprof's order.
func (d *differ) rows(noise func(frame int, flat bool) bool) (rows []DiffRow) {
	for i, f := range d.j.frames {
		row := DiffRow{Frame: f, Flat: Change{0, d.flat[1][i]}, Cum: Change{0, d.cum[1][i]}}
		if i < len(d.flat[0]) {
			row.Flat.Before, row.Cum.Before = d.flat[0][i], d.cum[0][i]
		}
		if row.Flat.Delta() != 0 || row.Cum.Delta() != 0 {
			row.Noise = noise(i, row.Flat.Delta() != 0)
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b DiffRow) int {
		return cmp.Or(
			-cmp.Compare(magnitude(a.Flat.Delta()), magnitude(b.Flat.Delta())), cmp.Compare(a.Frame.text(d.j.by), b.Frame.text(d.j.by)),
			-cmp.Compare(magnitude(a.Cum.Delta()), magnitude(b.Cum.Delta())), a.Frame.before(b.Frame))
	})
	return rows
}
