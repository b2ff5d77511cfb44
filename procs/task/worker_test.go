package task

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task/plan"
)

// persistent is a worker that the test binary plays.
func persistent(role string, env ...string) func(*spawn.Guard, *outcome) Work {
	return func(g *spawn.Guard, o *outcome) Work {
		argv, environ := played(role, env...)
		return &Persistent{Guard: g, Argv: argv, Bytes: role == "bytes", Environ: environ, Grace: time.Second, Printed: o.print, MaxResult: 1 << 20}
	}
}

// Whatever becomes of a worker, it is the item that it was on that is lost, and
// no other.
func TestWorkerDies(t *testing.T) {
	for _, protocol := range []string{"json", "bytes"} {
		quote := func(s string) string {
			if protocol == "json" {
				return `"` + s + `"`
			}
			return s
		}
		for _, chunk := range []int{1, 3, 0} {
			for _, how := range []string{"dies", "half"} {
				o := mapOver(t, plan.Options{Workers: 2, Chunk: chunk}, persistent(protocol), "a", "b", how, "c", "d", "e")
				values := map[string]string{}
				for _, s := range []string{"a", "b", "c", "d", "e"} {
					values[s] = quote(s)
				}
				o.want(t, values, map[string]string{how: "ended: SIGKILL: killed at once"})
				if o.verdicts[how] != plan.Lost {
					t.Errorf("%s: the verdict is %v", how, o.verdicts[how])
				}
			}
		}
	}
}

// A worker that ends after its answer has lost nothing.
func TestWorkerDiesAfterItsAnswer(t *testing.T) {
	o := mapOver(t, plan.Options{}, persistent("json"), "after", "b")
	o.want(t, map[string]string{"after": `"after"`, "b": `"b"`}, nil)
	if o.progress.Deaths != 1 {
		t.Errorf("%d deaths", o.progress.Deaths)
	}
}

func TestLostItemIsRetried(t *testing.T) {
	o := mapOver(t, plan.Options{Chunk: 3, Retries: 1}, persistent("json", "ONCE="+filepath.Join(t.TempDir(), "once")), "a", "once", "b")
	o.want(t, map[string]string{"a": `"a"`, "once": `"once"`, "b": `"b"`}, nil)
	if o.tries["once"] != 2 {
		t.Errorf("%d tries", o.tries["once"])
	}
}

// Commands that are short begin without muster's asking for each, and what each
// prints is its own all the same.
func TestShortCommands(t *testing.T) {
	var items []string
	values, failures := map[string]string{}, map[string]string{}
	for i := range 120 {
		item := strconv.Itoa(i)
		items = append(items, item)
		if i%10 == 9 {
			failures[item] = "exit 3"
			continue
		}
		values[item] = item + "\n"
	}
	o := mapOver(t, plan.Options{Workers: 2}, func(g *spawn.Guard, _ *outcome) Work {
		template := ParseTemplate([]string{"echo {}; case {} in *9) exit 3; esac"}, TemplateOptions{Shell: "/bin/sh"})
		return &Command{Guard: g, Template: template, Environ: os.Environ()}
	}, items...)
	o.want(t, values, failures)
}

func TestWorkerHangs(t *testing.T) {
	o := mapOver(t, plan.Options{Chunk: 3, Timeout: plan.Timeout{Fixed: 5 * time.Second}}, persistent("json"), "a", "hangs", "b")
	o.want(t, map[string]string{"a": `"a"`, "b": `"b"`}, map[string]string{"hangs": "took too long: ended after "})
}

func TestWorkerErrors(t *testing.T) {
	o := mapOver(t, plan.Options{}, persistent("json"), "fails", "fails in words")
	o.want(t, nil, map[string]string{"fails": "Bad: no good", "fails in words": "no good"})
	o = mapOver(t, plan.Options{}, persistent("bytes"), "fails", "a")
	o.want(t, map[string]string{"a": "a"}, map[string]string{"fails": "fails"})
}

// An answer that grows beyond what may be held is not waited for.
func TestWorkerAnswersTooMuch(t *testing.T) {
	o := mapOver(t, plan.Options{}, persistent("json"), "a", "endless", "b")
	o.want(t, map[string]string{"a": `"a"`, "b": `"b"`}, map[string]string{"endless": "it answered a line of more than 1048576 bytes (--max-result)"})
}

// What is no answer is the worker's output, and hurts nothing.
func TestWorkerPrintsJunk(t *testing.T) {
	o := mapOver(t, plan.Options{}, persistent("json"), "junk", "b")
	o.want(t, map[string]string{"junk": `"junk"`, "b": `"b"`}, nil)
	if !o.line("this is no answer") || !o.line(`{"id": 999, "result": 1}`) {
		t.Errorf("it was printed: %q", o.printed)
	}
	o = mapOver(t, plan.Options{}, persistent("bytes"), "a", "junk", "b") // where it cannot be told apart
	o.want(t, map[string]string{"a": "a", "b": "b"}, map[string]string{"junk": "what it answered cannot be understood: 74 68 69 73"})
}

func TestWorkersThatCannotWork(t *testing.T) {
	o := mapOver(t, plan.Options{Workers: 2}, persistent("ends"), "a", "b")
	if o.err == nil || !strings.Contains(o.err.Error(), "exit 3") && !strings.Contains(o.failures["a"], "exit 3") {
		t.Errorf("a worker that ends at once: %v, %q", o.err, o.failures)
	}
	if !o.line("no licence") {
		t.Errorf("its last words are not told: %q", o.printed)
	}
	o = mapOver(t, plan.Options{}, persistent("closes"), "a")
	o.want(t, nil, map[string]string{"a": "it closed its standard output"})
	o = mapOver(t, plan.Options{}, func(g *spawn.Guard, o *outcome) Work {
		return &Persistent{Guard: g, Argv: []string{"nosuchworker"}, Printed: o.print}
	}, "a")
	if o.err == nil || o.err.Error() != "cannot start the worker: not found: nosuchworker" {
		t.Errorf("no such worker: %v", o.err)
	}
}

func TestWorkerItems(t *testing.T) {
	items := []string{"", "a\nb", "\xff\xfe", `"quoted\`, strings.Repeat("x", 300_000), "\x00"}
	o := mapOver(t, plan.Options{Ordered: true}, persistent("bytes"), items...)
	values := map[string]string{}
	for _, s := range items {
		values[s] = s
	}
	o.want(t, values, nil)
	o = mapOver(t, plan.Options{}, persistent("json"), "a\nb", `"quoted\`)
	o.want(t, map[string]string{"a\nb": `"a\nb"`, `"quoted\`: `"\"quoted\\"`}, nil)
	o = mapOver(t, plan.Options{}, func(g *spawn.Guard, o *outcome) Work {
		w := persistent("json")(g, o).(*Persistent)
		w.JSON = true
		return w
	}, `"a"`, `{`, `"b"`)
	o.want(t, map[string]string{`"a"`: `"a"`, `"b"`: `"b"`}, map[string]string{"{": "the item is no JSON: unexpected end of JSON input"})
}

// A program that is no worker is told of once, and nothing waits for it. Where workers
// have answered before, it is one item's failure.
func TestWorkerThatIsNone(t *testing.T) {
	echo := func(protocol, script string) func(*spawn.Guard, *outcome) Work {
		return func(g *spawn.Guard, o *outcome) Work {
			return &Persistent{Guard: g, Argv: []string{"sh", "-c", script}, Bytes: protocol == "bytes", Environ: os.Environ(), Grace: time.Second, Printed: o.print}
		}
	}
	for _, c := range []struct{ protocol, script, why string }{
		{"json", "cat", `it answered with the request, and no result: {"id":1,"item":"a"}`},
		{"json", `read x; echo '{"id":1,"value":2}'; cat >/dev/null`, `it answered with neither result nor error: {"id":1,"value":2}`},
		{"json", `read x; echo '{"id":"1","result":2}'; cat >/dev/null`, `it answered with an id that is no number of an item: {"id":"1","result":2}`},
		{"json", `read x; echo '{"result":2}'; cat >/dev/null`, `it answered without the id of an item: {"result":2}`},
		{"json", `read x; echo '{"id": 1, "result": NaN}'; cat >/dev/null`, `it answered with what is no JSON: {"id": 1, "result": NaN}`},
		{"bytes", "cat", "what it answered cannot be understood: 00 00 00 01 61"},
	} {
		o := mapOver(t, plan.Options{Workers: 1}, echo(c.protocol, c.script), "a", "b", "c")
		fatal, ok := errors.AsType[*Fatal](o.err)
		if !ok || fatal.Message != "cannot use sh as a worker: "+c.why || !strings.Contains(fatal.Hint, "docs/map.md") {
			t.Errorf("%s %q: %v, want %q", c.protocol, c.script, o.err, c.why)
		}
	}
	o := mapOver(t, plan.Options{Workers: 1, Chunk: 1}, echo("json", `read x; echo '{"id":1,"result":"a"}'; cat`), "a", "b")
	o.want(t, map[string]string{"a": `"a"`}, map[string]string{"b": "it answered with the request"})
}
