package ui

import (
	"context"
	"time"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/moment"
	"example.com/muster/ui/port"
)

// A timeShower is a screen that can go to the lines of a time.
type timeShower interface {
	ShowAt(src procs.Source, at time.Time)
}

// An untilShower is a screen that can go to the last line up to a time.
type untilShower interface {
	ShowUntil(src procs.Source, at time.Time)
}

// showMoment covers the screen with what a process did when it printed a line. Another
// question is not covered.
func (m *root) showMoment(msg keys.MomentMsg) {
	if m.question != nil || m.prompt != nil || m.palette != nil || m.pane != nil || m.at != msg.On {
		return
	}
	v := moment.New(m.opt.Theme, m.opt.Keys, m.askMoments, msg)
	v.SetSize(m.w, bodyHeight(m.h))
	m.over = v
}

// askMoments asks the session; it waits.
func (m *root) askMoments(q session.MomentsQuestion) (session.Moments, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandDeadline)
	defer cancel()
	return port.Moments(ctx, m.opt.Session, q)
}

// jump uncovers the screen and goes to the lines of a time, if one is given.
func (m *root) jump(msg keys.JumpMsg) {
	m.over = nil
	if s, ok := m.screens[msg.Screen].(timeShower); ok && !msg.At.IsZero() {
		m.open(msg.Screen)
		s.ShowAt(msg.Source, msg.At)
	}
}
