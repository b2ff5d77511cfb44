package crashes

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/profiling/crash"
	"example.com/muster/ui/card"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/source"
	"example.com/muster/ui/theme"
)

// Card writes cards of reports for another screen.
type Card struct {
	on keys.Screen // which gets the answers of More
	s  Screen
}

// NewCard returns what writes cards for a screen.
func NewCard(t *theme.Theme, on keys.Screen) *Card { return &Card{on: on, s: Screen{theme: t}} }

// Write writes all that is known of a report below its headline.
func (c *Card) Write(p *card.Paper, r *crash.Report, now time.Time) {
	c.s.now = now
	p.Words(card.In("", " "), p.Theme.Error, plain(r.Headline))
	c.s.writeBody(p, r)
}

// Text is the card as plain text.
func (c *Card) Text(r *crash.Report, now time.Time) string {
	c.s.now = now
	return c.s.text(r)
}

// More reads the source that the card of a report has none of yet; see ui.Screen.
func (c *Card) More(r *crash.Report) tea.Cmd {
	top := topOf(r)
	if top == nil {
		return nil
	}
	at, ok := c.s.sources.Next(placeOf(r, top))
	if !ok {
		return nil
	}
	return func() tea.Msg {
		return keys.AnswerMsg{Screen: c.on, Answer: source.Found{Place: at, Lines: source.Read(at)}}
	}
}

// Receive takes what More has read.
func (c *Card) Receive(answer any) { c.s.Receive(answer) }

// Edit opens the source line of a report.
func (c *Card) Edit(r *crash.Report) tea.Cmd { return c.s.edit(r) }
