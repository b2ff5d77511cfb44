package ui

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"example.com/muster/procs"
	"example.com/muster/ui/uitest"
)

// person runs the program in a terminal and reads along.
type person struct {
	t      *testing.T
	keys   *os.File
	tty    *os.File
	before term.State
	cancel context.CancelFunc
	ended  chan struct{}
	err    error         // of Run, once it has ended
	read   chan struct{} // closed when the terminal is

	mu   sync.Mutex
	text strings.Builder
	on   []bool // what OnScreen was told
	more chan struct{}
}

func sitDown(t *testing.T, session *uitest.Session) *person {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, keys: keys, tty: tty, ended: make(chan struct{}), read: make(chan struct{}), more: make(chan struct{}, 1)}
	p.size(80, 24)
	before, err := term.GetState(tty.Fd())
	if err != nil {
		t.Fatal(err)
	}
	p.before = *before
	ctx, cancel := context.WithCancel(t.Context())
	p.cancel = cancel
	go p.watch()
	go func() {
		defer close(p.ended)
		p.err = Run(ctx, Options{Session: session, In: tty, Out: tty, OnScreen: func(on bool) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.on = append(p.on, on)
		}})
	}()
	t.Cleanup(func() {
		cancel()
		<-p.ended
		_ = tty.Close()
		_ = keys.Close()
		<-p.read
	})
	return p
}

func (p *person) size(w, h uint16) {
	p.t.Helper()
	if err := pty.Setsize(p.keys, &pty.Winsize{Cols: w, Rows: h}); err != nil {
		p.t.Fatal(err)
	}
}

// watch reads what is written until the terminal is closed.
func (p *person) watch() {
	defer close(p.read)
	buf := make([]byte, 64<<10)
	for {
		n, err := p.keys.Read(buf)
		p.mu.Lock()
		p.text.Write(buf[:n])
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (p *person) screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// see waits until a text has been written.
func (p *person) see(text string) {
	p.t.Helper()
	late := time.After(10 * time.Second)
	for !strings.Contains(p.screen(), text) {
		select {
		case <-p.more:
		case <-late:
			p.t.Fatalf("no %q in %q", text, p.screen())
		}
	}
}

func (p *person) press(keys string) {
	p.t.Helper()
	if _, err := p.keys.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// gone checks that the program has left, once, and the terminal is as before.
func (p *person) gone() {
	p.t.Helper()
	select {
	case <-p.ended:
		if p.err != nil {
			p.t.Errorf("Run says %v", p.err)
		}
	case <-time.After(10 * time.Second):
		p.t.Fatal("it does not end")
	}
	p.see("\x1b[?1049l")
	if n := strings.Count(p.screen(), "\x1b[?1049l"); n != 1 {
		p.t.Errorf("it left the screen %d times", n)
	}
	if now, err := term.GetState(p.tty.Fd()); err != nil || *now != p.before {
		p.t.Errorf("the terminal's modes are %v, %v; were %v", now, err, p.before)
	}
	if !slices.Equal(p.on, []bool{true, false}) {
		p.t.Errorf("OnScreen was told %v", p.on)
	}
}

func TestLeavingByQ(t *testing.T) {
	p := sitDown(t, uitest.Ended())
	p.see("muster")
	p.press("q")
	p.gone()
}

func TestLeavingFromOutside(t *testing.T) {
	p := sitDown(t, uitest.Typical())
	p.see("muster")
	p.cancel()
	p.gone()
}

func TestAClosedTerminal(t *testing.T) {
	p := sitDown(t, uitest.Typical())
	p.see("muster")
	_ = p.keys.Close()
	<-p.read
	p.cancel()
	select {
	case <-p.ended: // with or without an error: nobody is there to read it
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
	if !slices.Equal(p.on, []bool{true, false}) {
		t.Errorf("OnScreen was told %v", p.on)
	}
}

// TestTheSizeIsWatched: the test tells itself what the kernel
// tells a program about its own terminal.
func TestTheSizeIsWatched(t *testing.T) {
	p := sitDown(t, uitest.Typical())
	p.see("muster")
	p.size(120, 40)
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(windowChanged); err != nil {
		t.Fatal(err)
	}
	p.see("\x1b[40H")
}

// panicker panics when it is looked at.
func panicker() tea.Msg { panic("as intended") }

func TestAPanicLeavesTheScreenFirst(t *testing.T) {
	for name, panics := range map[string]func(m *root){
		"in Update":              func(m *root) { m.opt.Now = nil; m.Update(tea.KeyMsg{Type: tea.KeyDown}) },
		"in a command":           func(m *root) { m.guarded(panicker)() },
		"in a command of others": func(m *root) { m.guarded(tea.Batch(m.send(procs.Resume{}, ""), panicker))().(tea.BatchMsg)[1]() },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, uitest.Typical())
			s.display.asked()
			defer func() {
				if recover() == nil || !slices.Equal(s.display.asked(), []string{"leave"}) {
					t.Error("the screen was not left")
				}
			}()
			panics(s.root)
		})
	}
}
