package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
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
	cmd.Env = append(append(os.Environ(), playMuster+"=1", "TERM=xterm-256color", "XDG_STATE_HOME="+dir, "XDG_RUNTIME_DIR="+dir, "TMPDIR="+dir), env...)
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

func press(t *testing.T, tty *os.File, keys string) {
	t.Helper()
	if _, err := tty.WriteString(keys); err != nil {
		t.Fatal(err)
	}
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

func TestTheScreenSurvivesSmallTerminalsAndAResizeStorm(t *testing.T) {
	cmd, tty, screen := terminal(t, pty.Winsize{Cols: 20, Rows: 5}, nil, "run", "-n", "3", "--name", "p", "--grace", "1s", "--", "sh", "-c", "yes | head -n 100000; sleep 100")
	waitFor(t, "the first frame", 10*time.Second, func() bool { return strings.Contains(screen.String(), "p/0") })
	for i := range 200 {
		size := pty.Winsize{Cols: uint16(1 + i*37%220), Rows: uint16(1 + i*13%70)}
		if err := pty.Setsize(tty, &size); err != nil {
			t.Fatal(err)
		}
		if i%20 == 0 {
			press(t, tty, fmt.Sprint(1+i/20%7))
		}
	}
	if err := pty.Setsize(tty, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	press(t, tty, "1q")
	waitFor(t, "the question", 10*time.Second, func() bool { return strings.Contains(screen.String(), "stop 3 processes and leave?") })
	press(t, tty, "y")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("it ended badly: %v\n%q", err, tail(screen.String()))
	}
	for _, back := range []string{"\x1b[?1049l", "\x1b[?25h"} {
		waitFor(t, fmt.Sprintf("%q", back), time.Second, func() bool { return strings.Contains(screen.String(), back) })
	}
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
	cmd, tty, screen := terminal(t, pty.Winsize{Cols: 120, Rows: 40}, nil, "demo", "crash", "sleep", "chatty")
	see := func(what string) {
		t.Helper()
		waitFor(t, "the screen to show "+what, 20*time.Second, func() bool { return strings.Contains(screen.String(), what) })
	}
	see("crash/0")
	see("packed")
	press(t, tty, "2")
	see("chatty/0")
	press(t, tty, "?")
	see("only the lines that match")
	press(t, tty, "?5")
	see("index out of range")
	press(t, tty, "3")
	see("not built yet")
	press(t, tty, "1q")
	see("and leave?")
	press(t, tty, "y")
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended with %v, want code 1 as a process has failed", err)
	}
}
