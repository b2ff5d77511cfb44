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
// what it waits for, how the last run ended and when, why a slot failed, or what runs. It
// may be longer than the w cells that it has.
func (s *Screen) detail(r *row, w int) string {
	if text := s.waitDetail(r, w); text != "" {
		return text
	}
	if r.child != nil {
		return r.childDetail(s.now)
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
		return s.stoppedText(slot)
	}
	vars := procs.Vars{ID: slot.ID, Port: slot.Port, PprofPort: slot.PprofPort}
	text := commandLine(vars.Argv(r.pool.Argv, r.pool.SlotOnly))
	if notes := notes(slot); len(notes) > 0 {
		text += "  (" + strings.Join(notes, ", ") + ")"
	}
	return text
}

// stoppedText says that a slot was stopped, and whether it had to be killed for that; how long
// after it was asked to end, if that has been seen here.
func (s *Screen) stoppedText(slot *procs.Slot) string {
	e := slot.LastExit
	if e == nil || !e.Asked || e.Signal != procs.SIGKILL {
		return "stopped"
	}
	text := "stopped, by SIGKILL"
	if m := s.past.slots[slot.ID]; m != nil && !m.stopping.IsZero() {
		if grace := e.At.Sub(m.stopping); grace >= leastGrace {
			text += " after " + draw.Took(grace)
		}
	}
	return text
}

// leastGrace is how long a run must have had to end before that is told: what was killed at once had none.
const leastGrace = 100 * time.Millisecond

// childDetail is the same about a descendant.
func (r *row) childDetail(now time.Time) string {
	switch e := r.child.Exit; {
	case r.zombie() && r.many > 0:
		if _, how := r.failures(); how != "" {
			return r.name() + ", " + r.reason()
		}
		return r.name() + ": " + r.reason()
	case r.many > 0:
		return r.name() + ": " + r.reason()
	case r.zombie():
		return endText(e, now) + "; " + unwaited
	case e != nil:
		return endText(e, now)
	}
	return commandLine(r.child.Argv)
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
// not: what it waits for, what its probes say, why it failed or is ended. Of those who have
// ended it says why they are there.
func (r *row) reason() string {
	s := r.slot
	switch {
	case r.zombie():
		return r.zombieReason(0)
	case r.many > 0:
		return "see the crashes"
	case r.child != nil:
		return ""
	case s.State == procs.Starting, s.State == procs.Failed, strings.HasPrefix(s.Reason, lifecycle.NotAlive),
		s.State == procs.Running && s.Probed && !s.Ready:
		return s.Reason
	}
	return ""
}

// idleReason is the reason of a row that has no process: there are no figures
// of it, so the row has the room to say it in full.
func (r *row) idleReason() string {
	if r.child == nil && (r.slot.State == procs.Running || r.slot.State == procs.Stopping) {
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
