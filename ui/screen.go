package ui

import (
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

// A shower is a screen that can show one source of output, or what concerns one slot.
type shower interface{ Show(procs.Source) }

// A selector is a screen on which a slot is selected.
type selector interface {
	Selected() (id procs.ID, ok bool)
}

// A paner is a screen with a pane that shows output.
type paner interface {
	PaneSize() (cols, rows int)
}

// A receiver is a screen that looks things up outside the event loop. After
// each frame it is asked for the look that it needs next, if any.
type receiver interface {
	More() tea.Cmd
	Receive(answer any) tea.Cmd
}

// unbuilt stands for a screen that does not exist yet, and says what it will show.
type unbuilt struct {
	screen keys.Screen
	will   string
	w, h   int
}

func (u *unbuilt) Sync(port.Session, time.Time)       {}
func (u *unbuilt) Handle(keys.Intent) (tea.Cmd, bool) { return nil, false }
func (u *unbuilt) SetSize(w, h int)                   { u.w, u.h = w, h }
func (u *unbuilt) Help() []keys.Hint                  { return nil }

func (u *unbuilt) Render() string {
	return draw.Lines([]string{"", " " + u.screen.String() + ": not built yet", " " + u.will}, u.w, u.h)
}
