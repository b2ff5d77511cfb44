package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/muster/procs/demo"
	"example.com/muster/procs/spawn"
)

// TestMain lets the test binary play muster, its guard and its demo workers.
func TestMain(m *testing.M) {
	if spawn.IsGuard(os.Args) || len(os.Args) > 1 && os.Args[1] == demo.WorkerCommand || os.Getenv(playMuster) != "" {
		_ = os.Unsetenv(playMuster)
		os.Exit(Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){
		"muster": func() { os.Exit(Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// playMuster in the environment makes the test binary play muster.
const playMuster = "MUSTER_TEST_PLAY"

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/state")
			env.Setenv("XDG_RUNTIME_DIR", "")
			env.Setenv("TMPDIR", env.WorkDir)
			env.Setenv("HOME", env.WorkDir+"/home")
			return nil
		},
	})
}
