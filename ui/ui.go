// Package ui is the interactive terminal: a frame around seven screens. Start
// at [Run].
//
// The root (root.go) is the only Bubble Tea model. It turns keys and the mouse into
// intents (route.go), hands them to the screen in front, serves what that asks
// for (serve.go), asks the user back (question.go, prompt.go) and draws the frame
// (frame.go), which ui/paint brings to the terminal. A watcher (tick.go) has the
// frame built anew only if the session has moved. Bubble Tea reads the keys and
// runs the loop; it neither draws nor touches the terminal.
// Leaving has its own small state machine (leave.go).
package ui

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/background"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/paint"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// Options is what [Run] needs to know. Only Session is required.
type Options struct {
	Session port.Session
	In, Out *os.File // the terminal; os.Stdin and os.Stdout by default
	// Theme is how things look; by default what the environment asks for.
	Theme *theme.Theme
	// Keys say what each key means; by default what the table says.
	Keys *keys.Map
	// Attached says that the session is another process's: one can leave
	// without ending it, and a suspended screen suspends nothing else.
	Attached bool
	// Exit leaves as soon as everything has ended.
	Exit bool
	// View is how the screens are arranged at first. OnView is told how they were in
	// the end, if that is another way.
	View   View
	OnView func(View)
	// Columns are the only ones that screen 1 shows at first, by their names; nil for those of View.
	Columns []string
	// Tour shows a newcomer around.
	Tour bool
	// InitialScreen is processes by default.
	InitialScreen keys.Screen
	// OnResize is told the size of the pane that shows output, for the
	// terminals of the children. It may wait; it is never called twice at once.
	OnResize func(cols, rows int)
	// Focus is told which slot is selected, so that more can be measured of
	// it. It may wait; it is never called twice at once.
	Focus func(procs.ID)
	// OnScreen is told right before the alternate screen is entered and right
	// after it has been left, also when the program is suspended: while it is
	// on there is something to restore, should the program die.
	OnScreen func(on bool)
	// Bundle writes all that is known of a crash to a file here, and returns its
	// name; nil where there is none to write it.
	Bundle func(ctx context.Context, id string) (file string, err error)
	// WriteProfile writes a capture to a file here, in a format, and returns the
	// file's name; nil where there is none to write it.
	WriteProfile func(c *session.Profiled, packed []byte, format string) (file string, err error)
	// ServeProfile shows a profile to a browser until the program ends, and
	// returns where; nil where nothing can.
	ServeProfile func(c *session.Profiled, packed []byte) (url string, err error)
	// Debug returns what debugs a process on the terminal; nil where nothing can.
	Debug func(keys.DebugMsg) *Debugger
	// HungUp is told that the terminal has gone. It may be called more than once, and
	// ends ctx if the screen is to end.
	HungUp func()
	// Interrupted is told that Ctrl-C ends a session in which something still runs; q
	// does not interrupt, it leaves.
	Interrupted func()
	// Idle says what Snapshot.Ended does, without a snapshot: that is asked for each time
	// something happens. By default it is the session's snapshot that is asked.
	Idle func() bool
	// Now is the clock, time.Now by default.
	Now func() time.Time
}

// commandDeadline is how long a command to the session may take.
const commandDeadline = 5 * time.Second

// Run shows the session until the user leaves or ctx ends, and gives the
// terminal back as it was. Neither end is an error. It handles no signals:
// whoever calls it does, and ends ctx.
func Run(ctx context.Context, o Options) error {
	o = o.withDefaults()
	terminal := paint.New(o.In, o.Out, o.OnScreen)
	m := newRoot(o, func(c procs.Command) error {
		ctx, cancel := context.WithTimeout(ctx, commandDeadline)
		defer cancel()
		return o.Session.Do(ctx, c)
	}, terminal)
	if size, ok := sizeOf(o.Out).(tea.WindowSizeMsg); ok {
		m.resize(size.Width, size.Height) // so that the first frame is a whole one
	}
	if err := terminal.Enter(); err != nil {
		return fmt.Errorf("cannot show the screen: %w", err)
	}
	defer func() { _ = terminal.Leave() }() // from a terminal that is gone or stuck there is no way back
	p := tea.NewProgram(m, tea.WithInput(input{o.In, o.HungUp}), tea.WithOutput(o.Out), tea.WithoutRenderer(), tea.WithoutSignalHandler())
	err := runWatched(ctx, p, o)
	m.giveBack()
	if v := m.view(); o.OnView != nil && v != o.View {
		o.OnView(v)
	}
	if err == nil || ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("cannot go on with the screen: %w", err)
}

// runWatched runs the program with a watcher of the session and one of the
// terminal's size beside it.
func runWatched(ctx context.Context, p *tea.Program, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	watchers.Go(func() { watch(ctx, &o, p.Send) })
	watchers.Go(func() { watchSize(ctx, o.Out, p.Send) })
	// Not by tea.WithContext: it would close the keyboard while it is being read.
	watchers.Go(func() { <-ctx.Done(); p.Quit() })
	_, err := p.Run()
	cancel()
	watchers.Wait()
	return err
}

func (o Options) withDefaults() Options {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Idle == nil {
		o.Idle = func() bool { return o.Session.Snapshot().Ended }
	}
	if o.Theme == nil {
		o.Theme = theme.New(theme.Detect("auto", true, os.Environ()), background.Dark())
	}
	if o.Keys == nil {
		o.Keys = keys.Standard()
	}
	if o.InitialScreen == 0 {
		o.InitialScreen = keys.Processes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
