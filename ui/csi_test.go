package ui

import (
	"bytes"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestKeysOfNewerTerminals(t *testing.T) {
	for seq, want := range map[string]string{
		"[27u": "esc", "[27;1u": "esc", "[13u": "enter", "[13;2u": "enter", "[9;2u": "shift+tab", "[127u": "backspace", "[127;3u": "alt+backspace",
		"[99;5u": "ctrl+c", "[93;5u": "ctrl+]", "[67;6u": "ctrl+c", "[105;5u": "tab", "[32;5u": "ctrl+@",
		"[120u": "x", "[120;2u": "X", "[120:88;2u": "X", "[120;3u": "alt+x", "[228;2u": "Ä", "[32;2u": " ", "[113;129u": "q",
		"[120;1:1u": "x", "[120;1:2u": "x", "[120;1:3u": "", // pressed, repeated, let go
		"[27;5;93~": "ctrl+]", "[27;2;13~": "enter", "[27;6;67~": "ctrl+c",
		"[57414u": "enter", "[57419u": "up", "[57400u": "1", "[57413u": "+",
		"[1;129A": "up", "[1;129F": "end", "[1;131C": "alt+right", "[1;133D": "", // Ctrl is held
		"[57441u": "", "[u": "", "[999999999u": "", "[1;2y": "", "[3;129~": "",
	} {
		got, ok := csiKey("\x1b" + seq)
		if text := got.String(); ok && text != want || ok != (want != "") {
			t.Errorf("%q is %q (%v), want %q", seq, text, ok, want)
		}
	}
}

// What Bubble Tea makes of such a sequence on the way from the terminal reaches the screen as a key.
func TestBubbleTeaHandsTheKeysOn(t *testing.T) {
	var got []string
	m := &listener{seen: func(msg tea.Msg) bool {
		k, ok := newerKey(msg)
		if plain, isKey := msg.(tea.KeyMsg); isKey {
			k, ok = plain, true
		}
		if ok {
			got = append(got, k.String())
		}
		return len(got) == 4
	}}
	in := bytes.NewBufferString("a\x1b[93;5ub\x1b[27;5;99~")
	if _, err := tea.NewProgram(m, tea.WithInput(in), tea.WithOutput(&bytes.Buffer{}), tea.WithoutRenderer(), tea.WithoutSignalHandler(), tea.WithContext(t.Context())).Run(); err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || got[0] != "a" || got[1] != "ctrl+]" || got[2] != "b" || got[3] != "ctrl+c" {
		t.Errorf("the keys are %q", got)
	}
}

// listener is a program that ends when it has seen enough.
type listener struct{ seen func(tea.Msg) bool }

func (l *listener) Init() tea.Cmd { return nil }
func (l *listener) View() string  { return "" }
func (l *listener) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if l.seen(msg) {
		return l, tea.Quit
	}
	return l, nil
}
