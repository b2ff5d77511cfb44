package locks_test

import (
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

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

	become, err := filepath.Abs(sources + "/../become.sh")
	if err != nil {
		t.Fatal(err)
	}
	shell := []string{"sh", become}
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
