package cli

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"example.com/muster/profiling/permits"
)

// TestAnothersProcess: whoever may not look is told why, and what would permit it.
func TestAnothersProcess(t *testing.T) {
	pid := 1 // root's, for whoever is not root
	cmd := exec.Command("/proc/self/exe", "locks", strconv.Itoa(pid))
	if os.Geteuid() == 0 {
		pid = os.Getpid()
		cmd.Args[2] = strconv.Itoa(pid)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		cmd.Dir = "/"
	}
	cmd.Env = []string{playMuster + "=1", "GORACE=atexit_sleep_ms=0"}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != codeFailed || stdout.Len() > 0 {
		t.Errorf("it ends with %v and prints %q", err, stdout.String())
	}
	lines := strings.Split(stderr.String(), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "muster: cannot look at pid "+strconv.Itoa(pid)+" (") ||
		!strings.HasSuffix(lines[0], "): not permitted: it belongs to root") || lines[1] != "hint: run muster as root" {
		t.Errorf("it says %q", lines)
	}
}

// TestDoctorAsAnOrdinaryUser: where Yama lets a process look at its children,
// every source of evidence is there without root.
func TestDoctorAsAnOrdinaryUser(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "doctor", "--json")
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		cmd.Dir = "/"
	}
	cmd.Env = []string{playMuster + "=1", "GORACE=atexit_sleep_ms=0"}
	out, err := cmd.Output()
	var d doctorJSON
	if err != nil || json.Unmarshal(out, &d) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if i := slices.IndexFunc(d.Checks, func(c permits.Check) bool { return c.Name == "Yama" }); d.Checks[i].Verdict == permits.No {
		return // it says what would permit it
	}
	var ok []string
	for _, s := range d.Sources {
		if s.OK {
			ok = append(ok, s.Source)
		}
	}
	want := []string{"futex", "semlock", "pthread", "flock", "posix", "ofd", "sysv_sem", "pipe", "socket", "eventfd", "gil", "cpython", "perf", "go"}
	if !slices.Equal(ok, want) {
		t.Errorf("permitted are %q, want %q: %+v", ok, want, d.Sources)
	}
}
