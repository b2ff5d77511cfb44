package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"

	"example.com/muster/internal/rest"
	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/supervisor"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/capture"
	"example.com/muster/profiling/lastwords"
	"example.com/muster/profiling/locks"
	"example.com/muster/profiling/postmortem"
	"example.com/muster/profiling/pyagent"
	"example.com/muster/session"
)

// live is a running session with everything that it stands on.
type live struct {
	app      *app
	flags    sessionFlags
	tui      bool
	look     look // of the screen, if there is one
	tour     bool // a newcomer is shown around
	specs    []procs.Spec
	reload   func() ([]procs.Spec, error) // nil: there is no configuration
	guard    *spawn.Guard
	launcher *supervisor.OnGuard
	store    *output.Store
	session  *session.Session
	server   *session.Server
	metrics  *session.MetricsServer // nil: not asked for
	record   *session.Lasting       // what is left for those who ask how it ended; nil if nothing can be
	ready    *os.File               // in the background: where to tell that it runs; else nil
	agent    *pyagent.Agent         // nil: not wanted, or not to be had
	goWords  *lastwords.Dir         // likewise
	modes    *term.State            // of the terminal that the only process reads from; nil: it reads from none
	spill    string                 // a directory to be removed at the end, "" if there is none
	late     []string               // what could not be set up, told once there is a session to tell
	asked    *atomic.Int64          // the signal that ended it, 0 if none did
	// interrupted: Ctrl-C at the screen did, which is no signal there.
	interrupted atomic.Bool
	// hurried is when a second signal came, in nanoseconds since 1970; 0 if none did.
	hurried atomic.Int64
	// guardLost says that the guard was killed, and everything with it.
	guardLost atomic.Bool
	// renewed: more is to be said of the log than was printed when it failed first.
	renewed atomic.Bool
}

// pools are what a session is to run.
type pools struct {
	name  string // of the session, unless a flag names it
	specs []procs.Spec
	// tour is for newcomers, if there is a screen.
	tour bool
	// reload reads the specs anew; nil where they do not come from a file.
	reload func() ([]procs.Spec, error)
}

// live runs pools until all has ended, or the user has had enough.
func (a *app) live(ctx context.Context, flags sessionFlags, p pools) error {
	if err := flags.check(); err != nil {
		return err
	}
	a.ran = true
	if flags.session == "" {
		flags.session = session.FreeName(p.name)
	}
	ready := a.fromForeground()
	if flags.detach && ready == nil {
		return a.detach()
	}
	l := &live{app: a, flags: flags, specs: p.specs, reload: p.reload, ready: ready}
	l.tui = !flags.noTUI && !flags.json && ready == nil && a.screenWorks()
	if l.tui {
		var err error
		if l.look, err = a.look(flags.theme, flags.color); err != nil {
			return err
		}
		if l.tour = p.tour; l.tour {
			markToured()
		}
	}
	growHeap()
	defer rest.Soon()()
	if err := l.open(); err != nil {
		return err
	}
	err := l.run(ctx)
	return errors.Join(err, l.close())
}

// screenWorks reports whether there is a terminal that can show a screen.
func (a *app) screenWorks() bool {
	return a.screenFits() && term.IsTerminal(a.stdin.Fd())
}

// screenFits reports whether standard output is a terminal that can show a
// screen, wherever the keys come from.
func (a *app) screenFits() bool {
	return term.IsTerminal(a.stdout.Fd()) && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != ""
}

// noScreen says why there can be none.
func (a *app) noScreen() string {
	if term.IsTerminal(a.stdout.Fd()) && term.IsTerminal(a.stdin.Fd()) {
		return fmt.Sprintf("a terminal with TERM=%s shows no screen", os.Getenv("TERM"))
	}
	return "this is no terminal"
}

// open sets everything up; nothing of the user's runs yet.
func (l *live) open() error {
	o := spawn.GuardOptions{KeepDaemons: l.keepsDaemons()}
	if l.tui {
		o.TTY, o.CrashOutput = l.app.stdout, crashOutput
	}
	guard, err := spawn.StartGuard(o) // first, as it gets ready while the rest is prepared
	if err != nil {
		return lacking(err)
	}
	l.guard = guard
	logDir, err := l.logDir()
	if err == nil {
		err = l.claim(logDir)
	}
	if err != nil {
		l.endGuard()
		return err
	}
	guard.Drawing(false)
	keep := logDir
	if keep == "" && !l.tui {
		keep = l.spillDir()
	}
	l.store = output.New(output.Config{Dir: keep, Notice: l.notice, Renew: l.renew})
	l.launcher = &supervisor.OnGuard{
		Guard: guard, Store: l.store, Environ: l.app.environ, Session: l.flags.session, TUI: l.tui, Notice: l.notice,
	}
	l.installAgent()
	if !l.tui && l.single() && l.ready == nil { // in the background there is nobody to type
		l.lendStdin()
	}
	tracker := tree.New(tree.Options{GuardPID: guard.PID, Session: l.flags.session})
	cols, rows := l.paneSize()
	l.session = session.New(session.Config{
		Name: l.flags.session, Pools: l.specs, Launch: l.launcher, Tree: tracker, Signal: spawn.SignalRef, Agent: l.agent,
		Store: l.store, LogDir: logDir, Reload: l.reload, Interval: l.flags.interval, Cols: cols, Rows: rows, Jitter: rand.Float64,
		Comm: procfs.Comm, Stacks: locks.Stacks, PostMortem: postmortem.New(), GoCrash: l.goCrash(), Environ: l.environ, OnCrash: l.onCrash(), Hook: l.launcher.Hook, FailFast: l.flags.failFast, CrashDir: l.crashDir(),
		Profile: capture.Take, ProfileAgent: l.profileAgent(), ProfileDir: l.profileDir(), ProfileWhen: l.flags.triggers,
	})
	if err := l.serve(); err != nil {
		l.endGuard()
		return errors.Join(err, l.store.Close(), l.sweep(), l.release(codeFailed))
	}
	for _, text := range l.late {
		l.session.Notify(text)
	}
	return nil
}

// crashOutput has the text of a panic written to a file too; to none with nil.
func crashOutput(file *os.File) error { return debug.SetCrashOutput(file, debug.CrashOptions{}) }

// logDir makes the session's log directory; without one muster runs on, and says so. The
// error is that what the user has named for it is no directory.
func (l *live) logDir() (dir string, err error) {
	if l.flags.logDir != "" {
		dir, err = filepath.Abs(l.flags.logDir)
		if err == nil {
			err = os.MkdirAll(dir, 0o700)
		}
	} else {
		dir, err = session.LogDir(session.StateDir(), l.flags.session)
	}
	if errors.Is(err, syscall.ENOTDIR) && l.flags.logDir != "" {
		return "", usage("--log-dir names a directory, which is made if it is not there", "cannot keep the output in %s: it is not a directory", l.flags.logDir)
	}
	if err != nil {
		l.late = append(l.late, fmt.Sprintf("no log is kept on disk: %v", err))
		return "", nil
	}
	return dir, nil
}

// installAgent puts the agent for Python programs into the session's private
// directory. Without it everything else works, so it is no reason to stop.
func (l *live) installAgent() {
	if l.flags.noAgent {
		return
	}
	if l.record == nil { // there is no such directory, which has been told
		return
	}
	agent, err := pyagent.Install(filepath.Join(session.StateDir(), l.flags.session, "agent"))
	if err != nil {
		l.late = append(l.late, err.Error())
		return
	}
	l.agent, l.launcher.Agent = agent, agent.Environ
	words, err := lastwords.Make(filepath.Join(session.StateDir(), l.flags.session, "go"))
	if err != nil {
		l.late = append(l.late, err.Error())
		return
	}
	l.goWords, l.launcher.GoCrashes = words, words.Variable()
}

// goCrash reads what Go programs with muster's agent have left; nil if they are
// told of no place to leave it.
func (l *live) goCrash() func(procs.ID, int, time.Time) []procs.Line {
	if l.goWords == nil {
		return nil
	}
	return l.goWords.Of
}

// spillDir is where the output waits for the headless printer when no log can
// be kept. Without it a slow reader of the printing would miss lines.
func (l *live) spillDir() string {
	dir, err := os.MkdirTemp("", "muster-spill-")
	if err != nil {
		return "" // then the printer tells how many lines it missed
	}
	l.spill = dir
	return dir
}

// notice passes on what the store has to say; it may come before there is a session.
func (l *live) notice(text string) {
	if l.session != nil {
		l.session.Notify(text)
	}
}

// renew passes on that the store has something newer to say.
func (l *live) renew(was, text string, news bool) {
	l.renewed.Store(true)
	if l.session != nil {
		l.session.Renotify(was, text, news)
	}
}

func (l *live) single() bool { return len(l.specs) == 1 && l.specs[0].Size == 1 }

func (l *live) keepsDaemons() bool {
	for _, s := range l.specs {
		if s.KeepDaemons {
			return true
		}
	}
	return false
}

// paneSize is a first guess at the size of the output pane, until the screen tells.
func (l *live) paneSize() (cols, rows int) {
	w, h, err := term.GetSize(l.app.stdout.Fd())
	if !l.tui || err != nil || w < 20 || h < 10 {
		return 80, 24
	}
	return w, h / 2
}

// run starts the session and shows it.
func (l *live) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	go func() { // ends when every run has ended
		defer close(ended)
		l.session.Run(ctx)
	}()
	stop := l.handleSignals()
	defer stop()
	kept := make(chan struct{})
	go func() { // ends with ctx
		defer close(kept)
		l.keepPlace(ctx)
	}()
	defer func() { cancel(); <-kept }()
	var err error
	switch {
	case l.ready != nil:
		err = l.background(ctx, ended)
	case l.tui:
		err = l.screen(ctx, ended)
	default:
		err = l.headless(ctx, ended)
	}
	// Whoever showed the session has left: whatever still runs ends now.
	_ = l.session.Do(ctx, procs.Shutdown{IfRunning: true}) // refused if it has ended
	<-ended
	if l.tui && l.ready == nil {
		l.tellEnd()
	}
	last := l.session.Snapshot()
	if unshelled(last) {
		_, _ = io.WriteString(l.app.stderr, "hint: a command line of a shell is run with sh -c '...'\n") // whoever closed it does not want to know
	}
	if lack := lacked(last); lack != "" {
		_, _ = fmt.Fprintf(l.app.stderr, "hint: %s\n", moreOf(lack)) // likewise
	}
	l.app.code = exitCode(last, l.endedBy())
	l.app.code = failedFast(l.app.code, l.single(), l.session.FailedFast())
	if l.app.code == codeOK && l.guardLost.Load() {
		l.app.code = codeFailed
	}
	return err
}

// endedBy is the signal that ended the session, 0 if none did.
func (l *live) endedBy() procs.Signal {
	if asked := procs.Signal(l.asked.Load()); asked != 0 || !l.interrupted.Load() {
		return asked
	}
	return procs.SIGINT
}

// say tells something on standard error, unless a screen is in front of it.
func (l *live) say(format string, args ...any) {
	if !l.tui {
		_, _ = fmt.Fprintf(l.app.stderr, "muster: "+format+"\n", args...) // whoever closed it does not want to know
	}
}

// endWait bounds the wait for the guard: it has only what ignores SIGKILL left.
const endWait = 5 * time.Second

func (l *live) endGuard() {
	ctx, cancel := context.WithTimeout(context.Background(), endWait)
	defer cancel()
	if err := l.guard.Close(ctx); err != nil {
		complain(l.app.stderr, err)
	}
}

// close ends what the session stood on and works out the exit code.
func (l *live) close() error {
	l.endGuard()
	l.tidyTerminal()
	if l.record != nil {
		l.record.Ending()
	}
	var err error
	if l.server != nil {
		err = l.server.Close(l.app.code)
	}
	l.store.Look() // the report has what is told of the log
	if l.flags.report != "" {
		failed := l.app.writeReport(l.flags.report, l.session.Report())
		if errors.Is(failed, syscall.EPIPE) { // as in `| head`: end as SIGPIPE would have it
			l.app.code, failed = 128+int(syscall.SIGPIPE), nil
		}
		err = errors.Join(err, failed)
	}
	if lost := l.store.Close(); lost != nil && (l.tui || l.renewed.Load()) { // else it was printed as it is
		complain(l.app.stderr, lost) // the programs have nothing to do with it
	}
	return errors.Join(err, l.sweep(), l.release(l.app.code))
}

// sweep removes what was kept for the time of the session only.
func (l *live) sweep() error {
	if l.agent != nil {
		_ = l.agent.Remove() // what stays goes with the session's directory
	}
	if l.goWords != nil {
		_ = l.goWords.Remove() // likewise
	}
	if l.spill == "" {
		return nil
	}
	return os.RemoveAll(l.spill)
}
