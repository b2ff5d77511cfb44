package session

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/spawn"
)

// What a killed session has left is told, if its guard could not end it: and nothing
// is said of what is another session's or has another beginning.
func TestWhoIsLeftIsTold(t *testing.T) {
	const name = "test-who-is-left"
	start := func(session string) *exec.Cmd {
		cmd := exec.Command("sleep", "60")
		cmd.Env = append(os.Environ(), "MUSTER_SESSION="+session)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		return cmd
	}
	killed := Record{Session: name, PID: 4121, StartedAt: Time(time.Now())}
	const ended = "it was killed; its processes were ended by its guard"
	left := func(text string) string { // below a guard, as where muster runs the tests, that one ends them
		if spawn.Guarded(os.Getppid()) {
			return ended
		}
		return "it was killed, and so was its guard: " + text
	}
	start(name + "-another")
	if fate := killed.Fate(); !strings.HasSuffix(fate, ended) {
		t.Errorf("nobody is left: %s", fate)
	}
	first := start(name)
	later := Record{Session: name, PID: 4122, StartedAt: Time(time.Now().Add(time.Hour))}
	if fate := later.Fate(); !strings.HasSuffix(fate, ended) {
		t.Errorf("who is left had begun before: %s", fate)
	}
	want := left(fmt.Sprintf("1 process is left, which kill %d ends", first.Process.Pid))
	if fate := killed.Fate(); !strings.HasSuffix(fate, want) {
		t.Errorf("got  %s\nwant %s", fate, want)
	}
	second := start(name)
	a, b := min(first.Process.Pid, second.Process.Pid), max(first.Process.Pid, second.Process.Pid)
	want = left(fmt.Sprintf("2 processes are left, which kill %d %d ends", a, b))
	if fate := killed.Fate(); !strings.HasSuffix(fate, want) {
		t.Errorf("got  %s\nwant %s", fate, want)
	}
	_ = first.Process.Kill()
	_ = first.Wait()
	_ = second.Process.Kill()
	if err := unix.Waitid(unix.P_PID, second.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if fate := killed.Fate(); !strings.HasSuffix(fate, ended) { // a zombie is no process that is left
		t.Errorf("all have ended: %s", fate)
	}
}
