package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs/config"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/settings"
)

func TestWhatIsSet(t *testing.T) {
	s, err := settings.Read("config.yaml", []byte(`
# mine
theme: mono
keys:
  stop: [ctrl+x, F9]
  start: Space
  fold: [] # the palette still has it
  output: "0"
  down: [j, ↓, ctrl+j]
  stacks:
columns: [state, mem, last_line]
`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Theme != "mono" || s.Changed != 5 {
		t.Errorf("the theme is %q, and %d intents have other keys", s.Theme, s.Changed)
	}
	if want := []string{"state", "mem", "last_line"}; !cmp.Equal(s.Columns, want) {
		t.Errorf("the columns are %q", s.Columns)
	}
	if s, err := settings.Read("config.yaml", []byte("columns: []\n")); err != nil || s.Columns == nil || len(s.Columns) > 0 {
		t.Errorf("no column at all: %q, %v", s.Columns, err)
	}
	for key, want := range map[string]keys.Intent{
		"ctrl+x": {Verb: keys.Stop}, "f9": {Verb: keys.Stop}, " ": {Verb: keys.Start}, "0": {Verb: keys.GoTo, N: 2},
		"down": {Verb: keys.Down}, "ctrl+j": {Verb: keys.Down}, "S": {Verb: keys.Stacks}, "r": {Verb: keys.Restart},
	} {
		if got, ok := s.Keys.Resolve(keys.Processes, key); !ok || got != want {
			t.Errorf("the key %q means %v, want %v", key, got, want)
		}
	}
	for _, key := range []string{"x", "s", "2"} {
		if got, ok := s.Keys.Resolve(keys.Processes, key); ok {
			t.Errorf("the key %q still means %v", key, got)
		}
	}
	if got := s.Keys.Key(keys.Processes, keys.Stop); got != "Ctrl-X" {
		t.Errorf("the key that stops is called %q", got)
	}
	if got := s.Keys.Key(keys.Processes, keys.Fold); got != ": fold" {
		t.Errorf("what has no key is said to be at %q", got)
	}
	if hints := s.Keys.Hints(keys.Processes, keys.Fold, keys.Start); len(hints) != 1 || hints[0].Key != "Space" {
		t.Errorf("the hints are %v", hints)
	}
	if got, _ := keys.Standard().Resolve(keys.Processes, "x"); got.Verb != keys.Stop {
		t.Error("the standard keys have changed too")
	}
}

// Two intents may change places, and a key may be free on other screens.
func TestKeysChangePlaces(t *testing.T) {
	s, err := settings.Read("config.yaml", []byte("keys: {stop: X, kill: x, retry: s}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Keys.Resolve(keys.Processes, "x"); got.Verb != keys.Kill {
		t.Errorf("x means %v", got)
	}
	if got, _ := s.Keys.Resolve(keys.Tasks, "s"); got.Verb != keys.Restart {
		t.Errorf("s means %v on the screen of tasks", got)
	}
}

func TestAnEmptyFileSetsNothing(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "keys:\ntheme:\ncolumns:\n", "keys: {}\n", "\ufeff---\n"} {
		s, err := settings.Read("config.yaml", []byte(text))
		if err != nil || s.Theme != "" || s.Changed != 0 || s.Columns != nil || !cmp.Equal(s.Keys.Bindings(), keys.Standard().Bindings()) {
			t.Errorf("%q sets %+v, %v", text, s, err)
		}
	}
}

func TestFaults(t *testing.T) {
	for text, want := range map[string][]string{
		"them: mono\n":                     {`config.yaml:1:1: unknown key "them"; did you mean "theme"?`},
		"pools: {}\n":                      {`config.yaml:1:1: unknown key "pools"; the file has theme, keys and columns`},
		"theme: mno\n":                     {`config.yaml:1:8: there is no theme "mno", only default, colorblind and mono; did you mean "mono"?`},
		"theme: [mono]\n":                  {`config.yaml:1:8: this is a list; it must be a string`},
		"columns: [cpu, memory]\n":         {`config.yaml:1:16: there is no column "memory", only pid, state, cpu, history, mem, threads, waits, fds, read, write, switches, forks, up, restarts and last_line`},
		"columns:\n  - cpus\n  - name\n":   {`restarts and last_line; did you mean "cpu"?`, `config.yaml:3:5: the column of names is always there`},
		"columns: [cpu, cpu]\n":            {`config.yaml:1:16: the column "cpu" is here twice`},
		"columns: {cpu: yes}\n":            {`config.yaml:1:10: this is a mapping`},
		"keys:\n  stopp: x\n":              {`config.yaml:2:3: unknown key "stopp"; did you mean "stop"?`},
		"keys:\n  fly: x\n":                {`config.yaml:2:3: unknown key "fly"; docs/configuration.md lists the intents`},
		"keys: [x]\n":                      {`config.yaml:1:7: this is a list; it must be a mapping`},
		"keys: {stop: {a: b}}\n":           {`config.yaml:1:14: this is a mapping; it must be a string`},
		"keys:\n  stop: ctrl+i\n":          {`config.yaml:2:9: "ctrl+i": a terminal cannot tell it from Tab`},
		"keys:\n  stop: F99\n":             {`config.yaml:2:9: "F99": there is no such key`},
		"keys:\n  stop: stop\n":            {`config.yaml:2:9: "stop": there is no such key`},
		"keys:\n  stop: \"\"\n":            {`config.yaml:2:9: "": there is no such key`},
		"keys:\n  stop: [d, D, d]\n":       {`config.yaml:2:16: stop has the key "d" twice`, `config.yaml:2:10: "d" means both debug and stop on the screen of processes`},
		"keys:\n  stop: r\n":               {`config.yaml:2:9: "r" means both restart and stop on the screen of processes`},
		"keys:\n  retry: q\n":              {`config.yaml:2:10: "q" means both quit and retry on the screen of tasks`},
		"keys:\n  quit: Q\n  stacks: Q\n":  {`config.yaml:3:11: "Q" means both quit and stacks on the screen of processes`},
		"keys:\n  quit: []\n":              {`config.yaml:2:3: quit must keep a key`},
		"keys:\n  quit: Q\n  quit: Z\n":    {`config.yaml:3:3: the key "quit" is here twice; the first is in line 2`},
		"keys:\n  search: ?\n  help: F1\n": nil,
		"theme: mno\nkeys: {help: nokey}\n": {
			`config.yaml:1:8: there is no theme "mno", only default, colorblind and mono; did you mean "mono"?`, `config.yaml:2:14: "nokey": there is no such key`,
		},
		"keys: {\n": {`config.yaml:1:7: `},
	} {
		_, err := settings.Read("config.yaml", []byte(text))
		if want == nil {
			if err != nil {
				t.Errorf("%q is refused: %v", text, err)
			}
			continue
		}
		var file *config.Error
		if !errors.As(err, &file) {
			t.Errorf("%q: the error is %v", text, err)
			continue
		}
		for _, line := range want {
			if !strings.Contains(file.Details(), line) {
				t.Errorf("%q: the fault %q is not among\n%s", text, line, file.Details())
			}
		}
		if len(file.Faults) != len(want) {
			t.Errorf("%q has %d faults, want %d:\n%s", text, len(file.Faults), len(want), file.Details())
		}
	}
}

func TestWhereTheFileIs(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	if s, err := settings.Load(); err != nil || s.Theme != "" {
		t.Errorf("without a file: %+v, %v", s, err)
	}
	path := filepath.Join(dir, "muster", "config.yaml")
	if got := settings.Path(); got != path {
		t.Errorf("the file is looked for at %s, want %s", got, path)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := settings.Load(); err == nil || err.Error() != "cannot read "+path+": is a directory" {
		t.Errorf("of a directory it says %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("theme: colorblind\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := settings.Load(); err != nil || s.Theme != "colorblind" {
		t.Errorf("got %+v, %v", s, err)
	}
	if err := os.WriteFile(path, make([]byte, config.MaxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := settings.Load(); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("of a huge file it says %v", err)
	}
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", "")
	if s, err := settings.Load(); err != nil || s.Theme != "" {
		t.Errorf("without a home: %+v, %v", s, err)
	}
}
