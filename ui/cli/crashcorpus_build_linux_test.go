package cli

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// crashCorpus is a directory with the programs.
type crashCorpus struct {
	dir       string // with the sources, bin and runs
	pythons   []crashPython
	compilers []string // gcc, and clang where there is one
	mu        sync.Mutex
	built     map[string]func() (string, error)
}

// crashPython is an interpreter, the oldest first.
type crashPython struct {
	version, path string // "3.8"
	minor         int
}

const crashSources = "../../testdata/crashes"

// openCrashCorpus lays the programs out in a directory of their own, or takes the
// one that MUSTER_CRASH_CORPUS names, in which all is built already.
func openCrashCorpus(t *testing.T) *crashCorpus {
	c := &crashCorpus{dir: os.Getenv("MUSTER_CRASH_CORPUS"), built: map[string]func() (string, error){}, compilers: []string{"gcc"}}
	if _, err := exec.LookPath("clang"); err == nil {
		c.compilers = append(c.compilers, "clang")
	}
	switch {
	case c.dir == "":
		c.dir = layOutCrashes(t)
	case os.Geteuid() == 0:
		t.Fatal("MUSTER_CRASH_CORPUS is set, but this is still root")
	}
	if c.pythons = findCrashPythons(); len(c.pythons) == 0 {
		t.Run("python", func(t *testing.T) { t.Skip("python3 is missing") })
	}
	return c
}

// layOutCrashes copies the sources, since a Python program's directory is written
// to and another user could not read them where they are.
func layOutCrashes(t *testing.T) string {
	dir, err := os.MkdirTemp("", "crashes") // short: names of Unix sockets come to lie in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	err = os.CopyFS(dir, os.DirFS(crashSources))
	for _, name := range []string{"bin", "runs"} {
		if err == nil {
			err = os.Mkdir(filepath.Join(dir, name), 0o755)
		}
	}
	if err == nil {
		err = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
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

func (c *crashCorpus) path(elem ...string) string {
	return filepath.Join(append([]string{c.dir}, elem...)...)
}

// program returns the executable of a program that a compiler builds, once.
func (c *crashCorpus) program(t *testing.T, compiler, name string) string {
	key := compiler + "-" + name
	if os.Getenv("MUSTER_CRASH_CORPUS") != "" {
		return c.path("bin", key)
	}
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skipf("%s is missing", compiler)
	}
	c.mu.Lock()
	build := c.built[key]
	if build == nil {
		build = sync.OnceValues(func() (string, error) { return c.build(compiler, name, c.path("bin", key)) })
		c.built[key] = build
	}
	c.mu.Unlock()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (c *crashCorpus) build(compiler, name, to string) (string, error) {
	inC := []string{"-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O0", "-g", "-fno-omit-frame-pointer", "-fstack-protector-all", "-pthread", "-o", to}
	var cmd *exec.Cmd
	switch name {
	case "go":
		cmd = exec.Command("go", "build", "-o", to, crashSources+"/go/main.go")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	case "go-race":
		cmd = exec.Command("go", "build", "-race", "-o", to, crashSources+"/go/main.go")
	case "rust":
		cmd = exec.Command("rustc", "-C", "debuginfo=1", "-o", to, c.path("rust", "main.rs"))
	case "memory":
		cmd = exec.Command(compiler, append(inC, "-fsanitize=address", c.path("c", "memory.c"))...)
	case "race":
		cmd = exec.Command(compiler, append(inC, "-fsanitize=thread", c.path("c", "race.c"))...)
	case "terminate":
		cmd = exec.Command(map[string]string{"gcc": "g++", "clang": "clang++"}[compiler], append(inC, c.path("c", "terminate.cc"))...)
	default:
		cmd = exec.Command(compiler, append(inC, c.path("c", name+".c"))...)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build %s: %w\n%s", name, err, out)
	}
	return to, nil
}

// findCrashPythons returns a CPython of each minor version from 3.8 on: those of
// pyenv, and else the system's own.
func findCrashPythons() []crashPython {
	paths, _ := filepath.Glob(filepath.Join(os.Getenv("HOME"), ".pyenv/versions/*/bin/python3"))
	var found []crashPython
	seen := map[int]bool{}
	for _, path := range append(paths, "/usr/bin/python3", "python3") {
		out, err := exec.Command(path, "-c", "import os, sys; print(sys.version_info[1], os.path.realpath(sys.executable))").Output()
		var p crashPython
		if _, scanErr := fmt.Sscan(string(out), &p.minor, &p.path); err != nil || scanErr != nil || p.minor < 8 || seen[p.minor] {
			continue
		}
		seen[p.minor] = true
		p.version = fmt.Sprintf("3.%d", p.minor)
		found = append(found, p)
	}
	slices.SortFunc(found, func(a, b crashPython) int { return cmp.Compare(a.minor, b.minor) })
	return found
}
