// Package palette is the box in which anything that can be done is found by its
// name: what is typed is looked for in the [Item]s, the best first. Start
// at [Box]. What items there are, and what they do, is the root's business.
package palette

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
)

// Item is something that can be found.
type Item struct {
	Text string // what is shown, and matched: "restart train/0"; safe to draw
	Kind string // what it is, in a word: "screen"
	Key  string // which key does the same; "" if none does
	Also string // further words that find it
	Do   func() tea.Cmd
}

// Box is the palette while it is open.
type Box struct {
	theme *theme.Theme
	items []Item
	typed []rune
	found []match
	at    int // the selected one of found
	top   int // the first in sight

	w, h   int // of the body
	x, y   int // where the box is in it
	bw, bh int // its size
}

// New returns a box with nothing typed. It shows nothing before SetSize.
func New(t *theme.Theme, items []Item) *Box {
	b := &Box{theme: t, items: items}
	b.look()
	return b
}

// The largest box, with its border.
const (
	maxWidth  = 76
	maxHeight = 20
	// margin is how many cells must be left at each side to be worth seeing; else the box is as
	// wide as the body.
	margin = 6
	// minRows is how many lines there are for items, however few are found: the box does not
	// jump with each letter.
	minRows = 6
	// around is how many lines are no items: the border and what is typed.
	around = 3
	// sides is how many cells of a line are no text: the border, and a blank beside it.
	sides = 4
)

// SetSize places the box in a body of w by h cells.
func (b *Box) SetSize(w, h int) {
	b.w, b.h, b.bw = w, h, w
	if w >= maxWidth+2*margin {
		b.bw = maxWidth
	}
	b.x, b.y = (w-b.bw)/2, min((h-min(h, maxHeight))/4, 2)
	b.fit()
	b.keepInSight()
}

// fit makes the box as high as what is found needs; its upper border stays where it is.
func (b *Box) fit() { b.bh = min(b.h, maxHeight, max(minRows, len(b.found))+around) }

// rows is how many items are in sight.
func (b *Box) rows() int { return max(1, b.bh-around) }

// above is how many lines there are above the items, the upper border and what is typed.
// Where it is low they go first: what Enter would do must be in sight.
func (b *Box) above() int { return max(0, min(around-1, b.bh-1)) }

func (b *Box) keepInSight() {
	b.at = max(0, min(b.at, len(b.found)-1))
	b.top = draw.Scroll(b.top, b.at, len(b.found), b.rows())
}

// look finds what matches what has been typed, and selects the best.
func (b *Box) look() {
	b.found, b.at, b.top = find(b.items, string(b.typed)), 0, 0
	b.fit()
}

// Edit takes a key. do is what has been chosen, nil if nothing has; closed says
// that the box is done with, as it also is when it was given up.
func (b *Box) Edit(msg tea.KeyMsg) (do func() tea.Cmd, closed bool) {
	switch msg.Type {
	case tea.KeyRunes, tea.KeySpace:
		if msg.Alt {
			return nil, false
		}
		for _, r := range msg.Runes {
			if r >= ' ' && len(b.typed) < maxTyped {
				b.typed = append(b.typed, r)
			}
		}
		b.look()
	case tea.KeyBackspace, tea.KeyCtrlH:
		if len(b.typed) == 0 {
			return nil, true
		}
		b.typed = b.typed[:len(b.typed)-1]
		b.look()
	case tea.KeyCtrlU, tea.KeyCtrlW:
		b.typed = nil
		b.look()
	case tea.KeyEsc, tea.KeyCtrlC:
		return nil, true
	case tea.KeyEnter:
		return b.chosen()
	case tea.KeyUp, tea.KeyCtrlP, tea.KeyCtrlK, tea.KeyShiftTab:
		b.Move(-1)
	case tea.KeyDown, tea.KeyCtrlN, tea.KeyCtrlJ, tea.KeyTab:
		b.Move(1)
	case tea.KeyPgUp:
		b.Move(1 - b.rows())
	case tea.KeyPgDown:
		b.Move(b.rows() - 1)
	}
	return nil, false
}

// maxTyped bounds what is typed; no item has so many letters.
const maxTyped = 100

// Move moves the selection by n items.
func (b *Box) Move(n int) {
	b.at += n
	b.keepInSight()
}

// chosen is what the selected item does. Where nothing matches, the box stays.
func (b *Box) chosen() (do func() tea.Cmd, closed bool) {
	if len(b.found) == 0 {
		return nil, false
	}
	return b.items[b.found[b.at].item].Do, true
}

// Click takes a click on a cell of the body: an item is done, a click beside the
// box closes it.
func (b *Box) Click(x, y int) (do func() tea.Cmd, closed bool) {
	if x < b.x || x >= b.x+b.bw || y < b.y || y >= b.y+b.bh {
		return nil, true
	}
	row := y - b.y - b.above()
	if row < 0 || row >= b.rows() || b.top+row >= len(b.found) {
		return nil, false
	}
	b.at = b.top + row
	return b.chosen()
}

// Over draws the box over the lines of the body.
func (b *Box) Over(body []string) []string { return draw.Over(body, b.lines(), b.x, b.y, b.bw) }

// lines are the box.
func (b *Box) lines() []string {
	t := b.theme
	inner := max(0, b.bw-sides)
	side := t.Border.Paint("│")
	boxed := func(text string) string { return side + " " + draw.Pad(text, inner) + " " + side }
	count := draw.Count(len(b.found)) + " of " + draw.Count(len(b.items))
	typed := draw.TruncateLeft(draw.Sanitise([]byte(string(b.typed)), draw.Options{Width: 4 * maxTyped, Colours: draw.NoColours}), max(0, inner-len(count)-4))
	line := t.Key.Paint(":") + " " + typed + t.Selection.Paint(" ")
	lines := []string{
		t.Border.Paint("╭" + strings.Repeat("─", max(0, b.bw-2)) + "╮"),
		boxed(draw.Pad(line, max(0, inner-len(count))) + t.Dim.Paint(count)),
	}
	for i := range b.rows() {
		text := ""
		switch at := b.top + i; {
		case at < len(b.found):
			text = b.row(b.found[at], at == b.at, inner)
		case at == 0:
			text = t.Dim.Paint("nothing is called so")
		}
		lines = append(lines, boxed(text))
	}
	lines = append(lines, t.Border.Paint("╰"+strings.Repeat("─", max(0, b.bw-2))+"╯"))
	lines = lines[around-1-b.above():]
	return lines[:min(len(lines), max(0, b.bh))]
}

// row is an item in w cells.
func (b *Box) row(m match, selected bool, w int) string {
	t, it := b.theme, b.items[m.item]
	base, sign := theme.Style(""), "  "
	if selected {
		base, sign = t.Selection, "› "
	}
	right := it.Key
	rightStyle := t.Key
	if right == "" {
		right, rightStyle = it.Kind, t.Dim
	}
	room := w - 2
	if draw.Width(right)+8 > room {
		right = ""
	}
	text := draw.Truncate(it.Text, room-draw.Width(right)-1)
	var s strings.Builder
	base.On(&s, sign)
	marked := base.And(t.Accent)
	from := 0
	for _, at := range m.at {
		next := at + runeLen(it.Text, at)
		if next > len(text) || text[at:next] != it.Text[at:next] { // it has been cut
			break
		}
		base.On(&s, text[from:at])
		marked.On(&s, text[at:next])
		from = next
	}
	base.On(&s, text[from:])
	base.On(&s, draw.Spaces(room-draw.Width(text)-draw.Width(right)))
	base.And(rightStyle).On(&s, right)
	return s.String()
}

// Help returns the hints for the bottom line.
func (b *Box) Help() []keys.Hint {
	return []keys.Hint{
		{Key: "Enter", Label: "do it", Intent: keys.Intent{Verb: keys.Open}},
		{Key: "Esc", Label: "close", Intent: keys.Intent{Verb: keys.Back}},
		{Key: "↓", Label: "next", Intent: keys.Intent{Verb: keys.Down}},
		{Key: "↑", Label: "previous", Intent: keys.Intent{Verb: keys.Up}},
	}
}

// Handle takes a click on one of the hints.
func (b *Box) Handle(in keys.Intent) (do func() tea.Cmd, closed bool) {
	switch in.Verb {
	case keys.Open:
		return b.chosen()
	case keys.Down:
		b.Move(1)
	case keys.Up:
		b.Move(-1)
	case keys.Back:
		return nil, true
	}
	return nil, false
}
