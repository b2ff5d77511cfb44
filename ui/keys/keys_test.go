package keys_test

import (
	"slices"
	"testing"

	"example.com/muster/ui/keys"
)

// screensOf lists the screens where a row of the table holds.
func screensOf(b keys.Binding) []keys.Screen {
	if len(b.On) > 0 {
		return b.On
	}
	return keys.Screens()
}

func TestNoKeyStandsTwiceOnOneScreen(t *testing.T) {
	type place struct {
		screen keys.Screen
		key    string
	}
	seen := map[place]string{}
	for _, b := range keys.Standard().Bindings() {
		for _, s := range screensOf(b) {
			for _, k := range b.Keys {
				p := place{s, k}
				if before, twice := seen[p]; twice {
					t.Errorf("screen %s: key %q means %q and %q", s, k, before, b.Help)
				}
				seen[p] = b.Help
			}
		}
	}
}

func TestEveryRowCanBeReached(t *testing.T) {
	for _, b := range keys.Standard().Bindings() {
		for _, s := range screensOf(b) {
			for _, k := range b.Keys {
				in, ok := keys.Standard().Resolve(s, k)
				if !ok || in.Verb != b.Verb || in.N != b.N {
					t.Errorf("screen %s: key %q gives verb %d, the table says %d", s, k, in.Verb, b.Verb)
				}
			}
		}
	}
}

func TestEveryVerbHasAKey(t *testing.T) {
	bound := map[keys.Verb]bool{}
	for _, b := range keys.Standard().Bindings() {
		bound[b.Verb] = true
		if b.Name == "" || b.Help == "" || b.Label == "" || b.Section == "" {
			t.Errorf("the row of %q lacks its name, label, help or section", b.Keys)
		}
	}
	for v := keys.GoTo; v < keys.Click; v++ {
		if !bound[v] {
			t.Errorf("verb %d has no key", v)
		}
	}
}

// The contract of DESIGN section 5, as far as it is built: what people type
// must not change by accident.
func TestKeysOfTheContract(t *testing.T) {
	for _, c := range []struct {
		screen keys.Screen
		key    string
		want   keys.Intent
	}{
		{keys.Processes, "1", keys.Intent{Verb: keys.GoTo, N: 1}},
		{keys.Crashes, "7", keys.Intent{Verb: keys.GoTo, N: 7}},
		{keys.Processes, "j", keys.Intent{Verb: keys.Down}},
		{keys.Processes, "up", keys.Intent{Verb: keys.Up}},
		{keys.Processes, "x", keys.Intent{Verb: keys.Stop}},
		{keys.Processes, "X", keys.Intent{Verb: keys.Kill}},
		{keys.Processes, "R", keys.Intent{Verb: keys.RestartPool}},
		{keys.Processes, "+", keys.Intent{Verb: keys.ScaleUp}},
		{keys.Processes, "z", keys.Intent{Verb: keys.Zoom}},
		{keys.Processes, "o", keys.Intent{Verb: keys.Sort}},
		{keys.Output, "/", keys.Intent{Verb: keys.Search}},
		{keys.Output, "N", keys.Intent{Verb: keys.Previous}},
		{keys.Output, "&", keys.Intent{Verb: keys.Filter}},
		{keys.Output, "m", keys.Intent{Verb: keys.Mark}},
		{keys.Crashes, "enter", keys.Intent{Verb: keys.Open}},
		{keys.Crashes, "y", keys.Intent{Verb: keys.Copy}},
		{keys.Locks, "?", keys.Intent{Verb: keys.Help}},
		{keys.Tasks, "ctrl+c", keys.Intent{Verb: keys.Abort}},
		{keys.Output, "ctrl+z", keys.Intent{Verb: keys.Suspend}},
	} {
		if got, ok := keys.Standard().Resolve(c.screen, c.key); !ok || got != c.want {
			t.Errorf("screen %s, key %q: got %+v, want %+v", c.screen, c.key, got, c.want)
		}
	}
	if in, ok := keys.Standard().Resolve(keys.Output, "x"); ok {
		t.Errorf("x on the output screen means verb %d; it must not stop anything there", in.Verb)
	}
}

// Sentences of the screens name keys by what they do.
func TestKeysInSentences(t *testing.T) {
	m := keys.Standard()
	for got, want := range map[string]string{
		m.Key(keys.Tasks, keys.RestartPool): "R", m.Key(keys.Locks, keys.Fold): "h", m.Key(keys.Output, keys.Back): "Esc",
		m.Key(keys.Profile, keys.Left): "←", m.KeyTo(keys.Crashes): "5", m.Key(keys.Output, keys.Stop): "",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNamesOfKeys(t *testing.T) {
	for key, want := range map[string]string{
		"ctrl+u": "Ctrl-U", " ": "Space", "j": "j", "pgdown": "PgDn", "shift+tab": "Shift-Tab", "alt+x": "Alt-x", "f5": "F5", "f": "f", "+": "+", "ctrl+]": "Ctrl-]",
	} {
		if got := keys.Name(key); got != want {
			t.Errorf("Name(%q) = %q, want %q", key, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"x": "x", "X": "X", ":": ":", "é": "é", "ctrl+r": "ctrl+r", "Ctrl-R": "ctrl+r", "CTRL+X": "ctrl+x", "space": " ", "Space": " ", "PageUp": "pgup",
		"PgDn": "pgdown", "return": "enter", "Esc": "esc", "F12": "f12", "alt+x": "alt+x", "Alt-X": "alt+X", "Shift-Tab": "shift+tab", "↓": "down", "Del": "delete",
		"ctrl+]": "ctrl+]", "alt+enter": "alt+enter", "ctrl+up": "ctrl+up", "-": "-", "+": "+",
	} {
		if got, why := keys.Parse(text); got != want || why != "" {
			t.Errorf("%q is %q (%s), want %q", text, got, why, want)
		}
	}
	for text, want := range map[string]string{
		"": "there is no such key", "xx": "there is no such key", "ctrl+": "there is no such key", "f0": "there is no such key", "ctrl+é": "there is no such key",
		"ctrl+i": "a terminal cannot tell it from Tab", "Ctrl-M": "a terminal cannot tell it from Enter", "Ctrl-[": "a terminal cannot tell it from Esc",
		"\x00": "this is no key", "runes": "there is no such key", "shift+x": "there is no such key",
	} {
		if got, why := keys.Parse(text); got != "" || why != want {
			t.Errorf("%q is %q: %q, want %q", text, got, why, want)
		}
	}
}

// What can be given other keys has one name on each screen, and no conflicts.
func TestNames(t *testing.T) {
	for _, s := range keys.Screens() {
		seen := map[string]bool{}
		for _, b := range keys.Standard().On(s) {
			if seen[b.Name] {
				t.Errorf("screen %s has %s twice", s, b.Name)
			}
			seen[b.Name] = true
		}
	}
	if _, conflicts := keys.Standard().With(nil); len(conflicts) > 0 {
		t.Errorf("the table is in conflict with itself: %v", conflicts)
	}
	for _, name := range keys.Kept() {
		if !slices.Contains(keys.Names(), name) {
			t.Errorf("there is no %s to keep", name)
		}
	}
}
