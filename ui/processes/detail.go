package processes

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
)

// detail is one line about the selected row that the table has no room for:
// how the last run ended and when, why a slot failed, or what runs.
func (s *Screen) detail(r *row) string {
	if text := s.waitDetail(r); text != "" {
		return text
	}
	if r.child != nil {
		if e := r.child.Exit; e != nil {
			return endText(e, s.now)
		}
		return commandLine(r.child.Argv)
	}
	slot := r.slot
	if r.empty() {
		return commandLine(r.pool.Argv)
	}
	if reason := r.reason(); reason != "" {
		return reason
	}
	switch slot.State {
	case procs.Failed, procs.Exited, procs.BackingOff:
		return endText(slot.LastExit, s.now)
	case procs.Stopped:
		return "stopped"
	}
	vars := procs.Vars{ID: slot.ID, Port: slot.Port, PprofPort: slot.PprofPort}
	text := commandLine(vars.ExpandAll(r.pool.Argv))
	if notes := notes(slot); len(notes) > 0 {
		text += "  (" + strings.Join(notes, ", ") + ")"
	}
	return text
}

// notes are what a process was given: how its output is read, and its ports.
func notes(slot *procs.Slot) (notes []string) {
	if slot.Output != "" {
		notes = append(notes, string(slot.Output))
	}
	if slot.Port != 0 {
		notes = append(notes, "port "+strconv.Itoa(slot.Port))
	}
	if slot.PprofPort != 0 {
		notes = append(notes, "pprof "+strconv.Itoa(slot.PprofPort))
	}
	return notes
}

// reason says why a slot does not do its work, where its state alone does
// not: what it waits for, what its probes say, why it failed or is ended.
func (r *row) reason() string {
	if r.child != nil {
		return ""
	}
	s := r.slot
	switch {
	case s.State == procs.Starting, s.State == procs.Failed, strings.HasPrefix(s.Reason, lifecycle.NotAlive),
		s.State == procs.Running && s.Probed && !s.Ready:
		return s.Reason
	}
	return ""
}

// idleReason is the reason of a slot that has no process: there are no figures
// of it, so the row has the room to say it in full.
func (r *row) idleReason() string {
	if r.child != nil || r.slot.State == procs.Running || r.slot.State == procs.Stopping {
		return ""
	}
	return r.reason()
}

// endText says how a run ended, in words, and how long ago.
func endText(e *procs.Exit, now time.Time) string {
	if e == nil {
		return ""
	}
	text := crash.Headline(*e)
	if !e.At.IsZero() {
		text += ", " + seconds(now.Sub(e.At)) + " ago"
	}
	if !e.RunStartedAt.IsZero() && e.At.After(e.RunStartedAt) {
		text += " after " + draw.Took(e.At.Sub(e.RunStartedAt))
	}
	return text
}

// commandLine is what runs, with the program's name but not its directory.
func commandLine(argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	return strings.Join(append([]string{filepath.Base(argv[0])}, argv[1:]...), " ")
}
