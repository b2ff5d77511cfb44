package cli

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"

	"example.com/muster/procs"
	"example.com/muster/ui/headless"
	"example.com/muster/ui/theme"
)

// headless prints the session until all has ended, or whoever read the
// printing has gone.
func (l *live) headless(ctx context.Context, ended <-chan struct{}) error {
	terminal := term.IsTerminal(l.app.stdout.Fd())
	printer := headless.New(headless.Options{
		Session: l.session, Out: l.app.stdout, Err: l.app.stderr, JSON: l.flags.json, Prefix: l.flags.prefix, Terminal: terminal, Unread: isNull(l.app.stdout),
		Plain:   l.flags.plain && !l.flags.json,
		Theme:   l.app.paints(l.flags.theme, l.flags.color, terminal && !l.flags.plain),
		Columns: l.app.columns(terminal && !l.flags.plain), Colourless: theme.Colourless(l.flags.color, l.app.environ),
	})
	told := l.tellUnread()
	defer told()
	gone, unwatch := watchReader(l.app.stdout)
	defer unwatch()
	printing, enough := context.WithCancel(ctx)
	defer enough()
	printed := make(chan error, 1)
	go func() { printed <- printer.Run(printing) }() // ends when the session has, or writing fails
	quiet, cancel := context.WithCancel(ctx)
	defer cancel()
	go l.endWhen(quiet, l.session.Idle)
	var err error
	select {
	case err = <-printed:
	case <-gone:
		enough()
		<-printed           //nolint:errcheck // nobody reads what it has to say
		err = syscall.EPIPE // as the next write would have failed
	case <-ended:
		told()
		// All output has been read: let the printer come to its end.
		_ = l.store.Close() // its error has been told as a notice
		err = l.lastPrinted(printed)
	}
	if errors.Is(err, syscall.EPIPE) { // as in `| head`: end as SIGPIPE would have it
		l.asked.CompareAndSwap(0, int64(syscall.SIGPIPE))
		return nil
	}
	return err
}

// unreadFor is for how long whoever reads the output may let muster wait once all has ended
// and it was asked twice to end.
const unreadFor = time.Second

// lastPrinted waits until all is printed. A reader that has stopped reading, as less does
// that nobody scrolls, holds muster no longer than a second signal.
func (l *live) lastPrinted(printed <-chan error) error {
	look := time.NewTicker(unreadFor / 10)
	defer look.Stop()
	for {
		select {
		case err := <-printed:
			return err
		case <-look.C:
			if at := l.hurried.Load(); at != 0 && time.Since(time.Unix(0, at)) > unreadFor {
				return nil
			}
		}
	}
}

// columns tells how wide the terminal is; nil where lines cannot be redrawn.
func (a *app) columns(redraws bool) func() int {
	if !redraws || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return func() int {
		cols, _, _ := term.GetSize(a.stdout.Fd()) // 0 if that is not known
		return cols
	}
}

// isNull reports whether a file is the null device.
func isNull(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}

// endWhen shuts the session down once it is done; that is looked at whenever
// something has happened.
func (l *live) endWhen(ctx context.Context, done func() bool) {
	var last uint64
	for !done() {
		if ctx.Err() != nil {
			return
		}
		l.session.WaitEvents(ctx, last)
		events, _ := l.session.Events(last)
		if n := len(events); n > 0 {
			last = events[n-1].Seq
		}
	}
	_ = l.session.Do(ctx, procs.Shutdown{IfRunning: true}) // refused only if it has ended
}
