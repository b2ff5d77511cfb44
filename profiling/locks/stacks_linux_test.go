package locks

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

const forkedPython = `
import multiprocessing as mp, sys, time
def deep(n):
    if n:
        deep(n - 1)
    else:
        time.sleep(60)
def begin(target, *args):
    p = mp.get_context("fork").Process(target=target, args=args)
    p.start()
    return p
both = begin(time.sleep, 60), begin(deep, 200)
print(both[0].pid, both[1].pid, flush=True)
sys.stdin.read()
for p in both:
    p.kill()
`

// startPython runs a program until the test ends, and returns its pid, at which a pyenv shim has
// become the interpreter once it prints, and what it prints.
func startPython(t *testing.T, program string) (pid int, out io.Reader) {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("this test needs python3")
	}
	cmd := exec.Command(path, "-c", program)
	in, _ := cmd.StdinPipe()
	out, _ = cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = in.Close(), cmd.Wait() })
	return cmd.Process.Pid, out
}

// TestStacksOfForkedWorkers: such a one is in none of the frames in which its parent was when
// it was forked, and all frames are told, however many.
func TestStacksOfForkedWorkers(t *testing.T) {
	_, out := startPython(t, forkedPython)
	pids := [2]int{}
	if _, err := fmt.Fscan(out, &pids[0], &pids[1]); err != nil {
		t.Fatal(err)
	}
	var sleeps, deep []string
	for deadline := 0; len(deep) < 200 || len(sleeps) == 0; deadline++ {
		if deadline == 1000 {
			t.Fatalf("they never sleep: %q, %q", sleeps, deep)
		}
		threads, _ := Stacks(t.Context(), []procs.PIDRef{{PID: pids[0]}, {PID: pids[1]}})
		for i := range threads {
			switch threads[i].PID {
			case pids[0]:
				sleeps = threads[i].Stack
			case pids[1]:
				deep = threads[i].Stack
			}
		}
	}
	for i, stack := range [][]string{sleeps, deep} {
		calls := slices.ContainsFunc(stack, func(s string) bool { return strings.HasSuffix(s, " begin") || strings.HasSuffix(s, " <module>") })
		if calls || !strings.HasSuffix(stack[len(stack)-1], " _bootstrap") {
			t.Errorf("the stack of worker %d ends with what its parent called: %q", i, stack[max(0, len(stack)-12):])
		}
	}
}

const waitingPython = `
import sys
def inner():
    sys.stdin.read()
def outer():
    print("ready", flush=True)
    inner()
outer()
`

// TestStacks: a Python that reads its input says where, and so does a shell that
// does; what could not be read is told, be it for want of time.
func TestStacks(t *testing.T) {
	pid, out := startPython(t, waitingPython)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("cat")
	shellIn, _ := shell.StdinPipe()
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = shellIn.Close(), shell.Wait() }()
	targets := []procs.PIDRef{{PID: pid}, {PID: os.Getpid()}, {PID: 1 << 22}, {PID: shell.Process.Pid}}
	var own, foreign []string
	read := func(s string) bool { return strings.Contains(s, "read") }
	for deadline := 0; len(own) == 0 || !strings.HasSuffix(own[0], " inner") || !slices.ContainsFunc(foreign, read); deadline++ {
		if deadline == 1000 {
			t.Fatalf("they never read: %q, %q", own, foreign)
		}
		threads, coverage := Stacks(t.Context(), targets)
		i := slices.IndexFunc(threads, func(s graph.State) bool { return s.PID == pid && s.TID == pid })
		own = threads[i].Stack
		if i := slices.IndexFunc(threads, func(s graph.State) bool { return s.PID == shell.Process.Pid }); i >= 0 {
			foreign = threads[i].Stack
		}
		if !slices.ContainsFunc(coverage, func(c profiling.Coverage) bool { return c.Source == "go threads" && !c.OK }) {
			t.Fatalf("nobody tells that the threads of this test are Go's: %+v", coverage)
		}
	}
	if len(own) != 3 || !strings.HasSuffix(own[0], ":4 inner") || !strings.HasSuffix(own[1], ":7 outer") || !strings.HasSuffix(own[2], ":8 <module>") {
		t.Errorf("its stack is %q", own)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	threads, coverage := Stacks(over, targets)
	if len(threads) == 0 || !slices.ContainsFunc(coverage, func(c profiling.Coverage) bool { return c.Source == "time" && !c.OK }) {
		t.Errorf("without time it tells %d threads and %+v", len(threads), coverage)
	}
}
