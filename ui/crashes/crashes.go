// Package crashes is the screen of bad ends: a list of their kinds, the newest
// first, and a card with all that is known of the selected one.
//
// Start at [Screen]. What a card says of an end is decided in facts.go, what
// of an exception in exception.go; card.go lays both out, on the screen and as
// plain text for [Screen.Handle] to copy. Source lines are read outside the
// event loop (source.go).
package crashes

import (
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/source"
	"example.com/muster/ui/theme"
)

// Screen is screen 5. Only the event loop may use it.
type Screen struct {
	theme *theme.Theme
	keys  *keys.Map
	w, h  int
	now   time.Time

	reports []*crash.Report // all that are kept, oldest first
	count   int             // how many crashes there were, as the header has it
	rows    []crash.Row     // what is counted of each kind
	kinds   []kind          // of those that the filter lets through, newest first
	items   bool            // they are failed items of a map
	// The widest name and headline that a row has had: columns do not move to and fro with
	// each crash.
	who, how int
	filter   string
	wanted   *procs.ID // the slot that Show asked for, until the next Sync
	selection
	before  *selection // a filter was typed, while it is; nil else
	top     int        // index of the first kind in sight
	scroll  int        // rows of the card above its window
	last    int        // the largest scroll that makes sense, as of the last Render
	sources source.Cache
}

// selection is what the keys act on.
type selection struct {
	inCard bool // the card has the focus
	pin    pin  // what is read
}

// New returns the screen.
func New(t *theme.Theme, m *keys.Map) *Screen { return &Screen{theme: t, keys: m} }

// SetSize gives the size in cells.
func (s *Screen) SetSize(w, h int) { s.w, s.h = max(w, 0), max(h, 0) }

// Sync reads the reports.
func (s *Screen) Sync(session port.Session, now time.Time) {
	found := session.Found()
	s.now, s.reports, s.rows, s.items = now, found.Crashes, found.CrashRows, found.Tasks != nil
	s.count = session.Snapshot().Crashes
	s.kinds = kindsOf(found.Crashes, found.CrashRows, s.filter)
	s.find()
	s.refresh()
	s.measure()
}

// Show selects the newest report of a slot or, if it has none, of all, until the next Sync.
func (s *Screen) Show(src procs.Source) {
	s.scroll, s.wanted, s.before = 0, nil, nil
	s.pin = pin{}
	if src.OneSlot {
		s.wanted, s.filter = &procs.ID{Pool: src.Pool, Slot: src.Slot}, ""
	}
}

// find selects the report that Show has asked for.
func (s *Screen) find() {
	if s.wanted == nil {
		return
	}
	for _, r := range s.reports { // the oldest first
		if r.Run.ID == *s.wanted {
			s.hold(r)
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

// listed is the index of the selected kind, -1 if it has no row.
func (s *Screen) listed() int {
	if s.pin.report == nil {
		return -1
	}
	key := keyOf(s.pin.report)
	return slices.IndexFunc(s.kinds, func(k kind) bool { return k.key == key })
}

// index of the selected kind; if it has gone, of the newest one.
func (s *Screen) index() int { return max(0, s.listed()) }

// kind returns the selected kind, or nil if there is none.
func (s *Screen) kind() *kind {
	if len(s.kinds) == 0 {
		return nil
	}
	if r := s.pin.report; r != nil && s.listed() < 0 { // none of its kind is kept
		return &kind{key: keyOf(r), count: 1, reports: []*crash.Report{r}}
	}
	return &s.kinds[s.index()]
}

// report returns the selected report, or nil if there is none.
func (s *Screen) report() *crash.Report {
	if s.pin.report != nil || len(s.kinds) == 0 {
		return s.pin.report
	}
	return s.kinds[0].reports[0]
}

func (s *Screen) empty() []string {
	text := "No crash so far. A process that ends by itself with an error or by a signal appears here with its last words," +
		" and so does an exception that ends a thread or a task. muster demo crash shows what that looks like."
	if s.filter != "" && len(s.reports) > 0 {
		all := "all " + draw.Count(len(s.reports))
		if s.count > len(s.reports) { // of those of one kind not all are kept
			all = draw.Plural(len(s.reports), "report") + " of " + draw.Plural(s.count, "crash", "crashes")
		}
		text = "No crash has " + plain(s.filter) + " in its name, headline or cause. " + s.keys.Key(keys.Crashes, keys.Back) + " shows " + all + "."
	}
	return draw.Paragraph(text, s.w, s.h)
}

// Help returns the hints for the bottom line.
func (s *Screen) Help() []keys.Hint {
	verbs := []keys.Verb{keys.Open, keys.Pane, keys.Edit, keys.Restart, keys.Debug, keys.Copy, keys.Search}
	switch {
	case len(s.kinds) == 0: // the filter hides them, or there are none to do something with
		verbs = []keys.Verb{keys.Search}
	case s.inCard:
		verbs = []keys.Verb{keys.Open, keys.Back, keys.Next, keys.Edit, keys.Restart, keys.Debug, keys.Copy, keys.Save}
	}
	if k := s.kind(); s.inCard && k != nil && len(k.reports) > 1 {
		verbs = append(verbs, keys.Right)
	}
	r := s.report()
	verbs = slices.DeleteFunc(verbs, func(v keys.Verb) bool { return r != nil && !s.applies(v, r) })
	hints := s.keys.Hints(keys.Crashes, verbs...)
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

// applies reports whether a verb can do something with a report. What does not is no
// hint; its key still says why.
func (s *Screen) applies(v keys.Verb, r *crash.Report) bool {
	switch v {
	case keys.Edit:
		return hasSource(r)
	case keys.Debug:
		return debuggable(r)
	case keys.Restart: // items are tried again, on screen 7
		return !s.items
	}
	return true
}

// plain is a text of a child or a user as one safe line.
func plain(s string) string {
	return strings.TrimSpace(draw.Plain([]byte(s), 1000))
}
