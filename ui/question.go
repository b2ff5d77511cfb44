package ui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
)

// question is asked in the status line before something that cannot be undone.
type question struct {
	text string // "restart all 4 processes of api?"; of leaving, see says
	yes  func() tea.Cmd
	// leaves marks the one that quitting asks; Ctrl-C answers it with "now".
	leaves bool
	// detaches marks the one that quitting an attached screen asks: it has a
	// third answer, to leave and stop nothing.
	detaches bool
	// covers: what is asked about covers the screen, and goes with the answer.
	covers bool
	// about are the processes that it is about, those that lived when it was asked. Once
	// all have ended it is withdrawn, and what ended is said.
	about []procs.PIDRef
	ended string
}

// says is the question. That of leaving is about what lives now.
func (q *question) says(snap *procs.Snapshot) string {
	switch {
	case q.leaves:
		return leaveQuestion(snap)
	case q.detaches:
		return attachedQuestion(snap)
	}
	return q.text
}

// living returns those of some processes that live.
func living(snap *procs.Snapshot, refs []procs.PIDRef) (live []procs.PIDRef) {
	if len(refs) == 0 {
		return nil
	}
	among := func(ref procs.PIDRef) {
		if ref.PID != 0 && slices.Contains(refs, ref) {
			live = append(live, ref)
		}
	}
	for _, p := range snap.Pools {
		for i := range p.Slots {
			s := &p.Slots[i]
			if s.State == procs.Running || s.State == procs.Stopping { // while it is starting the pid may be the last run's
				among(s.PIDRef)
			}
			for k := range s.Descendants {
				if d := &s.Descendants[k]; d.Exit == nil {
					among(d.PIDRef)
				}
			}
		}
	}
	return live
}

// withdraw takes a question back that nothing is left of to ask about, and reports whether
// it did: a yes would be about the next run.
func (m *root) withdraw(snap *procs.Snapshot) bool {
	q := m.question
	if q == nil || len(q.about) == 0 || len(living(snap, q.about)) > 0 {
		return false
	}
	m.question, m.notice = nil, keys.SayMsg{Text: "nothing was done: " + q.ended}
	return true
}

// answer takes a key as the answer: y is yes; n and Escape are no; the key that
// quits is yes to leaving, which has been asked for twice then, and no to anything
// else. Leaving an attached screen asks which of two things to do: d and the key
// that quits detach, s stops everything. Other keys are no answer.
func (m *root) answer(key string, quits bool) tea.Cmd {
	if m.withdraw(m.opt.Session.Snapshot()) { // nobody has seen it yet
		return nil
	}
	q := m.question
	defer func() {
		if q.covers && m.question == nil {
			m.over = nil
		}
	}()
	switch {
	case q.detaches && (key == "d" || key == "D" || quits):
		m.question = nil
		return tea.Quit
	case q.detaches && (key == "s" || key == "S"):
		m.question = nil
		return q.yes()
	case q.detaches && (key == "y" || key == "Y"): // yes to what?
	case key == "y" || key == "Y" || quits && q.leaves:
		m.question = nil
		return q.yes()
	case key == "n" || key == "N" || key == "esc" || quits:
		m.question = nil
		m.notice = keys.SayMsg{Text: "nothing was done"}
	}
	return nil
}

// choices are the answers, as the line of hints shows them.
func (q *question) choices() []keys.Hint {
	if q.detaches {
		return []keys.Hint{{Key: "d", Label: "detach"}, {Key: "s", Label: "stop all and leave"}, {Key: "n", Label: "stay"}}
	}
	return []keys.Hint{{Key: "y", Label: "yes"}, {Key: "n", Label: "no"}}
}
