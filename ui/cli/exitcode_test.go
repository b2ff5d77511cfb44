package cli

import (
	"testing"

	"example.com/muster/procs"
)

func TestExitCode(t *testing.T) {
	slot := func(state procs.State, e procs.Exit) procs.Slot { return procs.Slot{State: state, LastExit: &e} }
	ok := slot(procs.Exited, procs.Exit{})
	missing := slot(procs.Failed, procs.Exit{Code: 127, StartError: "not found: x"})
	tests := []struct {
		name   string
		signal procs.Signal
		slots  []procs.Slot
		want   int
	}{
		{"all ended well", 0, []procs.Slot{ok, ok}, 0},
		{"nothing has ended yet", 0, []procs.Slot{{State: procs.Stopped}}, 0},
		{"a pool of one ends with its child's code", 0, []procs.Slot{slot(procs.Exited, procs.Exit{Code: 9})}, 9},
		{"or its signal", 0, []procs.Slot{slot(procs.Exited, procs.Exit{Signal: procs.SIGKILL})}, 137},
		{"one of several failed", 0, []procs.Slot{ok, slot(procs.Exited, procs.Exit{Code: 9})}, 1},
		{"one of several was not found", 0, []procs.Slot{ok, missing}, 1},
		{"none of them was", 0, []procs.Slot{missing, missing}, 127},
		{"what was asked to end has not failed", 0, []procs.Slot{slot(procs.Stopped, procs.Exit{Signal: procs.SIGTERM, Asked: true})}, 0},
		{"a loop of good ends is a failure", 0, []procs.Slot{slot(procs.Failed, procs.Exit{})}, 1},
		{"what never ran, as what it depends on failed, has failed", 0, []procs.Slot{ok, {State: procs.Failed}}, 1},
		{"what muster ended as it did not answer has failed, with no code of its own", 0, []procs.Slot{slot(procs.Failed, procs.Exit{Signal: procs.SIGTERM, Asked: true, Why: "live: no"})}, 1},
		{"a signal comes before all", procs.SIGINT, []procs.Slot{slot(procs.Exited, procs.Exit{Code: 9})}, 130},
	}
	for _, tt := range tests {
		snap := &procs.Snapshot{Pools: []procs.Pool{{Slots: tt.slots}}}
		if got := exitCode(snap, tt.signal); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}
