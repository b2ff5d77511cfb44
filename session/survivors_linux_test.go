package session

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs/procfs"
)

// What a killed session has left is told, if its guard could not end it: and nothing
// is said of what is another session's or has another beginning.
func TestWhoIsLeftIsTold(t *testing.T) {
	if stat, err := procfs.ReadStat(os.Getpid()); err != nil || guarded(stat) {
		t.Skip("these tests run below a guard, which would end who is left")
	}
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
	start(name + "-another")
	if fate := killed.Fate(); !strings.HasSuffix(fate, ended) {
		t.Errorf("nobody is left: %s", fate)
	}
	first := start(name)
	later := Record{Session: name, PID: 4122, StartedAt: Time(time.Now().Add(time.Hour))}
	if fate := later.Fate(); !strings.HasSuffix(fate, ended) {
		t.Errorf("who is left had begun before: %s", fate)
	}
	want := fmt.Sprintf("it was killed, and so was its guard: 1 process is left, which kill %d ends", first.Process.Pid)
	if fate := killed.Fate(); !strings.HasSuffix(fate, want) {
		t.Errorf("got  %s\nwant %s", fate, want)
	}
	second := start(name)
	a, b := min(first.Process.Pid, second.Process.Pid), max(first.Process.Pid, second.Process.Pid)
	want = fmt.Sprintf("it was killed, and so was its guard: 2 processes are left, which kill %d %d ends", a, b)
	if fate := killed.Fate(); !strings.HasSuffix(fate, want) {
		t.Errorf("got  %s\nwant %s", fate, want)
	}
	_ = first.Process.Kill()
	_ = first.Wait()
	_ = second.Process.Kill() // a zombie is no process that is left
	for range 100 {
		if strings.HasSuffix(killed.Fate(), ended) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("all have ended: %s", killed.Fate())
}
