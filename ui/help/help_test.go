package help_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"example.com/muster/ui/help"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

func TestFrames(t *testing.T) {
	for _, size := range []struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}, {200, 60}} {
		o := help.New(theme.New(colorprofile.ANSI256, true), keys.Standard())
		o.SetSize(size.w, size.h-3)
		uitest.Golden(t, fmt.Sprintf("help-%dx%d", size.w, size.h), o.Render(), size.w, size.h-3)
	}
}

// Every key of the table must be found in the help of any size by scrolling.
func TestNothingIsLeftOut(t *testing.T) {
	for _, size := range []struct{ w, h int }{{40, 9}, {80, 21}, {200, 57}} {
		o := help.New(theme.New(colorprofile.NoTTY, true), keys.Standard())
		o.SetSize(size.w, size.h)
		var all strings.Builder
		for range 200 {
			all.WriteString(ansi.Strip(o.Render()))
			o.Handle(keys.Intent{Verb: keys.Down})
		}
		for _, b := range keys.Standard().Bindings() {
			lastWords := b.Help[strings.LastIndexByte(b.Help, ' ')+1:] // a long text goes on in the next line
			if !strings.Contains(all.String(), lastWords) || !strings.Contains(all.String(), keys.Name(b.Keys[0])) {
				t.Errorf("at %dx%d the help lacks %q: %s", size.w, size.h, keys.Name(b.Keys[0]), b.Help)
			}
		}
	}
}

// What the help covers must not be acted on by accident.
func TestHelpSwallowsIntents(t *testing.T) {
	o := help.New(theme.New(colorprofile.NoTTY, true), keys.Standard())
	o.SetSize(80, 21)
	for v := keys.Up; v <= keys.Wheel; v++ {
		if cmd, handled := o.Handle(keys.Intent{Verb: v}); cmd != nil || !handled {
			t.Errorf("verb %d goes through the help", v)
		}
	}
}

func TestTinySizes(t *testing.T) {
	for w := 1; w < 30; w += 3 {
		o := help.New(theme.New(colorprofile.ANSI, false), keys.Standard())
		o.SetSize(w, 2)
		uitest.Fits(t, o.Render(), w, 2)
	}
	for h, want := range map[int]string{1: "s   ", 2: "s   ", 3: "s   ", 4: "processes", 7: "processes", 9: ""} {
		o := help.New(theme.New(colorprofile.NoTTY, true), keys.Standard())
		o.SetSize(20, h)
		if first, _, _ := strings.Cut(strings.TrimLeft(ansi.Strip(o.Render()), " "), "\n"); !strings.HasPrefix(first, want) || want == "" && first != "" {
			t.Errorf("in %d lines the first is %q, want %q", h, first, want)
		}
	}
}

// Whoever asks for help on a screen sees its keys first, from the top.
func TestTheKeysOfTheScreenComeFirst(t *testing.T) {
	for at, want := range map[keys.Screen]string{
		keys.Processes: "processes", keys.Output: "output", keys.Locks: "locks", keys.Crashes: "crashes", keys.Profile: "profile", keys.Tasks: "tasks", keys.Timeline: "processes",
	} {
		o := help.New(theme.New(colorprofile.NoTTY, true), keys.Standard())
		o.SetSize(40, 9)
		o.Handle(keys.Intent{Verb: keys.Bottom})
		o.For(at)
		if first := strings.TrimSpace(strings.Split(o.Render(), "\n")[1]); first != want {
			t.Errorf("on screen %v the first keys are those of %q, want %q", at, first, want)
		}
	}
}

// What stands before lines of output is explained beside the keys for them.
func TestSignsAreExplained(t *testing.T) {
	for _, size := range []struct{ w, h int }{{40, 120}, {80, 60}, {120, 40}} {
		o := help.New(theme.New(colorprofile.NoTTY, true), keys.Standard())
		o.SetSize(size.w, size.h)
		f := ansi.Strip(o.Render())
		for _, want := range []string{"! line      from standard error", "…line       it begins further left", "after ! the others"} {
			if !strings.Contains(f, want) {
				t.Errorf("%v: the help lacks %q:\n%s", size, want, f)
			}
		}
	}
}
