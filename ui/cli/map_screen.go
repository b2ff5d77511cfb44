package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/charmbracelet/x/term"

	"example.com/muster/procs/task"
	"example.com/muster/ui"
	"example.com/muster/ui/keys"
)

// mapScreen shows a map on the terminal. What would be printed meanwhile waits
// in a file, and is printed when the screen has been left.
type mapScreen struct {
	app    *app // with the terminal
	flags  *mapFlags
	look   look
	keys   *os.File // where the keys come from
	opened bool     // keys was opened here
	spool  *os.File // without a name
}

// openMapScreen returns a screen; nil if there is to be none: no terminal, or
// what is printed as it comes was asked for.
func (a *app) openMapScreen(f *mapFlags) (*mapScreen, error) {
	if f.noTUI || f.plain || f.json || f.bar || f.ungroup || f.dryRun || !a.screenFits() {
		return nil, nil
	}
	look, err := a.look(f.theme, f.color)
	if err != nil {
		return nil, err
	}
	s := &mapScreen{app: a, flags: f, look: look, keys: a.stdin}
	if !term.IsTerminal(a.stdin.Fd()) { // it may carry the items
		tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
		if err != nil {
			return nil, nil //nolint:nilerr // without a terminal for the keys there is no screen, as anywhere else
		}
		s.keys, s.opened = tty, true
	}
	if s.spool, err = os.CreateTemp("", "muster-map-*"); err != nil {
		s.close()
		return nil, fmt.Errorf("cannot keep what is printed: %w", err)
	}
	_ = os.Remove(s.spool.Name()) // it lives as long as it is open
	return s, nil
}

// behind is the app of all that works behind the screen: what it prints waits.
func (s *mapScreen) behind() *app {
	hidden := *s.app
	hidden.stdout = s.spool
	if term.IsTerminal(s.app.stderr.Fd()) {
		hidden.stderr = s.spool
	}
	return &hidden
}

// run runs the map and shows it until the user leaves, or it has been ended from
// outside.
func (s *mapScreen) run(ctx context.Context, m *task.Map, live *mapSession) error {
	shown, hide := context.WithCancel(ctx)
	defer hide()
	var beside sync.WaitGroup
	ended := make(chan error, 1)
	beside.Go(func() {
		ended <- m.Run(ctx)
		hide()
	})
	beside.Go(func() { live.session.Run(shown) })
	if s.flags.exit {
		beside.Go(m.Finish)
	}
	err := ui.Run(shown, ui.Options{
		Session: live.session, In: s.keys, Out: s.app.stdout, InitialScreen: keys.Tasks, Exit: s.flags.exit, Focus: live.session.Focus,
		Theme: s.look.theme, Keys: s.look.keys, Columns: s.look.columns, HungUp: hangUp,
		OnScreen: live.guard.Drawing, Debug: s.app.debugger(shown),
	})
	m.Look()
	if err != nil || !m.Progress().Ended {
		m.Stop(true) // whoever showed it has left
	} else {
		m.Finish()
	}
	hide()
	beside.Wait()
	if failed := <-ended; failed != nil {
		return failed
	}
	return err
}

// print prints what has waited.
func (s *mapScreen) print() error {
	if _, err := s.spool.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("cannot read what was printed: %w", err)
	}
	_, err := io.Copy(s.app.stdout, s.spool)
	return err
}

// close gives back what is open.
func (s *mapScreen) close() {
	if s == nil {
		return
	}
	if s.opened {
		_ = s.keys.Close() // nothing was written to it
	}
	if s.spool != nil {
		_ = s.spool.Close() // it has been printed
	}
}
