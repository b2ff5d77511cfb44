package keys

import "strings"

// signs are the keys that are not written as the terminal library names them.
var signs = map[string]string{
	" ": "Space", "enter": "Enter", "esc": "Esc", "tab": "Tab", "backspace": "Backspace", "insert": "Insert", "delete": "Delete",
	"pgup": "PgUp", "pgdown": "PgDn", "home": "Home", "end": "End",
	"up": "↑", "down": "↓", "left": "←", "right": "→",
}

// Name is how a key is written for people: "Ctrl-U", "Space", "j".
func Name(key string) string {
	for _, held := range []struct{ prefix, name string }{{"ctrl+", "Ctrl-"}, {"alt+", "Alt-"}, {"shift+", "Shift-"}} {
		if rest, ok := strings.CutPrefix(key, held.prefix); ok && rest != "" {
			if held.prefix == "ctrl+" && len(rest) == 1 {
				rest = strings.ToUpper(rest)
			}
			return held.name + Name(rest)
		}
	}
	if sign, ok := signs[key]; ok {
		return sign
	}
	if len(key) > 1 && key[0] == 'f' && strings.Trim(key[1:], "0123456789") == "" {
		return "F" + key[1:]
	}
	return key
}
