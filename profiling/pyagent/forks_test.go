package pyagent

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
)

// TestForksAmongThreads: each place where a process forks while others of its threads
// run is told once, each child knows of its own, and of a fork without is nothing told.
func TestForksAmongThreads(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		script, err := filepath.Abs("testdata/forks.py")
		must(t, err)
		r := run(t, a.Environ(plainEnviron("PYTHONWARNINGS=ignore"), ""), python, script)
		if r.code != 0 || r.stderr != "" {
			t.Fatalf("%+v", r)
		}
		var known Known
		known.Add(read(t, a)...)
		var want, got []string
		for text := range strings.Lines(r.stdout) {
			var said struct {
				PID, Line, Among int
				Function         string
				MadeBy           string `json:"made_by"`
				Threads          []string
			}
			must(t, json.Unmarshal([]byte(text), &said))
			p, _ := known.Process(procs.PIDRef{PID: said.PID}) // one that was forked alone has told nothing
			if at := p.ForkedAt; p.Among != said.Among || at.Line != said.Line || at.Function != said.Function {
				t.Errorf("the process that is %s was told as %+v", text, p)
			}
			place := fmt.Sprint(script, said.Line, said.Function, said.MadeBy, said.Among, said.Threads)
			if said.Among > 0 && !slices.Contains(want, place) {
				want = append(want, place)
			}
		}
		for _, f := range known.TakeForks() {
			got = append(got, fmt.Sprint(f.File, f.Line, f.Function, f.MadeBy, f.Among, f.Threads))
			if f.Process != "MainProcess" || f.Thread != "MainThread" || f.StartTime == 0 {
				t.Errorf("%+v", f)
			}
		}
		if len(want) != 2 || !slices.Equal(got, want) {
			t.Errorf("told:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if again := known.TakeForks(); again != nil {
			t.Errorf("told again: %+v", again)
		}
	})
}
