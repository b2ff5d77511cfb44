package processes

import (
	"slices"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// Help returns the hints for the bottom line.
func (s *Screen) Help() []keys.Hint {
	r := s.row()
	switch {
	case s.inPane:
		return s.keys.Hints(keys.Processes, keys.Pane, keys.Zoom, keys.Follow, keys.Wrap, keys.Times, keys.Open, keys.Moment)
	case r == nil:
		return s.keys.Hints(keys.Processes, keys.Search)
	case r.empty() && s.snap.Stopping:
		return s.keys.Hints(keys.Processes, keys.Open, keys.Search, keys.Sort, keys.Columns)
	case r.empty():
		return s.keys.Hints(keys.Processes, keys.ScaleUp, keys.Open, keys.Search, keys.Sort, keys.Columns)
	}
	verbs := acts
	if s.session != nil && port.Tasks(s.session) != nil {
		verbs = mapped
	}
	return s.keys.Hints(keys.Processes, slices.DeleteFunc(slices.Clone(verbs), func(v keys.Verb) bool { return !s.applies(v, r) })...)
}

// acts are what can be done to a selected process, the most useful first.
var acts = []keys.Verb{
	keys.Open, keys.Type, keys.Pane, keys.Stop, keys.Start, keys.Restart, keys.Capture, keys.Search, keys.Sort, keys.Fold, keys.Zoom, keys.Columns,
	keys.ScaleUp, keys.ScaleDown, keys.RestartPool, keys.Kill, keys.Debug, keys.Copy,
}

// mapped are what can be done to a worker of a map: the items start and end its processes.
var mapped = []keys.Verb{
	keys.Open, keys.Pane, keys.Search, keys.Sort, keys.Fold, keys.Zoom, keys.ScaleUp, keys.ScaleDown, keys.Debug, keys.Copy,
}

// applies reports whether a verb can do something to a row as it is now. What does not is
// no hint; its key still says why.
func (s *Screen) applies(v keys.Verb, r *row) bool {
	state := r.slot.State
	switch v {
	case keys.Start: // also what waits, for others or for its next try, and what is being stopped
		return !s.snap.Stopping && state != procs.Running && (state != procs.Starting || r.slot.Reason != "")
	case keys.Restart, keys.RestartPool, keys.ScaleUp, keys.ScaleDown:
		return !s.snap.Stopping
	case keys.Stop, keys.Kill:
		if r.child != nil {
			return r.child.Exit == nil
		}
		return !state.Settled()
	case keys.Capture, keys.Debug:
		if r.child != nil {
			return r.child.Exit == nil
		}
		return state.Live() && r.slot.PID != 0
	case keys.Type:
		return r.slot.Output == procs.OutputPTY && r.slot.PID != 0
	}
	return true
}
