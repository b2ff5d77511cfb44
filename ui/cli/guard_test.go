package cli

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

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
