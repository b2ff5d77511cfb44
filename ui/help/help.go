// Package help is the overlay that `?` opens: every key of every screen, made
// from the table in ui/keys, so that it cannot say what is not so.
package help

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// Overlay is the help. It fills the body like a screen.
type Overlay struct {
	theme *theme.Theme
	w, h  int
	top   int // the first line shown
	lines []string
}

// New returns the overlay. It shows nothing before SetSize.
func New(t *theme.Theme) *Overlay { return &Overlay{theme: t} }

// Sync has nothing to read.
func (o *Overlay) Sync(port.Session, time.Time) {}

// SetSize lays the keys out anew.
func (o *Overlay) SetSize(w, h int) {
	o.w, o.h = w, h
	o.lines = o.layout(w)
	o.scroll(0)
}

// Handle scrolls. It swallows every other intent but Back, as what is covered
// must not be acted on.
func (o *Overlay) Handle(in keys.Intent) (tea.Cmd, bool) {
	switch in.Verb {
	case keys.Up:
		o.scroll(-1)
	case keys.Down:
		o.scroll(1)
	case keys.HalfUp, keys.PageUp:
		o.scroll(-max(1, o.h/2))
	case keys.HalfDown, keys.PageDown:
		o.scroll(max(1, o.h/2))
	case keys.Top:
		o.top = 0
	case keys.Bottom:
		o.scroll(len(o.lines))
	case keys.Wheel:
		o.scroll(in.N)
	case keys.Back:
		return nil, false
	}
	return nil, true
}

// Render returns the body.
func (o *Overlay) Render() string {
	return draw.Lines(o.lines[min(o.top, len(o.lines)):], o.w, o.h)
}

// Help returns the hints of the overlay itself.
func (o *Overlay) Help() []keys.Hint {
	hints := keys.Hints(keys.Processes, keys.Back)
	if len(o.lines) > o.h {
		hints = append(hints, keys.Hints(keys.Processes, keys.Down, keys.Up)...)
	}
	return hints
}

func (o *Overlay) scroll(n int) { o.top = max(0, min(o.top+n, len(o.lines)-o.h)) }

// Sizes of a column of the layout.
const (
	margin    = 2
	keyWidth  = 12
	textWidth = 32
	colWidth  = keyWidth + textWidth + margin
)

// layout sets the sections in as many columns as fit, each section whole.
func (o *Overlay) layout(w int) []string {
	n := max(1, min((w-margin)/colWidth, len(keys.Sections())))
	columns := make([][]string, n)
	for _, s := range keys.Sections() {
		block := o.section(s)
		shortest := 0
		for i := range columns {
			if len(columns[i]) < len(columns[shortest]) {
				shortest = i
			}
		}
		columns[shortest] = append(columns[shortest], block...)
	}
	var lines []string
	for y := 0; ; y++ {
		var b strings.Builder
		any := false
		for _, c := range columns {
			cell := ""
			if y < len(c) {
				cell, any = c[y], true
			}
			b.WriteString(draw.Spaces(margin) + draw.Pad(cell, colWidth-margin))
		}
		if !any {
			return lines
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
}

// section is a heading and its keys.
func (o *Overlay) section(s keys.Section) []string {
	lines := []string{"", o.theme.Title.Paint(string(s))}
	for _, b := range keys.Bindings() {
		if b.Section != s {
			continue
		}
		names := make([]string, len(b.Keys))
		for i, k := range b.Keys {
			names[i] = keys.Name(k)
		}
		key := draw.Truncate(strings.Join(names, " "), keyWidth-1)
		lines = append(lines, o.theme.Key.Paint(key)+draw.Spaces(keyWidth-draw.Width(key))+b.Help)
	}
	return lines
}
