package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// playBound in the environment makes the test binary watch the directory of
// that name, in a user namespace of its own whose bounds are as low as the
// arguments say.
const playBound = "MUSTER_TEST_BOUND"

func init() { playing[playBound] = playBounded }

// bounded runs playBounded, and returns what it said.
func bounded(t *testing.T, dir, bound, n string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], bound, n)
	cmd.Env = append(os.Environ(), playBound+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
		t.Skip("needs user namespaces")
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func playBounded(dir string) {
	if err := os.WriteFile("/proc/sys/user/"+os.Args[1], []byte(os.Args[2]), 0o600); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	w, err := New(dir, []string{"*.go"})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	w.Notice = func(text string) {
		fmt.Println("notice:", text)
		if err := os.WriteFile(filepath.Join(dir, "top.go"), nil, 0o600); err != nil {
			fmt.Println(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = w.Run(ctx, func(names []string) {
		fmt.Println("changed:", names)
		cancel()
	})
	fmt.Println("ended:", err)
}

// TestBound: where there are more directories than the kernel lets a user
// watch, that is said once, with what to do, and the others are watched.
func TestBound(t *testing.T) {
	dir := t.TempDir()
	for n := range 10 {
		if err := os.Mkdir(fmt.Sprintf("%s/d%d", dir, n), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	want := "notice: not everything below " + dir + " is watched: the system's bound on watches is reached; " +
		"raise it with: sysctl fs.inotify.max_user_watches=524288\nchanged: [top.go]\nended: <nil>\n"
	if got := bounded(t, dir, "max_inotify_watches", "3"); got != want {
		t.Errorf("it said %q, want %q", got, want)
	}
}

// TestNoInstance: where nothing can be watched at all the error says so, and
// what to do.
func TestNoInstance(t *testing.T) {
	dir := t.TempDir()
	got := bounded(t, dir, "max_inotify_instances", "0")
	if !strings.HasPrefix(got, "ended: cannot watch "+dir+": ") || !strings.HasSuffix(got, "; raise the bound with: sysctl fs.inotify.max_user_instances=1024\n") {
		t.Errorf("it said %q", got)
	}
}
