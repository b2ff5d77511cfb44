package task

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task/plan"
)

const functions = `
import json, os, signal, subprocess, sys, time
ready = []
def init(): ready.append(1)
def echo(x): return x
def square(x): return int(x) ** 2
def add(a, b): return a + b
def inited(x): return ready
def pid(x): return os.getpid()
def raises(x):
    if x == "bad": deeper(x)
    return x
def deeper(x): raise ValueError("no good: " + x)
class Odd(Exception): pass
def odd(x): raise Odd(b"\xff", "\ud800")
def exits(x): sys.exit(3)
def dies(x):
    if x == "dies": os.kill(os.getpid(), signal.SIGKILL)
    if x == "segv": import ctypes; ctypes.string_at(0)
    if x == "_exit": os._exit(7)
    return x
def once(x):
    if x == "once":
        try: os.close(os.open(os.environ["ONCE"], os.O_CREAT | os.O_EXCL))
        except FileExistsError: pass
        else: os.kill(os.getpid(), signal.SIGKILL)
    return x
def writes(x): # is killed within the write of its result, or behind it
    write = os.write
    def last(fd, data):
        write(fd, data[:len(data) // 2] if x == "half" else data)
        os.kill(os.getpid(), signal.SIGKILL)
    if x in ("half", "after"): os.write = last
    return x
def junk(x):
    print("printed", x)
    os.write(1, b"written\n")
    subprocess.run(["sh", "-c", "echo child; cat"], check=True)
    return x
def results(x):
    if x == "set": return {1}
    if x == "object": return {"a": [object()]}
    if x == "bytes": return b"x"
    if x == "nan": return float("nan")
    if x == "recursive":
        l = []; l.append(l); return l
    if x == "deep":
        l = []
        for i in range(100000): l = [l]
        return l
    if x == "large": return "x" * 3000000
    return {"b": [1, None, True, "\u00e9\"\n"], "a": 1.5}
def hangs(x):
    if x == "hangs": time.sleep(3600)
    return x
def keeps(x):
    if os.fork() == 0: time.sleep(3600)
    return x
kept = []
def changes(x):
    kept.append(x)
    return {"kept": kept} if x == "nested" else kept
def forks(x):
    child = os.fork()
    if x != "both" and child == 0:
        if x == "raises": raise OSError("in the child")
        if x == "exits": sys.exit(5)
        return "child"
    if child: return [x, os.WEXITSTATUS(os.waitpid(child, 0)[1])]
def bounce(*args, **kwargs): return [args, kwargs]
no_function = 3
`

// python calls a function of a file that holds functions.
func python(t *testing.T, function string, change func(*Python)) func(*spawn.Guard, *outcome) Work {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"jobs.py": functions, "broken.py": "import nosuchmodule\n", "faulty.py": "x = 1 / 0\n", "wrong.py": "def f(:\n", "bad_init.py": "def f(x): return x\ndef init(): raise OSError('no database')\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(g *spawn.Guard, o *outcome) Work {
		py := &Python{Guard: g, Function: "jobs.py:" + function, Environ: os.Environ(), Dir: dir, Grace: time.Second, Printed: o.print, MaxResult: 1 << 20}
		if strings.Contains(function, ":") {
			py.Function = function
		}
		if change != nil {
			change(py)
		}
		return py
	}
}

func TestPythonFunctions(t *testing.T) {
	o := mapOver(t, plan.Options{Workers: 2, Ordered: true}, python(t, "square", nil), "1", "2", "3")
	o.want(t, map[string]string{"1": "1", "2": "4", "3": "9"}, nil)
	o = mapOver(t, plan.Options{}, python(t, "jobs:echo", nil), "a")
	o.want(t, map[string]string{"a": `"a"`}, nil)
	o = mapOver(t, plan.Options{}, python(t, "os.path:basename", nil), "a/b")
	o.want(t, map[string]string{"a/b": `"b"`}, nil)
	o = mapOver(t, plan.Options{}, python(t, "inited", func(p *Python) { p.Initializer = "jobs.py:init" }), "a", "b")
	o.want(t, map[string]string{"a": "[1]", "b": "[1]"}, nil)
}

func TestPythonItems(t *testing.T) {
	o := mapOver(t, plan.Options{}, python(t, "echo", nil), "a\nb", "\xff\x80", `"\`, "", "\x00")
	o.want(t, map[string]string{"a\nb": `"a\nb"`, "\xff\x80": `"\udcff\udc80"`, `"\`: `"\"\\"`, "": `""`, "\x00": `"\u0000"`}, nil)
	withJSON := func(p *Python) { p.JSON = true }
	o = mapOver(t, plan.Options{Chunk: 4}, python(t, "echo", withJSON), "1", `{"a": [1, 2]}`, "nonsense", "null")
	o.want(t, map[string]string{"1": "1", `{"a": [1, 2]}`: `{"a":[1,2]}`, "null": "null"}, map[string]string{"nonsense": "the item is no JSON: invalid character"})
	o = mapOver(t, plan.Options{}, python(t, "bounce", func(p *Python) { p.JSON, p.Star = true, true }), "[1, 2]", `{"a": 3}`, "4")
	o.want(t, map[string]string{"[1, 2]": "[[1,2],{}]", `{"a": 3}`: `[[],{"a":3}]`, "4": "[[4],{}]"}, nil)
	two := NewProduct(NewGroup(false, list("a", "b")), NewGroup(false, list("x")))
	o = mapFrom(t, plan.Options{}, python(t, "add", func(p *Python) { p.Star = true }), two)
	o.want(t, map[string]string{"a x": `"ax"`, "b x": `"bx"`}, nil)
}

func TestPythonExceptions(t *testing.T) {
	o := mapOver(t, plan.Options{Chunk: 3}, python(t, "raises", nil), "a", "bad", "b")
	o.want(t, map[string]string{"a": `"a"`, "b": `"b"`}, map[string]string{"bad": "ValueError: no good: bad"})
	trace := o.traces["bad"]
	if !strings.HasPrefix(trace, "Traceback (most recent call last):\n") || !strings.Contains(trace, "in deeper") || strings.Contains(trace, "muster") {
		t.Errorf("its traceback is %s", trace)
	}
	o = mapOver(t, plan.Options{}, python(t, "odd", nil), "a")
	o.want(t, nil, map[string]string{"a": "jobs.Odd: (b'\\xff', '\\ud800')"})
	o = mapOver(t, plan.Options{}, python(t, "exits", nil), "a", "b")
	o.want(t, nil, map[string]string{"a": "SystemExit: 3", "b": "SystemExit: 3"})
}

func TestPythonWorkerDies(t *testing.T) {
	for _, chunk := range []int{1, 7, 0} {
		o := mapOver(t, plan.Options{Workers: 2, Chunk: chunk}, python(t, "dies", nil), "a", "b", "dies", "c", "segv", "_exit", "d")
		o.want(t, map[string]string{"a": `"a"`, "b": `"b"`, "c": `"c"`, "d": `"d"`}, map[string]string{
			"dies": "ended: SIGKILL", "segv": "ended: SIGSEGV", "_exit": "ended: exit 7",
		})
	}
	once := python(t, "once", func(p *Python) { p.Environ = append(p.Environ, "ONCE="+filepath.Join(t.TempDir(), "once")) })
	o := mapOver(t, plan.Options{Chunk: 3, Retries: 1}, once, "a", "once", "b")
	o.want(t, map[string]string{"a": `"a"`, "once": `"once"`, "b": `"b"`}, nil)
}

// Nor is another item lost where the worker is killed while it answers; what has
// been answered whole is no loss at all.
func TestPythonWorkerDiesAsItAnswers(t *testing.T) {
	for _, chunk := range []int{1, 3} {
		o := mapOver(t, plan.Options{Chunk: chunk}, python(t, "writes", nil), "a", "b", "half", "c", "after", "d")
		o.want(t, map[string]string{"a": `"a"`, "b": `"b"`, "c": `"c"`, "d": `"d"`, "after": `"after"`}, map[string]string{"half": "ended: SIGKILL: killed at once"})
	}
}

func TestPythonHangs(t *testing.T) {
	o := mapOver(t, plan.Options{Chunk: 3, Timeout: plan.Timeout{Fixed: 5 * time.Second}}, python(t, "hangs", nil), "a", "hangs", "b")
	o.want(t, map[string]string{"a": `"a"`, "b": `"b"`}, map[string]string{"hangs": "took too long: ended after "})
}

// What the function prints, by whatever way, is output and no answer; and its
// standard input is empty.
func TestPythonPrints(t *testing.T) {
	o := mapOver(t, plan.Options{}, python(t, "junk", nil), "a", "b")
	o.want(t, map[string]string{"a": `"a"`, "b": `"b"`}, nil)
	for _, line := range []string{"printed a", "written", "child"} {
		if !o.line(line) {
			t.Errorf("%q is not told: %q", line, o.printed)
		}
	}
}

func TestPythonResults(t *testing.T) {
	for _, chunk := range []int{1, 8} {
		o := mapOver(t, plan.Options{Chunk: chunk}, python(t, "results", nil), "set", "object", "bytes", "nan", "recursive", "deep", "large", "good")
		o.want(t, map[string]string{"good": `{"b":[1,null,true,"\u00e9\"\n"],"a":1.5}`}, map[string]string{
			"set":       "its result, a set, cannot be written as JSON: ",
			"object":    "its result, a dict, cannot be written as JSON: Object of type object is not JSON serializable",
			"bytes":     "its result, a bytes, cannot be written as JSON: ",
			"nan":       "its result, a float, cannot be written as JSON: ",
			"recursive": "its result, a list, cannot be written as JSON: Circular reference detected",
			"deep":      "its result, a list, cannot be written as JSON: ",
			"large":     "its result, a str, has 3000002 bytes as JSON, and may have 1048576 (--max-result)",
		})
	}
}

// A result is what it was when the function returned it, also if the function
// changes it while it is on its way.
func TestPythonResultsStay(t *testing.T) {
	for _, chunk := range []int{1, 4} {
		o := mapOver(t, plan.Options{Chunk: chunk}, python(t, "changes", nil), "a", "b", "nested", "c")
		o.want(t, map[string]string{"a": `["a"]`, "b": `["a","b"]`, "nested": `{"kept":["a","b","nested"]}`, "c": `["a","b","nested","c"]`}, nil)
	}
}

// A process that the function forks and that comes back from it is no worker: its
// parent answers, and it is told.
func TestPythonForksAWorker(t *testing.T) {
	o := mapOver(t, plan.Options{Chunk: 2}, python(t, "forks", nil), "raises", "returns", "exits", "both")
	o.want(t, map[string]string{"returns": `["returns",0]`, "raises": `["raises",1]`, "exits": `["exits",5]`, "both": `["both",0]`}, nil)
	if text := strings.Join(o.printed, "\n"); strings.Count(text, "muster: a process that jobs.py:forks has forked came back from it, and was ended; os._exit(0) ends it there") != 1 || !strings.Contains(text, "OSError: in the child") {
		t.Errorf("it is told %q", text)
	}
}

// A function or module that is not there is told once, and what was meant.
func TestPythonIsNotThere(t *testing.T) {
	for function, want := range map[string]string{
		"jobs.py:squar":    `cannot call 'squar': jobs.py has no such function; did you mean 'square'?`,
		"jobs.py:xyzzy":    `cannot call 'xyzzy': jobs.py has no such function; it has `,
		"jobs:no_function": "cannot call 'no_function': in jobs that is an int",
		"nosuch:f":         "cannot import nosuch: ModuleNotFoundError: No module named 'nosuch'",
		"nosuch.py:f":      "cannot import nosuch.py: there is no such file",
		"broken.py:f":      "cannot import broken.py: ModuleNotFoundError: No module named 'nosuchmodule'",
		"faulty.py:f":      "cannot import faulty.py: ZeroDivisionError: division by zero",
		"wrong.py:f":       "cannot import wrong.py: SyntaxError: ",
	} {
		methods := []string{"spawn"}
		if function == "nosuch.py:f" {
			methods = []string{"spawn", "fork", "forkserver"}
		}
		for _, method := range methods {
			o := mapOver(t, plan.Options{Workers: 3}, python(t, function, func(p *Python) { p.StartMethod = method }), "a", "b", "c", "d")
			if o.err == nil || !strings.HasPrefix(o.err.Error(), want) {
				t.Errorf("%s, %s: %v, want %s", function, method, o.err, want)
			}
			if len(o.order) > 0 {
				t.Errorf("%s: items were told: %q", function, o.order)
			}
		}
	}
	o := mapOver(t, plan.Options{}, python(t, "bad_init.py:f", func(p *Python) { p.Initializer = "bad_init.py:init" }), "a")
	if o.err == nil || o.err.Error() != "cannot start a worker: the initializer bad_init.py:init failed: OSError: no database" {
		t.Errorf("an initializer that fails: %v", o.err)
	}
	o = mapOver(t, plan.Options{}, python(t, "echo", func(p *Python) { p.Interpreter = "nopython" }), "a")
	if o.err == nil || o.err.Error() != "cannot start Python: not found: nopython" {
		t.Errorf("no interpreter: %v", o.err)
	}
}

func TestPythonStartMethods(t *testing.T) {
	for _, method := range []string{"spawn", "fork", "forkserver"} {
		set := func(p *Python) { p.StartMethod, p.MaxTasks, p.Initializer = method, 2, "jobs.py:init" }
		o := mapOver(t, plan.Options{MaxTasks: 2}, python(t, "pid", set), "a", "b", "c", "d", "e")
		if o.err != nil || len(o.values) != 5 {
			t.Fatalf("%s: %v, %q %q", method, o.err, o.values, o.printed)
		}
		count := map[string]int{}
		for _, pid := range o.values {
			count[pid]++
		}
		if len(count) != 3 {
			t.Errorf("%s: processes and how many items each had: %v", method, count)
		}
		for pid, n := range count {
			if n > 2 {
				t.Errorf("%s: process %s had %d items", method, pid, n)
			}
		}
		o = mapOver(t, plan.Options{MaxTasks: 2, Chunk: 2}, python(t, "dies", set), "a", "dies", "c", "d", "e")
		o.want(t, map[string]string{"a": `"a"`, "c": `"c"`, "d": `"d"`, "e": `"e"`}, map[string]string{"dies": "ended: SIGKILL"})
	}
}

// A child of the function that holds the worker's pipes keeps nobody waiting.
func TestPythonLeavesAChild(t *testing.T) {
	o := mapOver(t, plan.Options{}, python(t, "keeps", nil), "a", "b")
	o.want(t, map[string]string{"a": `"a"`, "b": `"b"`}, nil)
}

func TestPythonMany(t *testing.T) {
	var items []string
	values := map[string]string{}
	for i := range 20_000 {
		items = append(items, fmt.Sprint(i))
		values[fmt.Sprint(i)] = fmt.Sprint(i * i)
	}
	for _, chunk := range []int{0, 1} {
		o := mapOver(t, plan.Options{Workers: 2, Chunk: chunk, Ordered: true}, python(t, "square", nil), items...)
		o.want(t, values, nil)
		for i, item := range o.order {
			if item != fmt.Sprint(i) {
				t.Fatalf("item %d is told as number %d", i, i)
			}
		}
	}
}

// The worker works on each Python that is here, and says of older ones that they
// are too old.
func TestPythonVersions(t *testing.T) {
	found, _ := filepath.Glob("/usr/bin/python[23].[0-9]*")
	if home, err := os.UserHomeDir(); err == nil {
		more, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions/*/bin/python"))
		found = append(found, more...)
	}
	for _, exe := range found {
		if strings.Contains(exe, "config") {
			continue
		}
		out, err := exec.Command(exe, "-c", "import sys; print(sys.version_info >= (3, 8))").Output()
		if err != nil {
			continue // no interpreter of its own
		}
		o := mapOver(t, plan.Options{}, python(t, "square", func(p *Python) { p.Interpreter = exe }), "3")
		if strings.TrimSpace(string(out)) == "True" {
			o.want(t, map[string]string{"3": "9"}, nil)
		} else if o.err == nil || !strings.Contains(o.err.Error(), "3.8 or later is needed") {
			t.Errorf("%s: %v, it printed %q", exe, o.err, o.printed)
		}
	}
}
