package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// What a crash sets off: a command of the user's (--on-crash, or on_crash of a
// pool), and the end of everything (--fail-fast, fail_fast). Neither keeps a report or a restart waiting.

// Hook runs a command of the user's for a crash, which is handed to it as JSON, in
// dir ("" for muster's own). It returns when the command and all that it started
// have ended, at the latest when ctx is done; said is the last line that it printed.
type Hook func(ctx context.Context, argv []string, dir string, crash []byte) (e procs.Exit, said string, err error)

// Bounds of the hooks of a session.
const (
	hooksAtOnce   = 2
	hooksWaiting  = 64               // crashes that wait for their turn
	hookTime      = 30 * time.Second // of one
	hookEvery     = time.Second      // between two of crashes of one kind
	hookKinds     = 1000             // kinds of crashes that are remembered for that
	hookFinishing = 10 * time.Second // at the end of the session, for all of them
)

// errUndone is why a command did not come to its end with the session.
var errUndone = errors.New("ended with muster, before it was done")

// hooks runs the user's command.
type hooks struct {
	run    Hook     // nil: nothing is run
	argv   []string // for all crashes; empty: each pool has its own, or none
	notify func(string)

	mu     sync.Mutex
	queue  []*crash.Report
	last   map[string]time.Time // by kind
	missed int                  // not run: too many of a kind, or too many at all
	wake   chan struct{}        // holds a value while there may be something in the queue

	hurried atomic.Pointer[context.CancelCauseFunc] // ends those that run
}

// add lets the command run for a crash, soon. Of one kind it runs once a
// second at the most; what is left out is counted.
func (h *hooks) add(r *crash.Report) {
	if argv, _, _ := h.of(r); h.run == nil || len(argv) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	kind := r.Run.ID.Pool + "\x00" + r.Group
	if last, ok := h.last[kind]; ok && r.At.Sub(last).Abs() < hookEvery || len(h.queue) >= hooksWaiting {
		h.missed++
		return
	}
	if h.last == nil || len(h.last) >= hookKinds {
		h.last = map[string]time.Time{}
	}
	h.last[kind] = r.At
	h.queue = append(h.queue, r)
	select {
	case h.wake <- struct{}{}:
	default: // one of them has been told
	}
}

// of returns the command for a crash, the directory that it runs in, and the name
// of the flag or the key that says so.
func (h *hooks) of(r *crash.Report) (argv []string, dir, by string) {
	if len(h.argv) > 0 {
		return h.argv, "", "--on-crash"
	}
	return r.Spec.OnCrash, r.Spec.Dir, "on_crash"
}

// next takes a report from the queue, nil if there is none.
func (h *hooks) next() *crash.Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.queue) == 0 {
		return nil
	}
	r := h.queue[0]
	h.queue = h.queue[1:]
	return r
}

// work runs commands until ctx is done, and then those that are left, for a
// while.
func (h *hooks) work(ctx context.Context) {
	if h.run == nil {
		return
	}
	late, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	h.hurried.Store(&cancel)
	defer context.AfterFunc(ctx, func() { time.AfterFunc(hookFinishing, func() { cancel(errUndone) }) })()
	var wg sync.WaitGroup
	for range hooksAtOnce {
		wg.Go(func() {
			for {
				if r := h.next(); r != nil {
					h.once(late, r)
					continue
				}
				select {
				case <-h.wake:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	wg.Wait()
	h.mu.Lock()
	missed := h.missed
	h.mu.Unlock()
	if missed > 0 {
		h.notify(fmt.Sprintf("the command for crashes did not run for %s: it does once a second for those of one kind", count(missed, "crash", "crashes")))
	}
}

// hurry ends the commands that run: somebody has asked a second time that all ends.
func (h *hooks) hurry() {
	if cancel := h.hurried.Load(); cancel != nil {
		(*cancel)(errUndone)
	}
}

// once runs the command for one crash.
func (h *hooks) once(ctx context.Context, r *crash.Report) {
	b, err := json.Marshal(crashJSON(r))
	if err != nil {
		return // it holds nothing that JSON has no form for
	}
	ctx, cancel := context.WithTimeoutCause(ctx, hookTime, fmt.Errorf("it did not end within %v", hookTime))
	defer cancel()
	argv, dir, by := h.of(r)
	e, said, err := h.run(ctx, argv, dir, append(b, '\n'))
	text := by + ", for " + r.ID() + ": "
	switch {
	case errors.Is(err, context.Canceled): // it was not even begun
		h.notify(text + context.Cause(ctx).Error())
	case err != nil:
		h.notify(text + err.Error())
	case !e.OK() && said != "":
		h.notify(text + e.String() + ": " + said)
	case !e.OK():
		h.notify(text + e.String())
	case said != "":
		h.notify(text + said)
	}
}

// failFast ends the session at the first crash.
type failFast struct {
	once    sync.Once
	first   atomic.Pointer[crash.Report]
	crashed chan struct{} // closed by the first
	said    atomic.Pointer[string]
}

// endAtFirst waits for the first crash, and stops everything then.
func (s *Session) endAtFirst(ctx context.Context) {
	select {
	case <-s.failFast.crashed:
	case <-ctx.Done():
		return
	}
	s.sayFailFast("everything is stopped")
	_ = s.sup.Do(ctx, procs.Shutdown{IfRunning: true}) // refused if it has ended
}

// failedLate says of a first crash that was found when all had ended that it is why muster
// fails, where nothing else does: no code of a process tells of what goes on, or is below one.
func (s *Session) failedLate() {
	r := s.failFast.first.Load()
	if r != nil && s.failFast.said.Load() == nil && (r.Lives || !r.Who.Self(r.Run)) {
		s.sayFailFast("everything had ended by then")
	}
}

// sayFailFast tells which flag or key made the first crash the end of everything.
func (s *Session) sayFailFast(then string) {
	r := s.failFast.first.Load()
	by := "--fail-fast"
	if !s.cfg.FailFast {
		by = "fail_fast of " + r.Run.ID.Pool
	}
	text := fmt.Sprintf("%s: %s: %s; %s", by, r.Name, r.Headline, then)
	s.failFast.said.Store(&text)
	s.Notify(text)
}

// SaidFailFast is the notice that told so, "" if there was none.
func (s *Session) SaidFailFast() string {
	if text := s.failFast.said.Load(); text != nil {
		return *text
	}
	return ""
}

// FailedFast returns the crash for which everything was stopped, nil if none.
func (s *Session) FailedFast() *crash.Report { return s.failFast.first.Load() }
