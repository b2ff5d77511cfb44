package ui

import (
	"strconv"
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// editor is a session of one full-screen program, whose output is no lines.
func editor(text string) (*uitest.Session, *uitest.Terminal) {
	people := uitest.Typical()
	people.Change(func(snap *procs.Snapshot) {
		snap.Pools = snap.Pools[:1]
		slot := &snap.Pools[0].Slots[0]
		slot.FullScreen, slot.Output, slot.Descendants, slot.N = true, procs.OutputPTY, nil, 1
	})
	terminal := &uitest.Terminal{Text: text}
	if text != "" {
		people.Open(terminal)
	}
	return people, terminal
}

const picture = "\x1b[?1049h\x1b[H\x1b[7m  PID Command     \x1b[m\r\n 4121 train.py\r\n\x1b[3;4H\x1b[31mred\x1b[m\x1b[14;1HF1 Help"

func TestFramesOfAFullScreenProgram(t *testing.T) {
	for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}, {200, 40}} {
		people, _ := editor(picture)
		s := newStage(t, people)
		s.Resize(size[0], size[1])
		if size[0] == 40 {
			s.Keys("tab")
		}
		uitest.Golden(t, "fullscreen-"+strconv.Itoa(size[0])+"x"+strconv.Itoa(size[1]), s.root.View(), size[0], size[1])
	}
}

// A full-screen program is shown as it draws, in the size of the pane, as long as nobody
// types into it, reads its lines or looks elsewhere.
func TestAFullScreenProgramIsLookedAt(t *testing.T) {
	people, _ := editor(picture)
	s := newStage(t, people)
	train := procs.ID{Pool: "train"}
	if q := people.Asked()[0].(session.TerminalQuestion); q != (session.TerminalQuestion{ID: train, Cols: 118, Rows: 30, Looks: true}) {
		t.Errorf("it asked %+v", q)
	}
	if frame := s.frame(); !strings.Contains(frame, "\n     red\n") {
		t.Errorf("it is not shown:\n%s", frame)
	}
	for _, tt := range []struct {
		what  string
		keys  []string
		shown bool
	}{
		{"the lines are read", []string{"tab", "k"}, false},
		{"they are followed", []string{"f", "tab"}, true},
		{"another screen", []string{"4"}, false},
		{"all output of the only process", []string{"2"}, true},
		{"lines are searched", []string{"/", "x", "enter"}, false},
		{"they are not any more", []string{"esc", "f"}, true},
		{"somebody types", []string{"i"}, false},
		{"nobody does any more", []string{"ctrl+]"}, true},
	} {
		s.Keys(tt.keys...)
		if looks := s.root.look.pane != nil; looks != tt.shown {
			t.Errorf("%s: its terminal is looked at: %v\n%s", tt.what, looks, s.frame())
		}
		if tt.shown && !strings.Contains(s.frame(), "     red") {
			t.Errorf("%s: it is not shown:\n%s", tt.what, s.frame())
		}
	}
	people.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].FullScreen = false })
	if frame := s.frame(); strings.Contains(frame, "     red") || s.root.look.pane != nil {
		t.Errorf("it has left the alternate screen:\n%s", frame)
	}
}

// The terminal has its size back when it is looked at no more, and at the end.
func TestATerminalThatWasLookedAtIsGivenBack(t *testing.T) {
	people, terminal := editor(picture)
	s := newStage(t, people)
	for i, leave := range []func(){
		func() { s.root.open(keys.Locks); _ = firstOf(s.root.lookOn()) },
		s.root.giveBack,
	} {
		s.root.open(keys.Processes)
		s.root.look = look{}
		s.root.draw(uitest.Now)
		_, _ = s.root.Update(firstOf(s.root.lookOn())) // nobody reads it
		terminal.Closed = 0
		if leave(); terminal.Closed != 1 || s.root.look.pane != nil {
			t.Errorf("%d: it was closed %d times", i, terminal.Closed)
		}
	}
}

// Where its terminal cannot be opened, a line says so much.
func TestAFullScreenProgramThatCannotBeSeen(t *testing.T) {
	people, _ := editor("")
	s := newStage(t, people)
	if frame := s.frame(); !strings.Contains(frame, "\n  a full-screen program: i shows it") || s.status() != "1 running" {
		t.Errorf("it says %q:\n%s", s.status(), frame)
	}
	asked := len(people.Asked())
	s.frame()
	if len(people.Asked()) != asked {
		t.Error("what has been refused is asked again and again")
	}
	s.root.giveBack()
	if s.root.look.pane != nil {
		t.Error("the terminal is not given back at the end")
	}
}
