package spawn

import (
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

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

var pythonName = regexp.MustCompile(`^(python|pypy)[0-9.]*[a-z]?$`)

// runners are programs that run the Python command after their word "run".
var runners = map[string]bool{"uv": true, "poetry": true, "pipenv": true, "pdm": true, "hatch": true, "rye": true}

// IsPython reports whether a command is run by a Python interpreter: by its
// name, or because it is a script (gunicorn, celery, one's own) whose #! line
// names one, directly, through env, or behind a pyenv shim.
func IsPython(argv, env []string, dir string) bool {
	for len(argv) > 0 {
		base := filepath.Base(argv[0])
		switch {
		case pythonName.MatchString(base):
			return true
		case base == "env":
			argv = afterEnv(argv[1:])
		case runners[base] && len(argv) > 2 && argv[1] == "run":
			if strings.HasSuffix(argv[2], ".py") {
				return true
			}
			argv = argv[2:]
		default:
			path, err := lookUp(Command{Argv: argv, Env: env, Dir: dir})
			return err == nil && pythonScript(inDir(dir, path))
		}
	}
	return false
}

// pythonScript reports whether a file is a script for a Python interpreter.
func pythonScript(file string) bool {
	line := firstLine(file)
	words := strings.Fields(strings.TrimPrefix(line, "#!"))
	if len(words) > 0 && filepath.Base(words[0]) == "env" {
		words = afterEnv(words[1:])
	}
	if len(words) == 0 {
		return false
	}
	if pythonName.MatchString(filepath.Base(words[0])) {
		return true
	}
	// pip writes this where the interpreter's path is too long for a #! line.
	if head := readHead(file, 1024); strings.HasPrefix(head, "#!/bin/sh\n'''exec'") {
		return true
	}
	return pyenvShim(file)
}

// afterEnv drops the options and variables of env(1).
func afterEnv(words []string) []string {
	for len(words) > 0 && (strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=")) {
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
		if words := strings.Fields(strings.TrimPrefix(line, "#!")); len(words) > 0 && pythonName.MatchString(filepath.Base(words[0])) {
			return true
		}
	}
	return false
}
