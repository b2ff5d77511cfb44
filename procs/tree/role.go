package tree

import (
	"path"
	"slices"
	"strings"

	"example.com/muster/procs"
)

// Program is what a process shows of itself. All of it is the process's own
// choice, so it is good for a name on the screen and for nothing else.
type Program struct {
	Argv []string
	Comm string // at most 15 bytes, see PR_SET_NAME in prctl(2)
	// Forked says that it runs on with its parent's program: it has not
	// called exec since it was forked.
	Forked bool
}

// RoleOf says what a process is there for, from its own command line and from
// what its parent runs.
func RoleOf(p Program, parent Program) procs.Role {
	if role, ok := multiprocessingRole(p.Argv); ok {
		if role == procs.RoleForkserver && sameArgv(p, parent) {
			return procs.RoleWorker // forked by the forkserver, with its arguments
		}
		return role
	}
	switch {
	case isPython(p.Argv) && sameArgv(p, parent):
		return procs.RoleWorker
	case isShell(p.Argv):
		return procs.RoleShell
	}
	return procs.RoleProcess
}

// multiprocessingRole recognises the command lines that Python's
// multiprocessing starts its helpers with: Lib/multiprocessing/spawn.py,
// forkserver.py and resource_tracker.py (semaphore_tracker.py before 3.8).
// loky, which joblib uses, has copies of its own under the same names.
func multiprocessingRole(argv []string) (procs.Role, bool) {
	if len(argv) < 2 {
		return "", false
	}
	if argv[1] == "--multiprocessing-fork" || argv[len(argv)-1] == "--multiprocessing-fork" ||
		slices.Contains(argv, "--process-name") && slices.ContainsFunc(argv, isLokySpawn) {
		return procs.RoleWorker, true
	}
	code := ""
	if i := slices.Index(argv, "-c"); i > 0 && i+1 < len(argv) {
		code = argv[i+1]
	}
	switch {
	case strings.Contains(code, "multiprocessing.forkserver import"):
		return procs.RoleForkserver, true
	case strings.Contains(code, ".resource_tracker import main"),
		strings.Contains(code, ".semaphore_tracker import main"):
		return procs.RoleResourceTracker, true
	case strings.Contains(code, "multiprocessing.spawn import"):
		return procs.RoleWorker, true
	}
	return "", false
}

func isLokySpawn(arg string) bool { return strings.HasSuffix(arg, "loky.backend.popen_loky_posix") }

// sameArgv reports whether p is a copy of its parent as fork(2) makes them.
func sameArgv(p, parent Program) bool {
	return p.Forked || len(p.Argv) > 0 && slices.Equal(p.Argv, parent.Argv)
}

// isPython reports whether argv starts a Python: python, python3.12, pypy3.
func isPython(argv []string) bool {
	if len(argv) == 0 {
		return false
	}
	base := path.Base(argv[0])
	return strings.HasPrefix(base, "python") || strings.HasPrefix(base, "pypy")
}

// shells are the programs that count as one, by their base name.
var shells = []string{"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish"}

// isShell reports whether argv starts a shell; a login shell has a "-" before
// its name.
func isShell(argv []string) bool {
	if len(argv) == 0 {
		return false
	}
	base := strings.TrimPrefix(path.Base(argv[0]), "-")
	if base == "busybox" && len(argv) > 1 {
		base = argv[1]
	}
	return slices.Contains(shells, base)
}
