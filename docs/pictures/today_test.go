package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPicturesAreOfToday takes the calmest pictures anew and compares them with those
// that are kept; go run ./docs/pictures --check does so with all.
func TestPicturesAreOfToday(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	var told strings.Builder
	e := errand{
		only: []string{"help-80x24", "profile-form-80x24"},
		dir:  filepath.Join("docs", "pictures"), check: true, out: &told,
	}
	if err := e.run(); err != nil {
		t.Errorf("%v\n%s", err, &told)
	}
	if n := strings.Count(told.String(), ": as it was\n"); n != len(e.only) && !t.Failed() {
		t.Errorf("%d pictures were compared, not %d:\n%s", n, len(e.only), &told)
	}
}

// TestEveryPictureIsTaken: no picture is left of a shot that is gone, and none lacks.
func TestEveryPictureIsTaken(t *testing.T) {
	taken := map[string]bool{recording + ".svg": true}
	for _, z := range sizes {
		for _, c := range scenes {
			for _, s := range c.shots {
				taken[s.file(z)] = true
			}
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".svg") && !taken[e.Name()] {
			t.Errorf("%s is of no shot", e.Name())
		}
		delete(taken, e.Name())
	}
	for name := range taken {
		t.Errorf("%s lacks", name)
	}
}
