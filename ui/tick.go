package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/port"
)

// How often it is looked whether the session has moved.
const (
	busyTick  = time.Second / 15
	quietTick = time.Second / 5
	// clockStep is how often a frame is built even though nothing moved, for
	// what counts time: countdowns and ages.
	clockStep = time.Second
	// stirGap is the least time between two frames when processes begin and
	// end: what happens to them is shown at once, but not 100 times a second.
	stirGap = time.Second / 30
)

// frameMsg says that there may be something new to draw.
type frameMsg struct{}

// watch sends a frameMsg when the session has moved, at most 15 times a second
// or, while processes begin and end, 30 times, and every second for the clock
// until everything has ended. It looks outside the event loop, as a message
// costs five wake-ups there and a look costs one. Its sender waits until the
// message has been taken, so none pile up. It returns when ctx ends.
func watch(ctx context.Context, s port.Session, now func() time.Time, send func(tea.Msg)) {
	var pace pace
	var drawn uint64
	at := now()
	send(frameMsg{})
	timer := time.NewTimer(busyTick)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-s.Stirred():
			if wait := stirGap - now().Sub(at); wait > 0 && !s.Snapshot().Ended { // the end is shown at once
				timer.Reset(wait)
				continue
			}
		}
		version := s.Version()
		moved := version != drawn
		if moved || now().Sub(at) >= clockStep && !s.Snapshot().Ended {
			drawn, at = version, now()
			send(frameMsg{})
		}
		timer.Reset(pace.next(moved))
	}
}

// pace decides when to look next: fast while the session moves again and
// again, as output does, and slowly while it only takes a sample now and then.
type pace struct {
	still int  // looks since the last that saw a movement
	fast  bool // the fast beat
}

// next returns the wait after a look.
func (p *pace) next(moved bool) time.Duration {
	switch {
	case moved && p.still <= 2: // within 0.6 s of the one before
		p.fast, p.still = true, 0
	case moved:
		p.still = 0
	default:
		p.still++
	}
	if p.still > 8 { // half a second of the fast beat
		p.fast = false
	}
	if p.fast {
		return busyTick
	}
	return quietTick
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
