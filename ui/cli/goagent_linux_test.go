package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheGoAgent: the panic of a Go program that imports muster's agent is told
// though its standard error is closed; without the agent only its code is. A good
// end leaves nothing, and no file stays behind.
func TestTheGoAgent(t *testing.T) {
	exe := built(t, "go", "build", "-o", "EXE", "./testdata/silent_go")
	for _, c := range []struct {
		name           string
		flags, command []string
		code           int
		headline       string
	}{
		{"with the agent", nil, []string{exe}, 2, "panic: nobody reads this, at main.go:19 in main.lost"},
		{"without", []string{"--no-agent"}, []string{exe}, 2, "exit 2"},
		{"a good end", nil, []string{exe, "well"}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t, append([]string{"--session", "goagent", "--name", "silent"}, c.flags...), c.command)
			if r := p.end(t); r.code != c.code {
				t.Errorf("code %d, want %d: %s", r.code, c.code, r.stderr)
			}
			b, err := os.ReadFile(p.dir + "/report.json")
			if err != nil {
				t.Fatal(err)
			}
			var told struct {
				Crashes []struct {
					Headline  string
					Exception *struct{ Frames []struct{ Function string } }
				}
			}
			if err := json.Unmarshal(b, &told); err != nil {
				t.Fatal(err)
			}
			switch {
			case c.headline == "":
				if len(told.Crashes) != 0 {
					t.Errorf("told of a good end: %+v", told.Crashes)
				}
			case len(told.Crashes) != 1 || !strings.HasPrefix(told.Crashes[0].Headline, c.headline):
				t.Errorf("told: %+v, want %q", told.Crashes, c.headline)
			case c.flags == nil && (told.Crashes[0].Exception == nil || len(told.Crashes[0].Exception.Frames) < 2):
				t.Errorf("it has no stack: %+v", told.Crashes[0].Exception)
			}
			if left, err := filepath.Glob(filepath.Join(p.dir, "state", "muster", "*", "go")); err != nil || len(left) > 0 {
				t.Errorf("%v %v is left", left, err)
			}
		})
	}
}
