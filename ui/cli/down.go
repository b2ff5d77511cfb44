package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/session/remote"
	"example.com/muster/ui/draw"
)

func (a *app) downCommand() *cobra.Command {
	var name string
	var now bool
	cmd := &cobra.Command{
		Use:   "down [SESSION] [--now]",
		Short: "Stop everything in a session and end it",
		Long: "Down stops the processes of a session in reverse order of their dependencies, each with its\n" +
			"grace, and returns when the session has ended, with its code. Ctrl-C twice kills what is left.",
		Example:               "  muster down\n  muster down web --now",
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
			return a.down(cmd.Context(), name, now)
		},
	}
	a.addSession(cmd, &name)
	cmd.Flags().BoolVar(&now, "now", false, "kill at once, without grace")
	return cmd
}

// down ends a session and waits for its end.
func (a *app) down(ctx context.Context, name string, now bool) error {
	s, err := remote.Dial(ctx, name)
	if err != nil {
		return a.noAnswer(err)
	}
	began := time.Now()
	ctx, leave := context.WithCancel(ctx)
	followed := make(chan struct{})
	go func() { // ends with the session, or with ctx
		defer close(followed)
		s.Run(ctx)
	}()
	defer func() { leave(); <-followed }()
	if err := s.Do(ctx, procs.Shutdown{Now: now}); err != nil {
		return a.noAnswer(err)
	}
	d := descent{app: a, session: s, terminal: term.IsTerminal(a.stderr.Fd())}
	if ended, err := d.wait(ctx); !ended {
		return err
	}
	code, ok := farewellCode(ctx, s)
	for _, line := range toldSince(s.Snapshot().Notices, began) {
		_, _ = fmt.Fprintf(a.stderr, "muster: %s\n", line) // the terminal may have gone
	}
	if !ok {
		a.code = codeFailed
		return fmt.Errorf("session %s was killed before it had ended", s.Name())
	}
	a.code = code
	_, err = fmt.Fprintf(a.stdout, "session %s has ended%s\n", s.Name(), withCode(code))
	return err
}

// descent is the way down of one session.
type descent struct {
	app      *app
	session  *remote.Session
	terminal bool
	shown    string // the line of progress
	asked    int    // how often the user has pressed Ctrl-C
}

// wait returns when the session has ended, or somebody does not want to wait.
func (d *descent) wait(ctx context.Context) (ended bool, err error) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	defer d.app.takeQuit()()
	look := time.NewTicker(time.Second / 10)
	defer look.Stop()
	defer d.show("")
	for {
		d.show(stillUp(d.session.Snapshot()))
		select {
		case <-d.session.Ended():
			return true, nil
		case sig := <-signals:
			if sig != syscall.SIGINT {
				d.app.code = 128 + int(sig.(syscall.Signal))
				return false, nil
			}
			if err := d.interrupt(ctx); err != nil {
				return false, err
			}
		case <-d.session.Stirred():
		case <-look.C:
		}
	}
}

// interrupt is what Ctrl-C means: the second one kills.
func (d *descent) interrupt(ctx context.Context) error {
	d.show("")
	if d.asked++; d.asked == 1 {
		_, _ = fmt.Fprintln(d.app.stderr, "muster: it is being stopped; Ctrl-C again kills what is left") // the terminal may have gone
		return nil
	}
	if err := d.session.Do(ctx, procs.Shutdown{Now: true}); err != nil {
		return d.app.noAnswer(err)
	}
	return nil
}

// show draws the line of progress on a terminal; elsewhere nobody looks.
func (d *descent) show(text string) {
	if !d.terminal || text == d.shown {
		return
	}
	width, _, err := term.GetSize(d.app.stderr.Fd())
	if err != nil || width < 20 {
		width = 80
	}
	d.shown = text
	_, _ = fmt.Fprint(d.app.stderr, "\r\x1b[K", draw.Truncate(text, width-1)) // it is only progress
}

// stillUp says what is still to be stopped.
func stillUp(snap *procs.Snapshot) string {
	const most = 5
	var names []string
	n := 0
	for _, p := range snap.Pools {
		for i := range p.Slots {
			if p.Slots[i].State.Live() {
				if n++; n <= most {
					names = append(names, draw.Plain([]byte(p.Slots[i].ID.String()), 60))
				}
			}
		}
	}
	if n == 0 {
		return "everything has been stopped"
	}
	text := fmt.Sprintf("stopping %s: %s", draw.Plural(n, "process", "processes"), strings.Join(names, ", "))
	if n > most {
		text += " ..."
	}
	return text
}
