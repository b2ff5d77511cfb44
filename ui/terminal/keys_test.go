package terminal

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/vt"
)

func TestKeysAreBytes(t *testing.T) {
	app := vt.Modes{AppCursor: true}
	for _, tt := range []struct {
		key   tea.KeyMsg
		modes vt.Modes
		want  string
	}{
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("wörld")}, vt.Modes{}, "wörld"},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("b"), Alt: true}, vt.Modes{}, "\x1bb"},
		{tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(" ")}, vt.Modes{}, " "},
		{tea.KeyMsg{Type: tea.KeyEnter}, vt.Modes{}, "\r"},
		{tea.KeyMsg{Type: tea.KeyTab}, vt.Modes{}, "\t"},
		{tea.KeyMsg{Type: tea.KeyBackspace}, vt.Modes{}, "\x7f"},
		{tea.KeyMsg{Type: tea.KeyBackspace, Alt: true}, vt.Modes{}, "\x1b\x7f"},
		{tea.KeyMsg{Type: tea.KeyEsc}, vt.Modes{}, "\x1b"},
		{tea.KeyMsg{Type: tea.KeyCtrlC}, vt.Modes{}, "\x03"},
		{tea.KeyMsg{Type: tea.KeyCtrlD}, vt.Modes{}, "\x04"},
		{tea.KeyMsg{Type: tea.KeyCtrlZ}, vt.Modes{}, "\x1a"},
		{tea.KeyMsg{Type: tea.KeyCtrlAt}, vt.Modes{}, "\x00"},
		{tea.KeyMsg{Type: tea.KeyCtrlBackslash}, vt.Modes{}, "\x1c"},
		{tea.KeyMsg{Type: tea.KeyUp}, vt.Modes{}, "\x1b[A"},
		{tea.KeyMsg{Type: tea.KeyUp}, app, "\x1bOA"},
		{tea.KeyMsg{Type: tea.KeyHome}, vt.Modes{}, "\x1b[H"},
		{tea.KeyMsg{Type: tea.KeyEnd}, app, "\x1bOF"},
		{tea.KeyMsg{Type: tea.KeyLeft, Alt: true}, app, "\x1b[1;3D"},
		{tea.KeyMsg{Type: tea.KeyCtrlRight}, vt.Modes{}, "\x1b[1;5C"},
		{tea.KeyMsg{Type: tea.KeyCtrlShiftUp}, vt.Modes{}, "\x1b[1;6A"},
		{tea.KeyMsg{Type: tea.KeyShiftTab}, app, "\x1b[Z"},
		{tea.KeyMsg{Type: tea.KeyDelete}, vt.Modes{}, "\x1b[3~"},
		{tea.KeyMsg{Type: tea.KeyPgDown}, app, "\x1b[6~"},
		{tea.KeyMsg{Type: tea.KeyCtrlPgUp}, vt.Modes{}, "\x1b[5;5~"},
		{tea.KeyMsg{Type: tea.KeyF1}, vt.Modes{}, "\x1bOP"},
		{tea.KeyMsg{Type: tea.KeyF4, Alt: true}, vt.Modes{}, "\x1b[1;3S"},
		{tea.KeyMsg{Type: tea.KeyF5}, vt.Modes{}, "\x1b[15~"},
		{tea.KeyMsg{Type: tea.KeyF12}, app, "\x1b[24~"},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a\nb\r\nc"), Paste: true}, vt.Modes{}, "a\rb\rc"},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a\nb"), Paste: true}, vt.Modes{Paste: true}, "\x1b[200~a\rb\x1b[201~"},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a\x1b[20\x1b[201~1~rm"), Paste: true}, vt.Modes{Paste: true}, "\x1b[200~arm\x1b[201~"},
	} {
		if got := string(encode(tt.key, tt.modes)); got != tt.want {
			t.Errorf("%s in %+v is %q, want %q", tt.key, tt.modes, got, tt.want)
		}
	}
}

// Every key that Bubble Tea knows is sent as something, and no two of those
// that are sequences as the same.
func TestEveryKeyIsSent(t *testing.T) {
	sent := map[string]tea.KeyType{}
	for k := tea.KeyF20; k < tea.KeyRunes; k++ {
		if k == tea.KeySpace {
			continue
		}
		got := string(encode(tea.KeyMsg{Type: k}, vt.Modes{}))
		if got == "" {
			t.Errorf("%s is not sent", tea.KeyMsg{Type: k})
		}
		if other, ok := sent[got]; ok {
			t.Errorf("%s and %s are both %q", tea.KeyMsg{Type: k}, tea.KeyMsg{Type: other}, got)
		}
		sent[got] = k
	}
}

func TestTheMouseIsBytes(t *testing.T) {
	all := vt.Modes{Mouse: true, Drags: true, MouseSGR: true}
	press := tea.MouseMsg{Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
	for _, tt := range []struct {
		msg   tea.MouseMsg
		modes vt.Modes
		want  string
	}{
		{press, all, "\x1b[<0;4;3M"},
		{tea.MouseMsg{Button: tea.MouseButtonRight, Action: tea.MouseActionRelease, Ctrl: true}, all, "\x1b[<18;4;3m"},
		{tea.MouseMsg{Button: tea.MouseButtonLeft, Action: tea.MouseActionMotion}, all, "\x1b[<32;4;3M"},
		{tea.MouseMsg{Button: tea.MouseButtonLeft, Action: tea.MouseActionMotion}, vt.Modes{Mouse: true, MouseSGR: true}, ""},
		{tea.MouseMsg{Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress}, all, "\x1b[<65;4;3M"},
		{press, vt.Modes{}, ""},
		{tea.MouseMsg{Button: tea.MouseButtonWheelUp}, vt.Modes{}, ""},
		{tea.MouseMsg{Button: tea.MouseButtonWheelUp}, vt.Modes{Alternate: true, AppCursor: true}, "\x1bOA\x1bOA\x1bOA"},
		{tea.MouseMsg{Button: tea.MouseButtonWheelDown}, vt.Modes{Alternate: true}, "\x1b[B\x1b[B\x1b[B"},
	} {
		if got := string(encodeMouse(tt.msg, 3, 2, tt.modes)); got != tt.want {
			t.Errorf("%s in %+v is %q, want %q", tea.MouseEvent(tt.msg), tt.modes, got, tt.want)
		}
	}
}
