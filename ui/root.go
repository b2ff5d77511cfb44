package ui

import (
	"os/exec"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/crashes"
	"example.com/muster/ui/help"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/locks"
	"example.com/muster/ui/output"
	"example.com/muster/ui/palette"
	"example.com/muster/ui/port"
	"example.com/muster/ui/processes"
	"example.com/muster/ui/profile"
	"example.com/muster/ui/tasks"
	"example.com/muster/ui/terminal"
)

// display is the terminal, as [paint.Terminal] is one.
type display interface {
	// Show, Redraw and Copy do not wait.
	Show(frame string)
	Redraw()
	Copy(text string)
	Enter() error
	// Cursor is for the next Show.
	Cursor(x, y int, shown bool)
	// Leave may wait a little for the terminal.
	Leave() error
}

// root is the Bubble Tea model. Only the event loop touches it.
type root struct {
	opt Options
	do  func(procs.Command) error // waits; for use in a tea.Cmd only
	// exec runs a program on the terminal, as tea.ExecProcess does.
	exec func(*exec.Cmd, tea.ExecCallback) tea.Cmd
	// execDebugger does the same with what debugs a process, as tea.Exec does.
	execDebugger func(tea.ExecCommand, tea.ExecCallback) tea.Cmd

	display display

	screens map[keys.Screen]Screen
	at      keys.Screen // the one in front
	before  keys.Screen // the one that Esc goes back to
	home    keys.Screen // the one that all others were opened from
	help    *help.Overlay
	under   Screen // what the help covers beside the screen; nil if nothing
	over    Screen // covers the screen in front: the help, a sheet; nil if nothing does

	w, h  int
	frame frame
	alarm alarm
	toast toast
	tour  tour

	question *question
	prompt   *prompt
	palette  *palette.Box   // nil if it is not open
	pane     *terminal.Pane // takes all keys; nil if nobody types into a process
	look     look
	notice   keys.SayMsg
	told     keys.SayMsg   // the notice that has been shown last
	noticed  time.Time     // since when
	request  *request      // of which the notice says that it was accepted; nil if of none
	accepted keys.SayMsg   // that notice
	sent     int           // number of the newest command
	carried  chan struct{} // closed when that has been carried out
	leave    leaving
	reported reported
}

func newRoot(o Options, do func(procs.Command) error, d display) *root {
	m := &root{
		opt: o, do: do, exec: tea.ExecProcess, execDebugger: tea.Exec, display: d, at: o.InitialScreen, before: keys.Processes, home: keys.Processes, help: help.New(o.Theme, o.Keys),
		screens: map[keys.Screen]Screen{
			keys.Processes: processes.New(o.Theme, o.Keys),
			keys.Output:    output.New(o.Theme, o.Keys),
			keys.Timeline:  &unbuilt{screen: keys.Timeline, will: "what each process did over time: computing, waiting for a lock, for a pipe, for the disk"},
			keys.Locks:     locks.New(o.Theme, o.Keys),
			keys.Crashes:   crashes.New(o.Theme, o.Keys),
			keys.Profile:   profile.New(o.Theme, o.Keys),
			keys.Tasks:     tasks.New(o.Theme, o.Keys),
		},
	}
	if port.Tasks(o.Session) != nil {
		m.home, m.before = keys.Tasks, keys.Tasks
		m.screens[keys.Locks] = &unbuilt{
			screen: keys.Locks, commands: []string{"muster locks", "muster stacks"},
			will: "The locks of a map are not watched: most of its processes end before a second look. In another terminal, who waits for whom, and where they are:",
		}
		m.screens[keys.Profile] = &unbuilt{
			screen: keys.Profile, commands: []string{"muster profile"},
			will: "A map is not profiled from here: most of its processes end before a profile would. In another terminal, where those spend their time that live now:",
		}
	}
	m.arrange(o.View)
	if o.Tour {
		m.tour.step = 1
	}
	if m.screens[m.at] == nil {
		m.at = keys.Processes
	}
	return m
}

// Init implements tea.Model. The ticks come from outside: see watch.
func (m *root) Init() tea.Cmd { return nil }

// View implements tea.Model. Bubble Tea calls it after every message and, as
// it has no renderer, does nothing with it: see draw.
func (m *root) View() string { return m.frame.text }

// Update implements tea.Model.
func (m *root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	m.orLeave(func() { cmd = m.update(msg) })
	return m, m.guarded(cmd)
}

// update takes a message. One that the user did not cause, and that changes
// nothing, builds no frame.
func (m *root) update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case frameMsg:
		return m.onFrame()
	case tea.WindowSizeMsg:
		if msg.Width == m.w && msg.Height == m.h {
			return nil
		}
		m.resize(msg.Width, msg.Height)
		return m.more()
	case tea.KeyMsg:
		cmd = m.onKey(msg)
	case tea.MouseMsg:
		if m.pane != nil {
			cmd = m.pointPane(msg)
			break
		}
		if m.palette != nil {
			var seen bool
			if cmd, seen = m.pointPalette(msg); !seen {
				return nil
			}
			break
		}
		var seen bool
		if cmd, seen = m.pointAnswer(msg); seen {
			break
		}
		in, ok := m.pointed(msg)
		if !ok {
			return nil
		}
		cmd = m.handle(in)
	case tea.ResumeMsg:
		cmd = m.onResume()
	default:
		if k, ok := newerKey(msg); ok {
			cmd = m.onKey(k)
			break
		}
		var mine bool
		if cmd, mine = m.serve(msg); !mine {
			return nil
		}
	}
	m.draw(m.opt.Now())
	return tea.Batch(cmd, m.more())
}

// more is what the screen in front wants to look up next.
func (m *root) more() tea.Cmd {
	look := m.lookOn()
	if next := m.next(); next != nil || look != nil {
		return tea.Batch(look, next)
	}
	return nil
}

func (m *root) next() tea.Cmd {
	if m.pane != nil {
		return m.pane.More()
	}
	if s, ok := m.front().(fetcher); ok {
		return s.More()
	}
	return nil
}

// front is the screen that intents go to.
func (m *root) front() Screen {
	if m.pane != nil {
		return m.pane
	}
	if m.over != nil {
		return m.over
	}
	return m.screens[m.at]
}

// resize gives every screen the body's new size and draws.
func (m *root) resize(w, h int) {
	m.w, m.h = w, h
	for _, s := range m.screens {
		s.SetSize(w, bodyHeight(h))
	}
	m.help.SetSize(w, bodyHeight(h))
	for _, s := range []Screen{m.over, m.under} {
		if s != nil {
			s.SetSize(w, bodyHeight(h))
		}
	}
	if m.pane != nil {
		m.pane.SetSize(w, bodyHeight(h))
	}
	if m.palette != nil {
		m.palette.SetSize(w, bodyHeight(h))
	}
	m.display.Redraw()
	m.draw(m.opt.Now())
}
