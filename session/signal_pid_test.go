package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
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

// Nobody is signalled where it is not clear who is meant.
func TestASignalForWhomItCannotBe(t *testing.T) {
	s, _ := served(t, sleeper("p"))
	until(t, "its start", func() bool { return s.Snapshot().Pools[0].Slots[0].PID != 0 })
	for want, d := range map[string]DoJSON{
		`cannot send a signal to "nobody": it goes to the group or the leader`:  {Processes: []string{"p/0"}, To: "nobody"},
		"cannot send a signal to the group of pid 7: one process gets it alone": {PID: 7, To: "group"},
	} {
		d.Command, d.Signal = "signal", "KILL"
		var refusal *Refusal
		if _, err := client(t).Do(context.Background(), d); !errors.As(err, &refusal) || refusal.Status != http.StatusBadRequest || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Who signals a process that has just ended is told so, by its name as long as that is known.
func TestASignalToWhatHasEndedSaysSo(t *testing.T) {
	s, _ := served(t, procs.Spec{Name: "p", Argv: []string{"sh", "-c", "sleep 1000; sleep 1001; :"}, Output: procs.OutputPipe}.WithDefaults())
	slot := func() procs.Slot { return s.Snapshot().Pools[0].Slots[0] }
	until(t, "the child of the shell by its name", func() bool { d := slot().Descendants; return len(d) == 1 && d[0].Label == "sleep" })
	child := slot().Descendants[0]
	kill := procs.SignalPID{Ref: child.PIDRef, Signal: procs.SIGKILL}
	if err := s.Do(context.Background(), kill); err != nil {
		t.Fatal(err)
	}
	until(t, "its end", func() bool { return slot().Descendants[0].Exit != nil })
	if got, want := crash.Headline(*slot().Descendants[0].Exit), "SIGKILL: muster sent it"; got != want {
		t.Errorf("of its end it is said %q, want %q", got, want)
	}
	want := fmt.Sprintf("sleep (pid %d) has ended", child.PID)
	if err := s.Do(context.Background(), kill); err == nil || err.Error() != want || !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("the session says %v, want %s", err, want)
	}
	d, _ := CommandJSON(kill)
	if _, err := client(t).Do(context.Background(), d); err == nil || err.Error() != want {
		t.Errorf("its server says %v, want %s", err, want)
	}
	kill.Ref.StartTime--
	want = fmt.Sprintf("pid %d has ended", child.PID)
	if err := s.Do(context.Background(), kill); err == nil || err.Error() != want {
		t.Errorf("of who had the number before the session says %v, want %s", err, want)
	}
}
