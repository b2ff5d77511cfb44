package cpython

import (
	"slices"
	"testing"
)

// What led to a thread's frames at one look may lead nowhere, or elsewhere, at the
// next one.
func TestATrailThatEnds(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "testdata/hop.py")
		var in *Interpreter
		for i, name := range []string{"shallow", "deep", "other", "shallow", "shallow", "deep", "other", "shallow", "shallow", "deep", "other", "shallow"} {
			var at struct {
				Name string
				TID  int
			}
			p.json(&at)
			if at.Name != name {
				t.Fatalf("it stands at %s, not at %s", at.Name, name)
			}
			if in == nil {
				in = attach(t, p.cmd.Process.Pid)
			}
			for range 2 {
				g, err := in.Glance(at.TID)
				var calls []string
				for _, c := range g.Calls {
					calls = append(calls, c.Function)
				}
				caller := name
				if name == "other" {
					caller = "run"
				}
				if err != nil || !g.Whole || !slices.Contains(calls, "stand") || !slices.Contains(calls, caller) {
					t.Errorf("place %d, %s: it seems to be in %v (whole: %v), %v", i, name, calls, g.Whole, err)
				}
				if name == "deep" && len(calls) < 400 {
					t.Errorf("place %d: %d calls deep", i, len(calls))
				}
			}
			if name == "other" && in.threads[p.cmd.Process.Pid] != 0 { // the first thread is where it was
				if g, err := in.Glance(p.cmd.Process.Pid); err != nil || !slices.ContainsFunc(g.Calls, func(c Call) bool { return c.Function == "other" }) {
					t.Errorf("place %d: the first thread is in %v, %v", i, g.Calls, err)
				}
			}
			p.next()
		}
	})
}
