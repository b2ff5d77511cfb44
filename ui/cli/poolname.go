package cli

import (
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// poolName is the base name of the script that an interpreter is given, or of
// the command: "train" for "python3 -u train.py --fast". It holds nothing of a
// program that stands on the command line, which may tell a password.
func poolName(argv []string) string {
	name := filepath.Base(argv[0])
	if sw := switchesOf(name); sw != nil {
		switch script, module := sw.script(argv[1:]); {
		case module:
			return printable(script) // a module's dots are part of its name
		case script != "":
			name = filepath.Base(script)
		}
	}
	if ext := filepath.Ext(name); ext != "" && ext != name {
		name = strings.TrimSuffix(name, ext)
	}
	return printable(name)
}

// printable makes a pool's name of what a command line holds.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, strings.ToValidUTF8(name, "-"))
	return strings.ToValidUTF8(name[:min(len(name), 40)], "")
}

// switches are the letters, after a dash, of an interpreter's options that
// matter to where its script stands; several letters may share a dash.
type switches struct {
	prefixes []string // of the interpreters' names
	code     string   // no script follows: the program is here, or in the standard input
	module   string   // what follows is a module
	value    string   // with a value: the rest of the word, or else the next one
	rest     string   // with a value that the rest of the word holds, if any does
	long     []string // options that take the next word, with both dashes
	dash     bool     // a single dash is the standard input, not the end of the options
}

// interpreters is what the manual pages of bash, python, perl, ruby and node say.
var interpreters = []switches{
	{prefixes: []string{"bash", "sh", "dash", "zsh"}, code: "cs", value: "oO", long: []string{"--rcfile", "--init-file"}},
	{prefixes: []string{"python", "pypy"}, code: "c", module: "m", value: "WX", long: []string{"--check-hash-based-pycs"}, dash: true},
	{prefixes: []string{"perl"}, code: "eE", value: "I", rest: ":CDFMVimx", dash: true},
	{prefixes: []string{"ruby"}, code: "e", value: "CEIXr", rest: "FKTWix", dash: true},
	{
		prefixes: []string{"node"}, code: "ep", value: "Cr", dash: true,
		long: []string{"--conditions", "--env-file", "--experimental-loader", "--import", "--loader", "--require", "--title"},
	},
}

// switchesOf returns nil for a command that takes no script as its argument.
func switchesOf(name string) *switches {
	for i := range interpreters {
		for _, prefix := range interpreters[i].prefixes {
			if rest, ok := strings.CutPrefix(name, prefix); ok && strings.Trim(rest, "0123456789.") == "" {
				return &interpreters[i]
			}
		}
	}
	return nil
}

// script finds the script, or the module, among an interpreter's arguments; it
// is empty if there is none.
func (sw *switches) script(args []string) (script string, module bool) {
	next := func() (arg string) {
		if len(args) > 0 {
			arg, args = args[0], args[1:]
		}
		return arg
	}
	for len(args) > 0 {
		switch arg := next(); {
		case arg == "-" && sw.dash || wordsOfCode(arg):
			return "", false
		case arg == "-" || arg == "--":
			return next(), false
		case strings.HasPrefix(arg, "--"):
			if slices.Contains(sw.long, arg) {
				next()
			}
		case strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "+") && !sw.dash:
			letter, value, found := sw.look(arg[1:])
			if found && value == "" {
				value = next()
			}
			switch {
			case strings.ContainsRune(sw.code, letter):
				return "", false
			case strings.ContainsRune(sw.module, letter):
				return value, true
			}
		default:
			return arg, false
		}
	}
	return "", false
}

// wordsOfCode reports whether an option holds a program, or says that one follows.
func wordsOfCode(arg string) bool {
	option, _, _ := strings.Cut(arg, "=")
	return option == "--eval" || option == "--print"
}

// look finds the first letter that takes a value, and what of it is in the word.
func (sw *switches) look(letters string) (letter rune, value string, found bool) {
	for i, r := range letters {
		switch {
		case strings.ContainsRune(sw.rest, r):
			return 0, "", false
		case strings.ContainsRune(sw.code+sw.module+sw.value, r):
			return r, letters[i+1:], true
		}
	}
	return 0, "", false
}
