package capture

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pprofReads has go tool pprof read a capture's file: its table and its tags add up
// to what was taken, and each process has its share.
func pprofReads(t *testing.T, c *Capture, of ...Subject) {
	t.Helper()
	if os.Getenv(othersEnv) != "" {
		return // the user of TestAsUser has no such tool, and what it reads does not depend on him
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "taken.pb.gz")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := c.Profile.Write(file); err != nil {
		t.Fatal(err)
	}
	read := func(what string) string {
		cmd := exec.Command("go", "tool", "pprof", "-symbolize=none", "-sample_index=0", what, name)
		cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), "Warning") {
			t.Errorf("go tool pprof %s: %v\n%s", what, err, out)
		}
		return string(out)
	}
	total := int64(0)
	for _, s := range c.Profile.Sample {
		total += s.Value[0]
	}
	if c.Samples > 0 && total != c.Samples {
		t.Errorf("%d samples were taken, and %d are in the profile", c.Samples, total)
	}
	if top := read("-top"); !regexp.MustCompile(fmt.Sprintf(`(?m)^Showing nodes accounting for .* of %d total$`, total)).MatchString(top) {
		t.Errorf("of %d samples pprof tells\n%s", total, top)
	}
	tags := read("-tags")
	for _, s := range of {
		if !regexp.MustCompile(`(?m): ` + regexp.QuoteMeta(s.Process) + `$`).MatchString(tags) {
			t.Errorf("pprof knows nothing of %s:\n%s", s.Process, tags)
		}
	}
	if !strings.Contains(tags, fmt.Sprintf("process: Total %d of %d (  100%%)", total, total)) {
		t.Errorf("not each of %d samples has a process:\n%s", total, tags)
	}
}
