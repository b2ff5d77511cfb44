package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/ui/uitest"
)

// How one has left the screens is how they are the next time.
func TestTheScreensAreAsTheyWereLeft(t *testing.T) {
	s := newStage(t, uitest.Composed())
	if got := s.root.view(); got != (View{}) {
		t.Errorf("at first they are %+v", got)
	}
	s.Keys("o", "o", "/")
	s.Type("A")
	s.Keys("enter", "2", "w", "t")
	left := s.root.view()
	if want := (View{Order: "mem", Filter: "a", Wrap: true, Times: 1}); left != want {
		t.Fatalf("they are left as %+v, want %+v", left, want)
	}
	next := newStage(t, uitest.Composed(), func(o *Options) { o.View = left })
	if got := next.root.view(); got != left {
		t.Errorf("they are %+v the next time", got)
	}
	frame := next.frame()
	if strings.Contains(frame, "  db/0") || !strings.Contains(frame, "api/0") {
		t.Errorf("the rows are not filtered:\n%s", frame)
	}
	if got := next.status(); got != `as before, only names with "a" are shown; Esc shows all` {
		t.Errorf("the status line says %q", got)
	}
	if next.Keys("esc"); !strings.Contains(next.frame(), "db/0") {
		t.Errorf("Escape does not show all:\n%s", next.frame())
	}
}

// What is kept on disk may have been written by anybody.
func TestAViewThatMakesNoSense(t *testing.T) {
	s := newStage(t, uitest.Composed(), func(o *Options) {
		o.View = View{Order: "colour", Filter: "\x1b[2J" + strings.Repeat("x", 500), Times: 77}
	})
	uitest.Fits(t, s.root.View(), 120, 40)
	if got := s.root.view(); got.Order != "" || got.Times != 0 {
		t.Errorf("they are %+v", got)
	}
	if strings.Contains(ansi.Strip(s.root.View()), "\x1b") {
		t.Error("the filter reaches the terminal as it is")
	}
}
