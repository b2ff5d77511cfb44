package tree

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"example.com/muster/procs"
	"golang.org/x/sys/unix"
)

// followFDs follows exits by pidfds, or skips where the kernel does not tell.
func followFDs(t *testing.T, tr *Tracker) {
	t.Helper()
	if fd, err := unix.PidfdOpen(os.Getpid(), 0); err != nil {
		t.Skipf("no pidfds: %v", err)
	} else {
		_ = unix.Close(fd)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tr.FollowExits(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	until(t, "pidfds to be followed", func() bool { return tr.pidfds.Load() != nil })
}

// tellsExits reports whether this kernel tells the status of a process that
// somebody else has waited for.
func tellsExits(t *testing.T) bool {
	t.Helper()
	cmd := exec.Command("/bin/true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(cmd.Process.Pid, 0)
	_ = cmd.Wait() // it ends with 0
	if err != nil {
		return false
	}
	defer func() { _ = unix.Close(fd) }()
	return pidfdExit(fd) == 0
}

// TestPIDFDExits: without the connector, the end of a grandchild is known
// although its parent has waited for it, and told without another look.
func TestPIDFDExits(t *testing.T) {
	if !tellsExits(t) {
		t.Skip("PIDFD_GET_INFO tells of exits since Linux 6.15")
	}
	for _, end := range []struct{ name, script, want string }{
		{"code", "sh -c 'echo ready $$; read x; exit 3'; read y", "exit 3"},
		{"signal", "sh -c 'echo ready $$; read x; kill -SEGV $$'; read y", "SIGSEGV"},
		{"good", "sh -c 'echo ready $$; read x; exit 0'; read y", "exit 0"},
	} {
		t.Run(end.name, func(t *testing.T) {
			tr := New(Options{Session: "s1"})
			followFDs(t, tr)
			cmd := exec.Command("/bin/sh", "-c", "ulimit -c 0; "+end.script)
			p := start(t, "x", cmd)
			tr.Add(p.run)
			pid := p.ready()
			tr.Refresh(true)
			r := tr.Deaths()
			if _, err := p.stdin.Write([]byte("go\n")); err != nil {
				t.Fatal(err)
			}
			var got []Death
			until(t, "the end to be told", func() bool { got = told(t, r); return len(got) > 0 })
			if got[0].PID != pid || strings.TrimSuffix(got[0].Exit.String(), " (core dumped)") != end.want || !got[0].ParentLived {
				t.Errorf("told %+v, %s; want %d, %s", got[0], got[0].Exit, pid, end.want)
			}
		})
	}
}

// TestPIDFDsAreGivenBack: a process that has ended leaves no descriptor, and
// no more are open than permitted.
func TestPIDFDsAreGivenBack(t *testing.T) {
	tr := New(Options{Session: "s1"})
	followFDs(t, tr)
	p := start(t, "x", self("parent"))
	p.ready()
	tr.Add(p.run)
	tr.Refresh(true)
	fds := tr.pidfds.Load()
	open := func() int { fds.mu.Lock(); defer fds.mu.Unlock(); return len(fds.fds) }
	if open() != 1 {
		t.Fatalf("%d pidfds, want 1", open())
	}
	fds.mu.Lock()
	fds.most = 1
	fds.mu.Unlock()
	q := start(t, "y", self("parent"))
	q.ready()
	tr.Add(q.run)
	tr.Refresh(true)
	if open() != 1 {
		t.Errorf("%d pidfds, want no more than permitted", open())
	}
	p.finish()
	until(t, "the descriptor to be given back", func() bool { return open() == 0 })
}

// TestPIDFDsOfZombiesOnOldKernels: where nothing tells when a zombie is waited for, its
// descriptor is given back as soon as it is one.
func TestPIDFDsOfZombiesOnOldKernels(t *testing.T) {
	tr := New(Options{Session: "s1"})
	followFDs(t, tr)
	fds := tr.pidfds.Load()
	fds.mu.Lock()
	fds.informs = func(int) bool { return false }
	fds.mu.Unlock()
	p := start(t, "x", exec.Command("/bin/sh", "-c", "exec 3<&0; sh -c 'echo ready $$; read x <&3' & exec cat"))
	pid := p.ready()
	tr.Add(p.run)
	tr.Refresh(true)
	open := func() int { fds.mu.Lock(); defer fds.mu.Unlock(); return len(fds.fds) }
	if open() != 1 {
		t.Fatalf("%d pidfds, want 1", open())
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, "the descriptor of the zombie to be given back", func() bool { return open() == 0 })
	list := tr.Descendants(p.run.ID)
	defer p.reap(list)
	if len(list) != 1 || list[0].Exit == nil || list[0].Exit.Signal != procs.SIGKILL {
		t.Errorf("descendants %+v, want one that SIGKILL has ended", list)
	}
}

// TestPIDFDsOfAnOrdinaryUser runs the above as a user who may do nothing else.
func TestPIDFDsOfAnOrdinaryUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("the other tests are run by an ordinary user already")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for parent := dir; len(parent) > len(os.TempDir()); parent = parent[:strings.LastIndexByte(parent, '/')] {
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	binary := dir + "/tree.test"
	if err := os.WriteFile(binary, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.run=^TestPIDFD(Exits|sAreGivenBack)$", "-test.v")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}
