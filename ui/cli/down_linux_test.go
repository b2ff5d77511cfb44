package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// Down shows what it waits for; the first Ctrl-C changes nothing, the second
// kills what is left. Who does not want to wait at all says --now.
func TestDownShowsWhatItWaitsForAndKillsOnRequest(t *testing.T) {
	const stubborn = `trap "" TERM; echo up; while :; do sleep 0.1; done`
	for _, tt := range []struct {
		name string
		args []string
		keys int
	}{{"Ctrl-C twice", nil, 2}, {"now", []string{"--now"}, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			out, stderr, code := d.muster("run", "-d", "--session", "web", "--name", "p", "--grace", "1000s", "--", "sh", "-c", stubborn)
			if code != 0 {
				t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
			}
			if _, stderr, code := d.muster("wait", "--for", "ready", "--timeout", "30s"); code != 0 {
				t.Fatal(stderr)
			}
			waitFor(t, "the trap", 10*time.Second, func() bool {
				out, _, _ := d.muster("ps", "--json")
				return strings.Contains(out, `"last_line":"up"`)
			})
			cmd, tty, screen := terminal(t, pty.Winsize{Cols: 80, Rows: 24}, d.env, append([]string{"down"}, tt.args...)...)
			for i := range tt.keys {
				want := []string{"stopping 1 process: p/0", "muster: it is being stopped; Ctrl-C again kills what is left"}[i]
				waitFor(t, want, 20*time.Second, func() bool { return strings.Contains(screen.String(), want) })
				if _, err := fmt.Fprint(tty, "\x03"); err != nil {
					t.Fatal(err)
				}
			}
			waitFor(t, "the end", 20*time.Second, func() bool { return strings.Contains(screen.String(), "session web has ended") })
			if err := cmd.Wait(); err != nil {
				t.Errorf("down: %v", err)
			}
		})
	}
}

// The code of down is that of the session: a process that had failed before
// makes it 1, or its own code where it was the only one.
func TestDownEndsWithTheSessionsCode(t *testing.T) {
	d := newDesk(t)
	if err := os.WriteFile(d.dir+"/muster.yaml", []byte("pools: {good: {command: [sleep, '1000']}, bad: {command: exit 3}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, stderr, code := d.muster("up", "-d", "--session", "two"); code != 0 {
		t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
	}
	waitFor(t, "the bad one to end", 20*time.Second, func() bool {
		out, _, _ := d.muster("ps", "--json")
		return strings.Contains(out, `"state":"exited"`)
	})
	if out, stderr, code := d.muster("down"); code != 1 || out != "session two has ended with code 1\n" {
		t.Errorf("code %d, printed %q, said %q", code, out, stderr)
	}
}

// Who has been told that a session has ended finds nothing of it, and no advice to kill it.
func TestNothingOfASessionIsLeftAfterItsEnd(t *testing.T) {
	t.Parallel() // it mostly waits
	ends := map[string]func(*desk) (stdout, stderr string, code int){
		"down": func(d *desk) (string, string, int) { return d.muster("down") },
		"wait": func(d *desk) (string, string, int) {
			_, _, _ = d.muster("signal", "KILL", "web/0", "web/1")
			return d.muster("wait", "--for", "ended", "--session", "web")
		},
		"attach": func(d *desk) (string, string, int) {
			down := time.AfterFunc(500*time.Millisecond, func() { d.muster("down") })
			defer down.Stop()
			return d.muster("attach", "--plain")
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for range 3 {
				out, stderr, code := d.muster("run", "-d", "-n", "2", "--session", "web", "--name", "web", "--", "sleep", "86400")
				if code != 0 {
					t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
				}
				var pid int
				if _, rest, ok := strings.Cut(out, "(pid "); !ok {
					t.Fatalf("printed %q", out)
				} else if _, err := fmt.Sscanf(rest, "%d", &pid); err != nil {
					t.Fatal(err)
				}
				if out, stderr, _ := end(d); name != "wait" && !strings.Contains(out, "session web has ended") {
					t.Fatalf("printed %q, said %q", out, stderr)
				}
				if letter := letterOf(pid); name != "wait" && letter != "" && letter != "Z" {
					t.Errorf("its process is %s", letter)
				}
				if _, stderr, _ := d.muster("ps"); strings.Contains(stderr, "kill") {
					t.Errorf("afterwards ps says %q", stderr)
				}
			}
		})
	}
}
