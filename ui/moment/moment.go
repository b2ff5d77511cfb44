// Package moment shows what a process did at one moment, such as that at which it
// printed a line: what it used, its state and what it waited for, with what was
// measured before and after. It covers the screen that it was opened from, and
// leaves that as it is.
//
// Start at [New] and [View.More]. The session is asked outside the event loop, and
// again with each new measurement of the slot; render.go draws the answer.
package moment

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// Ask asks the session; it waits.
type Ask func(session.MomentsQuestion) (session.Moments, error)

// View is what a process did around a moment. Only the event loop calls its methods.
type View struct {
	theme *theme.Theme
	keys  *keys.Map
	w, h  int
	ask   Ask
	of    keys.MomentMsg

	now    time.Time
	newest time.Time // of the slot, as of the last Sync
	family bool      // it has other processes than its own
	asked  time.Time // newest, when it was asked last
	asking bool
	told   bool // there has been an answer
	list   []session.Moment
	own    bool // they are of the slot's own process
	err    error

	at    int  // the chosen one
	moved bool // by the user; else it is the one of the moment
	top   int  // the first row of the table in sight
	rows  []row
}

// New returns the view of a moment. It shows nothing before its question has been answered.
func New(t *theme.Theme, m *keys.Map, ask Ask, msg keys.MomentMsg) *View {
	return &View{theme: t, keys: m, ask: ask, of: msg}
}

// AnswerMsg is what a command of a view has found out.
type AnswerMsg struct {
	view *View
	told session.Moments
	err  error
}

// For is the view that has asked.
func (a AnswerMsg) For() *View { return a.view }

// SetSize gives the size of the body.
func (v *View) SetSize(w, h int) { v.w, v.h = max(1, w), max(1, h) }

// Sync reads when the slot was measured last.
func (v *View) Sync(s port.Session, now time.Time) {
	v.now = now
	for _, p := range s.Snapshot().Pools {
		if p.Name == v.of.ID.Pool && v.of.ID.Slot < len(p.Slots) {
			s := &p.Slots[v.of.ID.Slot]
			v.newest, v.family = s.Sample.At, len(s.Descendants) > 0
		}
	}
}

// More asks what there is, once and then with each measurement.
func (v *View) More() tea.Cmd {
	if v.asking || v.told && !v.newest.After(v.asked) {
		return nil
	}
	v.asking, v.asked = true, v.newest
	q := session.MomentsQuestion{ID: v.of.ID, PID: v.of.PID}
	return func() tea.Msg {
		told, err := v.ask(q)
		return AnswerMsg{v, told, err}
	}
}

// Receive takes an answer. What the user has chosen stays chosen.
func (v *View) Receive(a AnswerMsg) {
	var chosen time.Time
	if v.moved && v.at < len(v.list) {
		chosen = v.list[v.at].At
	}
	v.asking, v.told, v.err = false, true, a.err
	if a.err == nil {
		v.list, v.own = a.told.List, a.told.Own && v.of.PID != 0
	}
	v.at = v.first()
	if v.moved {
		v.at = v.after(chosen)
	}
}

// first is the measurement that tells of the moment: the first one after it, as what a
// process used is measured over the time before; or the newest.
func (v *View) first() int {
	if v.of.At.IsZero() {
		return max(0, len(v.list)-1)
	}
	return v.after(v.of.At)
}

// after is the first measurement at a time or after it; the newest if there is none.
func (v *View) after(at time.Time) int {
	for i := range v.list {
		if !v.list[i].At.Before(at) {
			return i
		}
	}
	return max(0, len(v.list)-1)
}

// Handle carries out an intent, and swallows every other one but Back: what is covered
// must not be acted on.
func (v *View) Handle(in keys.Intent) (tea.Cmd, bool) {
	if n, ok := keys.Step(in, v.tableRows()); ok {
		v.choose(v.at + n)
		return nil, true
	}
	switch in.Verb {
	case keys.Left:
		v.choose(v.at - 1)
	case keys.Right:
		v.choose(v.at + 1)
	case keys.Wheel:
		v.choose(v.at + in.N)
	case keys.Click:
		v.click(in.Y)
	case keys.Moment:
		if v.back() {
			return keys.Send(keys.JumpMsg{}), true
		}
		return v.jump(), true
	case keys.Open:
		return v.jump(), true
	case keys.Copy:
		return v.copy(), true
	}
	return nil, in.Verb != keys.Back
}

// back reports whether the key that has opened the view leads back to the line.
func (v *View) back() bool { return len(v.list) == 0 || !v.of.At.IsZero() && v.at == v.first() }

func (v *View) choose(i int) {
	if len(v.list) > 0 {
		v.at, v.moved = max(0, min(i, len(v.list)-1)), true
	}
}

// jump leads to what was printed from the chosen measurement on.
func (v *View) jump() tea.Cmd {
	if len(v.list) == 0 {
		return nil
	}
	return keys.Send(keys.JumpMsg{Screen: v.of.Screen, Source: v.of.Source, At: v.list[v.at].At})
}

// copy copies what is shown.
func (v *View) copy() tea.Cmd {
	if len(v.list) == 0 {
		return keys.Send(keys.SayMsg{Text: "nothing to copy"})
	}
	var b strings.Builder
	for line := range strings.SplitSeq(v.Render(), "\n") {
		if text := strings.TrimRight(draw.Plain([]byte(line), 0), " "); text != "" {
			b.WriteString(text + "\n")
		}
	}
	return keys.Send(keys.CopyMsg{Text: b.String(), What: "what is shown"})
}

// Help returns the hints for the bottom line.
func (v *View) Help() []keys.Hint {
	at := v.of.On
	hints := append(v.keys.Hints(at, keys.Back, keys.Moment, keys.Down, keys.Up, keys.Copy), v.keys.Hints(at, keys.Open)...)
	for i := range hints {
		switch verb := hints[i].Intent.Verb; {
		case verb == keys.Moment && v.back():
			hints[i].Label = "line"
		case verb == keys.Moment, verb == keys.Open:
			hints[i].Label = "output"
		case verb == keys.Down:
			hints[i].Label = "later"
		case verb == keys.Up:
			hints[i].Label = "earlier"
		}
	}
	return hints
}
