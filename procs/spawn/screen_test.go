package spawn

import (
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// terminal is a PTY that plays the user's terminal, in raw mode.
type terminal struct {
	master, slave *os.File
	cooked        unix.Termios
	mu            sync.Mutex
	shown         strings.Builder
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	term := &terminal{}
	var err error
	if term.master, term.slave, err = pty.Open(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	t.Cleanup(func() {
		_ = term.slave.Close()
		<-read
		_ = term.master.Close()
	})
	now, err := unix.IoctlGetTermios(int(term.slave.Fd()), getTermios)
	if err != nil {
		t.Fatal(err)
	}
	term.cooked = *now
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := term.master.Read(buf)
			if err != nil {
				return
			}
			term.mu.Lock()
			term.shown.Write(buf[:n])
			term.mu.Unlock()
		}
	}()
	return term
}

func (term *terminal) modes(t *testing.T) unix.Termios {
	t.Helper()
	now, err := unix.IoctlGetTermios(int(term.slave.Fd()), getTermios)
	if err != nil {
		t.Fatal(err)
	}
	return *now
}

// raw does what a TUI does, or with signals what a shell's line editor does.
func (term *terminal) raw(t *testing.T, signals bool) {
	t.Helper()
	raw := term.modes(t)
	raw.Lflag &^= unix.ICANON | unix.ECHO | unix.IEXTEN
	if !signals {
		raw.Lflag &^= unix.ISIG
		raw.Oflag &^= unix.OPOST
	}
	if err := unix.IoctlSetTermios(int(term.slave.Fd()), setTermios, &raw); err != nil {
		t.Fatal(err)
	}
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.shown.String()
}

// After SIGKILL the guard gives the terminal back.
func TestTerminalRestoredAfterKill(t *testing.T) {
	term := newTerminal(t)
	m := startMuster(t, []string{"TERMINAL=" + term.slave.Name()}, role("sleep"))
	waitUp(t, m)
	term.raw(t, false)
	if err := m.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Second, "the terminal is restored", func() bool {
		return term.modes(t) == term.cooked && term.text() == restoreScreen
	})
	eventually(t, 3*time.Second, "the guard ended", func() bool { return !alive(m.guard) })
	for _, want := range []string{"?1049l", "?25h", "?1000l", "?1002l", "?1003l", "?1006l", "?2004l", "?1004l", "[0m"} {
		if !strings.Contains(term.text(), want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// After a panic in any goroutine the text of the panic is shown as well,
// without what it could do to the terminal.
func TestTerminalRestoredAfterPanic(t *testing.T) {
	term := newTerminal(t)
	m := startMuster(t, []string{"TERMINAL=" + term.slave.Name()}, role("sleep"))
	waitUp(t, m)
	term.raw(t, false)
	if err := m.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Second, "the terminal is restored", func() bool {
		return term.modes(t) == term.cooked && strings.Contains(term.text(), "playMuster")
	})
	after, found := strings.CutPrefix(term.text(), restoreScreen)
	if !found || !strings.HasPrefix(after, "panic: muster panics: ") || strings.Contains(after, "\x1b") {
		t.Errorf("got %q", term.text())
	}
}

// A muster that is killed while it is paused does not have the screen: the
// shell's stays as it is.
func TestTerminalLeftAloneWhileNotDrawing(t *testing.T) {
	term := newTerminal(t)
	m := startMuster(t, []string{"TERMINAL=" + term.slave.Name(), "NOT_DRAWING=1"}, role("sleep"))
	waitUp(t, m)
	term.raw(t, false)
	raw := term.modes(t)
	if err := m.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Second, "the guard ended", func() bool { return !alive(m.guard) })
	if term.modes(t) != raw || term.text() != "" {
		t.Errorf("the terminal was changed: %q", term.text())
	}
}

// A shell that is back at its prompt keeps its own modes.
func TestTerminalLeftToShell(t *testing.T) {
	term := newTerminal(t)
	m := startMuster(t, []string{"TERMINAL=" + term.slave.Name()}, role("sleep"))
	waitUp(t, m)
	term.raw(t, true)
	shell := term.modes(t)
	if err := m.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Second, "the guard ended", func() bool { return !alive(m.guard) })
	if term.modes(t) != shell {
		t.Error("the shell's modes were changed")
	}
}

// A terminal that nobody reads does not keep the guard from its duty.
func TestTerminalStopped(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = slave.Close(), master.Close() }()
	m := startMuster(t, []string{"TERMINAL=" + slave.Name()}, role("sleep"))
	refs := append(waitUp(t, m), m.guard)
	fd := int(slave.Fd())
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = unix.Write(fd, make([]byte, 4096))
	}
	if err := m.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Second, "all ended", func() bool { return aliveOf(refs) == 0 })
}

// A goodbye leaves the terminal to muster.
func TestTerminalLeftAloneAtClose(t *testing.T) {
	term := newTerminal(t)
	g, err := StartGuard(GuardOptions{TTY: term.slave, CrashOutput: crashOutput})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, launch(t, g, "true"))
	term.raw(t, false)
	raw := term.modes(t)
	if err := g.CloseNow(t.Context()); err != nil {
		t.Error(err)
	}
	if term.modes(t) != raw || term.text() != "" {
		t.Errorf("the guard wrote %q", term.text())
	}
}

func TestCrashText(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it is only read
	if got := crashText(f); got != "" {
		t.Errorf("empty: got %q", got)
	}
	if _, err := io.WriteString(f, "panic: \x1b[2J\u009b5nü\n\tx\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, want := crashText(f), "panic: [2J5nü\r\n\tx\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// waitUp waits until the guard's first child runs.
func waitUp(t *testing.T, m *muster) (refs []procs.PIDRef) {
	t.Helper()
	eventually(t, 5*time.Second, "the child runs", func() bool {
		refs = family(m.guard.PID)
		return len(refs) == 1 && sessionOf(refs[0].PID) == refs[0].PID
	})
	return refs
}

func crashOutput(file *os.File) error { return debug.SetCrashOutput(file, debug.CrashOptions{}) }
