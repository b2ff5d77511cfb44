package cli

import (
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal runs muster in a terminal that answers nothing.
func terminal(t *testing.T, size pty.Winsize, env []string, args ...string) (cmd *exec.Cmd, tty *os.File, screen *screenText) {
	t.Helper()
	dir := t.TempDir()
	cmd = exec.Command(os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), playMuster+"=1", "TERM=xterm-256color", "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_RUNTIME_DIR="+dir, "TMPDIR="+dir), env...)
	tty, err := pty.StartWithSize(cmd, &size)
	if err != nil {
		t.Fatal(err)
	}
	screen = new(screenText)
	read := make(chan struct{})
	go func() { // ends when the terminal is closed
		defer close(read)
		_, _ = io.Copy(screen, tty)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended, unless the test failed
		_, _ = cmd.Process.Wait()
		_ = tty.Close()
		<-read
	})
	return cmd, tty, screen
}

// TestVersionDoesNotAskTheTerminal: bubbletea's init would wait five seconds
// for an answer to its question about the background.
func TestVersionDoesNotAskTheTerminal(t *testing.T) {
	began := time.Now()
	cmd, _, screen := terminal(t, pty.Winsize{Cols: 80, Rows: 24}, nil, "version")
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("muster version took %v in a terminal that answers nothing", took)
	}
	waitFor(t, "the version", time.Second, func() bool { return strings.HasPrefix(screen.String(), "muster ") })
	if strings.ContainsRune(screen.String(), 0x1b) {
		t.Errorf("it wrote an escape sequence: %q", screen.String())
	}
}

// A screen that cannot have the keys that were asked for is not shown, and
// nothing has been started.
func TestABrokenFileOfKeysIsTold(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(dir+"/muster", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/muster/config.yaml", []byte("keys:\n  stop: r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, _, screen := terminal(t, pty.Winsize{Cols: 80, Rows: 24}, []string{"XDG_CONFIG_HOME=" + dir}, "run", "--", "touch", dir+"/ran")
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("it ends with code %d", cmd.ProcessState.ExitCode())
	}
	waitFor(t, "the advice", time.Second, func() bool { return strings.Contains(screen.String(), "hint: mend it, or move it away") })
	for _, want := range []string{"muster: cannot read " + dir + "/muster/config.yaml: 1 error", `config.yaml:2:9: "r" means both restart and stop on the screen of processes`} {
		if !strings.Contains(screen.String(), want) {
			t.Errorf("%q is not told:\n%s", want, screen)
		}
	}
	if _, err := os.Stat(dir + "/ran"); err == nil {
		t.Error("the command was run")
	}
}

func TestTheScreenSurvivesSmallTerminalsAndAResizeStorm(t *testing.T) {
	m := inTmux(t, 20, 5, "run", "-n", "3", "--name", "p", "--grace", "1s", "--", "sh", "-c", "yes | head -n 100000; sleep 100")
	m.see("p/0")
	for i := range 100 {
		m.tmux("resize-window", "-x", strconv.Itoa(1+i*37%220), "-y", strconv.Itoa(1+i*13%70))
		if i%10 == 0 {
			m.press(strconv.Itoa(1 + i/10%7))
		}
	}
	m.tmux("resize-window", "-x", "80", "-y", "24")
	m.press("1", "q")
	m.see("and leave?")
	m.press("y")
	m.see("[code 0]")
}

func TestADumbTerminalGetsLines(t *testing.T) {
	cmd, _, screen := terminal(t, pty.Winsize{Cols: 80, Rows: 24}, []string{"TERM=dumb"}, "run", "--name", "p", "--", "echo", "plain words")
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the line", time.Second, func() bool { return screen.String() == "p/0 | plain words\r\n" })
}

// TestThePersonsPath walks through the screens as a person would.
func TestThePersonsPath(t *testing.T) {
	m := inTmux(t, 120, 40, "demo", "crash", "sleep", "chatty")
	m.see("crash/0")
	m.see("packed")
	m.press("2")
	m.see("chatty/0")
	m.press("?")
	m.see("only the lines that match")
	m.press("?", "5")
	m.see("panic: runtime error")
	m.press("3")
	m.see("not built yet")
	m.press("1", "q")
	m.see("and leave?")
	m.press("y")
	m.see("[code ") // 1 if one that has failed does not run again just then
}

// TestANewcomersPath shows the tour once, with the keys that were chosen, and
// goes on by the palette.
func TestANewcomersPath(t *testing.T) {
	m := inTmuxShell(t, 80, 24, `mkdir "$XDG_CONFIG_HOME/muster" && echo "{theme: mono, keys: {down: J, quit: Q}}" >"$XDG_CONFIG_HOME/muster/config.yaml"
"$0" demo --session first; "$0" demo --session second; echo "[code $?]"; sleep 100`)
	m.see("tour 1 of 5")
	m.press("j", "J")
	m.see("tour 2 of 5")
	m.press("Enter", "4", ":")
	m.see("Enter do it")
	m.tmux("send-keys", "-l", "crashes")
	m.see("› crashes")
	m.press("Enter")
	m.see("tour 5 of 5")
	m.press("Q")
	m.see("and leave?")
	m.press("y", "Q") // the second one kills at once
	m.see("second")
	m.press("n", "2") // the Q may have come too late for the first, and asks now
	m.see("search")
	if screen := m.tmux("capture-pane", "-p"); strings.Contains(screen, "tour") {
		t.Errorf("the tour is shown again:\n%s", screen)
	}
	m.press("Q", "y", "Q")
	m.see("[code ")
}

// TestAReportIsPrintedBelowTheScreen: with --report - the document stays on the terminal
// when the screen has been left, behind all that was printed for items.
func TestAReportIsPrintedBelowTheScreen(t *testing.T) {
	for _, args := range [][]string{
		{"run", "--exit", "--report", "-", "--", "true"},
		{"map", "--exit", "--report", "-", "echo", ":::", "a"},
	} {
		inTmux(t, 100, 24, args...).see("\n}\n[code 0]")
	}
}

// tmuxed is a muster in a real terminal.
type tmuxed struct {
	t      *testing.T
	socket string
}

// inTmux runs muster in a tmux of its own, and prints its exit code at the end.
func inTmux(t *testing.T, cols, rows int, args ...string) *tmuxed {
	t.Helper()
	return inTmuxShell(t, cols, rows, `"$0" "$@"; echo "[code $?]"; sleep 100`, args...)
}

// inTmuxShell runs a script in a tmux of its own, in which "$0" is muster and "$@" its arguments.
func inTmuxShell(t *testing.T, cols, rows int, script string, args ...string) *tmuxed {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("this test needs tmux")
	}
	dir := t.TempDir()
	m := &tmuxed{t, dir + "/tmux"}
	command := append([]string{
		"new-session", "-d", "-x", strconv.Itoa(cols), "-y", strconv.Itoa(rows),
		"env", playMuster + "=1", "XDG_STATE_HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "TMPDIR=" + dir, "sh", "-c", script, os.Args[0],
	}, args...)
	m.tmux(command...)
	t.Cleanup(func() { m.tmux("kill-server") })
	return m
}

func (m *tmuxed) tmux(args ...string) string {
	m.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-u", "-f", "/dev/null", "-S", m.socket}, args...)...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

func (m *tmuxed) press(keys ...string) {
	m.t.Helper()
	for _, k := range keys {
		m.tmux("send-keys", k)
	}
}

// see waits until the terminal shows a text.
func (m *tmuxed) see(what string) {
	m.t.Helper()
	screen := ""
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
		if screen = m.tmux("capture-pane", "-p"); strings.Contains(screen, what) {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	m.t.Fatalf("the screen does not show %q, but\n%s", what, screen)
}
