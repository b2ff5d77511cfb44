// Package help is the overlay that `?` opens: every key of every screen, made
// from the table in ui/keys, so that it cannot say what is not so.
package help

import (
	"slices"
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
	keys  *keys.Map
	w, h  int
	at    keys.Screen // whose keys come first
	top   int         // the first line shown
	lines []string
}

// New returns the overlay. It shows nothing before SetSize.
func New(t *theme.Theme, m *keys.Map) *Overlay { return &Overlay{theme: t, keys: m} }

// For puts the keys of a screen first, and begins at the top.
func (o *Overlay) For(at keys.Screen) {
	o.at, o.top = at, 0
	o.SetSize(o.w, o.h)
}

// sections are all of them, that of the screen first.
func (o *Overlay) sections() []keys.Section {
	all := keys.Sections()
	if i := slices.Index(all, sectionOf[o.at]); i > 0 {
		own := all[i]
		all = slices.Insert(slices.Delete(all, i, i+1), 0, own)
	}
	return all
}

// sectionOf are the keys that are a screen's own.
var sectionOf = map[keys.Screen]keys.Section{
	keys.Processes: keys.Acting, keys.Output: keys.Reading, keys.Locks: keys.Waiting, keys.Crashes: keys.Ended, keys.Profile: keys.Profiling, keys.Tasks: keys.Mapping,
}

// Sync has nothing to read.
func (o *Overlay) Sync(port.Session, time.Time) {}

// SetSize lays the keys out anew.
func (o *Overlay) SetSize(w, h int) {
	o.w, o.h = w, h
	o.lines = o.layout(w)
	switch { // where few lines are in sight they are for keys
	case h < 4:
		o.lines = o.lines[min(2, len(o.lines)):]
	case h < 8:
		o.lines = o.lines[min(1, len(o.lines)):]
	}
	o.top = max(0, min(o.top, len(o.lines)-h))
}

// Handle scrolls. It swallows every other intent but Back, as what is covered
// must not be acted on.
func (o *Overlay) Handle(in keys.Intent) (tea.Cmd, bool) {
	o.top, _ = keys.Scroll(in, o.top, o.h, len(o.lines))
	return nil, in.Verb != keys.Back
}

// Render returns the body.
func (o *Overlay) Render() string {
	lines := o.lines[min(o.top, len(o.lines)):]
	if len(lines) > o.h && o.h > 1 {
		lines = append(slices.Clone(lines[:o.h-1]), draw.Spaces(margin)+o.theme.Dim.Paint("… more below"))
	}
	return draw.Lines(lines, o.w, o.h)
}

// Help returns the hints of the overlay itself.
func (o *Overlay) Help() []keys.Hint {
	hints := o.keys.Hints(keys.Processes, keys.Back)
	if len(o.lines) > o.h {
		hints = append(hints, o.keys.Hints(keys.Processes, keys.Down, keys.Up)...)
	}
	return hints
}

// Sizes of a column of the layout.
const (
	margin    = 2
	keyWidth  = 12
	minColumn = 40
)

// layout sets the sections in as many columns as fit, each section whole.
func (o *Overlay) layout(w int) []string {
	n := max(1, min(w/minColumn, len(keys.Sections())))
	width := max(keyWidth+margin+8, w/n)
	columns := make([][]string, n)
	for _, s := range o.sections() {
		shortest := 0
		for i := range columns {
			if len(columns[i]) < len(columns[shortest]) {
				shortest = i
			}
		}
		columns[shortest] = append(columns[shortest], o.section(s, width-margin)...)
	}
	tallest := 0
	for _, c := range columns {
		tallest = max(tallest, len(c))
	}
	lines := make([]string, tallest)
	for y := range lines {
		var b strings.Builder
		for _, c := range columns {
			cell := ""
			if y < len(c) {
				cell = c[y]
			}
			b.WriteString(draw.Spaces(margin) + draw.Pad(cell, width-margin))
		}
		lines[y] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

// section is a heading and its keys, in lines of at most w cells.
func (o *Overlay) section(s keys.Section, w int) []string {
	lines := []string{"", o.theme.Title.Paint(string(s))}
	for _, b := range o.keys.Bindings() {
		if b.Section != s || len(b.Keys) == 0 {
			continue
		}
		lines = o.row(lines, keysOf(b), b.Help, w)
	}
	for _, sign := range signs[s] {
		lines = o.row(lines, sign.sign, sign.help, w)
	}
	return lines
}

// signs are what stands before lines, and what that says.
var signs = map[keys.Section][]struct{ sign, help string }{
	keys.Reading: {
		{"! line", "from standard error"},
		{"…line", "it begins further left, or in the line above"},
	},
}

// row appends a key, or what else has a meaning, and its words.
func (o *Overlay) row(lines []string, key, help string, w int) []string {
	for i, text := range words(help, w-keyWidth) {
		if i > 0 {
			key = ""
		}
		lines = append(lines, o.theme.Key.Paint(key)+draw.Spaces(keyWidth-draw.Width(key))+text)
	}
	return lines
}

// keysOf names the keys of a binding, as many as there is room for.
func keysOf(b keys.Binding) string {
	text := keys.Name(b.Keys[0])
	for _, k := range b.Keys[1:] {
		if more := text + " " + keys.Name(k); draw.Width(more) < keyWidth {
			text = more
		}
	}
	return text
}

// words breaks a text into lines of at most w cells, between its words.
func words(text string, w int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case draw.Width(line)+1+draw.Width(word) <= w:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
