// Package paint owns the user's terminal while the screen is shown: its modes,
// its alternate screen, and every byte that is written to it. Start at [New],
// then [Terminal.Enter] and [Terminal.Show].
//
// One goroutine writes (painter.go). It always takes the newest frame, so a
// terminal that takes nothing, or little, holds nobody up: the frames between
// are never shown. Only what has changed since the frame before is written
// (picture.go, row.go), in one write.
//
// Bubble Tea's own renderer is not used: its ticker wakes up 30 times a second,
// which costs more than everything else that a resting muster does, and it
// writes whole lines.
package paint

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/charmbracelet/x/term"
)

// What is asked of the terminal, and undone in reverse order: the alternate
// screen, no cursor, lines that do not wrap (a character may be wider than we
// think), clicks and drags (1002) in the form that has no limits (1006), and
// pasted text in brackets. See ctlseqs of xterm.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?1002h\x1b[?1006h\x1b[?2004h"
	leaveScreen = "\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?7h\x1b[m\x1b[?25h\x1b[?1049l"
)

// leaveWait is how long [Terminal.Leave] waits for a terminal that takes nothing.
const leaveWait = 500 * time.Millisecond

// ErrStuck says that the terminal takes nothing, so the screen is still there.
var ErrStuck = errors.New("cannot leave the screen: the terminal does not take what is written to it")

// Terminal is the user's terminal. Its methods may be called from any goroutine.
type Terminal struct {
	in, out  *os.File
	onScreen func(on bool)

	turn   sync.Mutex  // Enter or Leave is under way; guards cooked and last
	cooked *term.State // the modes to go back to; nil if the input is no terminal
	last   *painter    // the newest, or nil

	mu  sync.Mutex // never held while anything is written; guards painter.leaving too
	on  bool       // the screen is shown: last is at work
	job job        // what it is to do next
}

// New returns a terminal of which nothing has been asked yet. onScreen, which
// may be nil, is told right before the screen is entered and right after it has been left.
func New(in, out *os.File, onScreen func(on bool)) *Terminal {
	if onScreen == nil {
		onScreen = func(bool) {}
	}
	return &Terminal{in: in, out: out, onScreen: onScreen}
}

// Enter takes the terminal: raw input, and the screen, on which the frame of
// the last Show appears whole. It does nothing if that is so already.
func (t *Terminal) Enter() error {
	t.turn.Lock()
	defer t.turn.Unlock()
	if t.shown() {
		return nil
	}
	t.onScreen(true)
	if term.IsTerminal(t.in.Fd()) {
		cooked, err := term.MakeRaw(t.in.Fd())
		if err != nil {
			t.onScreen(false)
			return fmt.Errorf("cannot read single keys: %w", err)
		}
		t.cooked = cooked
	}
	p := newPainter(t, t.last)
	t.last = p
	t.mu.Lock()
	t.on = true
	t.job.redraw = true
	t.mu.Unlock()
	go p.run() // ends with Leave, which waits for it
	return nil
}

// Leave gives the terminal back as Enter found it. It does nothing if that is so
// already. If the terminal takes nothing it gives up after half a second, with
// [ErrStuck]; the screen is then left when the terminal goes on.
func (t *Terminal) Leave() error {
	t.turn.Lock()
	defer t.turn.Unlock()
	if !t.shown() {
		return nil
	}
	t.mu.Lock()
	t.on = false
	t.last.leaving = true
	t.mu.Unlock()
	t.last.wake()
	timer := time.NewTimer(leaveWait)
	defer timer.Stop()
	var err error
	select {
	case <-t.last.done:
		t.last = nil
	case <-timer.C:
		err = ErrStuck
	}
	if t.cooked != nil {
		if back := term.Restore(t.in.Fd(), t.cooked); back != nil {
			err = errors.Join(err, fmt.Errorf("cannot restore the terminal's modes: %w", back))
		}
		t.cooked = nil
	}
	if !errors.Is(err, ErrStuck) {
		t.onScreen(false)
	}
	return err
}

// Show has a frame shown: lines of text with no escape sequences but those of
// colours and attributes, none wider than the terminal. It does not wait. Off
// the screen the frame is kept for the next Enter.
func (t *Terminal) Show(frame string) {
	t.order(func(j *job) { j.frame = frame })
}

// Cursor says in which cell the cursor is in the frame that is shown next, and
// whether it is shown; it is not at first.
func (t *Terminal) Cursor(x, y int, shown bool) {
	at := cursor{}
	if shown {
		at = cursor{x, y, true}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.job.cursor = at
}

// Redraw has the next frame that is shown written as a whole, whatever the
// terminal shows by then.
func (t *Terminal) Redraw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.job.redraw = true
}

// Copy has the terminal put a text on its clipboard, if it does such things. It does not wait.
func (t *Terminal) Copy(text string) {
	seq := clipboard(text)
	t.order(func(j *job) { j.copy = seq })
}

func (t *Terminal) shown() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.on
}
