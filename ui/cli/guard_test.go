package cli

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs/spawn"
)

// TestTheGuardIsEarly: a guard begins before the packages have set themselves up that
// it does not stand on. This one has no channel, so it ends at once, as main would not.
func TestTheGuardIsEarly(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = []string{spawn.GuardName}
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Errorf("the guard ends with %v", err)
	}
	set := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "init" {
			set[f[1]] = true
		}
	}
	if !set["os/signal"] || !set["golang.org/x/sys/unix"] { // else this test sees nothing
		t.Errorf("what the guard stands on has not been set up:\n%s", out)
	}
	for _, late := range []string{"net", "github.com/google/pprof/profile", "github.com/charmbracelet/bubbletea", "github.com/maruel/panicparse/v2/stack", "example.com/muster/session"} {
		if set[late] {
			t.Errorf("%s has been set up first", late)
		}
	}
}

// TestAKilledGuardIsToldOnce: on standard error as in the report, each time.
func TestAKilledGuardIsToldOnce(t *testing.T) {
	const notice = "the guard process was killed: everything is being stopped"
	for range 5 {
		r := run(t, nil, []string{"sh", "-c", "kill -9 $PPID; sleep 1000"})
		if n := strings.Count(r.stderr, notice); n != 1 || r.code == 0 {
			t.Errorf("code %d, said %d times:\n%s", r.code, n, r.stderr)
		}
		if diff := cmp.Diff([]string{notice}, r.report.Notices); diff != "" {
			t.Errorf("the notices, -want +got:\n%s", diff)
		}
	}
}
