package report

import "math"

// How far sampling may be wrong. A sampled profile is a count of looks; had it
// been taken once more of a program that does the same, the counts would be a
// little different. What follows says when a difference is larger than that.

// looks returns the index of the value that counts looks at the program, which
// is what noise can be worked out of; -1 if the profile was not sampled by time,
// or does not say how often.
func (r *Report) looks() int {
	for i, v := range r.values {
		if v.Name == "samples" && v.Unit == "count" {
			return i
		}
	}
	return -1
}

// certainty is how many standard errors a difference of two profiles must have
// to be no noise: 3.29 happen by chance once in a thousand.
const certainty = 3.29

// noise returns a function that says of a frame whether sampling alone would make
// such a difference of its flat value, or of its cum. Without counts of looks in both it is always false: the
// values are exact, or nobody can say.
//
// Absolute values are counts of a Poisson process, whose difference has the
// variance of their sum. Shares are those of two binomial samples: see
// proportions.
func (d *differ) noise(a, b *Report, o DiffOptions, second int) func(frame int, flat bool) bool {
	first, later := a.looks(), b.looks()
	if first < 0 || later < 0 {
		return func(int, bool) bool { return false }
	}
	counts := differ{j: d.j, tree: newGrowing(0)}
	before, after := a.pass(o.with(first)), b.pass(o.with(later))
	counts.count(0, before, o.Value)
	counts.count(1, after, second)
	n, m := float64(before.sum()), float64(after.sum())
	return func(f int, flat bool) bool {
		of := &counts.cum
		if flat {
			of = &counts.flat
		}
		x, y := at(of[0], f), at(of[1], f)
		if o.Normalize {
			return math.Abs(proportions(x, n, y, m)) < certainty
		}
		return math.Abs(x-y) < certainty*math.Sqrt(x+y)
	}
}

func at(values []int64, i int) float64 {
	if i < len(values) {
		return float64(values[i])
	}
	return 0
}

// count adds up the looks of one side, of samples that have the value.
func (d *differ) count(side int, p *pass, value int) {
	numbers := d.j.add(p.frames)
	flat, cum := make([]int64, len(d.j.frames)), make([]int64, len(d.j.frames))
	seen, round := make([]int32, len(d.j.frames)), int32(0)
	p.eachSample(func(i int, looks int64, stack []int32) {
		if p.r.stacks.values[i*len(p.r.values)+value] == 0 {
			return
		}
		round++
		for _, f := range stack {
			if n := numbers[f]; seen[n] != round {
				seen[n] = round
				cum[n] += looks
			}
		}
		if len(stack) > 0 {
			flat[numbers[stack[len(stack)-1]]] += looks
		}
	})
	d.flat[side], d.cum[side] = flat, cum
}

// proportions is the test of two proportions: how many standard errors x of n
// is above y of m, if both were samples of the same. 0 if there is nothing to
// compare.
func proportions(x, n, y, m float64) float64 {
	if n <= 0 || m <= 0 {
		return 0
	}
	p := (x + y) / (n + m)
	deviation := math.Sqrt(p * (1 - p) * (1/n + 1/m))
	if deviation == 0 || math.IsNaN(deviation) {
		return 0
	}
	return (x/n - y/m) / deviation
}

// quantile is the number of standard deviations that a normal variable exceeds
// in either direction with a probability of p.
func quantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(1-p) }
