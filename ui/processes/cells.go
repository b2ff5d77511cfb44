package processes

import (
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

func itoa(n int) string { return strconv.Itoa(n) }

// state is the sign and the words for what a row's process does. Both, so
// that colour never tells it alone.
func (r *row) state(now time.Time) string {
	switch {
	case r.zombie():
		return "✝ zombie"
	case r.many > 0:
		return "✗ ended"
	case r.child != nil:
		return childState(r.loudest())
	}
	s := r.slot
	switch s.State {
	case procs.Starting:
		if s.Reason != "" { // it waits for what it depends on
			return "◌ waiting"
		}
		return "◌ starting"
	case procs.Running:
		return runningState(s)
	case procs.Stopping:
		return "◍ stopping"
	case procs.BackingOff:
		return "↻ in " + countdown(s.NextTry.Sub(now))
	case procs.Stopped:
		if r.pool != nil && r.pool.Disabled && s.N == 0 {
			return "○ disabled"
		}
		return "○ stopped"
	case procs.Failed:
		if s.N == 0 && s.LastExit == nil { // what it depends on has failed
			return "✗ blocked"
		}
		return "✗ failed"
	case procs.Exited:
		return ended(s.LastExit)
	}
	return "? " + draw.Plain([]byte(s.State), 12)
}

// loudest is who of the row's descendant and those that are folded away below it needs a
// look first: the row says what that one does.
func (r *row) loudest() *procs.Descendant {
	first := r.child
	if first.Exit != nil {
		return first
	}
	for _, d := range r.below {
		if compareStates(childState(d), childState(first)) < 0 {
			first = d
		}
	}
	return first
}

// runningState tells a process that runs from one that only exists.
func runningState(s *procs.Slot) string {
	switch {
	case s.Debugged:
		return "‖ debugged"
	case s.Paused:
		return "‖ paused"
	case s.Kernel == procs.RunStopped:
		return "‖ SIGSTOP"
	case s.Kernel == procs.RunTraced:
		return "‖ traced"
	case s.Kernel == procs.RunZombie:
		return "✝ zombie"
	case s.Probed && s.Ready:
		return "● ready"
	case s.Probed:
		return "◐ not ready"
	}
	return "● running"
}

// childState is the kernel's word for a descendant, as muster gives it no state.
func childState(d *procs.Descendant) string {
	switch {
	case d.Told && d.Exit.OK(): // a code of 0, but a task is lost
		return "✗ " + d.Exit.String()
	case d.Exit != nil:
		return ended(d.Exit)
	case d.Debugged:
		return "‖ debugged"
	}
	switch d.State {
	case procs.RunRunning:
		return "● on cpu"
	case procs.RunQueued:
		return "◌ wants cpu"
	case procs.RunSleeping, procs.RunIdle:
		return "· sleeping"
	case procs.RunDisk:
		return "◆ disk wait"
	case procs.RunStopped:
		return "‖ SIGSTOP"
	case procs.RunTraced:
		return "‖ traced"
	case procs.RunZombie, procs.RunDead:
		return "✝ zombie"
	}
	return "·"
}

// ended says how a run ended: "✓ exit 0", "✗ SIGSEGV core".
func ended(e *procs.Exit) string {
	switch {
	case e == nil:
		return "○ ended"
	case e.OK():
		return "✓ " + e.String()
	case e.StartError != "":
		return "✗ failed"
	case e.Signal != 0 && e.Core:
		return "✗ " + e.Signal.String() + " core"
	}
	return "✗ " + e.String()
}

// countdown is the time until something happens, in whole seconds.
func countdown(d time.Duration) string {
	return seconds(d + time.Second - 1)
}

// stateStyle is the colour of the words of state. The same words always have
// the same one.
func (r *row) stateStyle(t *theme.Theme) theme.Style {
	switch {
	case r.child == nil && r.slot.State == procs.Running && standsStill(r.slot):
		return t.Warning
	case r.child == nil:
		return t.State(r.slot.State, r.slot.LastExit)
	case r.zombie():
		return t.Warning
	case r.child.Told:
		return t.Error
	case r.child.Exit != nil:
		return t.Dim
	}
	d := r.loudest()
	if d.Debugged {
		return t.Warning
	}
	switch d.State {
	case procs.RunRunning, procs.RunQueued:
		return t.State(procs.Running, nil)
	case procs.RunDisk, procs.RunStopped, procs.RunTraced, procs.RunZombie, procs.RunDead:
		return t.Warning
	}
	return t.Dim
}

// standsStill reports whether a slot runs that does not do what it is for.
func standsStill(s *procs.Slot) bool {
	switch s.Kernel {
	case procs.RunStopped, procs.RunTraced, procs.RunZombie:
		return true
	}
	return s.Paused || s.Debugged || s.Probed && !s.Ready
}

// age is how long the row's process has been running; ok is false if it is not.
func (r *row) age(now time.Time) (d time.Duration, ok bool) {
	since, live := r.slot.StartedAt, r.slot.State.Live()
	if r.child != nil {
		since, live = r.child.StartedAt, r.child.Exit == nil
	}
	if !live || since.IsZero() {
		return 0, false
	}
	return now.Sub(since), true
}

// up is its age as the table shows it.
func (r *row) up(now time.Time) string {
	if d, ok := r.age(now); ok {
		return seconds(d)
	}
	return ""
}

// seconds is a duration without what changes faster than a screen should.
func seconds(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	return draw.Duration(d.Truncate(time.Second))
}

// before is what stands before the last line where that alone would mislead:
// why a slot failed, how the run ended that is to be tried again.
func (r *row) before() string {
	if r.child != nil {
		return ""
	}
	switch {
	case r.slot.State == procs.BackingOff && r.slot.LastExit != nil && r.reason() == "":
		return "after " + r.slot.LastExit.String() + ": "
	case r.slot.State == procs.Failed && r.slot.Reason == "" && r.slot.LastExit != nil:
		return r.slot.LastExit.String() + ": "
	}
	return ""
}

// figure is a count for a column; "-" where it is not known.
func figure(n int) string {
	switch {
	case n < 0:
		return draw.NotKnown
	case n >= 10000:
		return itoa(n/1000) + "k"
	}
	return itoa(n)
}

// rate is a number per second with what the eye needs of it.
func rate(v float64, exact bool) string {
	if v < 0 {
		return draw.NotKnown
	}
	s := strconv.FormatFloat(v, 'f', 0, 64)
	if v > 0 && v < 10 {
		s = strconv.FormatFloat(v, 'f', 1, 64)
	}
	if v >= 1e6 {
		s = strconv.FormatFloat(v/1e6, 'f', 1, 64) + "M"
	}
	if !exact && v > 0 {
		return "≥" + s
	}
	return s
}

// shownName is the name as the table shows it: made safe and in at most w
// cells, with the number of those folded away below it that still run. Of lines of the tree
// that leave a name too little room the innermost stay.
func (r *row) shownName(w int) (tree, name, folded string) {
	tree = draw.TruncateLeft(r.tree, max(minTree, w-minName))
	folded = r.foldedText()
	room := max(1, w-draw.Width(tree)-len(folded))
	return tree, fitName(r.name(), room), folded
}

// foldedText is how many run that are folded away below a row: " +300"; "" if none are.
func (r *row) foldedText() string {
	if !r.folded {
		return ""
	}
	return " +" + itoa(len(r.below))
}

// minTree is the least room in which the tree tells that there is more of it.
const minTree = 4

// fitName makes a name safe and fits it into room cells. A number at its end stays, as that
// is what tells the workers of a pool apart: "ForkPo…r-3".
func fitName(name string, room int) string {
	whole := draw.Plain([]byte(name), 0)
	head := strings.TrimRight(whole, "0123456789")
	number := len(whole) - len(head)
	if room < minCut || number == 0 || draw.Width(whole) <= room {
		return strings.TrimRight(draw.Truncate(whole, room), " ")
	}
	tail := draw.TruncateLeft(whole, min(room-2, number+3)) // with a little before it
	if head == "" {
		return draw.TruncateLeft(whole, room)
	}
	return strings.TrimRight(draw.Plain([]byte(head), room-draw.Width(tail)), " ") + tail
}

// minCut is the least room in which both ends of a name say something.
const minCut = 5
