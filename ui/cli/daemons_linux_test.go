package cli

import (
	"fmt"
	"os"
	"path/filepath"
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
