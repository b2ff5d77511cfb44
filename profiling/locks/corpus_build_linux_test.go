package locks_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/muster/internal/corpus"
)

// playground is a directory with the programs, which anybody may read and run.
type playground struct {
	dir      string
	pythons  []corpus.Python
	programs corpus.Programs
}

const sources = "../../testdata/locks"

// openCorpus lays the programs out in a directory of their own, or takes the
// one that MUSTER_CORPUS names, in which all is built already.
func openCorpus(t *testing.T) *playground {
	c := &playground{dir: os.Getenv("MUSTER_CORPUS")}
	switch {
	case c.dir == "":
		c.dir = corpus.LayOut(t, sources)
	case os.Geteuid() == 0:
		t.Fatal("MUSTER_CORPUS is set, but this is still root")
	}
	c.pythons = corpus.Pythons()
	if len(c.pythons) == 0 {
		t.Run("python", func(t *testing.T) { t.Skip("python3 is missing") })
	}
	if raceDetector { // the search for their locks would take longer than it may
		c.pythons = nil
	}
	return c
}

func (c *playground) path(elem ...string) string {
	return filepath.Join(append([]string{c.dir}, elem...)...)
}

// program returns the executable of a C program, or of the one in Go. It is
// built once; "-static" behind a name links it so, "-musl" with that library.
func (c *playground) program(t *testing.T, name string) string {
	return c.programs.Path(t, name, func() (string, error) { return c.build(name) })
}

// compilers build the C programs, by what stands behind their names.
var compilers = map[string]string{"": "gcc", "static": "gcc", "musl": "musl-gcc"}

func (c *playground) build(name string) (string, error) {
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
func (c *playground) buildAll(t *testing.T) {
	c.program(t, "go")
	for _, args := range inC {
		c.program(t, args[0])
	}
}
