package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// Whoever follows or waits for a session that is killed is told that it was.
func TestAKilledSessionIsToldToThoseWhoFollowIt(t *testing.T) {
	d := newDesk(t)
	pid := d.background("web", "sh", "-c", "echo hello; exec sleep 1000")
	waitFor(t, "the output", 10*time.Second, func() bool { out, _, _ := d.muster("logs"); return out != "" })
	var follow [2]*exec.Cmd
	var out, stderr [2]bytes.Buffer
	for i, where := range []string{"--session=web", "--log-dir=" + d.dir + "/state/muster/web"} {
		f := exec.Command(os.Args[0], "logs", "-f", where)
		f.Env, f.Dir, f.Stdout, f.Stderr = append(os.Environ(), d.env...), d.dir, &out[i], &stderr[i]
		if err := f.Start(); err != nil {
			t.Fatal(err)
		}
		follow[i] = f
		timer := time.AfterFunc(60*time.Second, func() { _ = f.Process.Kill() })
		defer timer.Stop()
		defer func() { _ = f.Process.Kill() }() // it has ended, unless the test failed
		// It has found the session alive once it has the log itself open; the session's record it opens before.
		waitFor(t, "it to follow", 10*time.Second, func() bool { return opened(f.Process.Pid, d.dir+"/state/muster/web/p-0.") })
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for i, f := range follow {
		_ = f.Wait() // its code is looked at
		if code := f.ProcessState.ExitCode(); code != 1 || out[i].String() != "p/0 | hello\n" || stderr[i].String() != "muster: session web was killed\n" {
			t.Errorf("%q: code %d, printed %q, said %q", f.Args[1:], code, out[i].String(), stderr[i].String())
		}
	}
	if out, stderr, code := d.muster("wait", "--session", "web", "--for", "ended"); code != 0 || out != "session web was killed\n" {
		t.Errorf("wait: code %d, printed %q, said %q", code, out, stderr)
	}
}

// opened reports whether a process has a file open whose path begins so.
func opened(pid int, path string) bool {
	fds, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); strings.HasPrefix(to, path) {
			return true
		}
	}
	return false
}

// What logs cannot do it says, rather than print nothing.
func TestLogsThatCannotBeSaysSo(t *testing.T) {
	d := newDesk(t)
	d.muster("run", "--no-tui", "--session", "one", "--", "echo", "hello")
	for _, tt := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"logs", "--log-dir", d.dir}, 1, "muster: cannot find a log in " + d.dir + ": no process has printed anything there\n"},
		{[]string{"logs", "-n", "-5"}, 2, "muster: cannot print the last -5 lines\n"},
		{[]string{"logs", "--since", "1h", "--until", "2h"}, 2, "muster: cannot print the lines from --since 1h to --until 2h: that ends before it begins\n"},
	} {
		if out, stderr, code := d.muster(tt.args...); code != tt.code || out != "" || stderr != tt.stderr {
			t.Errorf("%q: code %d, printed %q, said %q", tt.args, code, out, stderr)
		}
	}
}

// A session that cannot begin, as its name is taken, leaves nothing, also where
// no log can be kept and its output would have waited in the temporary directory.
func TestASessionThatCannotBeginLeavesNothing(t *testing.T) {
	d := newDesk(t)
	if err := os.WriteFile(filepath.Join(d.dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.env = append(d.env, "XDG_STATE_HOME="+d.dir+"/file") // which is no directory
	if out, stderr, code := d.muster("run", "-d", "--session", "web", "--", "sleep", "1000"); code != 0 {
		t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
	}
	defer d.muster("down", "--now")
	before := spilled(t, d.dir)
	if out, stderr, code := d.muster("run", "--no-tui", "--session", "web", "--", "true"); code != 2 || out != "" || !strings.Contains(stderr, "a session of that name is running") {
		t.Errorf("code %d, printed %q, said %q", code, out, stderr)
	}
	if after := spilled(t, d.dir); after != before {
		t.Errorf("it leaves %d directories", after-before)
	}
}

func spilled(t *testing.T, dir string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "muster-spill-*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// A terminal that shows no screen is a terminal.
func TestAttachInADumbTerminal(t *testing.T) {
	cmd, _, screen := terminal(t, pty.Winsize{Cols: 120, Rows: 24}, []string{"TERM=dumb"}, "attach")
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("%v", err)
	}
	waitFor(t, "the reason", 5*time.Second, func() bool {
		return strings.Contains(screen.String(), "muster: cannot attach: a terminal with TERM=dumb shows no screen\r\nhint: muster attach --plain, muster ps")
	})
}
