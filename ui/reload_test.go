package ui

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"example.com/muster/procs"
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
	s := newStage(t, uitest.Composed())
	s.session.SetPlan(nil, errors.New("cannot read muster.yaml: 1 error\n\nmuster.yaml:3:5: unknown key \"replica\"; did you mean \"replicas\"?\n    replica: 2\n    ^^^^^^^"))
	s.Keys("L")
	frame := s.frame()
	for _, want := range []string{"nothing was changed", `did you mean "replicas"?`, "    ^^^^^^^"} {
		if !strings.Contains(frame, want) {
			t.Errorf("the frame does not say %q:\n%s", want, frame)
		}
	}
	s.Keys("esc")
	s.wantCommands(t)
	if strings.Contains(s.frame(), "replicas") {
		t.Error("Escape does not close it")
	}
}
