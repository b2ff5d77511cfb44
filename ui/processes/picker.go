package processes

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// Picker lets the user choose the columns of the table. It covers the screen.
type Picker struct {
	screen *Screen
	kept   string // how long the choice holds
	w, h   int
	at     int
	top    int // the first choice in sight
}

// Picker returns what chooses the columns. kept says how long the choice holds.
func (s *Screen) Picker(kept string) *Picker { return &Picker{screen: s, kept: kept} }

// Sync has the table laid out, so that it is known what has a place in it.
func (p *Picker) Sync(s port.Session, now time.Time) { p.screen.Sync(s, now) }

// SetSize gives the size of the body.
func (p *Picker) SetSize(w, h int) { p.w, p.h = max(1, w), max(1, h) }

// room is how many choices are in sight.
func (p *Picker) room() int { return max(1, p.h-1) }

// Handle moves and chooses. It swallows every other intent but Back: what is covered must not be acted on.
func (p *Picker) Handle(in keys.Intent) (tea.Cmd, bool) {
	if n, ok := keys.Step(in, p.room()); ok {
		p.move(p.at + n)
		return nil, true
	}
	switch in.Verb {
	case keys.Wheel:
		p.move(p.at + in.N)
	case keys.Fold, keys.Open:
		p.toggle()
	case keys.Click:
		if i := p.top + in.Y - 1; in.Y > 0 && i < len(choices) {
			p.move(i)
			p.toggle()
		}
	}
	return nil, in.Verb != keys.Back
}

func (p *Picker) move(i int) { p.at = max(0, min(i, len(choices)-1)) }

func (p *Picker) toggle() { p.screen.hidden ^= 1 << choices[p.at].id }

// Render returns the choices, and says of those that have no place in the table that they have none.
func (p *Picker) Render() string {
	s := p.screen
	p.top = draw.Scroll(p.top, p.at, len(choices), p.room())
	lines := []string{" " + s.theme.Title.Paint("Columns") + s.theme.Dim.Paint("  "+p.kept)}
	for i := p.top; i < min(len(choices), p.top+p.room()); i++ {
		c := choices[i]
		box, about := "[x] ", c.about
		if s.hidden.has(c.id) {
			box = "[ ] "
		} else if !s.shows(c.id) && (c.id != colWaits || s.waiting.seen) {
			about = "no room here"
		}
		lead, base := "  ", s.theme.Selection
		if i == p.at {
			lead = "› "
		} else {
			base = ""
		}
		line := base.And(s.theme.Accent).Paint(lead) + base.Paint(box+draw.Pad(titleOf(c.id), 11)) + base.And(s.theme.Dim).Paint(draw.Pad(about, max(0, p.w-17)))
		lines = append(lines, line)
	}
	return draw.Lines(lines, p.w, p.h)
}

func titleOf(id columnID) string {
	for _, c := range columns {
		if c.id == id {
			return c.title
		}
	}
	return ""
}

// Help returns the hints for the bottom line.
func (p *Picker) Help() []keys.Hint {
	hints := p.screen.keys.Hints(keys.Processes, keys.Fold, keys.Back, keys.Down, keys.Up)
	for i := range hints {
		if hints[i].Intent.Verb == keys.Fold {
			hints[i].Label = "pick"
		}
	}
	return hints
}
