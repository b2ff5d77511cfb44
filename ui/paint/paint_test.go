package paint

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// notes is what onScreen was told.
type notes struct {
	mu  sync.Mutex
	all []bool
}

func (n *notes) add(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, on)
}

func (n *notes) want(t *testing.T, want ...bool) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Equal(n.all, want) {
		t.Errorf("onScreen was told %v, want %v", n.all, want)
	}
}

// piped is a Terminal that writes to a pipe, which nobody reads before the test does.
func piped(t *testing.T) (*Terminal, *os.File, *notes) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	told := new(notes)
	terminal := New(in, w, told.add)
	t.Cleanup(func() {
		r.Close() // whoever writes ends
		_ = terminal.Leave()
		w.Close()
		in.Close()
	})
	return terminal, r, told
}

// readUntil reads until what has come ends with a text.
func readUntil(t *testing.T, r *os.File, end string) string {
	t.Helper()
	if err := r.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	buf := make([]byte, 64<<10)
	for !strings.HasSuffix(all.String(), end) {
		n, err := r.Read(buf)
		all.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v, after %q", err, all.String())
		}
	}
	return all.String()
}

func leave(t *testing.T, term *Terminal) {
	t.Helper()
	if err := term.Leave(); err != nil {
		t.Error(err)
	}
}

func enter(t *testing.T, term *Terminal) {
	t.Helper()
	if err := term.Enter(); err != nil {
		t.Fatal(err)
	}
}

func TestTheTerminalIsGivenBackOnceAndAsItWas(t *testing.T) {
	keyboard, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close()
	defer tty.Close()
	before, err := term.GetState(tty.Fd())
	if err != nil {
		t.Fatal(err)
	}
	told := new(notes)
	terminal := New(tty, tty, told.add)
	leave(t, terminal) // of nothing
	enter(t, terminal)
	enter(t, terminal)
	if now, err := term.GetState(tty.Fd()); err != nil || *now == *before {
		t.Errorf("the modes are as before: %v, %v", now, err)
	}
	terminal.Show("hello")
	out := make(chan string)
	go func() { out <- readUntil(t, keyboard, leaveScreen) }()
	leave(t, terminal)
	leave(t, terminal)
	got := <-out
	if strings.Count(got, enterScreen) != 1 || strings.Count(got, leaveScreen) != 1 || !strings.HasPrefix(got, enterScreen) {
		t.Errorf("wrote %q", got)
	}
	if now, err := term.GetState(tty.Fd()); err != nil || *now != *before {
		t.Errorf("the modes are %v, %v; were %v", now, err, before)
	}
	told.want(t, true, false)
}

func TestAfterASuspendEverythingIsPaintedAnew(t *testing.T) {
	terminal, r, told := piped(t)
	for range 2 {
		enter(t, terminal)
		terminal.Show("one\ntwo")
		if got := readUntil(t, r, "two"+endFrame); !strings.HasPrefix(got, enterScreen) || !strings.Contains(got, "one") {
			t.Errorf("wrote %q", got)
		}
		leave(t, terminal)
		readUntil(t, r, leaveScreen)
		terminal.Show("not now")
	}
	told.want(t, true, false, true, false)
}

func TestWhatWasAsked(t *testing.T) {
	terminal, r, _ := piped(t)
	enter(t, terminal)
	terminal.Show("one\ntwo")
	readUntil(t, r, "two"+endFrame)
	terminal.Show("one\ntwx")
	if got := readUntil(t, r, endFrame); strings.Contains(got, "one") {
		t.Errorf("writes %q for a change of one character", got)
	}
	terminal.Redraw()
	terminal.Show("one\ntwx")
	if got := readUntil(t, r, endFrame); !strings.Contains(got, "one") || !strings.Contains(got, clearAll) {
		t.Errorf("draws anew %q", got)
	}
	terminal.Copy("4121")
	if got := readUntil(t, r, "\a"); got != "\x1b]52;c;NDEyMQ==\a" {
		t.Errorf("copies by %q", got)
	}
	leave(t, terminal)
}

// big is a frame that no pipe takes.
func big(c string) string { return strings.Repeat(strings.Repeat(c, 1000)+"\n", 1000) }

func TestAStuckTerminalHoldsNobodyUp(t *testing.T) {
	terminal, r, told := piped(t)
	terminal.Show(big("x"))
	enter(t, terminal)
	if _, err := io.ReadFull(r, make([]byte, len(enterScreen))); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 1000 {
		terminal.Show("never seen")
		terminal.Copy("never pasted")
	}
	terminal.Show("the last")
	if took := time.Since(began); took > time.Second {
		t.Errorf("1000 frames took %v", took)
	}
	if err := terminal.Leave(); !errors.Is(err, ErrStuck) {
		t.Errorf("Leave says %v", err)
	}
	told.want(t, true)
	enter(t, terminal)

	got := readUntil(t, r, "the last"+endFrame)
	if strings.Count(got, enterScreen) != 1 || strings.Count(got, leaveScreen) != 1 || strings.Contains(got, "never seen") {
		t.Errorf("%d times in again, %d times out, %d old frames", strings.Count(got, enterScreen), strings.Count(got, leaveScreen), strings.Count(got, "never seen"))
	}
	leave(t, terminal)
	told.want(t, true, true, false)
}

// TestATerminalThatIsGone: nobody is told, nothing hangs.
func TestATerminalThatIsGone(t *testing.T) {
	in, _, _ := piped(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	terminal := New(in.in, w, nil)
	enter(t, terminal)
	terminal.Show("hello")
	leave(t, terminal)
	if _, err := w.Write([]byte("x")); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the pipe takes something: %v", err)
	}
}
