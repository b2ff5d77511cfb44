package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/procs/config"
	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// planWait bounds how long the configuration may take to be read.
const planWait = 5 * time.Second

// planMsg says what a reload would change.
type planMsg struct {
	changes []procs.Change
	err     error
}

// plan asks what a reload would change. It may wait for the disk.
func (m *root) plan() tea.Msg {
	ctx, cancel := context.WithTimeout(context.Background(), planWait)
	defer cancel()
	changes, err := port.Plan(ctx, m.opt.Session)
	return planMsg{changes, err}
}

// planned shows what a reload would change and asks whether to go on; nothing
// has happened yet. A configuration with mistakes changes nothing: they are shown.
func (m *root) planned(msg planMsg) {
	switch {
	case msg.err != nil:
		if all := mistakes(msg.err); all != "" {
			m.cover("Nothing was changed: the configuration has mistakes", strings.Split(all, "\n"))
			return
		}
		m.fail(msg.err)
	case len(msg.changes) == 0:
		m.notice = keys.SayMsg{Text: "everything runs as the configuration says: nothing to reload"}
	default:
		lines := make([]string, len(msg.changes))
		for i, c := range msg.changes {
			lines[i] = c.Sign() + " " + c.String()
		}
		m.cover("What the configuration changes", lines)
		m.question = &question{text: applyQuestion(len(lines)), covers: true, yes: func() tea.Cmd {
			return m.send(procs.Reload{}, "the configuration is being applied")
		}}
	}
}

// mistakes is all that is wrong with a file, of which the error's own words
// are but the first; "" if it is about something else. The file was read in
// this process or in the session that the screen is attached to.
func mistakes(err error) string {
	var file *config.Error
	if errors.As(err, &file) {
		return strings.TrimSpace(file.Heading() + "\n" + file.Details())
	}
	var refused *session.Refusal
	if errors.As(err, &refused) {
		return strings.TrimSpace(refused.Details)
	}
	return ""
}

func applyQuestion(n int) string {
	if n == 1 {
		return "apply this change?"
	}
	return fmt.Sprintf("apply these %d changes?", n)
}
