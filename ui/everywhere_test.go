package ui

import (
	"strings"
	"testing"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/uitest"
)

// S shows where all threads are, on whatever screen; Esc takes it away again.
func TestStacksOfEverything(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.session.SetStacks(session.StacksJSON{Stacks: []session.StackJSON{{
		Processes: []string{"api/0", "api/1"}, PID: 7, TID: 7, Count: 2, Wait: graph.InLock, Stack: []string{"/srv/worker.py:7 take", "/srv/worker.py:9 work"},
	}}})
	for _, screen := range []string{"1", "2", "4", "5"} {
		s.Keys(screen, "S")
		for _, want := range []string{"Where all threads were at 12:03:12", "2 of 2 threads: waiting for a lock in worker.py:7 take", "api/0, api/1", "/srv/worker.py:9 work"} {
			if !strings.Contains(s.frame(), want) {
				t.Errorf("on screen %s the sheet lacks %q:\n%s", screen, want, s.frame())
			}
		}
		s.Keys("esc")
		if strings.Contains(s.frame(), "Where all threads") {
			t.Errorf("on screen %s it stays", screen)
		}
	}
	s.wantCommands(t)
}
