// Package terminal is the pane in which one types into the terminal of a
// process: what it shows, with its cursor, in the body of the frame, and every
// key but Ctrl-] for its keyboard.
//
// Start at [New] and [Pane.More]. The event loop owns the [Pane]; what the
// process sends is read, and made into a picture (ui/vt), by one command at a
// time (read.go), so that a process that floods its terminal slows nobody but
// itself. Keys become bytes in keys.go.
package terminal

import (
	"errors"
	"io"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/vt"
)

// Leave is the key that leaves the pane, as bubbletea names it; LeaveName is for people.
const (
	Leave     = "ctrl+]"
	LeaveName = "Ctrl-]"
)

// titleHeight is the lines above the terminal.
const titleHeight = 1

// Link is how a pane reaches its process. Both calls wait for the session.
type Link interface {
	OpenTerminal(q session.TerminalQuestion) (session.TerminalStream, error)
	Type(c procs.Type) error
}

// Pane is a terminal that is typed into. Only the event loop calls its methods.
type Pane struct {
	id    procs.ID
	link  Link
	theme *theme.Theme
	w, h  int
	looks bool          // nobody types: it is a picture without a title
	gap   time.Duration // the least time between two pictures
	slot  *procs.Slot   // as of the last Sync; nil if there is none

	opening bool
	asked   size // what was opened last, or is being opened
	tried   int  // number of the run that was opened last
	stream  session.TerminalStream
	number  int   // of the stream: messages of an earlier one are dropped
	over    error // why the stream has ended; io.EOF with the run; nil while it goes on

	picture picture
	typed   []byte // what has not been sent
	sending bool
}

type size struct{ cols, rows int }

// picture is what a terminal shows. It is immutable.
type picture struct {
	n     int // number of the run
	lines []string
	x, y  int
	shown bool // the cursor
	modes vt.Modes
}

// New returns the pane of a slot. It opens the terminal by [Pane.More], once it has a size.
func New(t *theme.Theme, id procs.ID, link Link) *Pane {
	return &Pane{id: id, link: link, theme: t, gap: pictureGap}
}

// Look returns the pane of a slot that only shows its terminal. Whoever types there has his
// size. What the program asks of its terminal is answered.
func Look(t *theme.Theme, id procs.ID, link Link) *Pane {
	return &Pane{id: id, link: link, theme: t, gap: lookGap, looks: true}
}

// Lines returns what the terminal shows; nil if nothing has been read.
func (p *Pane) Lines() []string { return p.picture.lines }

// ID is the slot that is typed into.
func (p *Pane) ID() procs.ID { return p.id }

// SetSize gives the size of the body.
func (p *Pane) SetSize(w, h int) { p.w, p.h = w, h }

// Sync reads how the process is.
func (p *Pane) Sync(s port.Session, _ time.Time) {
	p.slot = nil
	for _, pool := range s.Snapshot().Pools {
		for i := range pool.Slots {
			if pool.Slots[i].ID == p.id {
				p.slot = &pool.Slots[i]
			}
		}
	}
}

// Handle swallows every intent: what is covered must not be acted on.
func (p *Pane) Handle(keys.Intent) (tea.Cmd, bool) { return nil, true }

// Help is the one key that does not go to the process.
func (p *Pane) Help() []keys.Hint {
	return []keys.Hint{{Key: LeaveName, Label: "leaves", Intent: keys.Intent{Verb: keys.Back}}}
}

// Key types a key.
func (p *Pane) Key(msg tea.KeyMsg) tea.Cmd { return p.send(encode(msg, p.picture.modes)) }

// Mouse sends the mouse, at a cell of the body, to a program that asks for it.
func (p *Pane) Mouse(msg tea.MouseMsg, x, y int) tea.Cmd {
	y -= titleHeight
	if x < 0 || x >= p.asked.cols || y < 0 || y >= p.asked.rows {
		return nil
	}
	return p.send(encodeMouse(msg, x, y, p.picture.modes))
}

// Cursor returns the cell of the body where the cursor is, and whether it is shown.
func (p *Pane) Cursor() (x, y int, shown bool) {
	x, y = p.picture.x, p.picture.y+titleHeight
	return x, y, p.picture.shown && p.over == nil && x < p.w && y < p.h
}

// More opens the terminal when there is one to be opened: at first, when the
// size has changed, and when the slot runs again.
func (p *Pane) More() tea.Cmd {
	want := size{max(1, p.w), max(1, p.h-titleHeight)}
	if p.looks {
		want.rows = max(1, p.h)
	}
	switch {
	case p.opening || p.w <= 0:
		return nil
	case p.stream == nil && p.over == nil, p.over == nil && p.asked != want:
	case p.over != nil && p.runs() && p.slot.N > p.tried:
		p.tried = p.slot.N
	default:
		return nil
	}
	p.opening, p.asked = true, want
	return p.open(want)
}

// runs reports whether the slot has a process.
func (p *Pane) runs() bool { return p.slot != nil && p.slot.State.Live() && p.slot.PID != 0 }

// Render returns the title and what the terminal shows.
func (p *Pane) Render() string {
	return draw.Lines(append([]string{p.title()}, p.picture.lines...), p.w, p.h)
}

// title says whom one types into, and how to leave.
func (p *Pane) title() string {
	text, style := p.state()
	leave := " " + LeaveName + " leaves "
	if p.over != nil && draw.Width(p.id.String())+draw.Width(text)+draw.Width(leave)+3 > p.w {
		leave = "" // the line of hints says so, and nothing else says how things are
	}
	name := " " + draw.Plain([]byte(p.id.String()), max(1, p.w-draw.Width(leave)-1)) + " "
	room := p.w - draw.Width(name) - draw.Width(leave)
	if draw.Width(text)+1 > room {
		text = draw.Truncate(text, max(0, room-1))
	}
	if text != "" {
		text += " "
	}
	rule := strings.Repeat("─", max(0, room-draw.Width(text)))
	return p.theme.Title.Paint(name) + style.Paint(text) + p.theme.Border.Paint(rule) + p.theme.Accent.Paint(leave)
}

// state says in words how things are.
func (p *Pane) state() (text string, style theme.Style) {
	switch {
	case p.over == nil && p.stream == nil:
		return "its terminal is being opened", p.theme.Dim
	case p.over == nil:
		return "what you type goes to its terminal", p.theme.Dim
	case !errors.Is(p.over, io.EOF):
		return draw.Plain([]byte(p.over.Error()), max(1, p.w)), p.theme.Error
	case p.slot == nil:
		return "has gone", p.theme.Warning
	case p.slot.LastExit == nil || p.runs():
		return "has ended", p.theme.Warning
	}
	style = p.theme.Good
	if !p.slot.LastExit.OK() {
		style = p.theme.Error
	}
	return "has ended: " + p.slot.LastExit.String(), style
}

// Close gives the terminal back. The command waits for the session.
func (p *Pane) Close() tea.Cmd {
	stream := p.stream
	if stream == nil {
		return nil
	}
	return func() tea.Msg { stream.Close(); return nil }
}
