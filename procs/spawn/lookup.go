package spawn

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// defaultPath is searched if the environment has no PATH, as execvp(3) does.
const defaultPath = "/bin:/usr/bin"

// lookUp says which file a command executes, as a shell would find it: a name
// without a slash is looked for in the PATH of the command's environment,
// whose relative entries count from its working directory. The result may be
// relative to that directory too.
func lookUp(c Command) (string, error) {
	if err := checkStrings(c); err != nil {
		return "", err
	}
	name := c.Argv[0]
	if strings.Contains(name, "/") {
		return name, nil // what is wrong with it, execve says
	}
	refused := "" // what was found and may not be executed
	for dir := range strings.SplitSeq(searchPath(c.Env), ":") {
		file := filepath.Join(dir, name)
		if dir == "" || dir == "." {
			file = "./" + name
		}
		switch executableFile(inDir(c.Dir, file)) {
		case 0:
			return file, nil
		case unix.EACCES:
			if refused == "" {
				refused = file
			}
		}
	}
	if refused != "" {
		return "", diagnose(c, refused, unix.EACCES)
	}
	if err := checkDir(c.Dir); err != nil {
		return "", err
	}
	return "", notFound(name)
}

// findFile is lookUp, and looks at a file that is named by its path too.
func findFile(c Command) (string, error) {
	path, err := lookUp(c)
	if err != nil || !strings.Contains(c.Argv[0], "/") {
		return path, err
	}
	file := inDir(c.Dir, path)
	number := executableFile(file)
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		number = unix.EACCES // what execve(2) says of it
	}
	if number != 0 {
		return "", diagnose(c, path, number)
	}
	return path, nil
}

// sameFile is for how long a name stands for the file that was found.
const sameFile = 100 * time.Millisecond

// finder looks programs up, and remembers the last one for a moment: of a pool
// many copies start at once.
type finder struct {
	mu    sync.Mutex
	last  found
	file  string
	until time.Time
}

// found is what was looked for, and where.
type found struct{ name, path, dir string }

func (f *finder) lookUp(c Command) (string, error) {
	if err := checkStrings(c); err != nil {
		return "", err
	}
	want := found{name: c.Argv[0], path: searchPath(c.Env), dir: c.Dir}
	f.mu.Lock()
	last, file, until := f.last, f.file, f.until
	f.mu.Unlock()
	if last == want && time.Now().Before(until) {
		return file, nil
	}
	file, err := lookUp(c)
	if err == nil {
		f.mu.Lock()
		f.last, f.file, f.until = want, file, time.Now().Add(sameFile)
		f.mu.Unlock()
	}
	return file, err
}

// checkStrings refuses what cannot be handed to execve.
func checkStrings(c Command) error {
	if len(c.Argv) == 0 || c.Argv[0] == "" {
		return notFound("the command is empty")
	}
	for _, s := range c.Argv {
		if strings.ContainsRune(s, 0) {
			return notExecutable(printable(c.Argv[0]), "an argument contains a NUL byte")
		}
	}
	for _, s := range c.Env {
		if strings.ContainsRune(s, 0) {
			return notExecutable(c.Argv[0], "an environment variable contains a NUL byte")
		}
	}
	if strings.ContainsRune(c.Dir, 0) {
		return notItsFault("no such directory: " + printable(c.Dir))
	}
	return nil
}

// searchPath returns the last PATH of an environment, which is the one that
// the program sees too.
func searchPath(env []string) string {
	path := defaultPath
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, "PATH="); ok {
			path = value
		}
	}
	return path
}

// executableFile returns 0 if the file can be executed, ENOENT if there is
// none, and EACCES if there is one that cannot.
func executableFile(path string) unix.Errno {
	access := unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS)
	if access == unix.ENOENT || access == unix.ENOTDIR { // most entries of PATH
		return unix.ENOENT
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return unix.ENOENT
	case info.IsDir():
		return unix.ENOENT // as shells do: they look on
	case access != nil:
		return unix.EACCES
	}
	return 0
}

// inDir is the file as this process has to name it.
func inDir(dir, file string) string {
	if filepath.IsAbs(file) || dir == "" {
		return file
	}
	return dir + "/" + file // not Join: it would take "x/.." for nothing, which a link is not
}

// printable is a string in one line, quoted if it has to be.
func printable(s string) string {
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return strings.Trim(quote(s), `"`)
		}
	}
	return s
}
