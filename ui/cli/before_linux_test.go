package cli

import (
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A session that nobody has named is killed: the next one of the same pools
// says so on the terminal in which it is started, the one after that does not.
func TestTheNextStartSaysThatTheLastOneWasKilled(t *testing.T) {
	d := newDesk(t)
	start := func() (pid int, stderr string) {
		t.Helper()
		out, stderr, code := d.muster("run", "-d", "--name", "web", "--", "sleep", "1000")
		m := regexp.MustCompile(`\(pid (\d+)\)`).FindStringSubmatch(out)
		if code != 0 || m == nil {
			t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
		}
		pid, _ = strconv.Atoi(m[1])
		t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) }) // it has ended, unless the test failed
		return pid, stderr
	}
	pid, _ := start()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "its end", 15*time.Second, func() bool { out, _, _ := d.muster("sessions"); return strings.HasPrefix(out, "no session") })
	_, stderr := start()
	if want := "muster: session web-" + strconv.Itoa(pid) + " (pid "; !strings.HasPrefix(stderr, want) || !strings.Contains(stderr, "it was killed") {
		t.Errorf("the next one says %q, want %q", stderr, want)
	}
	d.muster("down", "--now")
	if _, stderr := start(); stderr != "" {
		t.Errorf("the one after that says %q", stderr)
	}
	d.muster("down", "--now")
}
