package pyagent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// functions lists the functions of each thread, innermost first.
func functions(threads []ThreadStack) []string {
	var all []string
	for _, t := range threads {
		var names []string
		for _, f := range t.Frames {
			names = append(names, f.Function)
		}
		all = append(all, strings.Join(names, " "))
	}
	slices.Sort(all)
	return all
}

// TestStacks: a program and its forked child tell where each thread is, again
// and again, and go on.
func TestStacks(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		c := talk(t, a.Environ(plainEnviron(), false), python, "testdata/sleeps.py")
		child := c.line(t)
		if child == "forked" {
			child = c.line(t)
		} else if forked := c.line(t); forked != "forked" {
			t.Fatalf("it said %q", forked)
		}
		pid, err := strconv.Atoi(child)
		must(t, err)
		for range 3 {
			threads := stacksOf(t, a, c.cmd.Process.Pid, "wait_for_the_end")
			got := functions(threads)
			if len(got) != 2 || !strings.HasPrefix(got[0], "sleeper thread") || got[1] != "wait_for_the_end <module>" {
				t.Errorf("threads are in %q", got)
			}
			threads = stacksOf(t, a, pid, "sleeper")
			if got := functions(threads); len(got) != 1 || got[0] != "sleeper <module>" {
				t.Errorf("the child is in %q", got)
			}
			if got, want := threads[0].Frames[0].String(), "sleeps.py:12 sleeper"; got != want {
				t.Errorf("the child is at %q, want %q", got, want)
			}
		}
		left, err := filepath.Glob(filepath.Join(a.dir, "*stacks*"))
		if err != nil || len(left) > 0 {
			t.Errorf("%v %v is left", left, err)
		}
		c.end(t)
	})
}

// TestALateAnswer: what a forked child writes late into the file that it shares
// is not taken for an answer of its parent.
func TestALateAnswer(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		c := talk(t, a.Environ(plainEnviron(), false), python, "testdata/late.py")
		pid, err := strconv.Atoi(c.line(t))
		must(t, err)
		parent, child := procs.PIDRef{PID: c.cmd.Process.Pid}, procs.PIDRef{PID: pid}
		if _, err := a.Stacks(child); err == nil || !strings.Contains(err.Error(), "not answered") {
			t.Errorf("the child: %v", err)
		}
		if _, err := a.Stacks(parent); err == nil || !strings.Contains(err.Error(), "may still write") {
			t.Errorf("the parent meanwhile: %v", err)
		}
		if _, err := fmt.Fprintln(c.in, "go on"); err != nil {
			t.Fatal(err)
		}
		if got := c.line(t); got != "late" {
			t.Fatalf("it said %q", got)
		}
		if got := functions(stacksOf(t, a, child.PID, "child")); len(got) != 1 || got[0] != "child <module>" {
			t.Errorf("the child is in %q", got)
		}
		if got := functions(stacksOf(t, a, parent.PID, "parent")); len(got) != 1 || got[0] != "parent <module>" {
			t.Errorf("the parent is in %q", got)
		}
		c.end(t)
	})
}

// TestStacksWithoutMemfd: the same where Python does not know memfd_create(2).
func TestStacksWithoutMemfd(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		text, err := os.ReadFile(filepath.Join(a.dir, "agent.py"))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(a.dir, "agent.py"), append([]byte("import os\ndel os.memfd_create\n"), text...), 0o600))
		c := talk(t, a.Environ(plainEnviron(), false), python, "-c", "import sys; print(flush=True); sys.stdin.read()")
		c.line(t)
		for range 2 {
			stacksOf(t, a, c.cmd.Process.Pid, "<module>")
		}
		if left, err := filepath.Glob(filepath.Join(a.dir, "*stacks*")); err != nil || len(left) > 0 {
			t.Errorf("%v %v is left", left, err)
		}
		c.end(t)
	})
}

// stacksOf asks until a thread is in a function: it says that it is about to
// call it.
func stacksOf(t *testing.T, a *Agent, pid int, function string) []ThreadStack {
	t.Helper()
	for range 1000 {
		threads, err := a.Stacks(procs.PIDRef{PID: pid})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(fmt.Sprint(functions(threads)), function) {
			return threads
		}
	}
	t.Fatalf("pid %d never was in %s", pid, function)
	return nil
}

func TestParseProc(t *testing.T) {
	if n, err := parsePosition("pos:\t4711\nflags:\t02\n"); n != 4711 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	for _, bad := range []string{"", "pos:\tx\n", "flags:\t02\n"} {
		if n, err := parsePosition(bad); err == nil {
			t.Errorf("%q is %d", bad, n)
		}
	}
}

// TestNobodyElseIsSignalled: a program that has closed all descriptors, one
// without the agent and one that is stopped are not sent the signal.
func TestNobodyElseIsSignalled(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		file := filepath.Join(t.TempDir(), "own")
		write(t, file, "precious")
		const catcher = "import signal, sys\nsignal.signal(signal.SIGURG, lambda *_: sys.exit('signalled'))\nprint(flush=True)\nsys.stdin.read()"
		for what, argv := range map[string][]string{
			"it may have closed it":   {python, "testdata/closes.py", file},
			"it has no agent":         {python, "-I", "-c", "import sys; print(flush=True); sys.stdin.read()"},
			"descriptor is not there": {python, "-I", "-c", catcher},
		} {
			c := talk(t, a.Environ(plainEnviron(), false), argv...)
			c.line(t)
			if _, err := a.Stacks(procs.PIDRef{PID: c.cmd.Process.Pid}); err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("want %q, got %v", what, err)
			}
			c.end(t)
		}
		if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
			t.Errorf("its file holds %q, %v", text, err)
		}
		c := talk(t, a.Environ(plainEnviron(), false), python, "-c", "import sys; print(flush=True); sys.stdin.read()")
		c.line(t)
		ref := procs.PIDRef{PID: c.cmd.Process.Pid}
		stat, err := procfs.ReadStat(ref.PID)
		must(t, err)
		if _, err := a.Stacks(procs.PIDRef{PID: ref.PID, StartTime: stat.StartTime + 1}); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("another process of that pid: %v", err)
		}
		must(t, syscall.Kill(ref.PID, syscall.SIGSTOP))
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(ref.PID, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
			t.Fatalf("%v %v", err, status)
		}
		if _, err := a.Stacks(ref); err == nil || !strings.Contains(err.Error(), "stopped") {
			t.Errorf("stopped: %v", err)
		}
		must(t, syscall.Kill(ref.PID, syscall.SIGCONT))
		c.end(t)
	})
}

// TestAHandlerOfTheProgram: SIGURG stays the program's where it was ignored or
// is used.
func TestAHandlerOfTheProgram(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		inner := "import sys; print(flush=True); sys.stdin.read()"
		outer := "import os, signal, sys\nsignal.signal(signal.SIGURG, signal.SIG_IGN)\nos.execv(sys.executable, [sys.executable, '-c', '" + inner + "'])"
		c := talk(t, a.Environ(plainEnviron(), false), python, "-c", outer)
		c.line(t)
		if _, err := a.Stacks(procs.PIDRef{PID: c.cmd.Process.Pid}); err == nil || !strings.Contains(err.Error(), "no agent") {
			t.Errorf("got %v", err)
		}
		c.end(t)
	})
}

// TestLines: with lines the program's line is there when it ends, in one
// write; without, when Python pleases.
func TestLines(t *testing.T) {
	const program = "import sys\nprint('a', 'b')\nprint('c', file=sys.stderr)\nsys.stdin.read()"
	eachPython(t, func(t *testing.T, python string) {
		for lines, want := range map[bool]string{true: "a b\n", false: "a b\n-"} {
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
			must(t, err)
			ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
			text := program
			if !lines { // what it says after its input has ended is in the same write
				text = "import sys\nprint('a', 'b')\nsys.stdin.read()\nprint('-', end='')"
			}
			got := saidTo(t, ours, theirs, install(t).Environ(plainEnviron(), lines), lines, python, "-c", text)
			if got != want {
				t.Errorf("lines %v: the first write is %q, want %q", lines, got, want)
			}
		}
	})
}

// saidTo returns the first write of a program whose output is a socket. Its
// input ends before that is read, unless it is to speak without that.
func saidTo(t *testing.T, ours, theirs *os.File, env []string, atOnce bool, argv ...string) string {
	t.Helper()
	defer ours.Close()
	c := talkTo(t, theirs, env, argv...)
	must(t, theirs.Close())
	if !atOnce {
		c.end(t)
	}
	buf := make([]byte, 4096)
	n, err := ours.Read(buf)
	must(t, err)
	if atOnce {
		c.end(t)
	}
	return string(buf[:n])
}
