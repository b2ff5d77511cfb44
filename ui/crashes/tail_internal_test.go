package crashes

import (
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// TestWhoseLastLines: the card says whose its last lines are, and why they are not of the process alone.
func TestWhoseLastLines(t *testing.T) {
	two := []procs.Line{{Text: []byte("a")}, {Text: []byte("b")}}
	for want, r := range map[string]crash.Report{
		"last 2 lines of its output": {Tail: two},
		"last 2 lines of the whole slot: this mode of output does not tell who wrote them": {Tail: two, More: crash.More{Shared: true}},
		"last 2 lines of the whole slot: it has printed none itself":                       {Tail: two, More: crash.More{Shared: true, TailWhy: crash.TailOfOthers}},
	} {
		if got := tailNote(&r); got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
}
