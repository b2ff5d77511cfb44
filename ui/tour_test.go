package ui

import (
	"strconv"
	"strings"
	"testing"

	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

func onTour(o *Options) { o.Tour = true }

// at is the step that is shown, "" if there is none.
func (s *stage) at() string {
	_, rest, ok := strings.Cut(s.frame(), "─ tour ")
	if !ok {
		return ""
	}
	return rest[:len("1 of 5")]
}

func TestTheTourGoesOnWithTheKeyThatItTells(t *testing.T) {
	s := newStage(t, uitest.Typical(), onTour)
	for i, step := range []struct{ tells, other, key string }{
		{"Press j for the next row", "k", "down"},
		{"Press Enter for all of its output", "tab", "enter"},
		{"Press 4 for the locks", "5", "4"},
		{"Press 5 for the crashes", "1", "5"},
		{"Press p to profile, or q to leave", "j", "p"},
	} {
		if got := s.at(); got != strconv.Itoa(i+1)+" of 5" || !strings.Contains(s.frame(), step.tells) {
			t.Fatalf("step %d is %q and does not tell %q:\n%s", i+1, got, step.tells, s.frame())
		}
		if i == 4 && !strings.Contains(s.frame(), "i types into a process that asks") {
			t.Errorf("it does not tell how to type:\n%s", s.frame())
		}
		if s.Keys(step.other); s.at() != strconv.Itoa(i+1)+" of 5" {
			t.Errorf("step %d goes on with %s", i+1, step.other)
		}
		s.Keys(step.key)
	}
	if s.at() != "" || s.root.at != keys.Profile {
		t.Errorf("after its last step the tour is at %q, on the screen of %v", s.at(), s.root.at)
	}
}

// Each key does what it always does, and a hint that is clicked is as good.
func TestTheTourIsNotInTheWay(t *testing.T) {
	s := newStage(t, uitest.Typical(), onTour)
	s.Keys("j", "enter")
	if s.root.at != keys.Output {
		t.Errorf("Enter leads to %v", s.root.at)
	}
	lines := strings.Split(s.frame(), "\n")
	s.Click(strings.Index(lines[len(lines)-1], "4 locks"), len(lines)-1)
	if s.root.at != keys.Locks || s.at() != "4 of 5" {
		t.Errorf("a click on the hint leads to %v, step %s", s.root.at, s.at())
	}
	s.find("crashes")
	if s.root.at != keys.Crashes || s.at() != "5 of 5" {
		t.Errorf("the palette leads to %v, step %s", s.root.at, s.at())
	}
}

// A step is told, and goes on, only where there is what it tells of; elsewhere Escape is as always.
func TestAStepWaitsForItsScreen(t *testing.T) {
	s := newStage(t, uitest.Typical(), onTour)
	s.Keys("enter")
	for _, key := range []string{"j", "?", "k"} {
		if s.Keys(key); s.at() != "" {
			t.Errorf("on %v, after %s, the tour tells step %s:\n%s", s.root.at, key, s.at(), s.frame())
		}
	}
	if s.Keys("esc", "esc"); s.root.at != keys.Processes || s.at() != "1 of 5" {
		t.Errorf("Escape leads to %v, step %q", s.root.at, s.at())
	}
	if s.Keys("j", "?"); s.at() != "" {
		t.Errorf("over the help the tour tells step %s", s.at())
	}
	if s.Keys("esc"); s.at() != "2 of 5" {
		t.Errorf("after the help the tour is at %q", s.at())
	}
}

// Where there is little room the tour takes two lines, and tells of nothing that is not there.
func TestTheTourWhereItIsSmall(t *testing.T) {
	s := newStage(t, uitest.Typical(), onTour)
	s.Resize(40, 12)
	for _, step := range []struct{ key, want string }{
		{"j", "tour 1 of 5: press j for the next row; Esc ends it"},
		{"enter", "tour 2 of 5: press Enter for all of its output; Esc ends it"},
		{"4", "tour 3 of 5: press 4 for the locks; Esc ends it"},
		{"5", "tour 4 of 5: press 5 for the crashes; Esc ends it"},
		{"", "tour 5 of 5: press p to profile, or q to leave; Esc ends it"},
	} {
		lines := strings.Split(s.frame(), "\n")
		if got := strings.Join(strings.Fields(lines[len(lines)-4]+" "+lines[len(lines)-3]), " "); got != step.want {
			t.Errorf("the last lines of the body are %q, want %q:\n%s", got, step.want, s.frame())
		}
		if got := strings.Join(lines, "\n"); strings.Contains(got, "part") || strings.Contains(got, "╭") {
			t.Errorf("there is a box, or a part that is not there:\n%s", got)
		}
		if step.key != "" {
			s.Keys(step.key)
		}
	}
}

func TestEscapeEndsTheTour(t *testing.T) {
	s := newStage(t, uitest.Typical(), onTour)
	s.Keys("j", "enter", "esc")
	if s.at() != "" || s.root.at != keys.Output || s.status() != "muster demo --tour shows the tour again" {
		t.Errorf("step %q, screen %v, and the status line says %q", s.at(), s.root.at, s.status())
	}
	if s.Keys("esc"); s.root.at != keys.Processes {
		t.Errorf("the next Escape leads to %v", s.root.at)
	}
}

// The tour tells the keys that the user has chosen.
func TestTheTourTellsChosenKeys(t *testing.T) {
	s := withKeys(t, uitest.Typical(), "keys: {down: J}\n", onTour)
	if got := s.frame(); !strings.Contains(got, "Press J for the next row") {
		t.Errorf("the tour tells another key:\n%s", got)
	}
	if s.Keys("J"); s.at() != "2 of 5" {
		t.Errorf("the tour is at %q", s.at())
	}
}

func TestFramesOfTheTour(t *testing.T) {
	s := newStage(t, uitest.Typical(), onTour)
	for _, size := range [][2]int{{40, 12}, {80, 24}} {
		s.Resize(size[0], size[1])
		uitest.Golden(t, "tour-"+strconv.Itoa(size[0])+"x"+strconv.Itoa(size[1]), s.root.View(), size[0], size[1])
	}
	for w := 1; w < 50; w += 6 {
		s.Resize(w, 1+w/3)
		uitest.Fits(t, s.root.View(), w, 1+w/3)
	}
}

func TestWithoutATourThereIsNone(t *testing.T) {
	s := newStage(t, uitest.Typical())
	if got := s.at(); got != "" {
		t.Errorf("step %s is shown", got)
	}
}
