package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// leaving is how far the way out has been taken:
//
//	staying --q, y--> stopping --q--> killing --q--> gone, whatever still runs
//
// A screen that is attached to another process's session can leave it as it is:
// it goes from staying to gone at once.
//
// From each of them the program leaves by itself once everything has ended,
// but from staying only with Options.Exit or if somebody else stopped it all.
type leaving int

const (
	staying leaving = iota
	stopping
	killing
)

// quit is the answer to q: one step further on the way out.
func (m *root) quit() tea.Cmd {
	snap := m.opt.Session.Snapshot()
	switch {
	case snap.Ended || m.leave == killing:
		return tea.Quit
	case m.leave == stopping || snap.Stopping && !m.opt.Attached:
		return m.shutdown(true)
	case snap.Stopping: // somebody else sees to it
		return tea.Quit
	case m.opt.Attached:
		m.question = &question{yes: func() tea.Cmd { return m.shutdown(false) }, detaches: true}
		return nil
	}
	m.question = &question{yes: func() tea.Cmd { return m.shutdown(false) }, leaves: true}
	return nil
}

// abort is the answer to Ctrl-C: as q, but the second one kills at once, or
// leaves a session that is another process's.
func (m *root) abort() tea.Cmd {
	asked := m.question
	m.question = nil
	switch {
	case asked != nil && asked.leaves:
		return m.interrupt(true)
	case asked != nil && asked.detaches:
		return tea.Quit
	}
	cmd := m.quit()
	if q := m.question; q != nil && q.leaves {
		q.yes = func() tea.Cmd { return m.interrupt(false) }
	}
	return cmd
}

// interrupt is shutdown by Ctrl-C.
func (m *root) interrupt(now bool) tea.Cmd {
	if m.opt.Interrupted != nil && !m.opt.Session.Snapshot().Ended {
		m.opt.Interrupted()
	}
	return m.shutdown(now)
}

// shutdown asks the session to stop everything.
func (m *root) shutdown(now bool) tea.Cmd {
	m.leave = stopping
	if now {
		m.leave = killing
	}
	return m.send(procs.Shutdown{Now: now}, "")
}

// leavesAtEnd reports whether the program leaves by itself once all has ended.
func (m *root) leavesAtEnd(snap *procs.Snapshot) bool {
	return m.leave != staying || m.opt.Exit || snap.Stopping
}

// leaveText is what the status line says on the way out; "" while staying. lead is
// what must be pressed before muster's keys.
func (m *root) leaveText(snap *procs.Snapshot, lead string) string {
	q := lead + m.opt.Keys.Key(m.at, keys.Quit)
	switch {
	case m.leave == killing:
		return fmt.Sprintf("killing %s ... (%s: leave now)", processesText(countProcesses(snap)), q)
	case m.leave == staying && m.opt.Attached && snap.Stopping && !snap.Ended:
		return fmt.Sprintf("stopping %s ... (%s: leave now)", processesText(countProcesses(snap)), q)
	case m.leave == stopping || snap.Stopping && !snap.Ended:
		return fmt.Sprintf("stopping %s ... (%s again: kill now)", processesText(countProcesses(snap)), q)
	}
	return ""
}

func leaveQuestion(snap *procs.Snapshot) string {
	n := countProcesses(snap)
	switch {
	case snap.Ended:
		return "everything has ended: leave?"
	case n == 0:
		return "end the session and leave?"
	}
	return "stop " + processesText(n) + " and leave?"
}

func attachedQuestion(snap *procs.Snapshot) string {
	if n := countProcesses(snap); n > 0 {
		return "leave " + processesText(n) + " running?"
	}
	return "leave the session running?"
}

func processesText(n int) string {
	if n == 1 {
		return "1 process"
	}
	return draw.Count(n) + " processes"
}

// countProcesses counts the processes that live: those of the slots and all their descendants.
func countProcesses(snap *procs.Snapshot) int {
	n := 0
	for _, p := range snap.Pools {
		for i := range p.Slots {
			s := &p.Slots[i]
			if s.State.Live() && s.PID != 0 {
				n++
			}
			for k := range s.Descendants {
				if s.Descendants[k].Exit == nil {
					n++
				}
			}
		}
	}
	return n
}
