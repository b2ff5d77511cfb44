package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWhoHasTheAgent: Python children have it and speak at once by it; without
// it they do so by PYTHONUNBUFFERED, unless that is not wanted either.
func TestWhoHasTheAgent(t *testing.T) {
	const asks = `
import os, sys
agent = os.environ.get("MUSTER_AGENT", "")
print(*("agent" if os.path.exists(agent) else "none", os.environ.get("PYTHONUNBUFFERED", "buffered") or "buffered",
      "lines" if sys.stdout.line_buffering else "blocks", os.environ.get("PYTHONPATH", "none").partition(":")[2] or "alone"))
`
	python := inPython(t, asks)
	alone := slices.Insert(slices.Clone(python), 1, "-E")
	shell := []string{"sh", "-c", `echo "${MUSTER_AGENT:-none} ${PYTHONUNBUFFERED:-buffered} ${PYTHONPATH:-none}"`}
	for _, c := range []struct {
		flags, command []string
		want           string
	}{
		{nil, python, "agent buffered lines /users"},
		{[]string{"--no-unbuffer"}, python, "agent buffered blocks /users"},
		{[]string{"--output", "pipe"}, python, "agent buffered blocks /users"},
		{[]string{"--no-agent"}, python, "none 1 blocks alone"},
		{[]string{"--no-agent", "--no-unbuffer"}, python, "none buffered blocks alone"},
		{nil, alone, "none 1 blocks alone"},
		{nil, shell, "none buffered /users"},
		{nil, []string{"sh", "-c", strings.Join(python, " ") + "; :"}, "agent buffered lines /users"},
		{nil, []string{"sh", "-c", strings.Join(python, " ") + " | cat"}, "agent buffered blocks /users"},
		{[]string{"--no-unbuffer"}, []string{"sh", "-c", strings.Join(python, " ") + "; :"}, "agent buffered blocks /users"},
	} {
		p := start(t, append([]string{"--session", "agent", "--prefix", "none"}, c.flags...), c.command,
			"PYTHONUNBUFFERED=", "PYTHONPATH=/users", "MUSTER_AGENT=")
		r := p.end(t)
		if got := strings.TrimSpace(r.stdout); got != c.want || r.code != 0 || r.stderr != "" {
			t.Errorf("%v %v: %q, code %d, want %q; stderr:\n%s", c.flags, c.command, got, r.code, c.want, r.stderr)
		}
		if left, err := filepath.Glob(filepath.Join(p.dir, "state", "muster", "*", "agent")); err != nil || len(left) > 0 {
			t.Errorf("%v: %v %v is left", c.flags, left, err)
		}
	}
}

// TestTheLostTask: a worker of a Pool that dies in a task takes the task with it,
// and the report says which.
func TestTheLostTask(t *testing.T) {
	const boom = `
import multiprocessing, os, signal

def boom(n):
    if n == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
    return n

if __name__ == "__main__":
    pool = multiprocessing.get_context("fork").Pool(1)
    worker = pool._pool[0]
    pool.map_async(boom, range(4), chunksize=1)
    worker.join()
    pool.terminate()
`
	p := start(t, []string{"--session", "lost"}, inPython(t, boom))
	r := p.end(t)
	b, err := os.ReadFile(p.dir + "/report.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Crashes []struct{ Cause, Task string }
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Crashes) != 1 || all.Crashes[0].Cause != "lost_task" || all.Crashes[0].Task != "boom(2)" {
		t.Errorf("%+v; stderr:\n%s", all.Crashes, r.stderr)
	}
}

// TestChildrenAreMadeToSpeak: each child is told to say where it was when it
// crashes, unless the user has said how, also by setting nothing.
func TestChildrenAreMadeToSpeak(t *testing.T) {
	show := []string{"sh", "-c", `echo "${PYTHONFAULTHANDLER-unset},${GOTRACEBACK-unset}"`}
	for _, c := range []struct {
		flags, env []string
		want       string
	}{
		{nil, nil, "1,all"},
		{[]string{"--no-agent"}, nil, "1,all"},
		{nil, []string{"PYTHONFAULTHANDLER=", "GOTRACEBACK=none"}, ",none"},
		{[]string{"--env", "PYTHONFAULTHANDLER=", "--env", "GOTRACEBACK=crash"}, nil, ",crash"},
	} {
		p := start(t, append([]string{"--session", "speak", "--prefix", "none"}, c.flags...), show, c.env...)
		r := p.end(t)
		if got := strings.TrimSpace(r.stdout); got != c.want || r.code != 0 {
			t.Errorf("%v %v: a child has %q, code %d, want %q; stderr:\n%s", c.flags, c.env, got, r.code, c.want, r.stderr)
		}
	}
}
