package cli

import (
	"bytes"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// What was printed before the question is in the answer, also a moment before.
func TestLogsOfARunningSessionLackNothing(t *testing.T) {
	d := newDesk(t)
	config := "pools: {a: {command: 'echo hello; sleep 1000', ready: {log_line: hello}}}\n"
	if err := os.WriteFile(d.dir+"/muster.yaml", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"up", "-d", "--session", "web"}, {"wait", "--for", "ready", "--timeout", "30s"}} {
		if _, stderr, code := d.muster(args...); code != 0 {
			t.Fatalf("%v: code %d, said %q", args, code, stderr)
		}
	}
	if out, stderr, code := d.muster("logs", "-n", "20"); out != "a/0 | hello\n" || code != 0 {
		t.Errorf("logs printed %q, said %q, code %d", out, stderr, code)
	}
	if _, stderr, code := d.muster("down"); code != 0 {
		t.Errorf("down: code %d, said %q", code, stderr)
	}
}

// A log to which nothing more can come is printed as without -f, and that is all.
func TestFollowingWhatHasEndedEnds(t *testing.T) {
	d := newDesk(t)
	kept, empty := d.dir+"/kept", d.dir+"/empty"
	d.muster("run", "--no-tui", "--log-dir", kept, "--name", "p", "--", "sh", "-c", "echo one; printf two")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	const lines, elsewhere = "p/0 | one\np/0 | two\n", "/elsewhere"
	for _, tt := range []struct {
		says, dir, state string
		out, stderr      string
		code             int
	}{
		{"a session that has ended", kept, "/state", lines, "", 0},
		{"one that this user has not run, or whose record has gone", kept, elsewhere, lines, "muster: cannot follow the log in " + kept + ": no session is known to write it\n", 0},
		{"nothing", empty, "/state", "", "muster: cannot find a log in " + empty + ": no process has printed anything there\n", 1},
	} {
		there := &desk{t, d.dir, append(d.env[:len(d.env):len(d.env)], "XDG_STATE_HOME="+d.dir+tt.state)}
		if out, stderr, code := there.muster("logs", "-f", "--log-dir", tt.dir); out != tt.out || stderr != tt.stderr || code != tt.code {
			t.Errorf("%s: code %d, printed %q, said %q", tt.says, code, out, stderr)
		}
	}
}

// Whoever follows a directory has what the session printed last, and ends with it,
// also where the session's socket cannot be found, as after su.
func TestFollowingADirectoryEndsWithItsSession(t *testing.T) {
	d := newDesk(t)
	start := func(out *bytes.Buffer, env string, args ...string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = append(append(os.Environ(), d.env...), env), d.dir, out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(60*time.Second, func() { _ = cmd.Process.Kill() })
		t.Cleanup(func() {
			timer.Stop()
			_ = cmd.Process.Kill() // it has ended, unless the test failed
		})
		return cmd
	}
	var ran, followed bytes.Buffer
	script := "trap 'echo bye; exit' TERM; echo hello; while :; do sleep 1000 & wait; done"
	run := start(&ran, "XDG_RUNTIME_DIR="+d.dir, "run", "--no-tui", "--log-dir", "kept", "--name", "p", "--", "sh", "-c", script)
	waitFor(t, "the output", 10*time.Second, func() bool { out, _, _ := d.muster("logs"); return out != "" })
	follow := start(&followed, "XDG_RUNTIME_DIR="+d.dir+"/state", "logs", "-f", "--log-dir", "kept")
	waitFor(t, "it to follow", 10*time.Second, func() bool { return opened(follow.Process.Pid, d.dir+"/kept/p-0.") })
	if err := run.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = run.Wait() // as it was told to
	if err := follow.Wait(); err != nil || followed.String() != "p/0 | hello\np/0 | bye\n" {
		t.Errorf("logs -f: %v, printed %q; the session %q", err, followed.String(), ran.String())
	}
}
