package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// The directory of a map's commands is told in full, also where --cwd says it relative to here.
func TestTheDirectoryOfAMap(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{"": here, "testdata": filepath.Join(here, "testdata"), "/": "/"} {
		f := &mapFlags{session: "cwd-of-a-map"}
		f.cwd = given
		s, err := (&app{}).openMapSession(f, false)
		if err != nil {
			t.Fatal(err)
		}
		if s.dir != want {
			t.Errorf("--cwd %q: told as %q, want %q", given, s.dir, want)
		}
		if err := s.close(0); err != nil {
			t.Error(err)
		}
	}
}
