package keys

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
)

// What a screen may ask of the root: it returns [Send] of one of these from
// its Handle.
type (
	// OpenMsg opens a screen. A screen that can show one source of output or
	// one slot only has a method Show(procs.Source), which is called with
	// Source; the zero Source stands for everything. Until, unless it is zero, leads
	// to the last line that was printed up to then: the screen has a method
	// ShowUntil(procs.Source, time.Time).
	OpenMsg struct {
		Screen Screen
		Source procs.Source
		Until  time.Time
	}
	// DoMsg carries out a command. If Ask is not empty the user is asked
	// first: "restart all 8 processes of train?". Done is said in the status line
	// once the command has been accepted, an error in any case. A question is about
	// the processes in About: once all of those that lived when it was asked have ended
	// it is withdrawn, and Ended is said: "train/0 has ended".
	DoMsg struct {
		Command procs.Command
		Ask     string
		Done    string
		About   []procs.PIDRef
		Ended   string
	}
	// SayMsg shows a line in the status line until the next key.
	SayMsg struct {
		Text string
		Bad  bool // something went wrong
	}
	// CopyMsg copies a text to the terminal's clipboard by OSC 52, and says
	// What was copied: "pid 4121".
	CopyMsg struct{ Text, What string }
	// EditMsg opens a file in the user's editor, at a line counted from 1.
	EditMsg struct {
		File string
		Line int
	}
	// DebugMsg opens the debugger for a process, or for the core dump of one
	// that has ended. Name is what to call it, Dir where an ended one ran.
	DebugMsg struct {
		Ref   procs.PIDRef
		Name  string
		Ended bool
		Dir   string
	}
	// BundleMsg writes all that is known of a crash to a file.
	BundleMsg struct{ ID string }
	// ProfileMsg writes a capture to a file here, in a format: pprof, svg, ...
	ProfileMsg struct {
		Seq    int
		Format string
	}
	// ServeMsg serves a capture to a browser, until the program ends.
	ServeMsg struct{ Seq int }
	// MomentMsg shows what a process did when it printed a line, or does now if At is
	// zero. It covers the screen On. Jumps from there lead to Source on Screen.
	MomentMsg struct {
		On, Screen Screen
		Source     procs.Source
		ID         procs.ID
		PID        int // 0 for the slot's own process
		Name       string
		At         time.Time
		Text       []byte // the line; nil if there is none
	}
	// JumpMsg uncovers the screen, and goes to the first line of a source at a time
	// or after it, unless At is zero. The screen has a method ShowAt(procs.Source, time.Time).
	JumpMsg struct {
		Screen Screen
		Source procs.Source
		At     time.Time
	}
	// AnswerMsg brings a screen the answer to something that it had looked up
	// outside the event loop. The screen has a method Receive(answer any) tea.Cmd;
	// it drops an answer to a question that it no longer asks.
	AnswerMsg struct {
		Screen Screen
		Answer any
	}
)

// Send returns a command that delivers m, one of the messages of this
// package, to the root.
func Send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
