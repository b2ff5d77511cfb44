package cli

import (
	"os"
	"os/exec"
	"path/filepath"
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

// Who says muster up twice is told that there are two now.
func TestASecondUpIsToldOfTheFirst(t *testing.T) {
	d := newDesk(t)
	if err := os.WriteFile(filepath.Join(d.dir, "Procfile"), []byte("web: exec sleep 1000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := filepath.Base(d.dir)
	up := func() (name, stderr string) {
		t.Helper()
		out, stderr, code := d.muster("up", "-d")
		m := regexp.MustCompile(`^session (\S+) runs`).FindStringSubmatch(out)
		if code != 0 || m == nil || !strings.HasPrefix(m[1], base+"-") {
			t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
		}
		t.Cleanup(func() { d.muster("down", m[1], "--now") })
		return m[1], stderr
	}
	first, stderr := up()
	if stderr != "" {
		t.Errorf("the first one says %q", stderr)
	}
	if _, stderr := up(); !strings.HasPrefix(stderr, "muster: session "+first+" runs already; this is one more (muster down "+first+")") {
		t.Errorf("the second one says %q", stderr)
	}
}

// A full disk behind standard output is no mistake of the user's.
func TestWhatCannotBePrinted(t *testing.T) {
	d := newDesk(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = full.Close() }() // nothing is written
	cmd := exec.Command(os.Args[0], "sessions")
	var stderr strings.Builder
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = append(os.Environ(), d.env...), d.dir, full, &stderr
	_ = cmd.Run() // its code is looked at
	if code := cmd.ProcessState.ExitCode(); code != 1 || stderr.String() != "muster: cannot print: no space left on device\n" {
		t.Errorf("code %d, said %q", code, stderr.String())
	}
}
