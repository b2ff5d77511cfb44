package pyagent

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// truth is what a program of testdata says of an exception that it loses.
type truth struct {
	What, Type, Message, Process, Thread, Task, Function, Cause, Where string
	Line, Items                                                        int
	Fetched                                                            *bool
	Dropped                                                            bool
}

// truths reads what a program has printed.
func truths(t *testing.T, stdout string) (all []truth) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var said truth
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, said)
	}
	return all
}

// truthOf returns what the program would have to say of an exception that was told.
func truthOf(told Told) truth {
	said := truth{
		What: string(told.What), Type: told.Type, Message: told.Message, Process: told.Process, Thread: told.Thread,
		Task: told.Task, Items: told.Items, Where: told.Where, Fetched: told.Fetched, Dropped: told.Dropped,
	}
	if len(told.Chain) > 0 {
		said.Cause = told.Chain[0].Type
	}
	if len(told.Frames) > 0 {
		said.Line, said.Function = told.Frames[0].Line, told.Frames[0].Function
	}
	if told.What == InResult || told.What == InArguments || told.What == InQueue { // what pickling says differs, and where it fails
		said.Type, said.Message, said.Line, said.Function, said.Cause = "", "", 0, "", ""
	}
	return said
}

// TestWhatIsRaised: each exception that a program loses is told, once, with what
// the program itself says of it; and nothing else is.
func TestWhatIsRaised(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		for _, method := range methods {
			t.Run(method, func(t *testing.T) {
				a := install(t)
				script, err := filepath.Abs("testdata/raises.py")
				must(t, err)
				r := run(t, a.Environ(plainEnviron(), ""), python, script, method)
				if r.code != 0 {
					t.Fatalf("code %d, stderr:\n%s", r.code, r.stderr)
				}
				var known Known
				known.Add(read(t, a)...)
				all, _, _ := known.Exceptions(0)
				said := truths(t, r.stdout)
				if len(said) < 20 {
					t.Fatalf("the program said %v", said)
				}
				checkRaised(t, said, all)
			})
		}
	})
}

// checkRaised compares what was told with the truth, in whatever order.
func checkRaised(t *testing.T, said []truth, told []Told) {
	t.Helper()
	want := map[string]int{}
	for _, s := range said {
		want[text(s)]++
	}
	for _, e := range told {
		got := text(truthOf(e))
		if want[got] == 0 {
			t.Errorf("told:\n%s\nin %+v", got, e)
		}
		want[got]--
	}
	for s, n := range want {
		if n > 0 {
			t.Errorf("not told:\n%s", s)
		}
	}
}

func text(s truth) string {
	b, _ := json.Marshal(s) //nolint:errchkjson // it is of strings and numbers
	return string(b)
}

// TestHostileExceptions: whatever is raised is told within bounds, nothing of the
// program's runs for it, and the program's own hook stays.
func TestHostileExceptions(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		r := run(t, a.Environ(plainEnviron(), ""), python, "testdata/hostile.py")
		if r != (outcome{"[] <lambda>\n", "", 0}) {
			t.Fatalf("%+v", r)
		}
		var known Known
		known.Add(read(t, a)...)
		all, _, _ := known.Exceptions(0)
		if len(all) != 6+3 { // five from the line that raises most
			t.Fatalf("%d told: %+v", len(all), all)
		}
		for i, want := range []string{
			`Hostile: ('hostile', <Value>)`, "ValueError: circle", "ValueError: " + strings.Repeat("m", maxMessage), "RecursionError: ",
			"ValueError: \x1b[31m\ufffd\x00\U0001f600", "FileNotFoundError: [Errno 2] gone: 'f'", "ValueError: many",
		} {
			if got := all[i].Type + ": " + all[i].Message; !strings.HasPrefix(got, want) {
				t.Errorf("told %.100q, want %.100q", got, want)
			}
		}
		if circle := all[1]; len(circle.Chain) != 1 || circle.Chain[0].Type != "KeyError" {
			t.Errorf("the chain of the circle: %+v", circle.Chain)
		}
		if deep := all[3]; deep.Frames[0].Repeated < 500 {
			t.Errorf("the recursion's frames: %+v", deep.Frames)
		}
		if first := all[2]; first.Alike < 9000 || first.Alike > 20000-3 {
			t.Errorf("%d more of the kind", first.Alike)
		}
	})
}
