// Package text is what a person reads where no screen is: the documents of a session, or
// of what is left of one, as tables and sentences for a terminal or a file. What a program
// has said reaches no terminal as it is. It is pure.
//
// [Processes] is what muster ps prints, [Crashes] and [Crash] what muster crashes prints,
// [Locks] what muster locks prints, [Doctor] what muster doctor prints.
package text

import (
	"strings"

	"example.com/muster/ui/draw"
)

// plainly is a text from outside, fit for a terminal.
func plainly(s string) string { return draw.Plain([]byte(s), 0) }

// safe is a text of a program's as one line for a terminal, of at most so many cells.
func safe(s string, width int) string { return strings.TrimSpace(draw.Plain([]byte(s), width)) }

// Command is a command as a person would type it.
func Command(argv []string) string {
	if len(argv) == 3 && argv[1] == "-c" {
		return strings.ReplaceAll(strings.TrimSpace(argv[2]), "\n", "; ") // what the shell is given
	}
	words := make([]string, len(argv))
	for i, arg := range argv {
		words[i] = arg
		if arg == "" || strings.ContainsAny(arg, " \t\n'\"\\$&|;<>*?()#`~") {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
