package capture

import (
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// TestPreempt: what a goroutine did when the scheduler's signal came together with the
// profiler's was done by the function that it had interrupted. What asyncPreempt calls is
// the scheduler's own.
func TestPreempt(t *testing.T) {
	for stack, want := range map[string]string{
		"runtime.asyncPreempt main.work main.main":             "main.work main.main",
		"main.work main.main":                                  "main.work main.main",
		"runtime.asyncPreempt2 runtime.asyncPreempt main.work": "runtime.asyncPreempt2 runtime.asyncPreempt main.work",
		"runtime.asyncPreempt":                                 "runtime.asyncPreempt",
	} {
		s := &profile.Sample{}
		for name := range strings.FieldsSeq(stack) {
			s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
		}
		var got []string
		for _, f := range framesOf(s) {
			got = append(got, f.function)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: told as %v, want %s", stack, got, want)
		}
	}
}
