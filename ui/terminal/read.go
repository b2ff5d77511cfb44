package terminal

import (
	"context"
	"errors"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/vt"
)

// Msg is something that a command of a pane has found out; it is for [Pane.Receive] of that pane.
type Msg interface {
	// For returns the pane.
	For() *Pane
	// Drop gives back what the message holds, when its pane has been closed.
	Drop() tea.Cmd
}

type (
	// openedMsg brings a terminal, or why it cannot be opened.
	openedMsg struct {
		pane   *Pane
		stream session.TerminalStream
		size   size
		err    error
	}
	// shownMsg brings what a terminal shows now.
	shownMsg struct {
		pane    *Pane
		reading *reading
		picture picture
		replies []byte // what the program asked of its terminal is answered with
		err     error  // why nothing more will come
	}
	// typedMsg says that what was typed has been taken, or why not.
	typedMsg struct {
		pane *Pane
		err  error
	}
)

// For implements [Msg], as the methods below do.
func (m openedMsg) For() *Pane { return m.pane }

// For implements [Msg].
func (m shownMsg) For() *Pane { return m.pane }

// For implements [Msg].
func (m typedMsg) For() *Pane { return m.pane }

// Drop implements [Msg].
func (m openedMsg) Drop() tea.Cmd {
	if m.stream == nil {
		return nil
	}
	return func() tea.Msg { m.stream.Close(); return nil }
}

// Drop implements [Msg].
func (m shownMsg) Drop() tea.Cmd { return nil }

// Drop implements [Msg].
func (m typedMsg) Drop() tea.Cmd { return nil }

// Refused is the error of a terminal that could not be opened at all: there is nothing to show.
type Refused struct{ error }

// Unwrap returns why.
func (r Refused) Unwrap() error { return r.error }

// Receive takes what a command has found out. An error is for the user; after a
// [Refused] the pane is of no use.
func (p *Pane) Receive(msg Msg) (tea.Cmd, error) {
	switch msg := msg.(type) {
	case openedMsg:
		return p.opened(msg)
	case shownMsg:
		return p.shown(msg), nil
	case typedMsg:
		p.sending = false
		if msg.err != nil {
			p.typed = nil // it would come out of its order
			if p.over == nil {
				return nil, msg.err
			}
			return nil, nil // it has ended meanwhile, and says so
		}
		return p.send(nil), nil
	}
	return nil, nil
}

func (p *Pane) open(s size) tea.Cmd {
	q := session.TerminalQuestion{ID: p.id, Cols: s.cols, Rows: s.rows, Looks: p.looks}
	return func() tea.Msg {
		stream, err := p.link.OpenTerminal(q)
		return openedMsg{p, stream, s, err}
	}
}

func (p *Pane) opened(msg openedMsg) (tea.Cmd, error) {
	p.opening = false
	switch {
	case msg.err != nil && p.stream == nil && p.over == nil:
		return nil, Refused{msg.err}
	case msg.err != nil: // the run has ended meanwhile, as what is read will say
		return nil, nil
	}
	before := p.Close() // after the other one has been opened: its size never goes back
	p.stream, p.over = msg.stream, nil
	p.number++
	r := &reading{stream: msg.stream, number: p.number, size: msg.size, keep: kept(p.theme)}
	return tea.Batch(before, p.read(r), p.send(nil)), nil
}

// kept is what a terminal of this theme can show of a program's colours.
func kept(t *theme.Theme) draw.Colours {
	switch {
	case t.Plain():
		return draw.NoColours
	case !t.Coloured():
		return draw.AttributesOnly
	}
	return draw.AllColours
}

// reading is a terminal that is being read: one command at a time has it.
type reading struct {
	stream session.TerminalStream
	number int
	size   size
	keep   draw.Colours
	screen *vt.Screen
	at     time.Time // of the last picture
}

// The least time between two pictures: what a key does is shown at once, and what
// floods 60 times a second; less often to who only looks.
const (
	pictureGap = time.Second / 60
	lookGap    = time.Second / 20
)

// read waits for what comes next.
func (p *Pane) read(r *reading) tea.Cmd {
	return func() tea.Msg {
		if early := p.gap - time.Since(r.at); early > 0 {
			time.Sleep(early)
		}
		msg := shownMsg{pane: p, reading: r}
		piece, err := r.stream.Next(context.Background()) // ended by Close
		r.at = time.Now()
		if err != nil {
			msg.err = err
			return msg
		}
		msg.picture, msg.replies = r.take(piece)
		return msg
	}
}

// take shows a piece, and returns what is to be typed as the answer to it. A terminal of
// another size is a new one: its program draws it anew.
func (r *reading) take(piece procs.TerminalPiece) (picture, []byte) {
	now := size{piece.Cols, piece.Rows}
	if now == (size{}) {
		now = r.size
	}
	if piece.Fresh || r.screen == nil || now != r.size {
		r.size = now
		r.screen = vt.New(r.size.cols, r.size.rows)
	}
	_, _ = r.screen.Write(piece.Data) // it takes all
	replies := r.screen.Replies()
	if !piece.Answer {
		replies = nil
	}
	shown := picture{n: piece.N, lines: make([]string, r.size.rows), modes: r.screen.Modes()}
	for y := range shown.lines {
		shown.lines[y] = r.screen.Line(y, r.keep)
	}
	shown.x, shown.y, shown.shown = r.screen.Cursor()
	return shown, replies
}

// shown takes a picture, and has the next one read.
func (p *Pane) shown(msg shownMsg) tea.Cmd {
	switch {
	case msg.reading.number != p.number:
		return nil
	case msg.err != nil:
		p.over, p.typed = msg.err, nil
		if errors.Is(msg.err, io.EOF) {
			p.tried = p.picture.n
		}
		cmd := p.Close() // its size goes back
		p.stream = nil
		return cmd
	}
	p.picture = msg.picture
	return tea.Batch(p.read(msg.reading), p.send(msg.replies))
}

// What is sent at once, and what is kept until it is, in bytes.
const (
	maxSent  = 64 << 10
	maxTyped = 4 << 20
)

// send types bytes, behind those that have not been sent yet.
func (p *Pane) send(data []byte) tea.Cmd {
	if p.over != nil {
		return nil // nobody reads it
	}
	if len(p.typed)+len(data) <= maxTyped {
		p.typed = append(p.typed, data...)
	}
	if p.sending || p.stream == nil || len(p.typed) == 0 {
		return nil
	}
	n := min(len(p.typed), maxSent)
	c := procs.Type{IDs: []procs.ID{p.id}, Data: p.typed[:n:n]}
	p.typed, p.sending = p.typed[n:], true
	return func() tea.Msg { return typedMsg{p, p.link.Type(c)} }
}
