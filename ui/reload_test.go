package ui

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/procs/config"
	"example.com/muster/session"
	"example.com/muster/ui/uitest"
)

// A reload shows the difference first, and applies nothing before it is asked to.
func TestReloadShowsTheDifferenceFirst(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.session.SetPlan([]procs.Change{
		{Pool: "api", Kind: procs.Replaced, From: 2, To: 3, What: []string{"command", "env"}},
		{Pool: "mail", Kind: procs.Removed, From: 1},
		{Pool: "search", Kind: procs.Added, To: 2},
	}, nil)
	s.Keys("L")
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		s.Resize(size[0], size[1])
		uitest.Golden(t, "reload-"+strconv.Itoa(size[0])+"x"+strconv.Itoa(size[1]), s.root.View(), size[0], size[1])
	}
	s.Keys("j", "n")
	s.wantCommands(t)
	if strings.Contains(s.frame(), "search: starts") {
		t.Error("the plan still covers the screen after the answer")
	}
	s.Keys("L", "y")
	s.wantCommands(t, procs.Reload{})
}

func TestReloadOfNothing(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.Keys("L")
	if got := s.status(); got != "everything runs as the configuration says: nothing to reload" {
		t.Errorf("the status line says %q", got)
	}
	s.session.SetPlan(nil, errors.New("cannot reload: this session was not started from a configuration file"))
	s.Keys("L")
	if got := s.status(); got != "cannot reload: this session was not started from a configuration file" {
		t.Errorf("the status line says %q", got)
	}
	s.wantCommands(t)
}

// A configuration with mistakes changes nothing, and all of them can be read.
func TestReloadOfMistakes(t *testing.T) {
	dir := t.TempDir()
	text := "pools:\n  a: {command: x, replica: 2}\n  b: {command: x, stp: 3}\n"
	if err := os.WriteFile(filepath.Join(dir, "muster.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, local := config.Load(config.Options{Dir: dir})
	var file *config.Error
	if !errors.As(local, &file) {
		t.Fatalf("got %v", local)
	}
	remote := &session.Refusal{Text: local.Error(), Details: file.Heading() + "\n" + file.Details()}
	for name, err := range map[string]error{"in process": local, "over the socket": remote} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, uitest.Composed())
			s.session.SetPlan(nil, err)
			s.Keys("L")
			frame := s.frame()
			for _, want := range []string{"Nothing was changed", "cannot read muster.yaml: 2 errors", `did you mean "replicas"?`, "^^^^^^^", `did you mean "stop"?`} {
				if !strings.Contains(frame, want) {
					t.Errorf("the frame does not say %q:\n%s", want, frame)
				}
			}
			s.Keys("esc")
			s.wantCommands(t)
			if strings.Contains(s.frame(), "replicas") {
				t.Error("Escape does not close it")
			}
		})
	}
}

// On a small screen the advice is at the end of a line.
func TestMistakesCanBeReadOnASmallScreen(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.Resize(40, 12)
	s.session.SetPlan(nil, &session.Refusal{Text: "no", Details: "cannot read muster.yaml: 1 error\n" +
		"muster.yaml:3:5: unknown key \"replica\"; did you mean \"replicas\"?\n    3 |     replica: 2 # of these there are as many as it takes\n      |     ^^^^^^^\n"})
	s.Keys("L")
	want := " muster.yaml:3:5: unknown key\n \"replica\"; did you mean \"replicas\"?\n     3 |     replica: 2 # of these the…\n       |     ^^^^^^^"
	if got := s.frame(); !strings.Contains(strings.ReplaceAll(trimmed(got), "\r", ""), want) {
		t.Errorf("got:\n%s", got)
	}
	s.Resize(120, 40)
	if got := s.frame(); !strings.Contains(got, `unknown key "replica"; did you mean`) {
		t.Errorf("after it was made wide:\n%s", got)
	}
}

// trimmed is a frame without the blanks at the ends of its lines.
func trimmed(frame string) string {
	lines := strings.Split(frame, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
