package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a pane, and what its session has been asked.
type desk struct {
	*Pane
	t      *testing.T
	sess   *uitest.Session
	story  []string
	refuse error // what the next question is refused with
	pieces []procs.TerminalPiece
	reads  tea.Cmd // the reading that waits for more
}

var python = procs.ID{Pool: "py"}

// newDesk is a pane of 40x6 that has not been opened yet.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, sess: uitest.New(snapshot(1, procs.Running))}
	d.Pane = New(theme.New(colorprofile.ASCII, true), python, d)
	d.SetSize(40, 6)
	return d
}

func snapshot(n int, state procs.State) *procs.Snapshot {
	slot := procs.Slot{Run: procs.Run{ID: python, N: n, PIDRef: procs.PIDRef{PID: 100 + n}}, State: state, Output: procs.OutputPTY}
	if !state.Live() {
		slot.PID, slot.LastExit = 0, &procs.Exit{Code: 3}
	}
	return &procs.Snapshot{Pools: []procs.Pool{{Name: "py", Size: 1, Slots: []procs.Slot{slot}}}}
}

func (d *desk) OpenTerminal(q session.TerminalQuestion) (session.TerminalStream, error) {
	d.note("open %s %dx%d", q.ID, q.Cols, q.Rows)
	return d, d.refuse
}

func (d *desk) Type(c procs.Type) error {
	d.note("type %q", c.Data)
	return d.refuse
}

func (d *desk) Next(context.Context) (procs.TerminalPiece, error) {
	p := d.pieces[0]
	d.pieces = d.pieces[1:]
	return p, nil
}

// Close is the desk's as the stream; that of the pane is d.Pane.Close.
func (d *desk) Close() { d.note("close") }

func (d *desk) note(format string, args ...any) {
	d.story = append(d.story, fmt.Sprintf(format, args...))
}

// told is what the session has been asked since the last time.
func (d *desk) told(want ...string) {
	d.t.Helper()
	if !slices.Equal(d.story, want) {
		d.t.Errorf("the session was asked %q, want %q", d.story, want)
	}
	d.story = nil
}

// run carries out a command and all that follows, but for reads beyond the pieces there are.
func (d *desk) run(cmd tea.Cmd) error {
	d.t.Helper()
	var first error
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			if c == nil {
				continue
			}
			if err := d.run(d.held(c)); err != nil && first == nil {
				first = err
			}
		}
	case Msg:
		next, err := d.Receive(msg)
		if follows := d.run(d.held(next)); err == nil {
			err = follows
		}
		return err
	}
	return first
}

// held keeps a command that would read what is not there.
func (d *desk) held(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if recover() != nil { // there is no piece
				d.reads, msg = cmd, nil
			}
		}()
		return cmd()
	}
}

// sends has the process send something.
func (d *desk) sends(pieces ...procs.TerminalPiece) error {
	d.t.Helper()
	d.pieces = append(d.pieces, pieces...)
	cmd := d.reads
	d.reads = nil
	return d.run(d.held(cmd))
}

func (d *desk) look() []string {
	d.Sync(d.sess, time.Time{})
	return strings.Split(ansi.Strip(d.Render()), "\n")
}

func runes(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

func TestWhatIsTypedWaitsForTheTerminal(t *testing.T) {
	d := newDesk(t)
	opening := d.More()
	if d.More() != nil {
		t.Error("it is opened twice")
	}
	for _, k := range []string{"a", "b"} {
		if d.Key(runes(k)) != nil {
			t.Error("it types into a terminal that is not open")
		}
	}
	if got := d.look()[0]; !strings.HasPrefix(got, " py/0 its terminal") {
		t.Errorf("it says %q", got)
	}
	if err := d.run(opening); err != nil {
		t.Fatal(err)
	}
	d.told("open py/0 40x5", `type "ab"`)
	if err := d.sends(procs.TerminalPiece{Fresh: true, N: 1, Data: []byte(">>> \x1b[31mred\x1b[m")}); err != nil {
		t.Fatal(err)
	}
	lines := d.look()
	if lines[0] != " py/0 what you type goe…  Ctrl-] leaves " || lines[1] != ">>> red" || len(lines) != 6 {
		t.Errorf("it shows %q", lines)
	}
	if x, y, shown := d.Cursor(); x != 7 || y != 1 || !shown {
		t.Errorf("the cursor is at %d,%d, shown %v", x, y, shown)
	}
	first := d.Key(runes("c"))
	if d.Key(runes("d")) != nil || d.Key(tea.KeyMsg{Type: tea.KeyEnter}) != nil {
		t.Error("two are on their way at once: their order is nobody's")
	}
	if err := d.run(first); err != nil {
		t.Fatal(err)
	}
	d.told(`type "c"`, `type "d\r"`)
}

func TestATerminalThatCannotBeOpened(t *testing.T) {
	d := newDesk(t)
	d.refuse = errors.New("cannot type into py/0: it has ended (exit 0)")
	err := d.run(d.More())
	var refused Refused
	if !errors.As(err, &refused) || !errors.Is(err, d.refuse) || err.Error() != d.refuse.Error() {
		t.Errorf("%v", err)
	}
}

// A program asks its terminal where the cursor is: the pane knows. What was
// asked before it was opened has been answered.
func TestTheProgramIsAnswered(t *testing.T) {
	d := newDesk(t)
	if err := d.run(d.More()); err != nil {
		t.Fatal(err)
	}
	d.told("open py/0 40x5")
	if err := d.sends(
		procs.TerminalPiece{Fresh: true, Data: []byte("ab\x1b[6n")},
		procs.TerminalPiece{Data: []byte("c\x1b[6n")},
		procs.TerminalPiece{Answer: true, Data: []byte("d\x1b[6n")},
	); err != nil {
		t.Fatal(err)
	}
	d.told(`type "\x1b[1;5R"`)
	if err := d.sends(procs.TerminalPiece{Fresh: true, Data: []byte("new")}); err != nil {
		t.Fatal(err)
	}
	if got := d.look()[1]; got != "new" {
		t.Errorf("after it began anew it shows %q", got)
	}
}

func TestItsSizeFollowsThePane(t *testing.T) {
	d := newDesk(t)
	if err := d.run(d.More()); err != nil {
		t.Fatal(err)
	}
	old := d.reads
	if d.More() != nil {
		t.Error("it is opened again, though nothing has changed")
	}
	d.SetSize(60, 10)
	if err := d.run(d.More()); err != nil {
		t.Fatal(err)
	}
	d.told("open py/0 40x5", "open py/0 60x9", "close") // in this order: its size never goes back
	d.pieces = []procs.TerminalPiece{{Fresh: true, Data: []byte("late")}}
	if err := d.run(old); err != nil {
		t.Fatal(err)
	}
	if got := d.look()[1]; got != "" {
		t.Errorf("what the old one read is shown: %q", got)
	}
}

func TestTheEndIsSaidAndTheNextRunShown(t *testing.T) {
	d := newDesk(t)
	if err := d.run(d.More()); err != nil {
		t.Fatal(err)
	}
	if err := d.sends(procs.TerminalPiece{Fresh: true, N: 1, Data: []byte("bye")}); err != nil {
		t.Fatal(err)
	}
	d.told("open py/0 40x5")
	reading := &reading{number: d.number}
	if err := d.run(d.held(func() tea.Msg { return shownMsg{pane: d.Pane, reading: reading, err: io.EOF} })); err != nil {
		t.Fatal(err)
	}
	d.told("close")
	d.sess.Set(snapshot(1, procs.Exited))
	if lines := d.look(); !strings.HasPrefix(lines[0], " py/0 has ended: exit 3 ") || lines[1] != "bye" {
		t.Errorf("it shows %q", lines)
	}
	d.SetSize(30, 6) // how it ended is whole where it is narrow
	if line := d.look()[0]; !strings.HasPrefix(line, " py/0 has ended: exit 3 ─") {
		t.Errorf("at 30 columns it says %q", line)
	}
	d.SetSize(40, 6)
	if _, _, shown := d.Cursor(); shown || d.Key(runes("x")) != nil || d.More() != nil {
		t.Error("one can still type into it")
	}
	d.sess.Set(snapshot(2, procs.Running))
	d.look()
	if err := d.run(d.More()); err != nil {
		t.Fatal(err)
	}
	d.told("open py/0 40x5")
	if got := d.look()[0]; !strings.HasPrefix(got, " py/0 what you type") {
		t.Errorf("it says %q", got)
	}
}

func TestWhatCannotBeTypedIsSaid(t *testing.T) {
	d := newDesk(t)
	if err := d.run(d.More()); err != nil {
		t.Fatal(err)
	}
	d.refuse = errors.New("cannot type into py/0: it does not read what is typed")
	if err := d.run(d.Key(runes("x"))); !errors.Is(err, d.refuse) {
		t.Errorf("%v", err)
	}
	d.refuse = nil
	if err := d.run(d.Key(runes("y"))); err != nil {
		t.Errorf("it does not go on: %v", err)
	}
	d.told("open py/0 40x5", `type "x"`, `type "y"`)
}

func TestATerminalThatComesTooLateIsGivenBack(t *testing.T) {
	d := newDesk(t)
	msg, ok := d.More()().(Msg)
	if !ok || msg.For() != d.Pane {
		t.Fatal("it was not opened")
	}
	msg.Drop()()
	d.told("open py/0 40x5", "close")
}

// Who only looks has no title and takes the terminal in the size that others gave it; what
// the program asks is answered all the same.
func TestWhoOnlyLooks(t *testing.T) {
	d := newDesk(t)
	d.Pane = Look(theme.New(colorprofile.ASCII, true), python, d)
	d.SetSize(10, 3)
	if d.Lines() != nil {
		t.Error("it shows what it has not read")
	}
	if err := d.run(d.More()); err != nil {
		t.Fatal(err)
	}
	d.told("open py/0 10x3")
	if err := d.sends(
		procs.TerminalPiece{Fresh: true, N: 1, Cols: 10, Rows: 3, Data: []byte("0123456789abc")},
		procs.TerminalPiece{N: 1, Cols: 20, Rows: 4, Answer: true, Data: []byte("0123456789abc\x1b[6n")},
	); err != nil {
		t.Fatal(err)
	}
	if got := d.Lines(); len(got) != 4 || got[0] != "0123456789abc" {
		t.Errorf("it shows %q", got)
	}
	d.told(`type "\x1b[1;14R"`)
}
