package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/session"
	"example.com/muster/ui/text"
)

func (a *app) waitCommand() *cobra.Command {
	var w waiting
	var name string
	cmd := &cobra.Command{
		Use:   "wait [PATTERN...] --for ready|ended [--timeout D]",
		Short: "Wait until processes are ready, or have ended",
		Long: "Wait returns with code 0 once all processes of the patterns are ready (their readiness\n" +
			"probe says so; without one: they run), or have ended. It returns with code 1 when the\n" +
			"time is over, or as soon as that can no longer come true, and says why.\n\n" +
			"Without a pattern it waits for all of them; then a process that has ended well counts as\n" +
			"ready, and a disabled pool is passed over. With a --timeout it also waits for the session\n" +
			"itself to begin (--for ended: five seconds). Name the --session to wait for the end of one\n" +
			"that may have ended by then. How processes ended shows in what it prints, not in the code.",
		Example: "  muster up -d && muster wait --for ready --timeout 30s && ./run-tests && muster down\n" +
			"  muster wait migrate --for ended",
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     a.completeProcesses,
		RunE: func(cmd *cobra.Command, patterns []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			w.patterns = patterns
			if err := w.check(); err != nil {
				return err
			}
			text, err := w.wait(cmd.Context(), name)
			if err != nil {
				return a.noAnswer(err)
			}
			_, err = fmt.Fprintln(a.stdout, text)
			return err
		},
	}
	cmd.Flags().StringVar(&w.what, "for", "", "what to wait for: ready or ended")
	addTime(cmd.Flags(), &w.timeout, "timeout", "", 0, "how long to wait at most; 0 means for ever")
	a.addSession(cmd, &name)
	a.completeWords(cmd, "for", waitReady, waitEnded)
	return cmd
}

// What can be waited for.
const (
	waitReady = "ready"
	waitEnded = "ended"
)

// waiting is one wait for some processes.
type waiting struct {
	what     string
	patterns []string
	timeout  time.Duration
}

func (w *waiting) check() error {
	switch {
	case w.what == "":
		return usage("for example: muster wait --for ready --timeout 30s", "cannot wait: --for says what for, ready or ended")
	case w.what != waitReady && w.what != waitEnded:
		return usage("", "cannot wait for %q: it is ready or ended", w.what)
	case w.timeout < 0:
		return usage("", "cannot wait for %v: --timeout is negative", w.timeout)
	}
	for _, p := range w.patterns {
		if _, err := (procs.ID{}).Matches(p); err != nil {
			return usage("", "cannot wait for %w", err)
		}
	}
	return nil
}

// The first look comes at once, further ones at growing intervals.
const (
	firstLook  = 20 * time.Millisecond
	lookAtMost = 250 * time.Millisecond
)

// begins is for how long a process that has never run counts as one that is
// about to: a session answers a moment before it starts the first.
const begins = time.Second

// wait looks at a session until what is waited for is so, and says so.
func (w *waiting) wait(ctx context.Context, name string) (string, error) {
	began := time.Now()
	client, err := w.dial(ctx, name)
	switch {
	case err != nil && w.what == waitEnded && session.LastOf(name) != nil: // it was quicker than whoever waits for it
		return endOf(name), nil
	case err != nil:
		return "", err
	}
	defer client.Close()
	var last seen
	for pause := firstLook; ; pause = min(pause*3/2, lookAtMost) {
		ps, err := w.ask(ctx, client, began)
		if err != nil {
			return w.vanished(ctx, client.Name(), last, err)
		}
		last, err = w.look(ps, time.Since(began) < begins)
		switch {
		case err != nil:
			return "", err
		case len(last.pending) == 0:
			return last.text(w.what), nil
		case w.timeout > 0 && time.Since(began) >= w.timeout:
			return "", fmt.Errorf("cannot wait any longer for %s: after %v %s", w.subject(), w.timeout, last.atWork())
		}
		if err := sleep(ctx, w.left(began, pause)); err != nil {
			return "", err
		}
	}
}

// ask asks for the processes, and waits for no answer beyond the timeout, though for a moment
// in any case.
func (w *waiting) ask(ctx context.Context, client *session.Client, began time.Time) (session.PS, error) {
	if w.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, max(time.Second, w.timeout-time.Since(began)))
		defer cancel()
	}
	return client.PS(ctx)
}

// left is the pause until the next look, which is not later than the timeout.
func (w *waiting) left(began time.Time, pause time.Duration) time.Duration {
	if w.timeout == 0 {
		return pause
	}
	return min(pause, max(0, w.timeout-time.Since(began)))
}

// appears is for how long --for ended waits for a session that is not there: it
// may be about to begin, or have ended.
const appears = 5 * time.Second

// dial finds the session. Who waits with a timeout may have come before it; one
// that lives and does not answer is about to begin or to end.
func (w *waiting) dial(ctx context.Context, name string) (*session.Client, error) {
	began, patience := time.Now(), w.timeout
	if w.what == waitEnded {
		patience = min(patience, appears)
	}
	for {
		lived := session.Lives(name)
		client, err := session.Dial(name)
		switch left := patience - time.Since(began); {
		case err == nil, !absent(err), w.what == waitEnded && session.LastOf(name) != nil:
			return client, err
		case lived && w.timeout == 0:
			err = sleep(ctx, firstLook)
		case left > 0:
			err = sleep(ctx, min(lookAtMost, left))
		default:
			return nil, err
		}
		if err != nil {
			return nil, err
		}
	}
}

// absent reports whether the session is not there, and may yet come.
func absent(err error) bool {
	var others *session.OthersError
	return errors.Is(err, session.ErrNoSession) || errors.As(err, &others)
}

// vanished is what follows when the session no longer answers: if it has ended,
// so have all its processes.
func (w *waiting) vanished(ctx context.Context, name string, last seen, err error) (string, error) {
	switch {
	case session.Running(name):
		return "", err
	case !settles(ctx, name):
		return "", context.Cause(ctx)
	case w.what == waitEnded:
		return endOf(name), nil
	}
	text := ""
	if len(last.pending) > 0 {
		text = "; by then " + last.atWork()
	}
	return "", fmt.Errorf("cannot wait for %s: %s%s", w.subject(), endOf(name), text)
}

// notes is for how long a session that no longer answers may note how it ended, and
// leaves how long its process may take after that.
const (
	notes  = 5 * time.Second
	leaves = time.Second
)

// settles waits until a session's process has ended, for a while; it is false if
// somebody does not want to wait.
func settles(ctx context.Context, name string) bool {
	began := time.Now()
	pid, lives := session.Process(name)
	for now := pid; lives && now == pid && time.Since(began) < notes; now, lives = session.Process(name) {
		if sleep(ctx, firstLook) != nil {
			return false
		}
	}
	for began = time.Now(); pid != 0 && time.Since(began) < leaves; {
		if stat, err := procfs.ReadStat(pid); err != nil || stat.Ended() {
			break
		}
		if sleep(ctx, firstLook/4) != nil {
			return false
		}
	}
	return true
}

// endOf says how a session that is no more has ended.
func endOf(name string) string {
	last := session.LastOf(name)
	switch {
	case last == nil || last.Code == nil && !last.Killed():
		return fmt.Sprintf("session %s has ended", name)
	case last.Killed():
		return fmt.Sprintf("session %s was killed", name)
	}
	return fmt.Sprintf("session %s has ended%s", name, withCode(*last.Code))
}

// subject is what is waited for, in words.
func (w *waiting) subject() string {
	if len(w.patterns) == 0 {
		return "all processes"
	}
	return strings.Join(w.patterns, ", ")
}

// seen is what one look at the processes has shown.
type seen struct {
	done    []string // names
	bad     []string // how those of done ended that ended badly: "exit 3"
	badly   []string // the same with their names: "api/0 (exit 3)"
	pending []string // names, with what they are about
}

// atWork says what those are about that are still waited for.
func (s seen) atWork() string { return strings.Join(atMost(s.pending, 3), "; ") }

// text is the one line that a person reads at the end.
func (s seen) text(what string) string {
	switch {
	case what == waitReady && len(s.done) == 1:
		return s.done[0] + " is ready"
	case what == waitReady:
		return names(s.done) + " are ready"
	case len(s.done) == 1 && len(s.bad) == 1:
		return s.done[0] + " has ended badly: " + s.bad[0]
	case len(s.done) == 1:
		return s.done[0] + " has ended"
	case len(s.bad) > 0:
		return names(s.done) + " have ended; badly: " + names(s.badly)
	}
	return names(s.done) + " have ended"
}

// look sorts the processes into those for which it is so and those for which
// it is not yet. The error says for which of them it cannot come true. young
// says that processes which have never run are about to.
func (w *waiting) look(ps session.PS, young bool) (seen, error) {
	var s seen
	used := make([]bool, len(w.patterns))
	for _, pool := range ps.Pools {
		for i := range pool.Processes {
			p := &pool.Processes[i]
			if !w.names(procs.ID{Pool: pool.Name, Slot: p.Slot}, used) {
				continue
			}
			verdict, why := w.judge(pool, p, young)
			switch verdict {
			case verdictDone:
				s.done = append(s.done, p.Name)
				if why != "" {
					s.bad, s.badly = append(s.bad, why), append(s.badly, p.Name+" ("+why+")")
				}
			case verdictPending:
				s.pending = append(s.pending, p.Name+" "+why)
			case verdictNever:
				return s, fmt.Errorf("cannot wait for %s: %s %s", w.subject(), p.Name, why)
			}
		}
	}
	if i := slices.Index(used, false); i >= 0 && !w.empty(ps, w.patterns[i]) {
		return s, fmt.Errorf("cannot wait for %s: there is no such process", w.patterns[i])
	}
	return s, nil
}

// names reports whether the patterns name a process, and marks those that do.
func (w *waiting) names(id procs.ID, used []bool) bool {
	chosen := len(w.patterns) == 0
	for i, pattern := range w.patterns {
		if ok, _ := id.Matches(pattern); ok { // it has been checked
			used[i], chosen = true, true
		}
	}
	return chosen
}

// empty reports whether a pattern names a pool that has no process at present.
func (w *waiting) empty(ps session.PS, pattern string) bool {
	return slices.ContainsFunc(ps.Pools, func(pool session.PoolJSON) bool {
		ok, _ := procs.ID{Pool: pool.Name}.Matches(pattern)
		return ok && len(pool.Processes) == 0
	})
}

// verdict is what one process means to a wait.
type verdict int

const (
	verdictPending verdict = iota
	verdictDone
	verdictNever
	verdictSkip
)

// judge says what a process means to the wait, and why; of a process that has
// ended badly, how.
func (w *waiting) judge(pool session.PoolJSON, p *session.ProcessJSON, young bool) (verdict, string) {
	unborn := p.State == procs.Stopped && p.Run == 0
	switch {
	case unborn && pool.Disabled && len(w.patterns) == 0:
		return verdictSkip, ""
	case unborn && !pool.Disabled && young:
		return verdictPending, "has not started"
	case w.what == waitEnded:
		return judgeEnded(p)
	case pool.Rolling:
		return verdictPending, "is being restarted, a few of its pool at a time"
	}
	return judgeReady(pool, p, len(w.patterns) == 0)
}

func judgeEnded(p *session.ProcessJSON) (verdict, string) {
	if !p.State.Settled() {
		return verdictPending, because("is "+words(p.State), p.Reason)
	}
	if e := p.LastExit; p.State == procs.Failed || e != nil && !endedWell(e) {
		return verdictDone, how(p)
	}
	return verdictDone, ""
}

// judgeReady does so for a process that is to be ready. A job that is done
// counts as ready if nobody has named it.
func judgeReady(pool session.PoolJSON, p *session.ProcessJSON, all bool) (verdict, string) {
	switch p.State {
	case procs.Running:
		if p.Ready == nil || *p.Ready {
			return verdictDone, ""
		}
		return verdictPending, because("is not ready", strings.TrimPrefix(p.Reason, "not ready: "))
	case procs.Failed:
		return verdictNever, because("failed", how(p))
	case procs.Exited:
		if all && p.LastExit != nil && endedWell(p.LastExit) {
			return verdictDone, ""
		}
		return verdictNever, because("has ended", how(p))
	case procs.Stopped:
		if pool.Disabled && p.Run == 0 {
			return verdictNever, "has not been started: its pool is disabled"
		}
		return verdictNever, "is stopped"
	}
	if strings.HasPrefix(p.Reason, "waits for ") {
		return verdictPending, p.Reason
	}
	return verdictPending, because("is "+words(p.State), p.Reason)
}

func endedWell(e *session.ExitJSON) bool {
	return e.Asked || e.Error == "" && e.Signal == nil && e.Code != nil && *e.Code == 0
}

// how is why a process failed, or how it ended.
func how(p *session.ProcessJSON) string {
	if p.Reason != "" || p.LastExit == nil {
		return p.Reason
	}
	return text.Exit(p.LastExit)
}

// because joins what is so and why, if that is known.
func because(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

func words(s procs.State) string { return strings.ReplaceAll(string(s), "_", " ") }

// names lists processes, the first of them if they are many.
func names(list []string) string {
	if len(list) == 0 {
		return "no processes"
	}
	return strings.Join(atMost(list, 8), ", ")
}

// atMost cuts a list that nobody would read.
func atMost(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(slices.Clone(list[:n]), fmt.Sprintf("%d more", len(list)-n))
}

// sleep waits, or returns why it need not.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
