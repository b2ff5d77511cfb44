package crashcorpus_test

import (
	"os"
	"testing"

	"example.com/muster/internal/corpus"
	"example.com/muster/profiling/permits"
	"example.com/muster/ui/cli"
)

// playMuster in the environment makes the test binary play muster.
const playMuster = "MUSTER_TEST_PLAY"

// TestMain lets the test binary play muster, whose guard it is by its name.
func TestMain(m *testing.M) {
	if os.Getenv(playMuster) != "" || permits.IsChild(os.Args) {
		_ = os.Unsetenv(playMuster)
		os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
	}
	corpus.TakeSignals()
	os.Exit(m.Run())
}

// tail is the end of what a program printed.
func tail(s string) string { return s[max(0, len(s)-2000):] }
