package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

const (
	// clockStep is how often a frame is built even though nothing moved, for
	// what counts time: countdowns and ages.
	clockStep = time.Second
	// stirGap is the least time between two frames: what happens is shown at
	// once, but not 100 times a second.
	stirGap = time.Second / 30
)

// frameMsg says that there may be something new to draw.
type frameMsg struct{}

// watch sends a frameMsg when the session has moved, at most 30 times a second,
// and every second for the clock until everything has ended. It looks outside
// the event loop, as a message costs five wake-ups there and a look costs one.
// Its sender waits until the message has been taken, so none pile up. It returns
// when ctx ends.
func watch(ctx context.Context, o *Options, send func(tea.Msg)) {
	s, now := o.Session, o.Now
	drawn, at := s.Version(), now()
	send(frameMsg{})
	timer := time.NewTimer(clockStep)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-s.Stirred():
			if wait := stirGap - now().Sub(at); wait > 0 && !o.Idle() { // the end is shown at once
				timer.Reset(wait)
				continue
			}
		}
		version := s.Version()
		if version != drawn || now().Sub(at) >= clockStep && !o.Idle() {
			drawn, at = version, now()
			send(frameMsg{})
		}
		timer.Reset(clockStep)
	}
}

// onFrame draws if something moved, and does what waits for the session to move.
func (m *root) onFrame() tea.Cmd {
	now := m.opt.Now()
	snap := m.opt.Session.Snapshot()
	if m.opt.Session.Version() != m.frame.version || !snap.Ended && now.Sub(m.frame.at) >= clockStep {
		m.draw(now)
	}
	if snap.Ended && m.leavesAtEnd(snap) {
		return tea.Quit
	}
	return tea.Batch(m.report(), m.more())
}
