package ui

import (
	"strconv"
	"strings"
	"testing"
)

// Who leaves an output that is held finds it so again, by whatever way, and in the pane of
// screen 1 as well; each of the two has places of its own.
func TestAnOutputThatIsHeldIsFoundAgain(t *testing.T) {
	s := printed(t)
	s.Keys("1", "enter")
	s.has(t, "line 60 of 60  follow")
	s.Keys("k", "k", "k", "k", "k", "k")
	s.has(t, "line 54 of 60", "held")
	for _, way := range [][]string{{"esc", "enter"}, {"]", "["}, {"tab", "shift+tab"}, {"5", "2"}, {"1", "j", "enter", "esc", "k", "enter"}} {
		s.Keys(way...)
		if s.has(t, "line 54 of 60", "held"); t.Failed() {
			t.Fatalf("after %v", way)
		}
	}
	s.Keys("esc")
	s.has(t, "line 60 of 60  follow")
	s.Keys("tab", "pgup", "k", "tab")
	held := s.root.View()
	s.has(t, "held")
	s.Keys("j")
	s.has(t, "Nothing has been printed by sleep/1")
	s.Keys("k")
	if got := s.root.View(); got != held {
		t.Errorf("the pane shows\n%s\nnot\n%s", got, held)
	}
}

// The prompt of a filter says how it is inverted, where it is.
func TestThePromptSaysHowAFilterIsInverted(t *testing.T) {
	s := printed(t)
	for _, c := range []struct {
		screen, w int
		want      string
	}{
		{2, 80, "& only the lines that match; after ! the others"},
		{2, 40, "& only the lines that match; after ! "},
		{1, 80, "& show the names that match; in the pane the lines, after ! the others"},
	} {
		s.Resize(c.w, 24)
		s.Keys(strconv.Itoa(c.screen), "&")
		if got := strings.Join(strings.Fields(s.status()), " "); !strings.HasPrefix(got, strings.TrimSpace(c.want)) {
			t.Errorf("screen %d says %q, want %q", c.screen, got, c.want)
		}
		s.Keys("esc")
	}
}
