package cli

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/session/remote"
	"example.com/muster/ui"
	"example.com/muster/ui/headless"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
)

func (a *app) attachCommand() *cobra.Command {
	var name, color, colours string
	var asText bool
	cmd := &cobra.Command{
		Use:   "attach [SESSION]",
		Short: "Show the screen of a running session",
		Long: "Attach shows the same screen as the terminal that a session was started in; several may be\n" +
			"attached at once. q asks whether to leave it running (d) or to stop everything (s); Ctrl-Z\n" +
			"suspends this screen only. The code is 0, or 1 if the session was killed meanwhile.\n\n" +
			"With --plain it prints what happens from now on instead, in sentences, and Ctrl-C leaves.",
		Example:               "  muster run -d --session web -- ./server\n  muster attach web",
		Args:                  takesAtMost(1),
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			if len(args) == 1 {
				name = args[0]
			}
			if asText {
				return a.attachPlain(cmd.Context(), name)
			}
			if !a.screenWorks() {
				return usage("muster attach --plain, muster ps, muster logs -f and /v1/events of docs/api.md need none", "cannot attach: %s", a.noScreen())
			}
			look, err := a.look(colours, color)
			if err != nil {
				return err
			}
			return a.attach(cmd.Context(), name, look)
		},
	}
	a.addSession(cmd, &name)
	cmd.Flags().StringVar(&color, "color", "auto", "auto, always or never")
	addTheme(cmd.Flags(), &colours)
	cmd.Flags().BoolVar(&asText, "plain", false, plainUsage)
	return cmd
}

// dial finds a session and follows it until leave is called.
func (a *app) dial(ctx context.Context, name string) (s *remote.Session, leave func(), err error) {
	s, err = remote.Dial(ctx, name)
	if err != nil {
		return nil, nil, a.noAnswer(err)
	}
	following, cancel := context.WithCancel(ctx)
	followed := make(chan struct{})
	go func() { // ends with the session, or when it has been left
		defer close(followed)
		s.Run(following)
	}()
	return s, func() { cancel(); <-followed }, nil
}

// untilAsked is a context that ends with what ends a screen, and nothing else.
func (a *app) untilAsked(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	giveBack := a.takeQuit()
	return ctx, func() { giveBack(); stop() }
}

// attachPlain says what happens in a session until Ctrl-C or its end.
func (a *app) attachPlain(ctx context.Context, name string) error {
	ctx, stop := a.untilAsked(ctx)
	defer stop()
	s, leave, err := a.dial(ctx, name)
	if err != nil {
		return err
	}
	events, err := s.Events(ctx)
	if err != nil {
		leave()
		return a.noAnswer(err)
	}
	defer events.Close() //nolint:errcheck // it was only read
	talk := headless.Attached{Session: s, Events: events, Out: a.stdout, Theme: theme.New(colorprofile.NoTTY, false), Terminal: term.IsTerminal(a.stdout.Fd())}
	err = talk.Run(ctx)
	if err == nil { // that there are no more events is known a moment before
		select {
		case <-s.Ended():
		case <-ctx.Done():
		}
	}
	leave()
	if err != nil {
		return unlessClosed(err)
	}
	return a.farewell(ctx, s)
}

// attach shows a session until the user leaves or it ends.
func (a *app) attach(ctx context.Context, name string, look look) error {
	ctx, stop := a.untilAsked(ctx)
	defer stop()
	s, leave, err := a.dial(ctx, name)
	if err != nil {
		return err
	}
	shown, hide := context.WithCancel(ctx)
	go func() { // ends with shown
		select {
		case <-s.Ended():
			hide()
		case <-shown.Done():
		}
	}()
	initial := keys.Processes
	if s.Found().Tasks != nil {
		initial = keys.Tasks
	}
	browser := newBrowsing(shown)
	defer browser.end()
	var pools []string
	for _, p := range s.Snapshot().Pools {
		pools = append(pools, p.Name)
	}
	err = ui.Run(shown, arranged(ui.Options{
		WriteProfile: writeProfile, ServeProfile: browser.serve,
		Session: s, In: a.stdin, Out: a.stdout, Attached: true, InitialScreen: initial, Focus: s.Focus, Bundle: a.bundler(s.Name()), Debug: a.debugger(shown),
		Theme: look.theme, Keys: look.keys, Columns: look.columns, HungUp: hangUp,
		OnResize: func(cols, rows int) {
			_ = s.Do(shown, procs.Resize{Cols: cols, Rows: rows}) // refused only if it has ended
		},
	}, pools))
	hide()
	a.await(s)
	leave()
	return errors.Join(err, a.farewell(ctx, s))
}

// goodbyeWait is for how long a session that has stopped everything may take to
// say goodbye.
const goodbyeWait = 2 * time.Second

// await gives a session that is ending the time to say so.
func (a *app) await(s *remote.Session) {
	if snap := s.Snapshot(); !snap.Ended || !snap.Stopping {
		return
	}
	select {
	case <-s.Ended():
	case <-time.After(goodbyeWait):
	}
}

// farewell says why there is no screen any more.
func (a *app) farewell(ctx context.Context, s *remote.Session) error {
	if code, ok := farewellCode(ctx, s); ok {
		_, err := fmt.Fprintf(a.stdout, "session %s has ended%s\n", s.Name(), withCode(code))
		return err
	}
	if ctx.Err() == nil && s.Lost() {
		a.code = codeFailed
		return fmt.Errorf("session %s was killed", s.Name())
	}
	_, err := fmt.Fprintf(a.stdout, "session %s runs on: muster attach %s\n", s.Name(), s.Name())
	return err
}

// farewellCode is the code with which a session has ended, once its process has: whoever
// asks next finds nothing of it. One that could not say goodbye in time, as on a very
// busy machine, has written it down; ok is false for one that was killed, or runs on.
func farewellCode(ctx context.Context, s *remote.Session) (code int, ok bool) {
	if code, ok := s.End(); ok {
		settles(ctx, s.Name()) // whoever does not want to wait knows the end, too
		return code, true
	}
	if !s.Lost() || !settles(ctx, s.Name()) {
		return 0, false
	}
	last := session.LastOf(s.Name())
	if last == nil || last.Code == nil {
		return 0, false
	}
	return *last.Code, true
}

func withCode(code int) string {
	if code == codeOK {
		return ""
	}
	return fmt.Sprintf(" with code %d", code)
}
