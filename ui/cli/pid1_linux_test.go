package cli

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/session"
)

// inContainer starts `muster run` as the first process of a PID namespace, as
// a container does, and returns its pid as it is outside.
func inContainer(t *testing.T, flags, command []string) (p *play, pid int) {
	t.Helper()
	unshare := []string{"unshare", "--pid", "--fork", "--mount-proc"}
	if os.Getuid() != 0 {
		unshare = append(unshare, "--user", "--map-root-user")
	}
	if err := exec.Command(unshare[0], append(unshare[1:], "true")...).Run(); err != nil {
		t.Skipf("this test needs unshare (util-linux) and the right to make a PID namespace: %v", err)
	}
	p = &play{dir: t.TempDir()}
	args := append(unshare, os.Args[0], "run", "--no-tui", "--report", p.dir+"/report.json", "--log-dir", p.dir+"/logs")
	args = append(append(append(args, flags...), "--"), command...)
	p.cmd = exec.Command(args[0], args[1:]...)
	p.cmd.Env = append(os.Environ(), playMuster+"=1", "XDG_RUNTIME_DIR=", "XDG_STATE_HOME="+p.dir+"/state", "TMPDIR="+p.dir)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the first process of the container", 10*time.Second, func() bool {
		pid = onlyChild(p.cmd.Process.Pid)
		return pid != 0 || !alive(p.cmd.Process.Pid)
	})
	t.Cleanup(func() { // they have ended, unless the test failed
		if pid != 0 && p.cmd.ProcessState == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			_ = p.cmd.Wait()
			t.Logf("it printed %q, said %q", tail(p.out.String()), p.err.String())
		}
	})
	return p, pid
}

// onlyChild returns the child of a process that has one, else 0.
func onlyChild(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	n, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return n
}

func alive(pid int) bool { return letterOf(pid) != "" && letterOf(pid) != "Z" }

// TestThePidOneOfAContainerEndsWithTheContractsCode: docker stop sends SIGTERM
// to the first process, which nobody else would pass on.
func TestThePidOneOfAContainerEndsWithTheContractsCode(t *testing.T) {
	const polite = `trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done`
	for _, tt := range []struct {
		name    string
		flags   []string
		command []string
		signals int // SIGTERMs; 0: it ends by itself
		code    int
		printed string
		ended   string // the signal that ended the child, "" for none
	}{
		{"its program fails", nil, []string{"sh", "-c", "echo up; exit 3"}, 0, 3, "sh/0 | up\n", ""},
		{"SIGTERM", []string{"--session", "one"}, []string{"sh", "-c", polite}, 1, 143, "sh/0 | bye\n", ""},
		{"SIGTERM twice", []string{"--session", "two", "--grace", "1h"}, stubborn, 2, 143, "sh/0 | up\n", "SIGKILL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, pid := inContainer(t, tt.flags, tt.command)
			for n := range tt.signals {
				if n == 0 {
					up(t, p, tt.flags[1])
				} else {
					awaitState(t, p, tt.flags[1], func(ps session.PS) bool { return ps.Pools[0].Processes[0].State == "stopping" })
				}
				if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			r := p.end(t)
			e := r.report.Pools[0].Processes[0].LastExit
			if r.code != tt.code || !strings.Contains(r.stdout, tt.printed) || e == nil || (e.Signal == nil) != (tt.ended == "") || e.Signal != nil && *e.Signal != tt.ended {
				t.Errorf("code %d, printed %q, said %q, exit %+v", r.code, r.stdout, r.stderr, e)
			}
		})
	}
}

// TestThePidOneOfAContainerReapsOrphans: those of its pools, which fall to the
// guard, and those of docker exec, which fall to muster itself.
func TestThePidOneOfAContainerReapsOrphans(t *testing.T) {
	if _, err := exec.LookPath("nsenter"); err != nil {
		t.Skip("this test needs nsenter (util-linux)")
	}
	// Each orphan waits at a pipe of its own until the test opens it.
	dir := t.TempDir()
	own, foreign := dir+"/own", dir+"/foreign"
	for _, fifo := range []string{own, foreign} {
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, pid := inContainer(t, []string{"--session", "orphans"}, []string{"sh", "-c", `(cat "$1" &); echo up; exec sleep 1000`, "sh", own})
	up(t, p, "orphans")
	if out, err := exec.Command("nsenter", "-t", strconv.Itoa(pid), "-p", "sh", "-c", `cat "$1" >/dev/null 2>&1 &`, "sh", foreign).CombinedOutput(); err != nil {
		t.Fatalf("nsenter: %v: %s", err, out)
	}
	for _, tt := range []struct {
		fifo   string
		parent func(int) bool
	}{
		{own, func(parent int) bool { return parentOf(parent) == pid }},
		{foreign, func(parent int) bool { return parent == pid }},
	} {
		var orphan int
		waitFor(t, "an orphan at "+tt.fifo, 10*time.Second, func() bool {
			for _, who := range pidsWith("cat\x00" + tt.fifo) {
				orphan = who
			}
			return orphan != 0 && tt.parent(parentOf(orphan))
		})
		if err := os.WriteFile(tt.fifo, []byte("go"), 0o600); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the orphan to end and be reaped", 10*time.Second, func() bool { return letterOf(orphan) == "" })
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if r := p.end(t); r.code != 143 {
		t.Errorf("code %d, said %q; want 143", r.code, r.stderr)
	}
}

func parentOf(pid int) (parent int) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	var state string
	_, _ = fmt.Sscan(rest, &state, &parent) // 0 of a process that is gone
	return parent
}
