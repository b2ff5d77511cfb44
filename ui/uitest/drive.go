package uitest

import (
	"reflect"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// maxMessages is how many messages one step may cause; more is a loop.
const maxMessages = 1000

// Driver is an event loop without terminal, goroutine or clock.
type Driver struct {
	t     testing.TB
	Model tea.Model
	// Quit says that the program has left; Suspended counts the times that it
	// gave the terminal back.
	Quit      bool
	Suspended int
}

// Drive starts the model: its Init and every command that follows are run to
// the end before Drive returns.
func Drive(t testing.TB, m tea.Model) *Driver {
	d := &Driver{t: t, Model: m}
	d.run(m.Init())
	return d
}

// Send delivers messages, and all that they cause, one after the other.
func (d *Driver) Send(msgs ...tea.Msg) {
	d.t.Helper()
	queue := msgs
	for n := 0; len(queue) > 0; n++ {
		if n > maxMessages {
			d.t.Fatalf("after %d messages the model still asks for more: %T", n, queue[0])
		}
		msg := queue[0]
		queue = queue[1:]
		switch msg.(type) {
		case tea.QuitMsg:
			d.Quit = true
			return
		case tea.SuspendMsg:
			d.Suspended++
			queue = append(queue, tea.ResumeMsg{})
			continue
		}
		var cmd tea.Cmd
		d.Model, cmd = d.Model.Update(msg)
		queue = append(queue, results(cmd)...)
	}
}

// Keys presses keys, named as in the table of ui/keys: "j", "ctrl+c", "enter".
func (d *Driver) Keys(names ...string) {
	d.t.Helper()
	for _, name := range names {
		d.Send(Key(name))
	}
}

// Type types a text, a key for each rune.
func (d *Driver) Type(text string) {
	d.t.Helper()
	for _, r := range text {
		d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
}

// Resize tells the model the terminal's size.
func (d *Driver) Resize(w, h int) {
	d.t.Helper()
	d.Send(tea.WindowSizeMsg{Width: w, Height: h})
}

// Click presses the left button over a cell.
func (d *Driver) Click(x, y int) {
	d.t.Helper()
	d.Send(tea.MouseMsg{X: x, Y: y, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
}

func (d *Driver) run(cmd tea.Cmd) {
	d.t.Helper()
	d.Send(results(cmd)...)
}

// results runs a command, with all that it is made of, in order.
func results(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	msg := cmd()
	if msg == nil {
		return nil
	}
	// tea.BatchMsg and the message of tea.Sequence, which is not exported, are slices of commands.
	if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		var all []tea.Msg
		for i := range v.Len() {
			all = append(all, results(v.Index(i).Interface().(tea.Cmd))...)
		}
		return all
	}
	return []tea.Msg{msg}
}

// Key returns the message for a key by its name.
func Key(name string) tea.KeyMsg {
	for t := tea.KeyType(-100); t < 128; t++ {
		if t == tea.KeyRunes {
			continue
		}
		if k := (tea.KeyMsg{Type: t}); k.String() == name {
			return k
		}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}
