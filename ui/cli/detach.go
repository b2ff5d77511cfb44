package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// A session in the background is this program executed once more: in a session
// of its own (setsid), so that no terminal's end reaches it, and without
// standard input and output. Until it runs, its errors go to the terminal of
// whoever started it, who waits on a pipe for the word that it does.

// readyVar in the environment says that this muster is to run in the
// background, and which descriptor that pipe is.
const readyVar = "_MUSTER_BACKGROUND_FD"

// wordOf is what the one in the background says on the pipe.
type wordOf struct {
	Session string `json:"session"`
	PID     int    `json:"pid"`
	// Disabled says that nothing is to run until somebody starts it.
	Disabled bool `json:"disabled"`
	// Ended says that it is over already; then Code is what it ends with.
	Ended bool `json:"ended"`
	Code  int  `json:"code"`
}

// detach starts this command line in the background, and returns when it runs
// or has failed, with the code of that.
func (a *app) detach() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot run in the background: %w", err)
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("cannot run in the background: %w", err)
	}
	defer ours.Close() // it is only read
	cmd := &exec.Cmd{
		Path: self, Args: os.Args, Env: append(slices.Clip(os.Environ()), readyVar+"=3"), Stderr: a.stderr,
		ExtraFiles: []*os.File{theirs}, SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	err = cmd.Start()
	_ = theirs.Close() // the child has its own
	if err != nil {
		return fmt.Errorf("cannot run in the background: %w", err)
	}
	var word wordOf
	if json.NewDecoder(ours).Decode(&word) != nil { // it has failed, and said why
		a.code = a.codeOf(cmd.Wait())
		return nil
	}
	if hasInput(a.stdin, nil) {
		_, _ = fmt.Fprintf(a.stderr, "muster: %s\n", unreadBackground) // whoever closed it does not want to know
	}
	if word.Ended {
		a.code = word.Code
		_, err = fmt.Fprintf(a.stdout, "session %s has ended already, with code %d: muster logs --session %s\n", word.Session, word.Code, word.Session)
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "session %s runs in the background (pid %d): muster attach %s\n", word.Session, word.PID, word.Session)
	if word.Disabled && err == nil {
		_, err = fmt.Fprintf(a.stdout, "nothing runs in it yet, all its pools are disabled: muster start POOL --session %s\n", word.Session)
	}
	return errors.Join(err, cmd.Process.Release())
}

// codeOf is the code for how another muster ended.
func (a *app) codeOf(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return codeFailed // it said nothing, which is no success
	case !errors.As(err, &exit):
		complain(a.stderr, err)
		return codeFailed
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		complain(a.stderr, fmt.Errorf("cannot run in the background: the one there was ended by %s", procs.Signal(status.Signal())))
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}

// fromForeground returns the pipe to whoever waits for this muster to run in
// the background; nil if it is not to. Children do not learn of it.
func (a *app) fromForeground() *os.File {
	text, ok := os.LookupEnv(readyVar)
	if !ok {
		return nil
	}
	_ = os.Unsetenv(readyVar) // the name is a good one
	a.environ = slices.DeleteFunc(a.environ, func(kv string) bool { return strings.HasPrefix(kv, readyVar+"=") })
	if text != "3" {
		return nil // somebody's joke
	}
	unix.CloseOnExec(3)
	return os.NewFile(3, "foreground")
}

// Whoever waits is kept waiting until each process has run for runsFor, as some fail
// at once, which is still said on the terminal; but no longer than settleTime.
const (
	runsFor    = 200 * time.Millisecond
	settleTime = 2 * time.Second
)

// background keeps the session until all its processes have ended by
// themselves and none will start. What muster has to say goes to a file.
func (l *live) background(ctx context.Context, ended <-chan struct{}) error {
	quiet, cancel := context.WithCancel(ctx)
	defer cancel()
	watched := make(chan struct{})
	go func() { // ends when the session is done
		defer close(watched)
		l.endWhen(quiet, func() bool { return l.session.Idle() && !kept(l.session.Snapshot()) })
	}()
	var said journal
	told := make(chan struct{})
	go func() { // ends with quiet
		defer close(told)
		l.keep(quiet, &said)
	}()
	settled, stop := context.WithTimeout(ctx, settleTime)
	l.waitSettled(settled)
	over := false
	if allOver(l.session.Snapshot()) { // what is to be said of that comes first
		select {
		case <-ended:
			over = true
		case <-settled.Done(): // what it has left takes its time
		}
	}
	stop()
	l.writeDown(&said) // while the terminal is there
	err := l.tellReady(over)
	if err != nil { // whoever waited has gone, so nobody knows of this session
		_ = l.session.Do(ctx, procs.Shutdown{IfRunning: true}) // refused only if it has ended
	}
	<-ended
	cancel()
	<-watched
	<-told
	return err
}

// kept reports whether somebody has stopped a process, or scaled a pool down to
// none, or has disabled all pools: who does that to a session in the background
// may start it again, and says down when it is enough.
func kept(snap *procs.Snapshot) bool {
	if untouched(snap) {
		return true
	}
	for _, p := range snap.Pools {
		if len(p.Slots) == 0 {
			return true
		}
		for i := range p.Slots {
			if p.Slots[i].State == procs.Stopped && p.Slots[i].N > 0 {
				return true
			}
		}
	}
	return false
}

// untouched reports whether all pools are disabled and nobody has started any.
func untouched(snap *procs.Snapshot) bool {
	for _, p := range snap.Pools {
		if !p.Disabled || slices.ContainsFunc(p.Slots, func(s procs.Slot) bool { return s.N > 0 }) {
			return false
		}
	}
	return len(snap.Pools) > 0
}

// allOver reports whether all has ended by itself, and for good.
func allOver(snap *procs.Snapshot) bool { return snap.Ended && !kept(snap) }

// waitSettled returns when nothing is about to happen by itself.
func (l *live) waitSettled(ctx context.Context) {
	var last uint64
	for ctx.Err() == nil {
		left := unsettled(l.session.Snapshot(), time.Now())
		if left <= 0 {
			return
		}
		pause, stop := context.WithTimeout(ctx, left)
		l.session.WaitEvents(pause, last)
		stop()
		if events, _ := l.session.Events(last); len(events) > 0 {
			last = events[len(events)-1].Seq
		}
	}
}

// unsettled returns how long something may still happen by itself: until each slot has run
// for [runsFor], or waits for others, or all have ended. What has failed at once and is tried
// again soon has not settled.
func unsettled(snap *procs.Snapshot, now time.Time) (left time.Duration) {
	if snap.Ended {
		return 0
	}
	some := false
	for _, p := range snap.Pools {
		for i := range p.Slots {
			s := &p.Slots[i]
			switch {
			case s.State == procs.Starting && s.Reason == "", s.State == procs.Stopped && s.N == 0 && !p.Disabled:
				return settleTime
			case s.State == procs.Stopping: // it has ended, what it has left has not
				left = settleTime
			case s.State == procs.BackingOff:
				left = max(left, s.NextTry.Sub(now)+runsFor)
			case s.State == procs.Running:
				left = max(left, runsFor-now.Sub(s.StartedAt))
			}
			some = some || !s.State.Settled()
		}
	}
	if !some { // the last of them has ended just now
		return settleTime
	}
	return left
}

// tellReady says that the session runs, or how it ended, to whoever waits, and
// lets go of the terminal.
func (l *live) tellReady(over bool) error {
	snap := l.session.Snapshot()
	word := wordOf{Session: snap.Session, PID: os.Getpid(), Disabled: untouched(snap), Ended: over, Code: exitCode(snap, 0)}
	if !word.Ended {
		if err := l.leaveTerminal(snap.LogDir); err != nil {
			return fmt.Errorf("cannot run in the background: %w", err)
		}
	}
	err := json.NewEncoder(l.ready).Encode(word)
	if err = errors.Join(err, l.ready.Close()); err != nil {
		return fmt.Errorf("cannot run in the background: whoever started it has gone: %w", err)
	}
	return nil
}

// wordsName is the file with what muster itself has to say in the background.
const wordsName = "muster.log"

// leaveTerminal puts a file in the place of standard error, so that nothing of
// the terminal is held, and nothing that is said, be it a panic, is lost.
func (l *live) leaveTerminal(logDir string) error {
	name := os.DevNull
	if logDir != "" {
		name = filepath.Join(logDir, wordsName)
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close() // standard error is a copy of it
	return unix.Dup2(int(file.Fd()), int(l.app.stderr.Fd()))
}

// journal is what muster itself has to say of a session in the background.
type journal struct {
	mu   sync.Mutex
	last uint64 // the event that was looked at last
}

// writeDown writes the notices and the bad ends that are new, all of them when
// it returns, and says after which event.
func (l *live) writeDown(j *journal) (last uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	events, _ := l.session.Events(j.last)
	for _, e := range events {
		j.last = e.Seq
		switch e.Type {
		case procs.EventNotice:
			l.note(e, e.Text)
		case procs.EventCrash:
			l.note(e, fmt.Sprintf("%s: %s", e.ID, e.Text))
		}
	}
	return j.last
}

// keep writes the journal until ctx ends.
func (l *live) keep(ctx context.Context, j *journal) {
	for {
		last := l.writeDown(j)
		if ctx.Err() != nil {
			return
		}
		l.session.WaitEvents(ctx, last)
	}
}

func (l *live) note(e procs.Event, text string) {
	_, _ = fmt.Fprintf(l.app.stderr, "muster: %s  (%s)\n", text, e.At.Format(time.DateTime)) // a full disk is told on the screen
}
