package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestADaemonOutlivesMusterOnRequest: what has left the session of its program
// stays with --keep-daemons, and nothing else does.
func TestADaemonOutlivesMusterOnRequest(t *testing.T) {
	for _, tt := range []struct {
		name string
		flag string
		env  string
		last string // what becomes of the program itself
		end  func(t *testing.T, p *play)
	}{
		{"its program ends", "--keep-daemons", "", "exit", func(*testing.T, *play) {}},
		{"SIGTERM", "--keep-daemons", "", `exec sleep "$1.1"`, func(t *testing.T, p *play) { send(t, p, syscall.SIGTERM) }},
		{"SIGTERM, asked for by the environment", "", "MUSTER_KEEP_DAEMONS=true", `exec sleep "$1.1"`, func(t *testing.T, p *play) { send(t, p, syscall.SIGTERM) }},
		{"muster is killed", "--keep-daemons", "", `exec sleep "$1.1"`, func(t *testing.T, p *play) { send(t, p, syscall.SIGKILL) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nonce := fmt.Sprintf("86400%d%d", os.Getpid(), time.Now().UnixNano())
			flags := []string{"--session", "daemons", "--grace", "1s"}
			if tt.flag != "" {
				flags = append(flags, tt.flag)
			}
			// Until the daemon has a session of its own, it ends with the program.
			script := `setsid sh -c ': >"$1"; exec sleep "$0"' "$1.2" "$2" </dev/null >/dev/null 2>&1 & sleep "$1.3" & ` +
				`until [ -e "$2" ]; do sleep 0.01; done; echo up; ` + tt.last
			p := start(t, flags, []string{"sh", "-c", script, "sh", nonce, filepath.Join(t.TempDir(), "up")}, tt.env)
			daemon := func() []int { return pidsWith("sleep\x00" + nonce + ".2") }
			others := func() []int { return append(pidsWith("sleep\x00"+nonce+".1"), pidsWith("sleep\x00"+nonce+".3")...) }
			waitFor(t, "the daemon", 10*time.Second, func() bool {
				list := daemon()
				if len(list) != 1 || tt.last != "exit" && len(others()) < 2 {
					return false
				}
				sid, err := unix.Getsid(list[0])
				return err == nil && sid == list[0]
			})
			pid := daemon()[0]
			defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }() // the test's own: nobody else ends it
			tt.end(t, p)
			_ = p.cmd.Wait() // its code is tested elsewhere
			waitFor(t, "everybody else to end", 10*time.Second, func() bool { return len(others()) == 0 })
			if !alive(pid) {
				t.Error("the daemon has ended")
			}
		})
	}
}

// TestWhatKeepDaemonsDoesNotKeepIsTold: who has not left the session of its program ends
// with muster, which says so, and the report has how it ended.
func TestWhatKeepDaemonsDoesNotKeepIsTold(t *testing.T) {
	const told = "p/0 has ended; 1 process that it left was ended too (setsid with --keep-daemons lets it live)"
	nonce := fmt.Sprintf("86400%d%d", os.Getpid(), time.Now().UnixNano())
	for _, tt := range []struct{ name, script, told, state string }{
		{"in the background", `sleep "$1" &`, told, "exited"},
		{"spared a hangup", `nohup sleep "$1" >/dev/null 2>&1 &`, told, "exited"},
		{"a daemon", `setsid sleep "$1" >/dev/null 2>&1 &`, "", "running"},
		{"a daemon that was only forked when the program ended", `setsid sleep "$1" >/dev/null 2>&1 & exit`, "", "running"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, []string{"--name", "p", "--keep-daemons"}, []string{"sh", "-c", tt.script + "\nuntil pgrep -f \"^sleep $1\" >/dev/null; do sleep 0.01; done", "sh", nonce})
			for _, pid := range pidsWith("sleep\x00" + nonce) {
				_ = syscall.Kill(pid, syscall.SIGKILL) // the test's own: nobody else ends it
			}
			var want []string
			if tt.told != "" {
				want = []string{tt.told}
			}
			if !slices.Equal(r.report.Notices, want) || r.code != 0 || strings.Contains(r.stderr, "left") != (want != nil) {
				t.Errorf("code %d, notices %q, said:\n%s", r.code, r.report.Notices, r.stderr)
			}
			for _, d := range r.report.Pools[0].Processes[0].Descendants {
				if slices.Equal(d.Argv, []string{"sleep", nonce}) && d.State != tt.state {
					t.Errorf("the report says of it %s, want %s", d.State, tt.state)
				}
			}
		})
	}
}
