//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/google/pprof/profile"
)

// stacks prints a profile of N stacks, such as a large program has them: 20 to 60
// frames deep, of 20,000 functions, most of them with the outer frames of others.
// They have no labels: with those of 64 processes go tool pprof took minutes, and
// there would be nothing to compare with.
func stacks(n []int) error {
	const functions = 20_000
	random := rand.New(rand.NewPCG(1, 2))
	p := &profile.Profile{
		SampleType:    []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}, {Type: "wall", Unit: "nanoseconds"}},
		PeriodType:    &profile.ValueType{Type: "cpu", Unit: "nanoseconds"},
		Period:        10e6,
		DurationNanos: 60e9,
	}
	for i := range functions {
		f := &profile.Function{
			ID: uint64(i + 1), Name: fmt.Sprintf("package%d.Class%d.method_%d", i%97, i%1009, i), Filename: fmt.Sprintf("/src/service/package%d/module_%d.py", i%97, i%1009),
		}
		p.Function = append(p.Function, f)
		p.Location = append(p.Location, &profile.Location{ID: f.ID, Line: []profile.Line{{Function: f, Line: int64(i%500 + 1)}}})
	}
	// Each function calls a few others; a stack is a walk from one of few roots.
	callee := func(at int) int {
		next := at*31 + 7
		if random.IntN(8) == 0 {
			next += 1 + random.IntN(6)
		}
		return next % functions
	}
	for range n[0] {
		depth, at := 20+random.IntN(40), random.IntN(8)
		stack := make([]*profile.Location, depth)
		for i := range stack {
			stack[depth-1-i] = p.Location[at]
			at = callee(at)
		}
		looks := int64(1 + random.IntN(3))
		p.Sample = append(p.Sample, &profile.Sample{Location: stack, Value: []int64{looks, looks * 10e6, looks * 10e6}})
	}
	return p.Write(os.Stdout)
}
