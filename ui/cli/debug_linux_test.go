package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/debug"
	"example.com/muster/session"
)

// pythonToDebug is a Python that has a debugger inside: 3.11 where there is one.
func pythonToDebug(t *testing.T) string {
	t.Helper()
	home, _ := os.UserHomeDir() // without one there is no pyenv either
	found, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions/3.11.*/bin/python3.11"))
	for _, name := range append(found, "python3.11", "python3") {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("this test needs python3")
	return ""
}

// built builds a program of testdata, with what a debugger needs.
func built(t *testing.T, command ...string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "counts")
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skip("this test needs " + command[0])
	}
	for i := range command {
		command[i] = strings.ReplaceAll(command[i], "EXE", exe)
	}
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %s", command, err, out)
	}
	return exe
}

// gate is a file that a program waits for.
type gate string

func newGate(t *testing.T) gate { return gate(filepath.Join(t.TempDir(), "gate")) }

func (g gate) open(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(string(g), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// typed types a line, and Enter.
func (m *tmuxed) typed(line string) {
	m.t.Helper()
	m.tmux("send-keys", "-l", line)
	m.press("Enter")
}

// whole checks that muster's screen is back, whole and alone.
func (m *tmuxed) whole(row, not string) {
	m.t.Helper()
	m.see(row)
	m.see("Enter open")
	lines := strings.Split(m.tmux("capture-pane", "-p"), "\n")
	if !strings.Contains(lines[0], "muster") {
		m.t.Errorf("the first line is %q", lines[0])
	}
	if strings.Contains(strings.Join(lines, "\n"), not) {
		m.t.Errorf("%q is still on the screen:\n%s", not, strings.Join(lines, "\n"))
	}
}

// endsWell opens the gate and waits for the good end of the program and of muster.
func (m *tmuxed) endsWell(g gate, words string) {
	m.t.Helper()
	g.open(m.t)
	m.see(words)
	m.see("✓ exit 0")
	m.see("0 processes") // a worker may have ended before the program
	m.press("q")
	m.see("[code 0]")
}

// TestDebugAWorkerOfAPool: one steps, prints a variable, interrupts, goes on;
// the pool's result is right.
func TestDebugAWorkerOfAPool(t *testing.T) {
	g := newGate(t)
	m := inTmux(t, 120, 40, "run", "--name", "train", "--", pythonToDebug(t), "testdata/debug_pool.py", string(g))
	m.see("ForkPoolWorker-2")
	m.press("j", "d")
	m.see("Debugging train/0/ForkPoolWorker-1 (pid ")
	m.see("(Pdb)")
	m.typed("p 'it is', n // 2 + 6000") // either worker may have the first item
	m.see("('it is', 6000)")
	m.typed("n")
	m.see("debug_pool.py(1")
	m.typed("b 13, n == 5")
	m.see("Breakpoint 1")
	m.typed("c")
	m.stopped()
	m.press("C-z") // does nothing
	m.typed("p secret // 2 * 2 + 100000")
	m.see("104000")
	m.typed("q")
	m.see("goes on")
	m.whole("ForkPoolWorker-1", "(Pdb)")
	m.endsWell(g, "sum 8001")
}

// stopped waits until Ctrl-C has stopped what "c" has let go. One that comes
// while that is still being read throws it away (termios(3), ISIG).
func (m *tmuxed) stopped() {
	m.t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for i := 1; i < 150; i++ {
		<-tick.C
		screen := m.tmux("capture-pane", "-p")
		_, after, let := strings.Cut(screen, "(Pdb) c")
		switch {
		case let && strings.Contains(after, "(Pdb)"):
			return
		case i%25 == 0: // it was thrown away
			m.typed("c")
		default:
			m.press("C-c")
		}
	}
	m.t.Fatalf("it does not stop again:\n%s", m.tmux("capture-pane", "-p"))
}

// untilSeen presses a key until there is something after a text.
func (m *tmuxed) untilSeen(key, after, what string) {
	m.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		_, rest, ok := strings.Cut(m.tmux("capture-pane", "-p"), after)
		if ok && strings.Contains(rest, what) {
			return
		}
		m.press(key)
		<-time.After(100 * time.Millisecond)
	}
	m.t.Fatalf("no %q after %q in\n%s", what, after, m.tmux("capture-pane", "-p"))
}

func TestDebugAGoProgram(t *testing.T) {
	if debug.Find("dlv") == "" {
		t.Skip("this test needs dlv")
	}
	exe, g := built(t, "go", "build", "-gcflags=all=-N -l", "-o", "EXE", "./testdata/debug_go"), newGate(t)
	m := inTmux(t, 120, 40, "run", "--name", "count", "--", exe, string(g))
	m.see("running")
	m.press("d")
	m.see("(dlv)")
	m.typed("break main.tick")
	m.see("Breakpoint 1 set")
	m.typed("continue")
	m.see("main.tick()")
	m.typed("print counted > 70000")
	m.see("true")
	m.typed("clearall")
	m.see("Breakpoint 1 cleared")
	m.typed("exit")
	m.see("kill the process?")
	m.typed("n")
	m.see("goes on")
	m.whole("count/0", "(dlv)")
	m.endsWell(g, "it has counted")
}

func TestDebugACProgram(t *testing.T) {
	if debug.Find("gdb") == "" {
		t.Skip("this test needs gdb")
	}
	exe, g := built(t, "gcc", "-g", "-O0", "-o", "EXE", "testdata/debug_native.c"), newGate(t)
	m := inTmux(t, 120, 40, "run", "--name", "count", "--", exe, string(g))
	m.see("running")
	m.press("d")
	m.see("(gdb)")
	m.typed("break tick")
	m.see("Breakpoint 1 at")
	m.typed("continue")
	m.see("Breakpoint 1, tick")
	m.typed("print counted >= 70000")
	m.see("$1 = 1")
	m.typed("delete 1")
	m.typed("continue")
	waitFor(t, "gdb to let it go", time.Minute, func() bool { // a Ctrl-C that comes before throws the line away
		_, rest, _ := strings.Cut(m.tmux("capture-pane", "-p"), "delete 1")
		return strings.Contains(rest, "Continuing.")
	})
	m.untilSeen("C-c", "delete 1", "received signal SIGINT") // muster gets none
	m.typed("detach")
	m.see("detached")
	m.typed("q")
	m.see("goes on")
	m.whole("count/0", "(gdb)")
	m.endsWell(g, "it has counted")
}

// TestNothingToDebug: what cannot be debugged is told in one line, with what to do.
func TestNothingToDebug(t *testing.T) {
	t.Parallel() // it mostly waits
	python, g := pythonToDebug(t), newGate(t)
	waits := func(argv ...string) int {
		cmd := exec.Command(argv[0], argv[1:]...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // killed
		})
		return cmd.Process.Pid
	}
	const loop = "import os, sys, time\nwhile not os.access(sys.argv[1], os.F_OK): time.sleep(0.01)"
	sleeps := waits("sleep", "1000")
	p := start(t, []string{"--session", "isolated", "--name", "py"}, []string{python, "-I", "-c", loop, string(g)})
	isolated := 0
	awaitState(t, p, "isolated", func(ps session.PS) bool {
		if pid := ps.Pools[0].Processes[0].PID; pid != nil && procfs.Named(*pid, filepath.Base(python)) {
			isolated = *pid
		}
		return isolated != 0
	})
	for _, c := range []struct {
		argv  []string
		env   []string
		code  int
		first string
		hint  string
	}{
		{argv: []string{strconv.Itoa(sleeps)}, env: []string{"PATH=", "HOME=/nonexistent", "GOPATH=", "GOBIN="}, code: 1, first: fmt.Sprintf("muster: cannot debug pid %d: no debugger is installed", sleeps), hint: "hint: install gdb or lldb"},
		{argv: []string{"py/0"}, code: 1, first: fmt.Sprintf("muster: cannot debug py/0 (pid %d): no debugger inside: it has no agent of muster's (not started by muster, or with python -I, -E or -S)", isolated), hint: fmt.Sprintf("hint: gdb -p %d", isolated)},
		{argv: []string{strconv.Itoa(waits(python, "-c", loop, string(g)))}, code: 1, first: "no debugger inside: it has no agent of muster's", hint: "hint: gdb -p "},
		{argv: []string{"--start-time", "7", "--name", "py/0", strconv.Itoa(sleeps)}, code: 1, first: fmt.Sprintf("muster: cannot debug py/0 (pid %d): it has ended", sleeps)},
		{argv: []string{"4194305"}, code: 1, first: "muster: cannot debug pid 4194305: there is no such process"}, // above the largest pid, proc(5)
		{argv: []string{"py/7"}, code: 1, first: `muster: cannot debug py/7: there is no such process in session "isolated"; there are py/0`},
		{argv: []string{"py/0/none"}, code: 1, first: "muster: cannot debug py/0/none: there is no such process"},
		{argv: []string{"no-such-program"}, code: 1, first: `muster: cannot debug "no-such-program": no process of yours has that name`},
		{argv: []string{"0"}, code: 2, first: "muster: cannot debug 0: it is no pid"},
		{argv: nil, code: 2, first: "muster: cannot debug: it takes one process"},
		{argv: []string{"a", "b"}, code: 2, first: "muster: cannot debug: it takes one process"},
	} {
		cmd := exec.Command(os.Args[0], append([]string{"debug"}, c.argv...)...)
		cmd.Env = append(p.cmd.Env, c.env...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		_ = cmd.Run() // its code is looked at
		first, rest, _ := strings.Cut(said.String(), "\n")
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(first, c.first) || !strings.HasPrefix(rest, c.hint) || strings.Count(rest, "\n") > 1 {
			t.Errorf("muster debug %q: code %d, said\n%s", c.argv, code, said.String())
		}
	}
	g.open(t)
	if r := p.end(t); r.code != 0 {
		t.Errorf("code %d; stderr:\n%s", r.code, r.stderr)
	}
}

// TestDebugEnds: a program that ends while it is debugged, and a row that has
// ended already.
func TestDebugEnds(t *testing.T) {
	g := newGate(t)
	m := inTmux(t, 120, 40, "run", "--name", "one", "--", pythonToDebug(t), "-c",
		"import os, sys, time\nwhile not os.access(sys.argv[1], os.F_OK): time.sleep(0.01)", string(g))
	m.see("running")
	m.press("d")
	m.see("(Pdb)")
	m.typed("import os; os._exit(3)")
	m.see("has ended")
	m.whole("one/0", "(Pdb)")
	m.see("exit 3")
	m.press("d")
	m.see("one/0 does not run: the crashes (5) say how it ended")
	m.press("5")
	m.see("it ended by itself") // the report is there
	m.press("d")
	m.see("one/0 has ended and left no core dump: r runs it again")
	m.press("q")
	m.see("[code 3]")
}

// TestDebugIsKilled: the terminal and the program are as before when the
// debugger's muster is killed.
func TestDebugIsKilled(t *testing.T) {
	g := newGate(t)
	m := inTmux(t, 120, 40, "run", "--name", "one", "--", pythonToDebug(t), "-c",
		"import os, sys, time\nwhile not os.access(sys.argv[1], os.F_OK): time.sleep(0.01)", string(g))
	m.see("running")
	m.press("d")
	m.see("(Pdb)")
	_, text, _ := strings.Cut(m.tmux("capture-pane", "-p"), "(pid ")
	pid, _, _ := strings.Cut(text, ")")
	for _, debugger := range pidsWith("--on-screen") {
		argv := procfs.Argv(debugger)
		if argv[len(argv)-1] == pid {
			if err := syscall.Kill(debugger, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	}
	m.see("cannot debug: signal: killed")
	m.whole("one/0", "(Pdb)")
	m.endsWell(g, "exit 0")
}

// TestDebugACore: what is left of a crash is opened, by the program's own name.
func TestDebugACore(t *testing.T) {
	if debug.Find("gdb") == "" {
		t.Skip("this test needs gdb")
	}
	exe := built(t, "gcc", "-g", "-O0", "-D", "CRASHES", "-o", "EXE", "testdata/debug_native.c")
	m := inTmux(t, 120, 40, "run", "--name", "dies", "--cwd", filepath.Dir(exe), "--", "sh", "-c", "ulimit -c unlimited; exec ./counts")
	m.see("dies/0")
	m.press("5")
	m.see("in run 1 of dies/0")
	m.press("d")
	pattern, _ := os.ReadFile("/proc/sys/kernel/core_pattern") // or else nothing is seen
	if strings.HasPrefix(string(pattern), "|") {
		m.see("and its core dump went to ")
		return
	}
	m.see("(gdb)")
	m.typed("print counted")
	m.see("$1 = 70000")
	m.typed("q")
	m.see("in run 1 of dies/0")
	m.press("q")
	m.see("[code 139]")
}
