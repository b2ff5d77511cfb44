package ui

import (
	"reflect"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Terminals have two newer ways to send a key, both of which Bubble Tea 1 hands on as a
// message that means nothing: "CSI code ; modifiers u" (kitty, ghostty, foot, WezTerm, iTerm2
// and tmux, see https://sw.kovidgoyal.net/kitty/keyboard-protocol) and
// "CSI 27 ; modifiers ; code ~" (modifyOtherKeys, see xterm's ctlseqs). muster asks for
// neither, but a terminal may be set up to use them, and then Ctrl-], Ctrl-C or Esc would do nothing.

// The modifiers of a key, of which the sequence has the sum, and 1 more.
const (
	withShift = 1 << iota
	withAlt
	withCtrl

	modifiers = withShift | withAlt | withCtrl // others are super, hyper, meta, and the locks
)

// newerKey returns the key that a message of Bubble Tea's stands for, if it is such a
// sequence; false for anything else, and for a key that is let go.
func newerKey(msg tea.Msg) (tea.KeyMsg, bool) {
	v := reflect.ValueOf(msg)
	if !v.IsValid() || v.Kind() != reflect.Slice || v.Type().Name() != "unknownCSISequenceMsg" { // it has no name outside
		return tea.KeyMsg{}, false
	}
	return csiKey(string(v.Bytes()))
}

// csiKey is the key that a whole sequence stands for.
func csiKey(seq string) (tea.KeyMsg, bool) {
	body, ok := strings.CutPrefix(seq, "\x1b[")
	if !ok || body == "" {
		return tea.KeyMsg{}, false
	}
	last := body[len(body)-1]
	fields := strings.Split(body[:len(body)-1], ";")
	held, gone := modifiersOf(field(fields, 1))
	code := number(field(fields, 0))
	switch {
	case gone:
		return tea.KeyMsg{}, false
	case last == '~' && code == 27:
		return keyOf(number(field(fields, 2)), held)
	case last == 'u':
		return keyOf(code, held)
	}
	if t, ok := arrows[last]; ok && held&^withAlt == 0 { // with Num Lock held, say
		return tea.KeyMsg{Type: t, Alt: held&withAlt != 0}, true
	}
	return tea.KeyMsg{}, false
}

// arrows are keys that stay what they are while a lock is on.
var arrows = map[byte]tea.KeyType{'A': tea.KeyUp, 'B': tea.KeyDown, 'C': tea.KeyRight, 'D': tea.KeyLeft, 'H': tea.KeyHome, 'F': tea.KeyEnd}

// keypad are those of kitty's numbers for the keypad that are no characters.
var keypad = map[int]tea.KeyType{
	57414: tea.KeyEnter, 57417: tea.KeyLeft, 57418: tea.KeyRight, 57419: tea.KeyUp, 57420: tea.KeyDown,
	57421: tea.KeyPgUp, 57422: tea.KeyPgDown, 57423: tea.KeyHome, 57424: tea.KeyEnd, 57425: tea.KeyInsert, 57426: tea.KeyDelete,
}

// keypadText are the others, in their order from 57399 on.
const keypadText = "0123456789./*-+"

// keyOf is the key of a code point with what is held, as an older terminal would have sent it.
func keyOf(code, held int) (tea.KeyMsg, bool) {
	k := tea.KeyMsg{Alt: held&withAlt != 0}
	if t, ok := keypad[code]; ok {
		k.Type = t
		return k, true
	}
	if at := code - 57399; at >= 0 && at < len(keypadText) {
		code = int(keypadText[at])
	}
	switch {
	case code == '\t' && held&withShift != 0:
		k.Type = tea.KeyShiftTab
	case code == '\r' || code == '\t' || code == 0x1b || code == 0x7f:
		k.Type = tea.KeyType(code)
	case held&withCtrl != 0 && (code == ' ' || code >= '@' && code < 0x7f):
		k.Type = tea.KeyType(code & 0x1f)
	case code == ' ':
		k.Type, k.Runes = tea.KeySpace, []rune{' '}
	case code < ' ' || code >= 0xe000 && code <= 0xf8ff || code > 0x10ffff: // none, or one without a character
		return tea.KeyMsg{}, false
	default:
		text := string(rune(code))
		if held&withShift != 0 {
			text = strings.ToUpper(text)
		}
		k.Type, k.Runes = tea.KeyRunes, []rune(text)
	}
	return k, true
}

// field is a field of a sequence, "" if it is not there.
func field(fields []string, i int) string {
	if i >= len(fields) {
		return ""
	}
	return fields[i]
}

// modifiersOf reads "MODIFIERS" or "MODIFIERS:EVENT"; gone says that the key is let go.
func modifiersOf(text string) (held int, gone bool) {
	sum, event, _ := strings.Cut(text, ":")
	return max(0, number(sum)-1) & modifiers, event == "3"
}

// number reads the first number of a field, "97" or "97:65"; 0 if there is none.
func number(text string) int {
	text, _, _ = strings.Cut(text, ":")
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
