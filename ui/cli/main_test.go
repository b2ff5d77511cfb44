package cli

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/muster/internal/corpus"
	"example.com/muster/procs/demo"
	"example.com/muster/profiling/permits"
)

// playMuster in the environment makes the test binary play muster.
const playMuster = "MUSTER_TEST_PLAY"

// TestMain lets the test binary play muster, its guard, its demo workers and
// the children of these tests.
func TestMain(m *testing.M) {
	if role := os.Getenv(playChild); role != "" {
		_ = os.Unsetenv(playChild)
		children[role](os.Args[1:])
		os.Exit(0)
	}
	debugs := len(os.Args) > 1 && os.Args[1] == "debug" // a screen has called it
	if debugs || len(os.Args) > 1 && os.Args[1] == demo.WorkerCommand || permits.IsChild(os.Args) || os.Getenv(playMuster) != "" || os.Getenv(readyVar) != "" {
		_ = os.Unsetenv(playMuster)
		code := Main(os.Args, os.Stdin, os.Stdout, os.Stderr)
		tellPeak()
		os.Exit(code)
	}
	if os.Getenv("GORACE") == "" { // or each muster of a test waits a second at its end
		_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	}
	corpus.TakeSignals()
	testscript.Main(counted{m}, map[string]func(){
		"muster":       func() { os.Exit(Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) },
		"go-fight":     fight,
		"await":        await,
		"make-profile": makeProfile,
		"go-burn":      burn,
	})
}

// peakFile in the environment names the file to which a muster of a test
// writes the most memory that it had, as procfs shows it. What wait(2) tells
// of it counts the test binary's memory too, which it shared before its exec.
const peakFile = "MUSTER_TEST_PEAK"

func tellPeak() {
	name := os.Getenv(peakFile)
	status, err := os.ReadFile("/proc/self/status")
	if name == "" || err != nil {
		return
	}
	if m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status); m != nil {
		_ = os.WriteFile(name, m[1], 0o600)
	}
}

// counted fails a whole run of the tests that leaves a child unplayed.
type counted struct{ m *testing.M }

func (c counted) Run() int {
	code := c.m.Run()
	for _, some := range []string{"test.run", "test.skip"} {
		if f := flag.Lookup(some); f != nil && f.Value.String() != "" {
			return code
		}
	}
	if code != 0 || testing.Short() {
		return code
	}
	for role := range children {
		if !playedChildren[role] {
			fmt.Printf("no test plays the child %q\n", role)
			code = 1
		}
	}
	return code
}

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
