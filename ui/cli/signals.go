package cli

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"example.com/muster/procs"
)

// hangupTwice is how close together two SIGHUP count as one: when a terminal
// closes, both the kernel and the shell send it.
const hangupTwice = 2 * time.Second

// atOnce is how close together a SIGINT and a SIGHUP count as one: where a script leads its
// terminal's session and ends of Ctrl-C, the kernel sends both.
const atOnce = 100 * time.Millisecond

// sameAs reports whether a signal that comes so long after the first is one with it.
func sameAs(first, sig syscall.Signal, after time.Duration) bool {
	switch {
	case sig == syscall.SIGHUP && first == syscall.SIGHUP:
		return after < hangupTwice
	case sig == syscall.SIGHUP && first == syscall.SIGINT, sig == syscall.SIGINT && first == syscall.SIGHUP:
		return after < atOnce
	}
	return false
}

// signals turns what is sent to muster into commands. It has one owner, the
// goroutine that handleSignals starts.
type signals struct {
	live  *live
	got   <-chan os.Signal
	first atomic.Int64 // the signal that began the end, 0 if none did
	at    time.Time
}

// endAtQuit ends a command at SIGQUIT with its code and nothing else, where Go would
// print every goroutine. A shell lets its background jobs ignore SIGQUIT with SIGINT, of
// which Go keeps the latter only. The returned function waits for it to have stopped.
func (a *app) endAtQuit() (stop func()) {
	if signal.Ignored(syscall.SIGINT) {
		signal.Ignore(syscall.SIGQUIT)
		return func() {}
	}
	a.quit = make(chan os.Signal, 1)
	signal.Notify(a.quit, syscall.SIGQUIT)
	over := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-a.quit:
			os.Exit(128 + int(syscall.SIGQUIT))
		case <-over:
		}
	})
	return func() { close(over); wg.Wait() }
}

// takeQuit is for who catches SIGQUIT itself, once it does; giveBack is for its end.
func (a *app) takeQuit() (giveBack func()) {
	if a.quit == nil {
		return func() { signal.Ignore(syscall.SIGQUIT) }
	}
	signal.Stop(a.quit)
	return func() { signal.Notify(a.quit, syscall.SIGQUIT) }
}

// endSignals are those that end a run or a map in good order. A HUP that was ignored at
// the start (nohup) stays so. An INT or QUIT does not: the shell of a script has all that
// it puts into the background ignore them, whoever sends them. So Ctrl-C ends it with the
// script, which would leave it behind.
func endSignals() []os.Signal {
	want := []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) {
		want = append(want, syscall.SIGHUP)
	}
	return want
}

// hangUp is for a screen whose terminal has gone: what the kernel would do if muster led the
// terminal's session.
func hangUp() { _ = syscall.Kill(os.Getpid(), syscall.SIGHUP) }

// handleSignals carries out the contract: the first INT, TERM, HUP or QUIT stops
// everything in good order, the second kills; Ctrl-Z pauses. The returned function stops
// handling and waits for it to have stopped.
func (l *live) handleSignals() (stop func()) {
	h := &signals{live: l}
	l.asked = &h.first
	want := append(endSignals(), syscall.SIGPIPE)
	if !l.tui {
		want = append(want, syscall.SIGTSTP) // the screen has a key for it
	}
	got := make(chan os.Signal, 8)
	h.got = got
	signal.Notify(got, want...)
	giveBack := l.app.takeQuit()
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case sig := <-got:
				h.handle(sig.(syscall.Signal))
			case <-l.guard.Done():
				h.guardDied()
				<-quit
				return
			case <-quit:
				return
			}
		}
	})
	return func() {
		giveBack()
		signal.Stop(got)
		close(quit)
		wg.Wait()
	}
}

func (h *signals) handle(sig syscall.Signal) {
	switch sig {
	case syscall.SIGPIPE: // whoever read the output has gone; the printer finds out
	case syscall.SIGTSTP:
		h.suspend()
	default:
		if sameAs(syscall.Signal(h.first.Load()), sig, time.Since(h.at)) {
			return
		}
		again := !h.first.CompareAndSwap(0, int64(sig))
		if !again {
			h.at = time.Now()
			h.sayStopping(procs.Signal(sig))
		} else {
			h.live.hurried.CompareAndSwap(0, time.Now().UnixNano())
		}
		h.shutdown(again)
	}
}

// sayStopping says that everything is being stopped. It does not wait for whoever does not read
// that, as of `2>&1 | less`: signals would not be carried out.
func (h *signals) sayStopping(sig procs.Signal) {
	said := make(chan struct{})
	go func() { // ends when it has been read, at the latest with muster
		defer close(said)
		h.live.say("got %s, stopping everything (again: kill now)", sig)
	}()
	select {
	case <-said:
	case <-time.After(100 * time.Millisecond):
	}
}

func (h *signals) shutdown(now bool) {
	ctx, cancel := context.WithTimeout(context.Background(), endWait)
	defer cancel()
	h.live.guard.Continue()                              // nothing can be ended through a guard that is stopped
	_ = h.live.session.Do(ctx, procs.Shutdown{Now: now}) // refused only if it has ended
}

// suspend pauses every process and then muster itself, and undoes both when
// muster is continued.
func (h *signals) suspend() {
	ctx := context.Background()
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	_ = h.live.session.Do(ctx, procs.Pause{}) // refused only if it has ended
	for {
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		<-continued                                      // SIGSTOP may take a moment to stop this very thread
		if len(h.got) > 0 || !h.live.mustStayStopped() { // kill %1 continues it, too
			break
		}
	}
	_ = h.live.session.Do(ctx, procs.Resume{})
}

// guardDied ends everything: without the guard nobody would clean up after muster.
func (h *signals) guardDied() {
	h.live.guardLost.Store(true)
	h.live.session.Notify("the guard process was killed: everything is being stopped")
	h.shutdown(true)
}
