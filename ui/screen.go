package ui

import (
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// Screen is what fills the body of the frame. The root calls Sync before each
// Render, and never Render without it.
type Screen interface {
	// Sync reads what the screen shows. It may call the quick methods of the
	// session, not Do.
	Sync(s port.Session, now time.Time)
	// Handle carries out an intent and reports whether it means something here.
	// The command, if any, delivers what the screen wants of the root: see
	// keys.Send.
	Handle(in keys.Intent) (tea.Cmd, bool)
	// SetSize gives the size of the body in cells.
	SetSize(w, h int)
	// Render returns exactly h lines of at most w cells.
	Render() string
	// Help returns the hints for the bottom line, the most useful first.
	Help() []keys.Hint
}

// A sourceShower is a screen that can be asked to show one source of output, or what concerns one slot.
type sourceShower interface{ Show(procs.Source) }

// A selector is a screen on which a slot is selected.
type selector interface {
	Selected() (id procs.ID, ok bool)
}

// A lossReporter is a screen that says so if its selected process has gone and another is
// selected now, which nobody has pointed at. Lost tells that once; it is "" if it is not so.
type lossReporter interface{ Lost() string }

// A watcher is a screen that takes each snapshot down, also while another one is in front.
type watcher interface{ Watch(*procs.Snapshot) }

// A paneSizer is a screen with a pane that shows output, of a size that processes may learn.
type paneSizer interface {
	PaneSize() (cols, rows int)
}

// A looker is a screen that may have a terminal to show that nobody types into: after each
// frame it is asked for whose, and in which size.
type looker interface {
	Looks() (id procs.ID, cols, rows int, ok bool)
	SetPicture(lines []string)
}

// A receiver is a fetcher that takes what was looked up.
type receiver interface {
	fetcher
	Receive(answer any) tea.Cmd
}

// A fetcher looks things up outside the event loop. After each frame it is asked for
// the look that it needs next, if any.
type fetcher interface{ More() tea.Cmd }

// unbuilt stands for a screen that does not exist yet, and says what it will show; or
// that a map does not have, and then says what does instead.
type unbuilt struct {
	screen keys.Screen
	will   string
	// commands tell it of processes whose pids follow; nil for a screen that is to come.
	commands []string
	pids     string // of what lives
	w, h     int
}

// maxPIDs is how many processes a command is shown with.
const maxPIDs = 8

// Sync finds the processes that the commands are for.
func (u *unbuilt) Sync(s port.Session, _ time.Time) {
	u.pids = ""
	n := 0
	for _, p := range s.Snapshot().Pools {
		for i := range p.Slots {
			if pid := p.Slots[i].PID; pid != 0 && p.Slots[i].State.Live() && n < maxPIDs {
				u.pids, n = u.pids+" "+strconv.Itoa(pid), n+1
			}
		}
	}
	if u.pids == "" {
		u.pids = " PID"
	}
}

func (u *unbuilt) Handle(keys.Intent) (tea.Cmd, bool) { return nil, false }
func (u *unbuilt) SetSize(w, h int)                   { u.w, u.h = w, h }
func (u *unbuilt) Help() []keys.Hint                  { return nil }

// words are what it will show.
func (u *unbuilt) words() []string {
	var lines []string
	for _, l := range draw.Words(u.will, max(1, u.w-2)) {
		lines = append(lines, " "+l)
	}
	return lines
}

func (u *unbuilt) Render() string {
	if u.commands == nil {
		return draw.Lines(append([]string{"", " " + u.screen.String() + ": not built yet"}, u.words()...), u.w, u.h)
	}
	lines := append([]string{""}, u.words()...)
	lines = append(lines, "")
	for _, c := range u.commands {
		lines = append(lines, "   "+c+u.pids)
	}
	return draw.Lines(lines, u.w, u.h)
}
