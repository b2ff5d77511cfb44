package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/capture"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/report"
	"example.com/muster/session"
	"example.com/muster/ui"
	"example.com/muster/ui/keys"
)

// profileFileSession is a session in which nothing runs, and which has one
// capture: a file. The screens show it as they show any other.
type profileFileSession struct {
	name  string // of the file
	found session.Found
	snap  procs.Snapshot
}

// newProfileFileSession makes one of a file of some bytes, and of what is in it.
func newProfileFileSession(name string, bytes int64, r *report.Report) *profileFileSession {
	now := time.Now()
	at, took := r.At()
	c := &session.Profiled{
		Seq: 1, State: session.ProfileDone, File: name, Bytes: bytes, StartedAt: at, Took: took,
		Request: session.ProfileRequest{Targets: []string{filepath.Base(name)}, Kind: capture.Kind(r.Values()[r.Default()].Name)},
	}
	return &profileFileSession{
		name: name,
		snap: procs.Snapshot{Session: filepath.Base(name), Version: 1, At: now, StartedAt: now, Ended: true},
		found: session.Found{
			Profiles: []*session.Profiled{c},
			Locks:    &graph.View{},
		},
	}
}

func (f *profileFileSession) Snapshot() *procs.Snapshot { return &f.snap }

func (*profileFileSession) Version() uint64 { return 1 }

func (*profileFileSession) Stirred() <-chan struct{} { return nil }

func (f *profileFileSession) Found() session.Found { return f.found }

func (*profileFileSession) Output(procs.Query) (procs.Page, error) { return procs.Page{}, nil }

func (*profileFileSession) Samples(procs.ID, int) []procs.Sample { return nil }

// errFileOnly refuses what needs a process.
func (f *profileFileSession) errFileOnly() error {
	return fmt.Errorf("%s is a file, and nothing runs here", f.snap.Session)
}

func (f *profileFileSession) Do(context.Context, procs.Command) error { return f.errFileOnly() }

// Ask returns the file; there is nothing else to ask for.
func (f *profileFileSession) Ask(_ context.Context, q session.Question) (session.Answer, error) {
	if q, ok := q.(session.ProfileQuestion); ok && q.Seq == 1 {
		packed, err := os.ReadFile(f.name)
		return session.ProfileData(packed), err
	}
	return nil, f.errFileOnly()
}

// profileScreen shows a file that has been read, and is a profile, on the terminal.
func (a *app) profileScreen(ctx context.Context, name, theme string, r *report.Report) error {
	look, err := a.look(theme, "auto")
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return unreadableFile(name, err)
	}
	shown, hide := context.WithCancel(ctx)
	defer hide()
	browser := newBrowsing(shown)
	defer browser.end()
	return ui.Run(shown, ui.Options{
		Session: newProfileFileSession(name, info.Size(), r), In: a.stdin, Out: a.stdout, InitialScreen: keys.Profile,
		Theme: look.theme, Keys: look.keys, HungUp: hangUp,
		WriteProfile: writeProfile, ServeProfile: browser.serve,
	})
}
