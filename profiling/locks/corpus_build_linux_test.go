package locks_test

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// corpus is a directory with the programs, which anybody may read and run.
type corpus struct {
	dir     string
	pythons []python
	mu      sync.Mutex
	built   map[string]func() (string, error)
}

// python is an interpreter, the oldest first.
type python struct {
	version, path string // "3.8"; it may say more
	minor         int
}

const sources = "../../testdata/locks"

// openCorpus lays the programs out in a directory of their own, or takes the
// one that MUSTER_CORPUS names, in which all is built already.
func openCorpus(t *testing.T) *corpus {
	c := &corpus{dir: os.Getenv("MUSTER_CORPUS"), built: map[string]func() (string, error){}}
	switch {
	case c.dir == "":
		c.dir = layOut(t)
	case os.Geteuid() == 0:
		t.Fatal("MUSTER_CORPUS is set, but this is still root")
	}
	c.pythons = findPythons()
	if len(c.pythons) == 0 {
		t.Run("python", func(t *testing.T) { t.Skip("python3 is missing") })
	}
	if raceDetector { // the search for their locks would take longer than it may
		c.pythons = nil
	}
	return c
}

// layOut copies the sources, since a Python program's directory is written to
// and another user could not read them where they are.
func layOut(t *testing.T) string {
	dir, err := os.MkdirTemp("", "muster-corpus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	err = os.CopyFS(dir, os.DirFS(sources))
	for _, name := range []string{"bin", "runs"} {
		if err == nil {
			err = os.Mkdir(filepath.Join(dir, name), 0o755)
		}
	}
	if err == nil {
		err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Chmod(path, 0o755)
		})
	}
	if err == nil {
		err = os.Chmod(filepath.Join(dir, "runs"), 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (c *corpus) path(elem ...string) string {
	return filepath.Join(append([]string{c.dir}, elem...)...)
}

// program returns the executable of a C program, or of the one in Go. It is
// built once; "-static" behind a name links it so, "-musl" with that library.
func (c *corpus) program(t *testing.T, name string) string {
	c.mu.Lock()
	build := c.built[name]
	if build == nil {
		build = sync.OnceValues(func() (string, error) { return c.build(name) })
		c.built[name] = build
	}
	c.mu.Unlock()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// compilers build the C programs, by what stands behind their names.
var compilers = map[string]string{"": "gcc", "static": "gcc", "musl": "musl-gcc"}

func (c *corpus) build(name string) (string, error) {
	to := c.path("bin", name)
	if _, err := os.Stat(to); err == nil {
		return to, nil
	}
	var cmd *exec.Cmd
	if name == "go" {
		cmd = exec.Command("go", "build", "-o", to, "./"+sources+"/go")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	} else {
		source, how, _ := strings.Cut(name, "-")
		cmd = exec.Command(compilers[how], "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-pthread", "-o", to, c.path("c", source+".c"))
		if how != "" {
			cmd.Args = append(cmd.Args, "-static")
		}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build %s: %w\n%s", name, err, out)
	}
	if name == "setuid" && os.Geteuid() == 0 {
		return to, errors.Join(setuidCopy(to, "root"), setuidCopy(to, "nobody"))
	}
	return to, nil
}

// setuidCopy makes a copy of a program which has the rights of a user, whoever
// runs it. It takes root.
func setuidCopy(program, name string) error {
	who, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(program)
	to := program + "-" + name
	if err == nil {
		err = os.WriteFile(to, b, 0o755)
	}
	if err == nil {
		err = os.Chown(to, uid, -1)
	}
	if err == nil { // last: to give a file away takes the bit from it
		err = os.Chmod(to, 0o755|fs.ModeSetuid)
	}
	return err
}

// buildAll builds whatever the programs are.
func (c *corpus) buildAll(t *testing.T) {
	c.program(t, "go")
	for _, args := range inC {
		c.program(t, args[0])
	}
}

// findPythons returns each CPython from 3.8 on that can be run: those of pyenv,
// the first of PATH, and the system's own, which is linked in another way.
func findPythons() []python {
	paths, _ := filepath.Glob(filepath.Join(os.Getenv("HOME"), ".pyenv/versions/*/bin/python3"))
	paths = append(paths, "python3", "/usr/bin/python3")
	var found []python
	seen := map[string]bool{}
	for _, path := range paths {
		out, err := exec.Command(path, "-c", "import os, sys; print(sys.version_info[1], os.path.realpath(sys.executable))").Output()
		var p python
		if _, scanErr := fmt.Sscan(string(out), &p.minor, &p.path); err != nil || scanErr != nil || p.minor < 8 || seen[p.path] {
			continue
		}
		seen[p.path] = true
		p.version = fmt.Sprintf("3.%d", p.minor)
		if strings.HasPrefix(p.path, "/usr/bin/") {
			p.version += " of the system"
		}
		found = append(found, p)
	}
	slices.SortStableFunc(found, func(a, b python) int { return cmp.Compare(a.minor, b.minor) })
	return found
}
