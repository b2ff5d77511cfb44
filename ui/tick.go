package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// How often the root looks whether the session has moved.
const (
	busyTick  = time.Second / 15
	quietTick = time.Second / 5
	// quietAfter is how long nothing must have moved for the slower beat.
	quietAfter = 2 * time.Second
	// clockStep is how often a frame is built even though nothing moved, for
	// what counts time: countdowns and ages.
	clockStep = time.Second
)

// frameMsg is one tick. It carries the generation of its ticker, so that one
// that was under way when a new ticker started is dropped.
type frameMsg struct{ gen int }

// ticker is the chain of frame ticks: each one arms the next.
type ticker struct {
	gen   int
	moved time.Time // when something last moved
	// after is tea.Tick, but for tests.
	after func(d time.Duration, msg tea.Msg) tea.Cmd
}

func realTime(d time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}

// next arms the next tick: the longer nothing has moved, the later.
func (t *ticker) next(now time.Time) tea.Cmd {
	d := busyTick
	if now.Sub(t.moved) > quietAfter {
		d = quietTick
	}
	return t.after(d, frameMsg{gen: t.gen})
}

// restart begins a new chain and disowns the old one.
func (t *ticker) restart(now time.Time) tea.Cmd {
	t.gen++
	t.moved = now
	return t.next(now)
}

// onFrame answers a tick: it draws if something moved, and does what waits
// for the session to move.
func (m *root) onFrame(msg frameMsg) tea.Cmd {
	if msg.gen != m.tick.gen {
		return nil
	}
	now := m.opt.Now()
	moved := m.opt.Session.Version() != m.frame.version
	if moved {
		m.tick.moved = now
	}
	ended := m.opt.Session.Snapshot().Ended
	if moved || !ended && now.Sub(m.frame.at) >= clockStep {
		m.draw(now)
	}
	if ended && m.leavesAtEnd() {
		return tea.Quit
	}
	return tea.Batch(m.report(), m.tick.next(now))
}
