package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// desk is where a person works: a directory, and an environment in which
// sessions are found.
type desk struct {
	t   *testing.T
	dir string
	env []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	// A short name: where that of a socket gets too long, all sessions of the user share one place.
	dir, err := os.MkdirTemp("", "desk")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{playMuster + "=1", "XDG_STATE_HOME=" + dir + "/state", "XDG_RUNTIME_DIR=" + dir, "TMPDIR=" + dir, "HOME=" + dir, "SHELL=/bin/sh"}
	d := &desk{t, dir, env}
	t.Cleanup(func() {
		if t.Failed() {
			d.endAll()
		}
		_ = os.RemoveAll(dir) // temporary
	})
	return d
}

// endAll ends the sessions that a failed test has left.
func (d *desk) endAll() {
	list, _, _ := d.muster("sessions", "--json")
	var running struct{ Sessions []struct{ Session string } }
	if err := json.Unmarshal([]byte(list), &running); err != nil {
		d.t.Errorf("cannot read the sessions %q: %v", list, err)
	}
	for _, s := range running.Sessions {
		d.muster("down", s.Session, "--now")
	}
}

// muster runs one command to its end.
func (d *desk) muster(args ...string) (stdout, stderr string, code int) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env, cmd.Dir = append(os.Environ(), d.env...), d.dir
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	failed := cmd.Run()
	var exit *exec.ExitError
	if failed != nil && !errors.As(failed, &exit) || ctx.Err() != nil {
		d.t.Fatalf("muster %q: %v; it printed %q, said %q", args, failed, out.String(), err.String())
	}
	return out.String(), err.String(), cmd.ProcessState.ExitCode()
}

// terminal opens one more terminal, with a command in it.
func (d *desk) terminal(name string, args ...string) *tmuxed {
	d.t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		d.t.Skip("this test needs tmux")
	}
	m := &tmuxed{d.t, filepath.Join(d.dir, name)}
	command := append([]string{"new-session", "-d", "-x", "120", "-y", "40", "env"}, d.env...)
	command = append(command, "sh", "-c", `"$0" "$@"; echo "[code $?]"; sleep 100`, os.Args[0])
	m.tmux(append(command, args...)...)
	d.t.Cleanup(func() { m.tmux("kill-server") })
	return m
}

// TestABackgroundSessionIsAttachedTwiceAndEndsWithNobodyLeft: the way of a
// person who leaves a session and comes back to it.
func TestABackgroundSessionIsAttachedTwiceAndEndsWithNobodyLeft(t *testing.T) {
	d := newDesk(t)
	nonce := fmt.Sprintf("86400.%d%d", os.Getpid(), time.Now().UnixNano())
	out, stderr, code := d.muster("run", "-d", "--session", "web", "--name", "p", "-n", "2", "--", "sh", "-c", `setsid sleep "$1" & exec sleep "$1"`, "sh", nonce)
	m := regexp.MustCompile(`^session web runs in the background \(pid (\d+)\): muster attach web\n$`).FindStringSubmatch(out)
	if code != 0 || m == nil {
		t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
	}
	if out, stderr, code := d.muster("wait", "--for", "ready", "--timeout", "30s"); code != 0 || out != "p/0, p/1 are ready\n" {
		t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
	}
	waitFor(t, "all four sleeps", 10*time.Second, func() bool { return len(pidsWith("sleep\x00"+nonce)) == 4 })

	first := d.terminal("first", "attach", "web")
	first.see("p/1")
	first.press("q")
	first.see("detach")
	first.press("d")
	first.see("session web runs on: muster attach web")
	first.see("[code 0]")
	if n := len(pidsWith("sleep\x00" + nonce)); n != 4 {
		t.Fatalf("%d of 4 processes live after the screen has been left", n)
	}

	second, third := d.terminal("second", "attach"), d.terminal("third", "attach", "web")
	second.see("p/1")
	third.see("p/1")
	if out, stderr, code := d.muster("down"); code != 0 {
		t.Errorf("down: code %d, printed %q, said %q", code, out, stderr)
	}
	for _, screen := range []*tmuxed{second, third} {
		screen.see("session web has ended")
		screen.see("[code 0]")
	}
	pid, _ := strconv.Atoi(m[1])
	waitFor(t, "the session's own process to be gone", 5*time.Second, func() bool { return !alive(pid) })
	if left := pidsWith("sleep\x00" + nonce); len(left) > 0 {
		t.Errorf("processes %v are left behind", left)
	}
	_ = filepath.WalkDir(d.dir, func(path string, e os.DirEntry, _ error) error {
		if e != nil && e.Type()&os.ModeSocket != 0 && filepath.Ext(path) == ".sock" {
			t.Errorf("the socket %s is left behind", path)
		}
		return nil
	})
}

// TestAReloadAsksOnATerminal: whoever says no keeps what runs.
func TestAReloadAsksOnATerminal(t *testing.T) {
	d := newDesk(t)
	config := func(text string) {
		t.Helper()
		if err := os.WriteFile(d.dir+"/muster.yaml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config("pools: {web: {command: [sleep, '1000']}}\n")
	if out, stderr, code := d.muster("up", "-d", "--session", "ask"); code != 0 {
		t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
	}
	defer d.muster("down", "--now")
	config("pools: {web: {command: [sleep, '1000'], replicas: 2}}\n")
	for _, tt := range []struct{ answer, code, change string }{
		{"n", "[code 1]", "~ web: from 1 to 2 processes\n"},
		{"Enter", "[code 1]", "~ web: from 1 to 2 processes\n"},
		{"y", "[code 0]", "nothing differs\n"},
	} {
		m := d.terminal("reload"+tt.answer, "reload")
		m.see("~ web: from 1 to 2 processes")
		m.see("apply this? [y/N]")
		m.press(tt.answer, "Enter")
		m.see(tt.code)
		if out, stderr, _ := d.muster("reload", "--dry-run"); out != tt.change {
			t.Errorf("after %s: printed %q, said %q; want %q", tt.answer, out, stderr, tt.change)
		}
	}
}
