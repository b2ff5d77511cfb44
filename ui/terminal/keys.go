package terminal

import (
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/vt"
)

// The modifiers of a key, as xterm counts them: a key with some of them has the
// parameter 1 + their sum.
const (
	shift = 1
	alt   = 2
	ctrl  = 4
)

// special is a key that is sent as a sequence: "CSI last", with the parameter
// number before it if that is not 0.
type special struct {
	number, modifiers int
	last              byte
}

// specials are the keys that are no characters, see "PC-Style Function Keys" of
// xterm's ctlseqs.
var specials = map[tea.KeyType]special{
	tea.KeyUp: {last: 'A'}, tea.KeyDown: {last: 'B'}, tea.KeyRight: {last: 'C'}, tea.KeyLeft: {last: 'D'},
	tea.KeyHome: {last: 'H'}, tea.KeyEnd: {last: 'F'},
	tea.KeyShiftUp: {0, shift, 'A'}, tea.KeyShiftDown: {0, shift, 'B'}, tea.KeyShiftRight: {0, shift, 'C'}, tea.KeyShiftLeft: {0, shift, 'D'},
	tea.KeyShiftHome: {0, shift, 'H'}, tea.KeyShiftEnd: {0, shift, 'F'},
	tea.KeyCtrlUp: {0, ctrl, 'A'}, tea.KeyCtrlDown: {0, ctrl, 'B'}, tea.KeyCtrlRight: {0, ctrl, 'C'}, tea.KeyCtrlLeft: {0, ctrl, 'D'},
	tea.KeyCtrlHome: {0, ctrl, 'H'}, tea.KeyCtrlEnd: {0, ctrl, 'F'},
	tea.KeyCtrlShiftUp: {0, ctrl + shift, 'A'}, tea.KeyCtrlShiftDown: {0, ctrl + shift, 'B'},
	tea.KeyCtrlShiftRight: {0, ctrl + shift, 'C'}, tea.KeyCtrlShiftLeft: {0, ctrl + shift, 'D'},
	tea.KeyCtrlShiftHome: {0, ctrl + shift, 'H'}, tea.KeyCtrlShiftEnd: {0, ctrl + shift, 'F'},
	tea.KeyInsert: {2, 0, '~'}, tea.KeyDelete: {3, 0, '~'}, tea.KeyPgUp: {5, 0, '~'}, tea.KeyPgDown: {6, 0, '~'},
	tea.KeyCtrlPgUp: {5, ctrl, '~'}, tea.KeyCtrlPgDown: {6, ctrl, '~'},
	tea.KeyShiftTab: {last: 'Z'},
	tea.KeyF1:       {last: 'P'}, tea.KeyF2: {last: 'Q'}, tea.KeyF3: {last: 'R'}, tea.KeyF4: {last: 'S'},
	tea.KeyF5: {15, 0, '~'}, tea.KeyF6: {17, 0, '~'}, tea.KeyF7: {18, 0, '~'}, tea.KeyF8: {19, 0, '~'},
	tea.KeyF9: {20, 0, '~'}, tea.KeyF10: {21, 0, '~'}, tea.KeyF11: {23, 0, '~'}, tea.KeyF12: {24, 0, '~'},
	tea.KeyF13: {0, shift, 'P'}, tea.KeyF14: {0, shift, 'Q'}, tea.KeyF15: {0, shift, 'R'}, tea.KeyF16: {0, shift, 'S'},
	tea.KeyF17: {15, shift, '~'}, tea.KeyF18: {17, shift, '~'}, tea.KeyF19: {18, shift, '~'}, tea.KeyF20: {19, shift, '~'},
}

// Around what is pasted, if the program has asked for that.
const (
	beginPaste = "\x1b[200~"
	endPaste   = "\x1b[201~"
)

// encode returns what a terminal in these modes sends for a key.
func encode(msg tea.KeyMsg, modes vt.Modes) []byte {
	if msg.Paste {
		return paste(string(msg.Runes), modes)
	}
	k, ok := specials[msg.Type]
	if ok {
		if msg.Alt {
			k.modifiers |= alt
		}
		return k.encode(modes)
	}
	var b []byte
	if msg.Alt {
		b = append(b, 0x1b)
	}
	switch {
	case msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace:
		return append(b, string(msg.Runes)...)
	case msg.Type >= 0 && msg.Type <= 0x7f: // a control character
		return append(b, byte(msg.Type))
	}
	return nil
}

func (k special) encode(modes vt.Modes) []byte {
	letter := k.last >= 'A' && k.last <= 'S'
	if letter && k.modifiers == 0 && (k.last >= 'P' || modes.AppCursor) {
		return []byte{0x1b, 'O', k.last}
	}
	b := []byte("\x1b[")
	if k.number == 0 && k.modifiers != 0 {
		k.number = 1
	}
	if k.number != 0 {
		b = strconv.AppendInt(b, int64(k.number), 10)
	}
	if k.modifiers != 0 {
		b = strconv.AppendInt(append(b, ';'), int64(1+k.modifiers), 10)
	}
	return append(b, k.last)
}

// paste is a text as if it were typed: its lines end with Enter. What would end
// the brackets is left out, so that a program which was told that this is pasted
// does not take a part of it as keys.
func paste(text string, modes vt.Modes) []byte {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\r"), "\n", "\r")
	if !modes.Paste {
		return []byte(text)
	}
	for strings.Contains(text, endPaste) {
		text = strings.ReplaceAll(text, endPaste, "")
	}
	return []byte(beginPaste + text + endPaste)
}

// The buttons, as mode 1006 of xterm numbers them.
var buttons = map[tea.MouseButton]int{
	tea.MouseButtonLeft: 0, tea.MouseButtonMiddle: 1, tea.MouseButtonRight: 2,
	tea.MouseButtonWheelUp: 64, tea.MouseButtonWheelDown: 65,
}

// wheelLines is how many lines a notch of the wheel is.
const wheelLines = 3

// encodeMouse returns what a terminal in these modes sends for the mouse over a
// cell: on the alternate screen of a program that does not ask for the mouse, the
// wheel is arrows, as xterm's mode 1007 has it.
func encodeMouse(msg tea.MouseMsg, x, y int, modes vt.Modes) []byte {
	n, ok := buttons[msg.Button]
	switch {
	case !ok:
		return nil
	case !modes.Mouse && modes.Alternate && n >= 64:
		arrow := special{last: byte('A' + n - 64)}.encode(modes)
		return []byte(strings.Repeat(string(arrow), wheelLines))
	case !modes.Mouse || !modes.MouseSGR || msg.Action == tea.MouseActionMotion && !modes.Drags:
		return nil
	}
	for bit, on := range map[int]bool{4: msg.Shift, 8: msg.Alt, 16: msg.Ctrl, 32: msg.Action == tea.MouseActionMotion} {
		if on {
			n += bit
		}
	}
	last := byte('M')
	if msg.Action == tea.MouseActionRelease {
		last = 'm'
	}
	b := strconv.AppendInt([]byte("\x1b[<"), int64(n), 10)
	b = strconv.AppendInt(append(b, ';'), int64(x+1), 10)
	b = strconv.AppendInt(append(b, ';'), int64(y+1), 10)
	return append(b, last)
}
