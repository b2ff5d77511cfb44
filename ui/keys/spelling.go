package keys

import (
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// synonyms are further names of keys, in lower case.
var synonyms = map[string]string{
	"space": " ", "return": "enter", "escape": "esc", "del": "delete", "ins": "insert",
	"pageup": "pgup", "pagedown": "pgdown", "pgdn": "pgdown", "shift+space": " ",
	"↑": "up", "↓": "down", "←": "left", "→": "right",
}

// sameAs are keys for which a terminal sends what it sends for another.
var sameAs = map[string]string{"ctrl+i": "Tab", "ctrl+m": "Enter", "ctrl+[": "Esc", "ctrl+space": "Ctrl-@"}

// named returns the names of all keys that are no characters, as bubbletea has them.
func named() map[string]bool {
	all := map[string]bool{}
	for t := tea.KeyType(-100); t <= 127; t++ { // below 0 its own, from 0 on the control characters
		if name := (tea.KeyMsg{Type: t}).String(); t != tea.KeyRunes && name != "" {
			all[name] = true
		}
	}
	return all
}

// Parse reads how a person writes a key: "x", "Ctrl-R", "ctrl+r", "Space", "F5",
// "Alt-x". It returns bubbletea's name of it; why says what is wrong if there is
// no such key.
func Parse(text string) (key, why string) {
	if utf8.RuneCountInString(text) == 1 {
		if r, _ := utf8.DecodeRuneInString(text); unicode.IsPrint(r) {
			if known, ok := synonyms[text]; ok {
				return known, ""
			}
			return text, ""
		}
		return "", "this is no key"
	}
	name, alt := text, false
	if rest, ok := cutHeld(text, "alt"); ok {
		name, alt = rest, true
		if utf8.RuneCountInString(rest) == 1 { // its case counts
			return "alt+" + rest, ""
		}
	}
	name = strings.ToLower(name)
	for _, held := range []string{"ctrl", "shift"} {
		if rest, ok := cutHeld(name, held); ok {
			name = held + "+" + rest
		}
	}
	if known, ok := synonyms[name]; ok {
		name = known
	}
	switch {
	case sameAs[name] != "":
		return "", "a terminal cannot tell it from " + sameAs[name]
	case !named()[name]:
		return "", "there is no such key"
	case alt:
		name = "alt+" + name
	}
	return name, ""
}

// cutHeld cuts "ctrl+" or "Ctrl-" off.
func cutHeld(s, held string) (rest string, ok bool) {
	n := len(held)
	if len(s) < n+2 || !strings.EqualFold(s[:n], held) || s[n] != '+' && s[n] != '-' {
		return s, false
	}
	return s[n+1:], true
}
