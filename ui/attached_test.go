package ui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/ui/uitest"
)

func attached(o *Options) { o.Attached = true }

// A screen that is attached to another process's session asks which of two
// things q means, and the harmless one is done when in doubt.
func TestQuitOfAnAttachedScreen(t *testing.T) {
	const question = "leave 7 processes running?  d detach  s stop all and leave  n stay"
	for _, tt := range []struct {
		keys     []string
		leaves   bool
		commands []procs.Command
	}{
		{[]string{"q", "d"}, true, nil},
		{[]string{"q", "q"}, true, nil},
		{[]string{"ctrl+c", "ctrl+c"}, true, nil},
		{[]string{"q", "n"}, false, nil},
		{[]string{"q", "esc"}, false, nil},
		{[]string{"q", "y", "x", "enter", "n"}, false, nil},
		{[]string{"q", "s"}, false, []procs.Command{procs.Shutdown{}}},
		{[]string{"q", "s", "q"}, false, []procs.Command{procs.Shutdown{}, procs.Shutdown{Now: true}}},
		{[]string{"q", "s", "q", "q"}, true, []procs.Command{procs.Shutdown{}, procs.Shutdown{Now: true}}},
	} {
		s := newStage(t, uitest.Typical(), attached)
		s.Keys(tt.keys[0])
		if got := s.asked(); got != question {
			t.Errorf("the question is %q", got)
		}
		s.Keys(tt.keys[1:]...)
		s.wantCommands(t, tt.commands...)
		if s.Quit != tt.leaves {
			t.Errorf("%q leaves: %v, want %v", tt.keys, s.Quit, tt.leaves)
		}
	}
}

// Whoever is attached while somebody else stops everything may leave, without
// killing anything, and leaves by itself at the end.
func TestAnAttachedScreenOfASessionThatIsStopped(t *testing.T) {
	s := newStage(t, uitest.Typical(), attached)
	s.session.Change(func(snap *procs.Snapshot) { snap.Stopping = true })
	if got := s.status(); !strings.HasSuffix(got, "(q: leave now)") {
		t.Errorf("the status line says %q", got)
	}
	s.session.Change(func(snap *procs.Snapshot) { snap.Ended = true })
	s.frame()
	if !s.Quit {
		t.Error("it stays")
	}
	s = newStage(t, uitest.Typical(), attached)
	s.session.Change(func(snap *procs.Snapshot) { snap.Stopping = true })
	s.Keys("q")
	s.wantCommands(t)
	if !s.Quit {
		t.Error("q does not leave")
	}
}

// Ctrl-Z in an attached screen is nobody else's business.
func TestSuspendOfAnAttachedScreen(t *testing.T) {
	s := newStage(t, uitest.Typical(), attached)
	s.Keys("ctrl+z")
	s.wantCommands(t)
	if s.Suspended != 1 {
		t.Errorf("the program was suspended %d times", s.Suspended)
	}
	if diff := cmp.Diff([]string{"redraw", "leave", "enter"}, s.display.asked()); diff != "" {
		t.Errorf("asked of the terminal: %s", diff)
	}
}
