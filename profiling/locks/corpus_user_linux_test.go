package locks_test

import (
	"io"
	"os"
	"os/exec"
	"os/user"
	"strings"
	"testing"
)

// becoming runs a command as another user. If that one cannot get at the
// Pythons of pyenv since they lie in a home directory that is closed to it, it
// gets, in a mount namespace of its own, a home with nothing else in it.
const becoming = `set -e
uid=$1 gid=$2
shift 2
if [ -d "$HOME/.pyenv" ] && ! setpriv --reuid "$uid" --regid "$gid" --clear-groups test -x "$HOME"; then
	exec 3<"$HOME/.pyenv"
	mount -t tmpfs -o mode=0755 tmpfs "$HOME"
	mkdir "$HOME/.pyenv"
	mount --no-canonicalize --bind /proc/self/fd/3 "$HOME/.pyenv"
	exec 3<&-
fi
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups "$@"`

// TestCorpusAsUser runs the corpus once more as the user that MUSTER_TEST_USER
// names, who has no rights over anybody else: the answers must be the same.
func TestCorpusAsUser(t *testing.T) {
	name := os.Getenv("MUSTER_TEST_USER")
	if name == "" {
		t.Log("MUSTER_TEST_USER names nobody to do it as")
		return
	}
	if os.Geteuid() != 0 {
		t.Fatalf("cannot become %s: it takes root", name)
	}
	who, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	c := &corpus{dir: layOut(t), built: map[string]func() (string, error){}}
	c.buildAll(t)
	self := c.path("bin", "corpus.test")
	copyProgram(t, self)

	shell := []string{"sh", "-c", becoming, "sh"}
	if exec.Command("unshare", "--mount", "true").Run() == nil {
		shell = append([]string{"unshare", "--mount", "--propagation", "private"}, shell...)
	}
	args := append(shell, who.Uid, who.Gid, self, "-test.run", "^TestCorpus$", "-test.v", "-test.timeout", "15m")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "MUSTER_CORPUS="+c.dir, "MUSTER_TEST_USER=", "TMPDIR="+c.path("runs"))
	out, err := cmd.CombinedOutput()
	passed, rest := 0, []string{}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "    --- PASS: TestCorpus/") {
			passed++
		} else if !strings.HasPrefix(line, "=== ") {
			rest = append(rest, line)
		}
	}
	t.Logf("as %s: %d programs", name, passed)
	if err != nil || strings.Contains(string(out), "--- SKIP") {
		t.Errorf("%v\n%s", err, strings.Join(rest, ""))
	}
}

// copyProgram puts this test's own executable where everybody can run it.
func copyProgram(t *testing.T, to string) {
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
