package crashcorpus_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"example.com/muster/internal/corpus"
)

// crashCorpus is a directory with the programs.
type crashCorpus struct {
	dir       string          // with the sources, bin and runs
	pythons   []corpus.Python // one of each minor version
	compilers []string        // gcc, and clang where there is one
	programs  corpus.Programs
}

const crashSources = "../../../testdata/crashes"

// openCrashCorpus lays the programs out in a directory of their own, or takes the
// one that MUSTER_CRASH_CORPUS names, in which all is built already.
func openCrashCorpus(t *testing.T) *crashCorpus {
	c := &crashCorpus{dir: os.Getenv("MUSTER_CRASH_CORPUS"), compilers: []string{"gcc"}}
	if _, err := exec.LookPath("clang"); err == nil {
		c.compilers = append(c.compilers, "clang")
	}
	switch {
	case c.dir == "":
		c.dir = corpus.LayOut(t, crashSources)
	case os.Geteuid() == 0:
		t.Fatal("MUSTER_CRASH_CORPUS is set, but this is still root")
	}
	c.pythons = slices.CompactFunc(corpus.Pythons(), func(a, b corpus.Python) bool { return a.Minor == b.Minor })
	if len(c.pythons) == 0 {
		t.Run("python", func(t *testing.T) { t.Skip("python3 is missing") })
	}
	return c
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
	return c.programs.Path(t, key, func() (string, error) { return c.build(compiler, name, c.path("bin", key)) })
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
