// Package corpus is what tests share that play programs which know their own truth:
// profiling/locks those of testdata/locks, ui/cli/crashcorpus those of testdata/crashes. It lays the
// programs out where any user can run them, finds the Pythons of the machine, and runs a
// test once more as a user without rights.
package corpus

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TakeSignals sees to it that what tests start gets the default of the signals of a terminal. A CI
// may run in the background or under nohup, where they are ignored: programs that are started by one
// that handles a signal get its default.
func TakeSignals() {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
}

// Words cuts a list of programs at semicolons and line ends, and each entry at blanks.
func Words(list string) [][]string {
	var all [][]string
	for entry := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ';' || r == '\n' }) {
		if f := strings.Fields(entry); len(f) > 0 {
			all = append(all, f)
		}
	}
	return all
}

// Repeats is how often a corpus is played: MUSTER_REPEAT, or once.
func Repeats(t testing.TB) int {
	t.Helper()
	text := os.Getenv("MUSTER_REPEAT")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("MUSTER_REPEAT is %q, not a number", text)
	}
	return n
}

// LayOut copies sources into a new directory that is gone after the test, with bin for
// what is built and runs, which anybody may write to: a Python program's directory is written to, and
// another user could not read the sources where they are. Its name is short, since names of Unix
// sockets come to lie in it.
func LayOut(t testing.TB, sources string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "corpus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	err = os.CopyFS(dir, os.DirFS(sources))
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

// Python is an interpreter.
type Python struct {
	Version string // "3.8"
	Path    string
	Minor   int
}

// System reports whether it is the system's own, which is linked in another way.
func (p Python) System() bool { return strings.HasPrefix(p.Path, "/usr/bin/") }

// Pythons returns each CPython from 3.8 on that can be run, the oldest first: those of
// pyenv, the first of PATH, and the system's own.
func Pythons() []Python {
	paths, _ := filepath.Glob(filepath.Join(os.Getenv("HOME"), ".pyenv/versions/*/bin/python3"))
	var found []Python
	for _, path := range append(paths, "python3", "/usr/bin/python3") {
		out, err := exec.Command(path, "-c", "import os, sys; print(sys.version_info[1], os.path.realpath(sys.executable))").Output()
		var p Python
		if _, scanErr := fmt.Sscan(string(out), &p.Minor, &p.Path); err != nil || scanErr != nil || p.Minor < 8 {
			continue
		}
		if slices.ContainsFunc(found, func(o Python) bool { return o.Path == p.Path }) {
			continue
		}
		p.Version = fmt.Sprintf("3.%d", p.Minor)
		found = append(found, p)
	}
	slices.SortStableFunc(found, func(a, b Python) int { return cmp.Compare(a.Minor, b.Minor) })
	return found
}

// Programs builds programs, each once, whoever asks first. The zero value is ready.
type Programs struct {
	mu    sync.Mutex
	built map[string]func() (string, error)
}

// Path returns the executable of a program, which build makes if nobody has asked
// for it before.
func (p *Programs) Path(t testing.TB, name string, build func() (string, error)) string {
	t.Helper()
	p.mu.Lock()
	once := p.built[name]
	if once == nil {
		if p.built == nil {
			p.built = map[string]func() (string, error){}
		}
		once = sync.OnceValues(build)
		p.built[name] = once
	}
	p.mu.Unlock()
	path, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Other is a test to be run once more, as another user.
type Other struct {
	Test    string // "TestCorpus"
	Dir     string // of the corpus, with all that it needs built
	Env     string // the variable that names Dir to the test
	Become  string // the script that runs a command as somebody: testdata/become.sh
	Timeout string // as go test takes it
}

// User returns the user that MUSTER_TEST_USER names; nil, and why not in the test's log,
// if it names nobody.
func User(t testing.TB) *user.User {
	t.Helper()
	name := os.Getenv("MUSTER_TEST_USER")
	if name == "" {
		t.Log("MUSTER_TEST_USER names nobody to do it as")
		return nil
	}
	if os.Geteuid() != 0 {
		t.Fatalf("cannot become %s: it takes root", name)
	}
	who, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

// As runs the test as a user, and fails if it fails or skips anything.
func (o Other) As(t testing.TB, who *user.User) {
	t.Helper()
	self := filepath.Join(o.Dir, "bin", "self.test")
	copySelf(t, self)
	become, err := filepath.Abs(o.Become)
	if err != nil {
		t.Fatal(err)
	}
	shell := []string{"sh", become}
	if exec.Command("unshare", "--mount", "true").Run() == nil {
		shell = append([]string{"unshare", "--mount", "--propagation", "private"}, shell...)
	}
	args := append(shell, who.Uid, who.Gid, self, "-test.run", "^"+o.Test+"$", "-test.v", "-test.timeout", o.Timeout)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = o.Dir
	cmd.Env = append(os.Environ(), o.Env+"="+o.Dir, "MUSTER_TEST_USER=", "TMPDIR="+filepath.Join(o.Dir, "runs"))
	out, err := cmd.CombinedOutput()
	passed, rest := 0, []string{}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "    --- PASS: "+o.Test+"/") {
			passed++
		} else if !strings.HasPrefix(line, "=== ") {
			rest = append(rest, line)
		}
	}
	t.Logf("as %s: %d programs", who.Username, passed)
	if err != nil || strings.Contains(string(out), "--- SKIP") {
		t.Errorf("%v\n%s", err, strings.Join(rest, ""))
	}
}

// copySelf puts this test's own executable where everybody can run it.
func copySelf(t testing.TB, to string) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, from); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
