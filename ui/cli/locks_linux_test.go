package cli

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
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
