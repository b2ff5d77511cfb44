// Package crashes is the screen of bad ends: a list of them, newest first,
// and a card with all that is known of the selected one.
//
// Start at [Screen]. What a card says is decided in facts.go, which knows no
// screen; card.go draws it, and [Screen.Handle] copies the same as plain text.
package crashes

import (
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// Screen is screen 5. Only the event loop may use it.
type Screen struct {
	theme *theme.Theme
	w, h  int
	now   time.Time

	reports []*crash.Report // newest first
	wanted  *procs.ID       // the slot that Show asked for, until the next Sync
	chosen  int             // Seq of the selected report, 0 for the newest whatever it is
	top     int             // index of the first report in sight
	inCard  bool            // the card has the focus
	scroll  int             // rows of the card above its window
	last    int             // the largest scroll that makes sense, as of the last Render
}

// New returns the screen.
func New(t *theme.Theme) *Screen { return &Screen{theme: t} }

// SetSize gives the size in cells.
func (s *Screen) SetSize(w, h int) { s.w, s.h = max(w, 0), max(h, 0) }

// Sync reads the reports.
func (s *Screen) Sync(session port.Session, now time.Time) {
	all := port.Crashes(session)
	s.now = now
	s.reports = make([]*crash.Report, 0, len(all))
	for i := len(all) - 1; i >= 0; i-- {
		s.reports = append(s.reports, all[i])
	}
	s.inCard = s.inCard && len(s.reports) > 0
	s.find()
}

// Show selects the newest report of a slot, if it has one.
func (s *Screen) Show(src procs.Source) {
	s.chosen, s.scroll, s.wanted = 0, 0, nil
	if src.OneSlot {
		s.wanted = &procs.ID{Pool: src.Pool, Slot: src.Slot}
	}
}

// find selects the report that Show has asked for.
func (s *Screen) find() {
	for _, r := range s.reports {
		if s.wanted != nil && r.Run.ID == *s.wanted {
			s.chosen = r.Seq
			break
		}
	}
	s.wanted = nil
}

// Selected returns the slot of the selected report.
func (s *Screen) Selected() (id procs.ID, ok bool) {
	r := s.report()
	if r == nil {
		return procs.ID{}, false
	}
	return r.Run.ID, true
}

// index of the selected report; if it has gone, of the newest one.
func (s *Screen) index() int {
	for i, r := range s.reports {
		if r.Seq == s.chosen {
			return i
		}
	}
	return 0
}

// report returns the selected report, or nil if there is none.
func (s *Screen) report() *crash.Report {
	if len(s.reports) == 0 {
		return nil
	}
	return s.reports[s.index()]
}

func (s *Screen) empty() []string {
	lines := []string{""}
	text := "No crash so far. A process that ends by itself with an error or by a signal appears here with its last words."
	for _, l := range draw.Words(text, max(1, s.w-2)) {
		lines = append(lines, " "+l)
	}
	return lines
}

// Help returns the hints for the bottom line.
func (s *Screen) Help() []keys.Hint {
	hints := keys.Hints(keys.Crashes, keys.Open, keys.Pane, keys.Copy)
	if s.inCard {
		hints = keys.Hints(keys.Crashes, keys.Open, keys.Back, keys.Pane, keys.Copy)
	}
	for i := range hints {
		switch {
		case hints[i].Intent.Verb == keys.Open && s.inCard:
			hints[i].Label = "its output"
		case hints[i].Intent.Verb == keys.Copy:
			hints[i].Label = "copy card"
		}
	}
	return hints
}

// plain is a text of a child or a user as one safe line.
func plain(s string) string {
	return strings.TrimSpace(draw.Plain([]byte(s), 1000))
}
