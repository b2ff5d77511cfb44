package report

import (
	"cmp"
	"slices"
)

// Peek is a function with those that call it and those that it calls.
type Peek struct {
	Function string
	// Flat and Cum are the function's; their total is Total, as in Table.
	Flat, Cum, Total int64
	// Callers and Callees have the part of Cum that came from, or went to,
	// each of them, largest first. A function that calls itself is neither.
	Callers, Callees []Part
}

// Part is one caller's or callee's part of a function's value.
type Part struct {
	Frame Frame
	Value int64
	Share float64 // of the function's Cum
}

// Peek returns who calls a function, and whom it calls. With ByLine its lines
// are taken together, and the others are lines. A function that is not there
// has no value.
func (r *Report) Peek(name string, o Options) Peek {
	p := r.pass(o)
	k := Peek{Function: name, Total: p.total()}
	is := make([]bool, len(p.frames.all))
	for i := range p.frames.all {
		is[i] = p.frames.all[i].Function == name
	}
	callers, callees := newTally(p.frames), newTally(p.frames)
	p.each(func(value int64, stack []int32) {
		callers.begin()
		callees.begin()
		found := false
		for i, f := range stack {
			if !is[f] {
				continue
			}
			found = true
			if i > 0 && !is[stack[i-1]] {
				callers.add(stack[i-1], value)
			}
			if i+1 < len(stack) && !is[stack[i+1]] {
				callees.add(stack[i+1], value)
			}
			if i+1 == len(stack) {
				k.Flat += value
			}
		}
		if found {
			k.Cum += value
		}
	})
	k.Callers, k.Callees = callers.parts(k.Cum), callees.parts(k.Cum)
	return k
}

// tally adds values up by frame, each frame once a sample.
type tally struct {
	frames *frames
	sum    []int64
	seen   []int32
	round  int32
}

func newTally(f *frames) *tally {
	return &tally{frames: f, sum: make([]int64, len(f.all)), seen: make([]int32, len(f.all))}
}

func (t *tally) begin() { t.round++ }

func (t *tally) add(frame int32, value int64) {
	if t.seen[frame] != t.round {
		t.seen[frame] = t.round
		t.sum[frame] += value
	}
}

func (t *tally) parts(of int64) []Part {
	var parts []Part
	for i, v := range t.sum {
		if v != 0 {
			parts = append(parts, Part{t.frames.all[i], v, share(v, of)})
		}
	}
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(-cmp.Compare(magnitude(a.Value), magnitude(b.Value)), a.Frame.before(b.Frame))
	})
	return parts
}
