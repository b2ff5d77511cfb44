package headless

import (
	"testing"
	"time"

	"example.com/muster/procs"
)

// TestVerdicts: a crash loop is told behind the crash that led to it, and without one a
// moment later.
func TestVerdicts(t *testing.T) {
	id, other := procs.ID{Pool: "p"}, procs.ID{Pool: "q"}
	exit := procs.Event{Type: procs.EventExit, ID: id, PID: 2}
	failed := procs.Event{Type: procs.EventState, ID: id, Text: "failed: crash loop: exit 4 after 1 restart"}
	crash := func(of procs.ID, pid int, label string) procs.Event {
		return procs.Event{Type: procs.EventCrash, ID: of, PID: pid, Label: label}
	}
	for _, tt := range []struct {
		name   string
		events []procs.Event
		after  time.Duration
		told   int // behind how many events; 0: not yet
	}{
		{"the crash comes", []procs.Event{exit, failed, crash(id, 1, ""), crash(id, 2, "")}, 0, 4},
		{"it has come before", []procs.Event{exit, crash(id, 2, ""), failed}, 0, 3},
		{"none comes", []procs.Event{exit, failed}, verdictWithin, 2},
		{"none has come yet", []procs.Event{exit, failed}, verdictWithin - 1, 0},
		{"that of an earlier run", []procs.Event{exit, failed, crash(id, 1, "")}, 0, 0},
		{"that of a descendant", []procs.Event{exit, failed, crash(id, 2, "child")}, 0, 0},
		{"that of another slot", []procs.Event{exit, failed, crash(other, 2, "")}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, now, told := newVerdicts(), time.Now(), 0
			for i, e := range tt.events {
				held := v.holds(e, now)
				if e.Type == procs.EventState && !held || len(v.due(now)) > 0 {
					told = i + 1
				}
			}
			if len(v.due(now.Add(tt.after))) > 0 {
				told = len(tt.events)
			}
			if told != tt.told {
				t.Errorf("told behind %d events, want %d", told, tt.told)
			}
		})
	}
}
