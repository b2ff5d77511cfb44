package cli

import (
	"context"

	"example.com/muster/procs"
	"example.com/muster/ui"
)

// screen shows the session on the terminal until the user leaves or the
// session has been ended from outside.
func (l *live) screen(ctx context.Context, ended <-chan struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // ends with ctx
		select {
		case <-ended:
			if l.asked.Load() != 0 {
				cancel() // nobody is there to press q
			}
		case <-ctx.Done():
		}
	}()
	browser := newBrowsing(ctx)
	defer browser.end()
	var pools []string
	for _, s := range l.specs {
		pools = append(pools, s.Name)
	}
	return ui.Run(ctx, arranged(ui.Options{
		Session:     l.session,
		In:          l.app.stdin,
		Out:         l.app.stdout,
		Theme:       l.look.theme,
		Keys:        l.look.keys,
		Columns:     l.look.columns,
		HungUp:      hangUp,
		Interrupted: func() { l.interrupted.Store(true) },
		Exit:        l.flags.exit,
		Tour:        l.tour,
		Focus:       l.session.Focus,
		Idle:        l.session.Idle,
		Bundle:      l.app.bundler(l.flags.session),
		Debug:       l.app.debugger(ctx),
		OnScreen:    l.guard.Drawing,

		WriteProfile: writeProfile,
		ServeProfile: browser.serve,
		OnResize: func(cols, rows int) {
			_ = l.session.Do(ctx, procs.Resize{Cols: cols, Rows: rows}) // refused only if it has ended
		},
	}, pools))
}
