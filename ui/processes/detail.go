package processes

import (
	"path/filepath"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
)

// detail is one line about the selected row that the table has no room for:
// how the last run ended and when, why a slot failed, or what runs.
func (s *Screen) detail(r *row) string {
	if r.child != nil {
		if e := r.child.Exit; e != nil {
			return endText(e, s.now)
		}
		return commandLine(r.child.Argv)
	}
	slot := r.slot
	switch slot.State {
	case procs.Failed:
		if slot.Reason != "" {
			return slot.Reason
		}
		return endText(slot.LastExit, s.now)
	case procs.Exited, procs.BackingOff:
		return endText(slot.LastExit, s.now)
	case procs.Stopped:
		return "stopped"
	}
	text := commandLine(r.pool.Argv)
	if slot.Output != "" {
		text += "  (" + string(slot.Output) + ")"
	}
	return text
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
		text += " after " + draw.Duration(e.At.Sub(e.RunStartedAt))
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
