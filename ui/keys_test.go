package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/settings"
	"example.com/muster/ui/uitest"
)

// withKeys is a stage on which the keys are those of a user's file.
func withKeys(t *testing.T, session *uitest.Session, file string, change ...func(*Options)) *stage {
	t.Helper()
	set, err := settings.Read("config.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return newStage(t, session, append(change, func(o *Options) { o.Keys = set.Keys })...)
}

// Keys that the user has chosen work, the usual ones do not, and whatever names
// a key names the chosen one.
func TestChosenKeys(t *testing.T) {
	const file = "keys: {stop: F9, locks: F4, processes: F1, crashes: F5, help: h, fold_row: left, left: left, show_idle: Space, earlier_one: '[', one_before: '[', palette: ctrl+p, quit: Q, back: backspace, restart_pool: []}\n"
	s := withKeys(t, uitest.Composed(), file)
	s.Keys("x")
	s.wantCommands(t)
	s.Keys("f9")
	s.wantCommands(t, procs.Stop{IDs: []procs.ID{{Pool: "db"}}})
	frame := s.frame()
	for _, want := range []string{"F4 locks", "F9 stop", "h help", "Q quit", "Ctrl-P find", "F5 crashes"} {
		if !strings.Contains(frame, want) {
			t.Errorf("the hints lack %q:\n%s", want, frame[strings.LastIndex(frame, "\n"):])
		}
	}
	s.Resize(200, 60)
	s.Keys("h")
	help := s.frame()
	if !strings.Contains(help, "F9          stop") || strings.Contains(help, "restart the pool") {
		t.Errorf("the help names other keys:\n%s", help)
	}
	s.Keys("backspace", "ctrl+p")
	s.Type("stop")
	if got := s.frame(); !strings.Contains(strings.Join(strings.Fields(got), " "), "› stop F9 ") {
		t.Errorf("the palette names other keys:\n%s", got)
	}
	s.Keys("esc", "ctrl+p")
	s.Type("restart the pool") // which has no key
	s.Keys("enter")
	if got := s.status(); got != "restarting db" {
		t.Errorf("the status line says %q", got)
	}
	s.Keys("/")
	s.Type("xyz")
	s.Keys("enter")
	if got := s.frame(); !strings.Contains(got, "/xyz  0 of 7  Backspace shows all") {
		t.Errorf("the empty table names another key:\n%s", got)
	}
	s.Keys("backspace", "Q")
	if got := s.status(); !strings.Contains(got, "and leave?") {
		t.Errorf("the status line says %q", got)
	}
	s.Keys("Q") // twice is yes
	if got := ansi.Strip(s.root.View()); !strings.Contains(got, "(Q again: kill now)") {
		t.Errorf("on the way out another key is named:\n%s", got)
	}
}
