package ui

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/profile"
)

// A targeter is a screen on which a process is selected that can be profiled:
// "pool/slot", or "pool/slot/label" below that.
type targeter interface{ Target() string }

// capture opens the form that asks what to profile, or says that nothing runs.
func (m *root) capture() tea.Cmd {
	form, ok := m.screens[keys.Profile].(*profile.Screen)
	if !ok {
		return nil
	}
	target := ""
	switch at := m.screens[m.at].(type) {
	case targeter:
		target = at.Target()
	case selector:
		if id, ok := at.Selected(); ok {
			target = id.String()
		}
	}
	form.Sync(m.opt.Session, m.opt.Now())
	if refusal := form.Ask(target); refusal != nil {
		return refusal
	}
	m.open(keys.Profile)
	return nil
}

// fetched has something done with a capture's profile.
func (m *root) fetched(seq int, do func(c *session.Profiled, packed []byte) (said string, err error)) tea.Cmd {
	from := m.opt.Session
	return func() tea.Msg {
		var c *session.Profiled
		for _, p := range from.Found().Profiles {
			if p.Seq == seq {
				c = p
			}
		}
		if c == nil {
			return keys.SayMsg{Text: "capture " + session.ProfileID(seq) + " is kept no more", Bad: true}
		}
		ctx, cancel := context.WithTimeout(context.Background(), fetchDeadline)
		defer cancel()
		packed, err := port.ProfileData(ctx, from, seq)
		said := ""
		if err == nil {
			said, err = do(c, packed)
		}
		if err != nil {
			return keys.SayMsg{Text: err.Error(), Bad: true}
		}
		return keys.SayMsg{Text: said}
	}
}

// fetchDeadline is how long a profile may take to come from another process.
const fetchDeadline = 12 * commandDeadline

// writeProfile writes a capture to a file.
func (m *root) writeProfile(msg keys.ProfileMsg) tea.Cmd {
	return m.fetched(msg.Seq, func(c *session.Profiled, packed []byte) (string, error) {
		if m.opt.WriteProfile == nil {
			return "", errors.New("cannot write a profile here")
		}
		file, err := m.opt.WriteProfile(c, packed, msg.Format)
		return "wrote " + file, err
	})
}

// serveProfile shows a capture to a browser.
func (m *root) serveProfile(msg keys.ServeMsg) tea.Cmd {
	return m.fetched(msg.Seq, func(c *session.Profiled, packed []byte) (string, error) {
		if m.opt.ServeProfile == nil {
			return "", errors.New("cannot serve a profile here")
		}
		url, err := m.opt.ServeProfile(c, packed)
		return "in a browser of this machine: " + url, err
	})
}
