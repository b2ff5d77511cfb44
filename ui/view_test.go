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

// c chooses the columns of screen 1, which are kept as well.
func TestColumnsAreChosen(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Resize(80, 24)
	if !strings.Contains(s.frame(), "PID STATE") || strings.Contains(s.frame(), " THR") {
		t.Fatalf("at first:\n%s", s.frame())
	}
	s.Keys("c")
	for _, want := range []string{"Columns  kept for the next time", "› [x] PID        the number of the process", "  [x] THR        no room here", "[x] WAITS FOR  what it waits for, once anybody does"} {
		if !strings.Contains(s.frame(), want) {
			t.Errorf("the choice lacks %q:\n%s", want, s.frame())
		}
	}
	s.Keys(" ", "j", "j", "j", "enter", "G", " ", "x") // the pid, the history and the last line; x is nobody's here
	s.wantCommands(t)
	if !strings.Contains(s.frame(), "  [ ] PID") || !strings.Contains(s.frame(), "  [x] THR        how many threads it has; of a slot likewise") {
		t.Errorf("the choice:\n%s", s.frame())
	}
	s.Keys("esc")
	head := strings.Split(s.frame(), "\n")[1]
	if strings.Contains(head, "PID") || strings.Contains(head, "LAST LINE") || strings.Contains(head, "30s") || !strings.Contains(head, "THR") || !strings.Contains(head, "FDS") {
		t.Errorf("the columns are %q", head)
	}
	left := s.root.view()
	if left != (View{Hidden: "pid,history,last_line"}) {
		t.Errorf("it is left as %+v", left)
	}
	next := newStage(t, uitest.Typical(), func(o *Options) { o.View = left })
	next.Resize(80, 24)
	if got := strings.Split(next.frame(), "\n")[1]; got != head {
		t.Errorf("the next time they are %q, want %q", got, head)
	}
	next.Keys("c")
	for y, line := range strings.Split(next.frame(), "\n") {
		if strings.Contains(line, "[ ] PID") {
			next.Click(10, y)
			break
		}
	}
	if next.Keys("c"); !strings.Contains(next.frame(), "PID STATE") {
		t.Errorf("a click does not bring the pid back:\n%s", next.frame())
	}
}

// What the user's file says of columns holds at each start; a choice is for the session then.
func TestColumnsOfTheFile(t *testing.T) {
	s := newStage(t, uitest.Typical(), func(o *Options) { o.View, o.Columns = View{Hidden: "up"}, []string{"mem", "fds"} })
	s.Resize(80, 24)
	if head := strings.Fields(strings.Split(s.frame(), "\n")[1]); strings.Join(head, " ") != "NAME MEM FDS" {
		t.Errorf("the columns are %q", head)
	}
	s.Keys("c", " ", "esc")
	if head := strings.Fields(strings.Split(s.frame(), "\n")[1]); strings.Join(head, " ") != "NAME PID MEM FDS" {
		t.Errorf("the columns are %q", head)
	}
	if got := s.root.view(); got != (View{Hidden: "up"}) {
		t.Errorf("it is left as %+v", got)
	}
	if s.Keys("c"); !strings.Contains(s.frame(), "for now: config.yaml says which at the start") {
		t.Errorf("the choice:\n%s", s.frame())
	}
}

// What is kept on disk may have been written by anybody.
func TestAViewThatMakesNoSense(t *testing.T) {
	s := newStage(t, uitest.Composed(), func(o *Options) {
		o.View = View{Hidden: "\x1b[2J,name,up", Order: "colour", Filter: "\x1b[2J" + strings.Repeat("x", 500), Times: 77}
	})
	uitest.Fits(t, s.root.View(), 120, 40)
	if got := s.root.view(); got.Order != "" || got.Times != 0 {
		t.Errorf("they are %+v", got)
	}
	if strings.Contains(ansi.Strip(s.root.View()), "\x1b") {
		t.Error("the filter reaches the terminal as it is")
	}
}
