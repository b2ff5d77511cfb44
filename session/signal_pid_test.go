package session

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"example.com/muster/procs"
)

// A pid names a process of the session only, and no longer than it lives: its
// number may be somebody else's by then.
func TestAPidNamesProcessesOfTheSessionOnly(t *testing.T) {
	s, _ := served(t, procs.Spec{Name: "p", Argv: []string{"sh", "-c", "sleep 1000; :"}, Output: procs.OutputPipe}.WithDefaults())
	slot := func() procs.Slot { return s.Snapshot().Pools[0].Slots[0] }
	until(t, "the child of the shell", func() bool { return len(slot().Descendants) == 1 })
	child := slot().Descendants[0].PIDRef
	c := client(t)
	for _, tt := range []struct {
		name string
		ref  procs.PIDRef
		ours bool
	}{
		{"the slot's own", procs.PIDRef{PID: slot().PID}, true},
		{"a child", child, true},
		{"a child, without its time", procs.PIDRef{PID: child.PID}, true},
		{"who had the number before", procs.PIDRef{PID: child.PID, StartTime: child.StartTime - 1}, false},
		{"init", procs.PIDRef{PID: 1}, false},
	} {
		_, err := c.Do(context.Background(), DoJSON{Command: "signal", Signal: "CONT", PID: tt.ref.PID, StartTime: tt.ref.StartTime})
		var refusal *Refusal
		if tt.ours && err != nil || !tt.ours && (!errors.As(err, &refusal) || refusal.Status != http.StatusNotFound) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
