package ui

import (
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// find opens the palette, types a text and presses Enter.
func (s *stage) find(text string) {
	s.Keys(":")
	s.Type(text)
	s.Keys("enter")
}

func TestFramesOfThePalette(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys(":")
	s.Type("train")
	for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}} {
		s.Resize(size[0], size[1])
		uitest.Golden(t, "palette-"+strconv.Itoa(size[0])+"x"+strconv.Itoa(size[1]), s.root.View(), size[0], size[1])
	}
}

// Whatever a screen can do is in the palette, with its key.
func TestThePaletteHasEveryActionOfTheScreen(t *testing.T) {
	s := newStage(t, uitest.Typical())
	for _, at := range keys.Screens() {
		s.root.at = at
		offered := map[string]string{}
		for _, it := range s.root.everything() {
			offered[it.Text] = it.Key
		}
		for _, b := range keys.Standard().On(at) {
			if b.Verb == keys.Palette || b.Verb == keys.GoTo && (b.N == int(keys.Timeline) || b.N == int(keys.Tasks)) {
				continue // it is open; there is nothing on them here
			}
			if key, ok := offered[b.Text()]; !ok || key != keys.Name(b.Keys[0]) {
				t.Errorf("screen %s: %q with key %q is not offered (%q)", at, b.Text(), b.Keys[0], key)
			}
		}
	}
}

// What goes on from the row above in the help says nothing in the palette.
func TestNoActionOfThePaletteGoesOnFromAnother(t *testing.T) {
	s := newStage(t, uitest.Album())
	for _, at := range keys.Screens() {
		s.root.at = at
		for _, it := range s.root.everything() {
			for _, on := range []string{"the same", "the one before", "this"} {
				if it.Kind == "action" && (it.Text == on || strings.HasSuffix(it.Text, " "+on)) {
					t.Errorf("screen %s: %s is offered as %q", at, it.Key, it.Text)
				}
			}
		}
	}
}

func TestThePaletteGoesAndActs(t *testing.T) {
	s := newStage(t, uitest.Composed(), func(o *Options) { o.Attached = true })
	s.find("locks")
	if s.root.at != keys.Locks {
		t.Fatalf("screen %v is in front", s.root.at)
	}
	s.find("stop api/1")
	s.wantCommands(t, procs.Stop{IDs: []procs.ID{{Pool: "api", Slot: 1}}})
	if got := s.status(); got != "stopping api/1" || s.root.at != keys.Locks {
		t.Errorf("the status line of screen %v says %q", s.root.at, got)
	}
	s.find("api/1")
	at, _ := s.root.screens[keys.Processes].(selector).Selected()
	if s.root.at != keys.Processes || at != (procs.ID{Pool: "api", Slot: 1}) {
		t.Errorf("screen %v is in front, with %v", s.root.at, at)
	}
	s.find("restart all api")
	if got := s.status(); !strings.HasPrefix(got, "restart all ") || !strings.Contains(got, "api?") {
		t.Errorf("the status line asks %q", got)
	}
	s.Keys("n")
	s.find("output of db/0")
	if s.root.at != keys.Output {
		t.Errorf("screen %v is in front", s.root.at)
	}
	s.find("only the lines that match")
	if s.root.prompt == nil || s.root.prompt.verb != keys.Filter {
		t.Error("the action that asks for a text does not ask for it")
	}
	s.Keys("esc")
	s.find("quit; asks")
	if s.root.question == nil || !s.root.question.detaches {
		t.Error("quit does not ask what an attached screen asks")
	}
}

// A row that is filtered away or folded is shown when the palette goes there.
func TestThePaletteFindsAHiddenRow(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys(" ", "/") // folds train/0
	s.Type("web")
	s.Keys("enter")
	s.find("ForkPool-3")
	target := s.root.screens[keys.Processes].(targeter).Target()
	if target != "train/0/ForkPool-3" || !strings.Contains(s.frame(), "ForkPool-3") {
		t.Errorf("%q is selected", target)
	}
}

func TestThePaletteSaysWhatHasGone(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.Keys(":")
	s.Type("stop api/1")
	s.session.Change(func(snap *procs.Snapshot) { snap.Pools[3].Slots = snap.Pools[3].Slots[:1] })
	s.Keys("enter")
	s.wantCommands(t)
	if got := s.status(); got != "api/1: that process has gone" {
		t.Errorf("the status line says %q", got)
	}
}

// A pool without processes is among what can be found, and gets one from there.
func TestThePaletteScalesAPoolOfNoSlots(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.session.Change(func(snap *procs.Snapshot) { snap.Pools[3].Size, snap.Pools[3].Slots = 0, nil })
	s.find("one more in api")
	s.wantCommands(t, procs.Scale{Pool: "api", Size: 1})
	s.Keys("1", "i")
	if got := s.status(); got != "api has no process, + starts one" || s.root.pane != nil {
		t.Errorf("i: the status line says %q", got)
	}
	s.Keys("p")
	if got := s.status(); got != "api has no process, + starts one" || s.root.at != keys.Processes {
		t.Errorf("p: the status line of screen %v says %q", s.root.at, got)
	}
}

func TestThePaletteAndTheMouse(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys(":")
	s.Type("crashes")
	for y, l := range strings.Split(ansi.Strip(s.root.View()), "\n") {
		if x := strings.Index(l, "› crashes"); x >= 0 {
			s.Click(60, y)
			break
		}
	}
	if s.root.at != keys.Crashes || s.root.palette != nil {
		t.Fatalf("a click on the screen's name leads to %v", s.root.at)
	}
	s.Keys(":")
	s.Click(0, 5)
	if s.root.palette != nil {
		t.Error("a click beside the palette leaves it open")
	}
	// The hint that opens it, and those that it has itself.
	click := func(hint string) {
		t.Helper()
		lines := strings.Split(ansi.Strip(s.root.View()), "\n")
		x := strings.Index(lines[len(lines)-1], hint)
		if x < 0 {
			t.Fatalf("there is no hint %q in %q", hint, lines[len(lines)-1])
		}
		s.Click(ansi.StringWidth(lines[len(lines)-1][:x]), len(lines)-1)
	}
	click(": find")
	s.Type("output")
	click("Enter do it")
	if s.root.at != keys.Output || s.root.palette != nil {
		t.Errorf("the hints of the palette lead to %v", s.root.at)
	}
	click(": find")
	click("Esc close")
	if s.root.palette != nil {
		t.Error("its hint does not close it")
	}
}

// Keys that the terminal delivers at once are not lost.
func TestATextTypedAtOnceWithItsKey(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Send(uitest.Key(":crashes"))
	s.Keys("enter")
	if s.root.at != keys.Crashes {
		t.Errorf("screen %v is in front", s.root.at)
	}
}

func TestThePaletteGivesWay(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("?", ":")
	if s.root.over != nil || s.root.palette == nil {
		t.Error("the help stays below the palette")
	}
	s.Keys("esc", "q", ":")
	if s.root.palette != nil {
		t.Error("the palette opens over a question")
	}
	s.Keys("n", ":", "ctrl+c")
	if s.root.palette != nil || s.root.question != nil || s.Quit {
		t.Error("Ctrl-C does more than close the palette")
	}
}

// In the smallest terminal the palette says what Enter would do.
func TestTheSmallestPaletteShowsWhatEnterDoes(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Resize(20, 5)
	s.Keys(":")
	s.Type("stop train")
	if frame := s.frame(); !strings.Contains(frame, "› stop train/0") {
		t.Errorf("the frame is\n%s", frame)
	}
}
