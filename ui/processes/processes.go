// Package processes is screen 1: a table of all slots with their descendants as
// a tree, and a pane with the output of the selected row. Start at [Screen].
//
// A new snapshot becomes a list of rows (rows.go, tree.go), of which only
// those in sight are drawn (table.go, columns.go, cells.go). The pane
// (pane.go) reads the window of output that it shows and nothing more. Which keys do
// what is in handle.go; what is done to processes in act.go.
package processes

import (
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// Screen is screen 1. It meets the contract of ui.Screen.
type Screen struct {
	theme *theme.Theme
	keys  *keys.Map
	w, h  int

	session port.Session
	snap    *procs.Snapshot
	now     time.Time

	view     view
	rows     []row
	stale    bool // rows must be listed anew
	selected key
	origin   *key // what was selected before the filter that is being typed; nil if none is
	lost     lost
	narrowed bool // the user has changed what is shown: the cursor may move
	at       int  // index of the selected row
	top      int  // index of the first row in sight

	hidden  hidden // the columns that the user does without
	columns []column
	names   int // cells of the longest name so far, so that columns stand still when that goes
	tall    int // lines that the table has needed so far
	layout  layout

	past    past
	lines   map[key]lastLine
	waiting waiting

	pane   pane
	inPane bool // the focus is there
	zoomed bool // the pane has the whole body, and the focus

	copied  copied
	scaling scaling
}

// New returns the screen; it shows nothing before Sync.
func New(t *theme.Theme, m *keys.Map) *Screen {
	s := &Screen{
		theme: t, keys: m, pane: newPane(t, m), past: newPast(), lines: map[key]lastLine{},
		view: view{folded: map[key]int{}}, stale: true,
	}
	s.view.rate = s.rate
	return s
}

// SetSize gives the size of the body.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = max(1, w), max(1, h)
	s.tall, s.names, s.stale = 0, 0, true
}

// Selected returns the slot of the selected row.
func (s *Screen) Selected() (procs.ID, bool) {
	return s.selected.id, len(s.rows) > 0 && s.selected.id.Slot != NoSlot
}

// PaneSize is the size that a child's terminal should have: as wide as the
// pane's text, and as high as the zoomed pane, since the pane's own height
// changes with the number of rows.
func (s *Screen) PaneSize() (cols, rows int) {
	l := arrange(s.w, s.h, s.tall, false)
	cols = l.pane.w
	if l.pane.h == 0 {
		cols = s.w
	}
	return max(1, cols-paneMargin), max(1, s.h-ruleHeight-titleHeight)
}

// Sync reads what is so now: the rows if the snapshot is a new one, and of
// the rows and the output only what is in sight.
func (s *Screen) Sync(session port.Session, now time.Time) {
	s.session, s.now = session, now
	if snap := session.Snapshot(); snap != s.snap || s.stale {
		if poolsLeft(s.snap, snap) {
			s.names = 0
		}
		s.snap, s.stale = snap, false
		s.past.record(snap)
		s.list()
	}
	s.waiting.sync(session, s.snap)
	s.arrange()
	if r := s.row(); r != nil {
		s.pane.show(r.source())
		s.pane.sync(session, now)
	}
	s.readLastLines()
}

// Watch takes down what a new snapshot says while the screen is not in front: of the past
// of descendants the session keeps nothing, and rates are what differs between two.
func (s *Screen) Watch(snap *procs.Snapshot) { s.past.record(snap) }

// list makes the rows and finds the selected one again.
func (s *Screen) list() {
	was := s.row()
	s.recognise(was)
	s.view.kept = s.selected
	s.rows = s.view.list(s.snap)
	for i := range s.rows {
		s.names = max(s.names, nameWidth(&s.rows[i]))
	}
	s.regain()
	s.at = s.find()
	if s.narrowed || was == nil {
		s.toMatch()
	}
	r := s.row()
	if was != nil && was.key == s.selected && (r == nil || r.key != s.selected) && !s.narrowed {
		s.lose(was, r)
	}
	s.narrowed = false
	if r != nil {
		s.selected = r.key
	}
}

// recognise names the selected descendant by what is known of it now: of one that has just
// begun the kernel tells the pid alone, and when it began is known once it has been measured.
func (s *Screen) recognise(was *row) {
	if s.selected.ref.StartTime != 0 || s.selected.ref.PID == 0 || s.selected.group != noGroup {
		return
	}
	slot := s.snap.Slot(s.selected.id)
	if slot == nil || slices.ContainsFunc(slot.Descendants, func(d procs.Descendant) bool { return d.PIDRef == s.selected.ref }) {
		return
	}
	i := slices.IndexFunc(slot.Descendants, func(d procs.Descendant) bool { return d.PID == s.selected.ref.PID })
	if i < 0 {
		return
	}
	if was != nil && was.key == s.selected {
		was.key.ref = slot.Descendants[i].PIDRef
	}
	s.selected.ref = slot.Descendants[i].PIDRef
}

// poolsLeft reports whether a pool of a snapshot is not in a later one.
func poolsLeft(before, after *procs.Snapshot) bool {
	if before == nil {
		return false
	}
	for i := range before.Pools {
		name := before.Pools[i].Name
		if i < len(after.Pools) && after.Pools[i].Name == name {
			continue
		}
		if !slices.ContainsFunc(after.Pools, func(p procs.Pool) bool { return p.Name == name }) {
			return true
		}
	}
	return false
}

// nameWidth is about how many cells a row's name takes.
func nameWidth(r *row) int {
	n := draw.Width(r.tree)
	if r.child == nil {
		n += len(r.id.Pool) + 2
		for i := r.id.Slot; i >= 10; i /= 10 {
			n++
		}
	} else {
		n += len(r.name())
	}
	return n + len(r.foldedText())
}

// find returns the index of the selected row; of its slot if the descendant is
// gone; of its pool's where that has lost its last slot, or has one again; of what
// stands in its place if that is gone too.
func (s *Screen) find() int {
	slot, pool := -1, -1
	for i := range s.rows {
		if s.rows[i].key == s.selected {
			return i
		}
		if slot < 0 && s.rows[i].id == s.selected.id {
			slot = i
		}
		if r := &s.rows[i]; pool < 0 && r.id.Pool == s.selected.id.Pool && (r.empty() || s.selected.id.Slot == NoSlot) {
			pool = i
		}
	}
	switch {
	case slot >= 0:
		return slot
	case pool >= 0:
		return pool
	}
	return max(0, min(s.at, len(s.rows)-1))
}

// toMatch puts the cursor on the first row that the filter means, unless it is on the
// selected one and the filter means that.
func (s *Screen) toMatch() {
	if r := s.row(); s.view.filter == "" || r == nil || r.key == s.selected && s.view.matches(r) {
		return
	}
	s.at = max(0, slices.IndexFunc(s.rows, func(r row) bool { return s.view.matches(&r) }))
}

// row returns the selected row, or nil if there is none.
func (s *Screen) row() *row {
	if s.at >= len(s.rows) {
		return nil
	}
	return &s.rows[s.at]
}

// arrange places table and pane and keeps the selected row in sight.
func (s *Screen) arrange() {
	s.tall = max(s.tall, len(s.rows)+s.headHeight())
	whole := s.zoomed || s.inPane && s.h < belowFrom && s.w < besideFrom
	s.layout = arrange(s.w, s.h, s.tall, whole)
	if n := len(s.rows); n > s.tableRows() { // the title says which of them are in sight: "102-111/301"
		s.names = max(s.names, 3*len(itoa(n))+2)
	}
	s.columns = choose(s.layout.table.w, s.names, s.waiting.seen, !s.layout.beside, s.hidden)
	s.pane.setSize(s.layout.pane.w, max(0, s.layout.pane.h-ruleHeight))
	if body := s.tableRows(); body > 0 {
		s.top = draw.Scroll(s.top, s.at, len(s.rows), body)
	}
}

// tableRows is how many rows of the table are in sight.
func (s *Screen) tableRows() int { return max(0, s.layout.table.h-s.headHeight()) }

// inSight returns the rows that are drawn.
func (s *Screen) inSight() []row {
	return s.rows[s.top:min(len(s.rows), s.top+s.tableRows())]
}

// Render returns the body.
func (s *Screen) Render() string {
	if s.snap == nil {
		return draw.Lines(nil, s.w, s.h)
	}
	var b strings.Builder
	b.Grow(s.h * (3*s.w + 64)) // a sign may take three bytes, and the colours some
	switch l := s.layout; {
	case l.table.h == 0:
		s.writePane(&b)
	case l.beside:
		s.writeBeside(&b)
	default:
		s.writeTable(&b, nil)
		if l.pane.h > 0 {
			b.WriteByte('\n')
			s.writePane(&b)
		}
	}
	if s.w < narrow {
		return draw.Lines(strings.Split(b.String(), "\n"), s.w, s.h)
	}
	return b.String()
}

// narrow is the width below which lines may turn out too long and are cut.
const narrow = 24
