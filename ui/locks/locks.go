// Package locks is screen 4: who waits for whom. A table of what is waited for,
// the worst first, and a card that tells all of one lock: in a sentence, as the
// chain from those who wait to the one that keeps them waiting, and with the
// source lines of both sides.
//
// Start at [Screen]. What is said is made by ui/waits; list.go and card.go draw
// it, tree.go the chain and the ring of a deadlock. Source files are read
// outside the event loop (source.go).
package locks

import (
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/source"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/waits"
)

// Screen is screen 4. It meets the contract of ui.Screen.
type Screen struct {
	theme *theme.Theme
	keys  *keys.Map
	w, h  int
	now   time.Time

	snap   *procs.Snapshot
	board  *waits.Board
	rows   []*graph.Lock // those that are listed, in their order
	quiet  int           // how many are folded away
	fold   folding
	filter string // lower case
	typing bool   // somebody types it

	chosen graph.ID // the selected lock; "" for the worst, whichever that is
	at     int      // its index; len(rows) is the line of those folded away
	top    int      // index of the first row in sight

	inCard   bool // the card has the focus
	scroll   int  // rows of the card above its window
	last     int  // the largest scroll that makes sense, as of the last Render
	party    int  // who is selected in the card, counted from 1; 0 for the holder
	partyRow int  // of the card, where that stands
	sought   bool // it was chosen just now, and is to be in sight

	sources source.Cache
}

// folding is what the user wants of the locks that need no look.
type folding int

const (
	foldMany folding = iota // fold them away if they are many
	foldAll
	foldNone
)

// fewQuiet is how many locks that need no look are shown before they are folded away.
const fewQuiet = 4

// New returns the screen; it shows nothing before Sync.
func New(t *theme.Theme, m *keys.Map) *Screen { return &Screen{theme: t, keys: m} }

// SetSize gives the size of the body.
func (s *Screen) SetSize(w, h int) { s.w, s.h = max(w, 0), max(h, 0) }

// Sync reads the locks, if there is a new view of them or of the processes.
func (s *Screen) Sync(session port.Session, now time.Time) {
	s.now = now
	v, snap := port.Locks(session), session.Snapshot()
	if s.board != nil && s.board.View == v && s.snap == snap {
		return
	}
	s.snap, s.board = snap, waits.New(v, snap, port.Crashes(session))
	s.list()
}

// list chooses what is shown, and finds the selected lock again.
func (s *Screen) list() {
	s.rows, s.quiet = s.rows[:0], 0
	folded := s.folded()
	var quiet []*graph.Lock
	all := s.board.View.Locks
	for i := range all {
		l := &all[i]
		switch {
		case s.filter != "" && !s.matches(l):
		case !waits.Quiet(l):
			s.rows = append(s.rows, l)
		case folded:
			s.quiet++
		default:
			quiet = append(quiet, l)
		}
	}
	s.rows = append(s.rows, quiet...)
	s.find()
}

// folded reports whether the locks that need no look are folded away.
func (s *Screen) folded() bool {
	if s.fold != foldMany {
		return s.fold == foldAll
	}
	n := 0
	for i := range s.board.View.Locks {
		if waits.Quiet(&s.board.View.Locks[i]) {
			n++
		}
	}
	return n > fewQuiet && s.filter == ""
}

// matches reports whether the filter lets a lock through: by its name, its
// kind, its state, or by who has it or waits for it.
func (s *Screen) matches(l *graph.Lock) bool {
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), s.filter) }
	if has(waits.Thing(&l.Object)) || has(waits.Kind(l.Kind)) || has(string(waits.ConditionOf(l))) {
		return true
	}
	for i := range l.Holders {
		if has(s.board.People.WithPID(l.Holders[i].Thread)) {
			return true
		}
	}
	for i := range l.Waiters {
		if has(s.board.People.WithPID(l.Waiters[i].Thread)) {
			return true
		}
	}
	return false
}

// find selects the lock that was selected before or, if it has gone, what
// stands in its place.
func (s *Screen) find() {
	if s.chosen == "" {
		s.at = 0
	}
	for i, l := range s.rows {
		if s.chosen != "" && l.ID == s.chosen {
			s.at = i
			break
		}
	}
	s.at = max(0, min(s.at, s.lines()-1))
	s.inCard = s.inCard && s.lock() != nil
}

// lines is how many lines the table has, besides its head.
func (s *Screen) lines() int {
	if s.quiet > 0 {
		return len(s.rows) + 1
	}
	return len(s.rows)
}

// lock returns the selected lock, or nil.
func (s *Screen) lock() *graph.Lock {
	if s.at >= len(s.rows) {
		return nil
	}
	return s.rows[s.at]
}

// Selected returns the slot of who has the selected lock.
func (s *Screen) Selected() (id procs.ID, ok bool) {
	if s.board == nil {
		return id, false
	}
	p := s.selected()
	if p == nil {
		return id, false
	}
	who, ok := s.board.People.Find(p.PIDRef)
	return who.ID, ok
}

// Help returns the hints for the bottom line.
func (s *Screen) Help() []keys.Hint {
	switch {
	case s.board == nil || s.lines() == 0:
		return s.keys.Hints(keys.Locks, keys.Search)
	case s.lock() == nil:
		return relabel(s.keys.Hints(keys.Locks, keys.Open, keys.Search), map[keys.Verb]string{keys.Open: "show idle"})
	case s.inCard:
		return relabel(s.keys.Hints(keys.Locks, keys.Open, keys.Back, keys.Next, keys.Kill, keys.Edit, keys.Debug, keys.Row, keys.Copy),
			map[keys.Verb]string{keys.Open: "its output"})
	}
	return s.keys.Hints(keys.Locks, keys.Open, keys.Kill, keys.Edit, keys.Debug, keys.Search, keys.Fold, keys.Row, keys.Copy, keys.Pane)
}

func relabel(hints []keys.Hint, labels map[keys.Verb]string) []keys.Hint {
	for i := range hints {
		if l, ok := labels[hints[i].Intent.Verb]; ok {
			hints[i].Label = l
		}
	}
	return hints
}

// nothing says why the table is empty.
func (s *Screen) nothing() []string {
	v := s.board.View
	var text string
	switch {
	case s.filter != "":
		return []string{"", " no lock, holder or waiter matches " + draw.Plain([]byte(s.filter), 40) + " (" + s.keys.Key(keys.Locks, keys.Back) + " shows all)"}
	case v.At.IsZero():
		text = "The threads have not been looked at yet."
	case s.quiet > 0:
		text = "No lock is contended: who waits here waits for work, as far as can be seen, or did so before. What keeps somebody from work would appear here."
	default:
		text = "Nobody waits for a lock. What does would appear here: who waits, who has it, and what keeps it there."
		if mute := s.mute(); mute != "" {
			text = "No thread waits for a lock; of goroutines that is not known. " + mute
		}
	}
	return draw.Paragraph(text, s.w, s.h)
}
