package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// ends are the ways in which a muster may come to its end.
var ends = []struct {
	name string
	tui  bool
	end  func(t *testing.T, m *mustered)
}{
	{"SIGKILL", false, func(t *testing.T, m *mustered) { m.signal(t, syscall.SIGKILL) }},
	{"SIGKILL of the screen", true, func(t *testing.T, m *mustered) { m.signal(t, syscall.SIGKILL) }},
	{"SIGKILL of its group, as kill -9 %1", true, func(t *testing.T, m *mustered) {
		if err := syscall.Kill(-m.cmd.Process.Pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}},
	{"SIGTERM", false, func(t *testing.T, m *mustered) { m.signal(t, syscall.SIGTERM) }},
	{"SIGTERM of the screen", true, func(t *testing.T, m *mustered) { m.signal(t, syscall.SIGTERM) }},
	{"closed terminal", true, func(t *testing.T, m *mustered) { m.hangUp() }},
	{"q", true, func(t *testing.T, m *mustered) { m.quit(t) }},
	{"SIGTERM, and its guard is stopped", false, func(t *testing.T, m *mustered) {
		m.signalGuard(t, syscall.SIGSTOP)
		m.signal(t, syscall.SIGTERM)
	}},
	{"SIGKILL, and its guard is stopped", false, func(t *testing.T, m *mustered) {
		m.signalGuard(t, syscall.SIGSTOP)
		m.signal(t, syscall.SIGKILL)
	}},
	{"its guard is killed", false, func(t *testing.T, m *mustered) { m.signalGuard(t, syscall.SIGKILL) }},
}

// TestNobodyIsLeftBehind ends a muster in every way there is, and looks for
// what it had started: its children, a child that ignores SIGTERM, and a
// descendant that hid in a session of its own with an empty environment.
func TestNobodyIsLeftBehind(t *testing.T) {
	times := 1
	if n, err := strconv.Atoi(os.Getenv("MUSTER_REPEAT")); err == nil {
		times = n
	}
	for _, tt := range ends {
		t.Run(tt.name, func(t *testing.T) {
			for i := range times {
				m := muster(t, tt.tui)
				tt.end(t, m)
				began := time.Now()
				m.nobody(t, 3*time.Second, began)
				m.wait(t)
				if t.Failed() {
					t.Fatalf("in round %d of %d", i+1, times)
				}
			}
		})
	}
}

// mustered is a muster under test, with a pool whose processes can be found by
// a number in their arguments.
type mustered struct {
	cmd   *exec.Cmd
	tty   *os.File // its terminal, if it has one
	nonce string
	out   *screenText
	done  chan struct{} // closed when its output has been read to the end
}

func muster(t *testing.T, tui bool) *mustered {
	t.Helper()
	dir := t.TempDir()
	m := &mustered{nonce: fmt.Sprintf("%d.%d", 86400+os.Getpid(), time.Now().UnixNano()), out: new(screenText), done: make(chan struct{})}
	script := `env -i "$(command -v setsid)" sh -c "sleep $1 & exit" & sleep $1 & echo ready; exec sleep $1`
	m.cmd = exec.Command(os.Args[0], "run", "-n", "2", "--session", "s"+strconv.Itoa(os.Getpid()), "--grace", "1s", "--", "sh", "-c", script, "sh", m.nonce)
	m.cmd.Env = append(os.Environ(), playMuster+"=1", "XDG_STATE_HOME="+dir, "XDG_RUNTIME_DIR="+dir, "TERM=xterm-256color", "TMPDIR="+dir)
	var from io.Reader
	if tui {
		tty, err := pty.StartWithSize(m.cmd, &pty.Winsize{Cols: 100, Rows: 30})
		if err != nil {
			t.Fatal(err)
		}
		m.tty, from = tty, tty
	} else {
		m.cmd.Args = append(m.cmd.Args[:2:2], append([]string{"--no-tui"}, m.cmd.Args[2:]...)...)
		m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		pipe, err := m.cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		m.cmd.Stderr = os.Stderr
		if err := m.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		from = pipe
	}
	t.Cleanup(func() { _ = m.cmd.Process.Kill() }) // it has ended, unless the test failed
	go func() {                                    // ends with the muster, or when its terminal is closed
		defer close(m.done)
		_, _ = io.Copy(m.out, from)
	}()
	// Six sleeps: in each of two slots the child, its own child and the hidden one.
	waitFor(t, "the pool to be up", 20*time.Second, func() bool { return len(m.alive()) >= 6 && m.adopted() })
	return m
}

// screenText collects what a muster writes while the test looks at it.
type screenText struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screenText) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *screenText) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// adopted reports whether the double-forked sleeps have lost their parents, so
// that they are as well hidden as they will be.
func (m *mustered) adopted() bool {
	shells := 0
	for _, pid := range pidsWith("sleep " + m.nonce + " & exit") {
		if pid != 0 {
			shells++
		}
	}
	return shells <= 2 // the two slots' own shells, which exec at last
}

// alive returns the processes of the pool.
func (m *mustered) alive() []int { return pidsWith("sleep\x00" + m.nonce) }

// pidsWith returns the processes whose command line contains s.
func pidsWith(s string) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err == nil && strings.Contains(string(b), s) {
			pid, _ := strconv.Atoi(strings.Split(f, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

func (m *mustered) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := m.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

func (m *mustered) hangUp() { _ = m.tty.Close() }

// quit presses q, and y until the question has been answered.
func (m *mustered) quit(t *testing.T) {
	t.Helper()
	if _, err := m.tty.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the muster
		for {
			select {
			case <-m.done:
				return
			case <-time.After(100 * time.Millisecond):
				_, _ = m.tty.WriteString("y") // fails once muster has ended
			}
		}
	}()
}

func (m *mustered) signalGuard(t *testing.T, sig syscall.Signal) {
	t.Helper()
	var children []byte
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", m.cmd.Process.Pid))
	for _, f := range tasks {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		children = append(append(children, ' '), b...)
	}
	pids := strings.Fields(string(children))
	if len(pids) == 0 {
		t.Fatal("muster has no guard")
	}
	pid, _ := strconv.Atoi(pids[0])
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}

// nobody fails unless every process of the pool is gone by the deadline.
func (m *mustered) nobody(t *testing.T, within time.Duration, since time.Time) {
	t.Helper()
	for time.Since(since) < within {
		if len(m.alive()) == 0 {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	for _, pid := range m.alive() {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		t.Errorf("pid %d is still alive:\n%.200s", pid, b)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// wait reaps the muster; it has to end by itself.
func (m *mustered) wait(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t.Error("muster itself did not end")
		_ = m.cmd.Process.Kill()
	})
	defer stop()
	if m.tty == nil {
		<-m.done
	}
	_ = m.cmd.Wait() // its code is tested elsewhere
	if m.tty != nil {
		_ = m.tty.Close()
		<-m.done
	}
}
