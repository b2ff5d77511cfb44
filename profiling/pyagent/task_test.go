package pyagent

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"example.com/muster/procs"
)

// TestTasksOfTheDead: the task that a worker had is known after its end, whatever
// ended it; of one that had none, or has finished it, none is told.
func TestTasksOfTheDead(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		for _, method := range methods {
			t.Run(method, func(t *testing.T) {
				a := install(t)
				file := filepath.Join(t.TempDir(), "borrowed")
				write(t, file, "the program's")
				r := run(t, a.Environ(plainEnviron(), ""), python, "testdata/tasks.py", method, file)
				if r.code != 0 {
					t.Fatalf("code %d, stderr:\n%s", r.code, r.stderr)
				}
				checkTasks(t, a, r.stdout)
				if b, err := os.ReadFile(file); err != nil || string(b) != "the program's" {
					t.Errorf("the program's file holds %q, %v", b, err)
				}
			})
		}
	})
}

// checkTasks compares what testdata/tasks.py says with what is known.
func checkTasks(t *testing.T, a *Agent, stdout string) {
	t.Helper()
	var known Known
	known.Add(read(t, a)...)
	said := 0
	for line := range strings.Lines(stdout) {
		pid, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		said++
		n, err := strconv.Atoi(pid)
		must(t, err)
		p, ok := known.Process(procs.PIDRef{PID: n})
		if !ok || p.Pool == "" {
			t.Errorf("worker %d is not known: %+v", n, p)
		}
		if got, ok := a.Task(p.PIDRef); got != want || ok != (want != "") {
			t.Errorf("%d had %q, %v; want %q", n, got, ok, want)
		}
		for ref, has := range map[procs.PIDRef]bool{p.PIDRef: want != "", {PID: n}: want != "", {PID: n, StartTime: p.StartTime + 1}: false} {
			if a.HasTask(ref) != has {
				t.Errorf("%+v has a task: %v", ref, !has)
			}
		}
		if got, ok := a.Task(procs.PIDRef{PID: n, StartTime: p.StartTime + 1}); ok {
			t.Errorf("a later process of pid %d had %q", n, got)
		}
		if got, ok := a.Task(procs.PIDRef{PID: n}); ok {
			t.Errorf("some process of pid %d had %q", n, got)
		}
	}
	if said != 13 {
		t.Errorf("the program said\n%s", stdout)
	}
}

var (
	workerNumber = regexp.MustCompile(`PoolWorker-\d+:`)
	// leaked is what the resource tracker has to say of semaphores that such an end
	// leaves, if it comes to that: they have names of their own.
	leaked = regexp.MustCompile(`(?m)^.*resource_tracker\.py:.*\n(  warnings\.warn\(\n)?`)
)

// TestTasksDoNotShow: a worker that fails while it waits for a task prints what it
// would print without the agent.
func TestTasksDoNotShow(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		for _, method := range methods {
			without := run(t, plainEnviron(), python, "testdata/interrupted.py", method)
			with := run(t, install(t).Environ(plainEnviron(), ""), python, "testdata/interrupted.py", method)
			for _, r := range []*outcome{&with, &without} { // the pool may have started one more meanwhile
				r.stderr = leaked.ReplaceAllString(workerNumber.ReplaceAllString(r.stderr, "PoolWorker-N:"), "")
			}
			if with != without || !strings.Contains(with.stderr, "KeyboardInterrupt") || !strings.Contains(with.stderr, "not to be unpickled") {
				t.Errorf("%s: with the agent:\n%s\nwithout:\n%s", method, with.stderr, without.stderr)
			}
		}
	})
}

// TestTaskRecords: a place that holds anything else than a whole record of the
// process says nothing.
func TestTaskRecords(t *testing.T) {
	ref := procs.PIDRef{PID: 5, StartTime: 7}
	for slot, want := range map[string]string{
		"":   "",
		"\n": "",
		`{"pid":5,"start":7,"items":1,"task":"f(1)"}`:                  "", // its end is missing
		"{\"pid\":5,\"start\":7,\"items\":1,\"task\":\"f(1)\"}\n":      "f(1)",
		"{\"pid\":5,\"start\":7,\"items\":3,\"task\":\"f(1)\"}\n\"}\n": "f(1), or another of 3 items of its chunk",
		"{\"pid\":6,\"start\":7,\"items\":1,\"task\":\"f(1)\"}\n":      "",
		"{\"pid\":5,\"start\":8,\"items\":1,\"task\":\"f(1)\"}\n":      "",
		"{\"pid\":5,\"start\":7}\n":                                    "",
		"no record\n":                                                  "",
	} {
		if got, ok := taskOf([]byte(slot), ref); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", slot, got, ok, want)
		}
	}
	places := fmt.Sprintf("SLOT, SLOTS = %d, %d ", taskSlot, taskSlots)
	if b, err := python.ReadFile("python/raised.py"); err != nil || !strings.Contains(string(b), places) {
		t.Errorf("raised.py does not have %q", places)
	}
}
