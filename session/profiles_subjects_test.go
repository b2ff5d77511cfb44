package session

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/capture"
)

// forkedJustNow returns a session's tree with a process, this one as it is listed before
// anything was measured of it, and as it is listed later.
func forkedJustNow(t *testing.T) (s *Session, first, later procs.PIDRef) {
	t.Helper()
	s = &Session{cfg: Config{Tree: tree.New(tree.Options{})}}
	first = procs.PIDRef{PID: os.Getpid()}
	s.cfg.Tree.Add(procs.Run{ID: procs.ID{Pool: "p"}, N: 1, PIDRef: first})
	for _, p := range s.cfg.Tree.Processes(nil) {
		later = p.PIDRef
	}
	if later.PID != first.PID || later.StartTime == 0 {
		t.Fatalf("the tree has %v", later)
	}
	return s, first, later
}

// A process is one and the same to all captures, though the tree learns only later when it
// started.
func TestAProcessThatWasForkedJustNowIsProfiledOnce(t *testing.T) {
	s, first, later := forkedJustNow(t)
	run := procs.Run{ID: procs.ID{Pool: "p"}, N: 1, PIDRef: procs.PIDRef{PID: 1, StartTime: 1}}
	listed := func(ref procs.PIDRef) []capture.Subject {
		return s.family(run, []procs.Descendant{{PIDRef: ref, PPID: 1, Label: "worker"}}, true, nil)
	}
	want := []capture.Subject{
		{PIDRef: run.PIDRef, Pool: "p", Process: "p/0"},
		{PIDRef: later, Pool: "p", Process: "p/0/worker"},
	}
	for _, ref := range []procs.PIDRef{first, later} {
		if diff := cmp.Diff(want, listed(ref)); diff != "" {
			t.Errorf("listed as %v: %s", ref, diff)
		}
	}

	p := &profiles{claimed: map[procs.PIDRef]int{}}
	if mine := p.claim(1, listed(first)); len(mine) != 2 {
		t.Errorf("the first capture has %v", mine)
	}
	if others := p.claim(2, listed(later)); len(others) != 0 {
		t.Errorf("a second capture has as well %v", others)
	}
}

// A trigger that has fired for a process does not fire again once it is known when that
// started.
func TestATriggerFiresOnceForAProcessThatWasForkedJustNow(t *testing.T) {
	s, first, later := forkedJustNow(t)
	trigger := procs.Trigger{When: procs.WhenBlocked, Over: 0.1}
	w, now := newWhenever(&profiles{session: s}), time.Unix(1000, 0)
	if !w.fires(w.conditionOf(trigger, first), now) {
		t.Error("it does not fire")
	}
	if w.fires(w.conditionOf(trigger, later), now.Add(whenLook)) {
		t.Error("it fires twice")
	}
}
