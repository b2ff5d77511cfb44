// Package ui is the interactive terminal: a frame around seven screens. Start
// at [Run].
//
// The root (root.go) is the only Bubble Tea model. It turns keys and the mouse into
// intents (route.go), hands them to the screen in front, serves what that asks
// for (serve.go), asks the user back (question.go, prompt.go) and draws the frame
// (frame.go). Bubble Tea calls View after every message, so View returns a
// field; a watcher (tick.go) has it built anew only if the session has moved.
// Leaving has its own small state machine (leave.go).
package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"

	"example.com/muster/procs"
	"example.com/muster/ui/background"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// Options is what [Run] needs to know. Only Session is required.
type Options struct {
	Session port.Session
	In, Out *os.File // the terminal; os.Stdin and os.Stdout by default
	// Theme is how things look; by default what the environment asks for.
	Theme *theme.Theme
	// Exit leaves as soon as everything has ended.
	Exit bool
	// InitialScreen is processes by default.
	InitialScreen keys.Screen
	// OnResize is told the size of the pane that shows output, for the
	// terminals of the children. It may wait; it is never called twice at once.
	OnResize func(cols, rows int)
	// Focus is told which slot is selected, so that more can be measured of
	// it. It may wait; it is never called twice at once.
	Focus func(procs.ID)
	// Now is the clock, time.Now by default.
	Now func() time.Time
}

const (
	// fps limits how often Bubble Tea writes to the terminal.
	fps = 30
	// commandDeadline is how long a command to the session may take.
	commandDeadline = 5 * time.Second
)

// Run shows the session until the user leaves or ctx ends, and gives the
// terminal back as it was. Neither end is an error. It handles no signals:
// whoever calls it does, and ends ctx.
func Run(ctx context.Context, o Options) error {
	o = o.withDefaults()
	m := newRoot(o, func(c procs.Command) error {
		ctx, cancel := context.WithTimeout(ctx, commandDeadline)
		defer cancel()
		return o.Session.Do(ctx, c)
	})
	if w, h, err := term.GetSize(o.Out.Fd()); err == nil {
		m.resize(w, h) // so that the first frame is a whole one
	}
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(o.In), tea.WithOutput(o.Out),
		tea.WithAltScreen(), tea.WithMouseCellMotion(), tea.WithFPS(fps), tea.WithoutSignalHandler())
	err := runWatched(ctx, p, o)
	if err == nil || errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("cannot go on with the screen: %w", err)
}

// runWatched runs the program with a watcher of the session beside it.
func runWatched(ctx context.Context, p *tea.Program, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { watch(ctx, o.Session, o.Now, p.Send) })
	_, err := p.Run()
	cancel()
	watcher.Wait()
	return err
}

func (o Options) withDefaults() Options {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Theme == nil {
		o.Theme = theme.New(theme.Detect("auto", true, os.Environ()), background.Dark())
	}
	if o.InitialScreen == 0 {
		o.InitialScreen = keys.Processes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
