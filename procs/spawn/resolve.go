package spawn

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"example.com/muster/internal/pattern"
	"example.com/muster/procs"
)

// Resolve says which mode auto stands for: by-writer for a Python command,
// where there is such a mode; else pty if a TUI shows it, else pipe. By-writer
// becomes pipe where the kernel does not offer it (all but Linux).
func Resolve(mode procs.OutputMode, argv, env []string, dir string, tui bool) procs.OutputMode {
	switch {
	case mode == procs.OutputByWriter && runtime.GOOS != "linux":
		return procs.OutputPipe
	case mode != procs.OutputAuto && mode != "":
		return mode
	case runtime.GOOS == "linux" && IsPython(argv, env, dir):
		return procs.OutputByWriter
	case tui:
		return procs.OutputPTY
	}
	return procs.OutputPipe
}

var pythonName = pattern.Later(`^(python|pypy)[0-9.]*[a-z]?$`)

// runners are programs that run the Python command after their word "run".
var runners = map[string]bool{"uv": true, "poetry": true, "pipenv": true, "pdm": true, "hatch": true, "rye": true}

// IsPython reports whether a command is run by a Python interpreter: by its
// name, or because it is a script (gunicorn, celery, one's own) whose #! line
// names one, directly, through env, or behind a pyenv shim.
func IsPython(argv, env []string, dir string) bool {
	_, ok := interpreter(argv, env, dir)
	return ok
}

// ImportsSite reports whether a command is run by a Python that imports what
// PYTHONPATH has for sitecustomize: one of 3.8 or later, as far as its name
// tells, that is given none of the options -E, -I and -S; or by a shell whose
// script names a Python, which decides for itself.
func ImportsSite(argv, env []string, dir string) bool {
	words, ok := interpreter(argv, env, dir)
	switch {
	case !ok:
		return namesPython(shellScript(argv, env, dir))
	case len(words) == 0:
		return true
	}
	return !oldPython().MatchString(filepath.Base(words[0])) && !isolated(words[1:])
}

// oldPython is the name of a Python before 3.8.
var oldPython = pattern.Later(`^(python|pypy)(2|2\.[0-9]+|3\.[0-7])m?$`)

// interpreter returns the Python interpreter that runs a command and the
// arguments that it gets, as far as they can be told; ok is false if there is
// none.
func interpreter(argv, env []string, dir string) (words []string, ok bool) {
	argv = unwrapped(argv)
	switch {
	case len(argv) == 0:
		return nil, false
	case pythonName().MatchString(filepath.Base(argv[0])):
		return argv, true
	case runners[filepath.Base(argv[0])] && len(argv) > 2 && argv[1] == "run":
		if strings.HasSuffix(argv[2], ".py") {
			return nil, true
		}
		return interpreter(argv[2:], env, dir)
	}
	path, err := lookUp(Command{Argv: argv, Env: env, Dir: dir})
	if err != nil {
		return nil, false
	}
	return pythonScript(inDir(dir, path))
}

// unwrapped returns the command that env(1) and other wrappers run.
func unwrapped(argv []string) []string {
	for len(argv) > 0 {
		base := filepath.Base(argv[0])
		switch {
		case base == "env":
			argv = afterEnv(argv[1:])
		case wrappers[base] != nil:
			argv = wrappers[base].inner(argv[1:])
		default:
			return argv
		}
	}
	return nil
}

// wrapper says how a program that runs another one as it is reads its arguments.
type wrapper struct {
	letters  string   // of the short options that take the next word
	long     []string // options that take the next word
	operands int      // before the command
}

// wrappers change how a program is run, and not what is.
var wrappers = map[string]*wrapper{
	"chrt":    {letters: "TPD", operands: 1},
	"flock":   {letters: "wE", long: []string{"--wait", "--timeout", "--conflict-exit-code"}, operands: 1},
	"ionice":  {letters: "cn", long: []string{"--class", "--classdata"}},
	"nice":    {letters: "n", long: []string{"--adjustment"}},
	"nohup":   {},
	"numactl": {letters: "iCNmpw"},
	"setsid":  {},
	"stdbuf":  {letters: "ioe", long: []string{"--input", "--output", "--error"}},
	"taskset": {operands: 1},
	"time":    {letters: "fo", long: []string{"--format", "--output"}},
	"timeout": {letters: "ks", long: []string{"--kill-after", "--signal"}, operands: 1},
}

// inner returns the command among the arguments of a wrapper.
func (w *wrapper) inner(args []string) []string {
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			break
		}
		if slices.Contains(w.long, arg) || len(arg) == 2 && strings.Contains(w.letters, arg[1:]) {
			args = args[min(1, len(args)):]
		}
	}
	return args[min(w.operands, len(args)):]
}

// shells run a script: of a file, or the one after -c.
var shells = map[string]bool{"sh": true, "bash": true, "dash": true, "zsh": true, "ksh": true}

// maxScript is how much of a shell's script is read.
const maxScript = 64 << 10

// shellScript returns the script that a shell runs for a command; "" if none does.
func shellScript(argv, env []string, dir string) string {
	argv = unwrapped(argv)
	if len(argv) == 0 {
		return ""
	}
	if shells[filepath.Base(argv[0])] {
		script, isFile := afterShell(argv[1:])
		if isFile {
			script = readHead(inDir(dir, script), maxScript)
		}
		return script
	}
	path, err := lookUp(Command{Argv: argv, Env: env, Dir: dir})
	if err != nil {
		return ""
	}
	path = inDir(dir, path)
	for _, word := range strings.Fields(strings.TrimPrefix(firstLine(path), "#!")) {
		if shells[filepath.Base(word)] {
			return readHead(path, maxScript)
		}
	}
	return ""
}

// afterShell returns the script among the arguments of a shell, or the name of its file.
// Options are those of set(1) and the shell's own, after - or +; o and O take a word.
func afterShell(args []string) (script string, isFile bool) {
	code := false
	for len(args) > 0 {
		arg := args[0]
		if len(arg) < 2 || arg[0] != '-' && arg[0] != '+' {
			return arg, !code
		}
		args = args[1:]
		switch {
		case arg == "--":
			return strings.Join(args[:min(1, len(args))], ""), !code
		case arg == "--rcfile" || arg == "--init-file":
			args = args[min(1, len(args)):]
		case !strings.HasPrefix(arg, "--"):
			code = code || arg[0] == '-' && strings.Contains(arg, "c")
			args = args[min(strings.Count(arg, "o")+strings.Count(arg, "O"), len(args)):]
		}
	}
	return "", false
}

// namesPython reports whether a word of a shell's script is the name of a Python that
// imports sitecustomize, as far as the words after it tell.
func namesPython(script string) bool {
	words := strings.FieldsFunc(script, func(r rune) bool { return strings.ContainsRune(" \t\r\n;&|()<>`'\"$={}", r) })
	for i, word := range words {
		name := filepath.Base(word)
		switch {
		case pythonScripts[name] || runners[name] && i+1 < len(words) && words[i+1] == "run":
			return true
		case pythonName().MatchString(name) && !oldPython().MatchString(name) && !isolated(words[i+1:]):
			return true
		}
	}
	return false
}

// pythonScripts are scripts of Python that others run by their names.
var pythonScripts = map[string]bool{
	"celery": true, "flask": true, "gunicorn": true, "ipython": true, "manage.py": true, "pytest": true, "torchrun": true, "uvicorn": true,
}

// isolated reports whether the options of an interpreter keep sitecustomize or
// PYTHONPATH from it. They end with the program, which -c and -m name too.
func isolated(args []string) bool {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--check-hash-based-pycs":
			args = args[min(1, len(args)):]
		case strings.HasPrefix(arg, "--"):
		case len(arg) < 2 || arg[0] != '-':
			return false
		default:
			i := strings.IndexAny(arg, "EIScmWXQ")
			if i < 0 {
				continue
			}
			switch arg[i] {
			case 'E', 'I', 'S':
				return true
			case 'c', 'm':
				return false
			}
			if i == len(arg)-1 { // its value is the next word
				args = args[min(1, len(args)):]
			}
		}
	}
	return false
}

// pythonScript reports whether a file is a script for a Python interpreter, and
// returns that with its arguments if the #! line tells them.
func pythonScript(file string) (words []string, ok bool) {
	line := firstLine(file)
	words = strings.Fields(strings.TrimPrefix(line, "#!"))
	if len(words) > 0 && filepath.Base(words[0]) == "env" {
		words = afterEnv(words[1:])
	}
	if len(words) == 0 {
		return nil, false
	}
	if pythonName().MatchString(filepath.Base(words[0])) {
		return words, true
	}
	// pip writes this where the interpreter's path is too long for a #! line.
	if head := readHead(file, 1024); strings.HasPrefix(head, "#!/bin/sh\n'''exec'") {
		return nil, true
	}
	return nil, pyenvShim(file)
}

// afterEnv drops the options and variables of env(1).
func afterEnv(words []string) []string {
	for len(words) > 0 && (strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=")) {
		if (words[0] == "-S" || words[0] == "--split-string") && len(words) > 1 {
			return afterEnv(append(strings.Fields(words[1]), words[2:]...))
		}
		if words[0] == "-u" || words[0] == "-C" { // takes the next word
			words = words[1:]
		}
		words = words[min(1, len(words)):]
	}
	return words
}

// pyenvShim reports whether a file is a shim of pyenv for a Python script: a
// shell script in ROOT/shims for the ROOT/versions/*/bin of the same name.
func pyenvShim(file string) bool {
	shims, name := filepath.Split(file)
	if filepath.Base(shims) != "shims" || !strings.Contains(readHead(file, 1024), "pyenv") {
		return false
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Clean(shims)), "versions", "*", "bin", name))
	if err != nil {
		return false
	}
	for _, script := range found {
		line := firstLine(script)
		if words := strings.Fields(strings.TrimPrefix(line, "#!")); len(words) > 0 && pythonName().MatchString(filepath.Base(words[0])) {
			return true
		}
	}
	return false
}
