package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestUp tries muster up and muster init as a user would, among others on every
// configuration of testdata/configs. UPDATE=1 in the environment writes the
// plans of the good ones; what is said of the bad ones is written by
// go test ./procs/config -update.
func TestUp(t *testing.T) {
	configs, err := filepath.Abs("../../testdata/configs")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/up",
		Setup: func(env *testscript.Env) error {
			env.Setenv("CONFIGS", configs)
			env.Setenv("UPDATE", os.Getenv("UPDATE"))
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/state")
			env.Setenv("XDG_RUNTIME_DIR", "")
			env.Setenv("TMPDIR", env.WorkDir)
			env.Setenv("HOME", env.WorkDir+"/home")
			return nil
		},
	})
}
