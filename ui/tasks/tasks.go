// Package tasks is the screen of a map over items: how far it is, what each
// worker is on, what has failed and why, how long items take, and what came of
// the last ones.
//
// Start at [Screen]. It has four panes (workers.go, failures.go, times.go,
// results.go) below a head (head.go); layout.go says which of them are in sight,
// and card.go draws what is open over them.
package tasks

import (
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/task"
	"example.com/muster/session"
	"example.com/muster/ui/crashes"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// pane is a part of the screen.
type pane int

const (
	workersPane pane = iota
	failuresPane
	timesPane
	resultsPane
	panes
)

var paneNames = [panes]string{"workers", "failures", "times", "results"}

// Screen is screen 7. Only the event loop may use it.
type Screen struct {
	theme *theme.Theme
	keys  *keys.Map
	w, h  int
	now   time.Time

	snap   *procs.Snapshot
	tasks  *session.Tasks // nil if the session is no map
	slots  map[int]*procs.Slot
	kinds  []kind
	recent []task.Result // newest first

	focus pane
	lists [panes]list
	// chosen is the worker, the kind of failure and the result that are selected,
	// so that they stay so when others come.
	worker int
	kind   string
	result uint64

	opened  open
	card    *crashes.Card
	wanted  int // workers that were asked for and are not there yet; 0: none
	asked   time.Time
	regions []region
	peeks   bool // the card of the selected failure is in sight below the list
}

// region is where a pane was drawn, for the mouse.
type region struct {
	pane       pane
	x, y, w, h int
	first      int // the row in its first line
	head       int // lines above the rows
}

// New returns the screen.
func New(t *theme.Theme, m *keys.Map) *Screen {
	return &Screen{theme: t, keys: m, card: crashes.NewCard(t, keys.Tasks)}
}

// SetSize gives the size in cells.
func (s *Screen) SetSize(w, h int) { s.w, s.h = max(w, 0), max(h, 0) }

// Sync reads how far the map is.
func (s *Screen) Sync(from port.Session, now time.Time) {
	s.now, s.snap, s.tasks = now, from.Snapshot(), port.Tasks(from)
	if s.tasks == nil {
		return
	}
	if s.tasks.Size == s.wanted || now.Sub(s.asked) > time.Second {
		s.wanted = 0
	}
	s.slots = map[int]*procs.Slot{}
	for i := range s.snap.Pools {
		for k := range s.snap.Pools[i].Slots {
			slot := &s.snap.Pools[i].Slots[k]
			s.slots[slot.ID.Slot] = slot
		}
	}
	s.kinds = kindsOf(s.tasks)
	s.recent = s.recent[:0]
	for i := len(s.tasks.Results) - 1; i >= 0; i-- {
		s.recent = append(s.recent, s.tasks.Results[i])
	}
	s.find()
}

// find selects what was selected before, or what stands in its place.
func (s *Screen) find() {
	for i, w := range s.workers() {
		if w.Worker == s.worker {
			s.lists[workersPane].at = i
		}
	}
	for i := range s.kinds {
		if s.kinds[i].name == s.kind {
			s.lists[failuresPane].at = i
		}
	}
	if s.result == 0 { // the newest, whichever that is
		s.lists[resultsPane].at = 0
	}
	for i := range s.recent {
		if s.result != 0 && s.recent[i].Seq == s.result {
			s.lists[resultsPane].at = i
			break
		}
	}
	s.lists[workersPane].keep(len(s.workers()))
	s.lists[failuresPane].keep(len(s.kinds))
	s.lists[timesPane].keep(0)
	s.lists[resultsPane].keep(len(s.recent))
	s.opened.find(s)
}

// note keeps what is selected now.
func (s *Screen) note() {
	if w := s.selectedWorker(); w != nil {
		s.worker = w.Worker
	}
	if k := s.selectedKind(); k != nil {
		s.kind = k.name
	}
	s.result = 0
	if l := &s.lists[resultsPane]; l.at > 0 && l.at < len(s.recent) {
		s.result = s.recent[l.at].Seq
	}
}

// Selected returns the slot of the selected worker.
func (s *Screen) Selected() (id procs.ID, ok bool) {
	w := s.selectedWorker()
	if w == nil || s.slots[w.Worker] == nil {
		return id, false
	}
	return s.slots[w.Worker].ID, true
}

// Help returns the hints for the bottom line.
func (s *Screen) Help() []keys.Hint {
	if s.tasks == nil {
		return nil
	}
	labels := map[keys.Verb]string{}
	if s.tasks.Paused {
		labels[keys.Hold] = "go on"
	}
	var verbs []keys.Verb
	switch s.opened.what {
	case openFailure:
		verbs = []keys.Verb{keys.Back, keys.Restart, keys.Right, keys.Edit, keys.Copy}
	case openResult:
		verbs = []keys.Verb{keys.Back, keys.Right, keys.Copy}
		labels[keys.Right] = "later one"
	default:
		holds := !s.tasks.Ended
		if holds && s.tasks.Paused { // nothing else gets it on
			verbs, holds = append(verbs, keys.Hold), false
		}
		verbs = append(verbs, keys.Pane)
		again := s.tasks.Again > 0 && !s.tasks.Stopped
		if again && s.tasks.Ended { // there is nothing else to do
			verbs = append(verbs, keys.RestartPool)
		}
		switch s.focus {
		case workersPane:
			verbs = append(verbs, keys.Open)
			if w := s.selectedWorker(); !s.tasks.Ended && w != nil && w.Seq != 0 {
				verbs = append(verbs, keys.Stop)
			}
			labels[keys.Open] = "output"
		case failuresPane, resultsPane:
			verbs = append(verbs, keys.Open)
		}
		if again && s.focus == failuresPane {
			verbs = append(verbs, keys.Restart)
		}
		if holds {
			verbs = append(verbs, keys.Hold)
		}
		if !s.tasks.Ended {
			verbs = append(verbs, keys.ScaleUp, keys.ScaleDown)
		}
		if again && !s.tasks.Ended {
			verbs = append(verbs, keys.RestartPool)
		}
	}
	hints := s.keys.Hints(keys.Tasks, verbs...)
	for i := range hints {
		if l, ok := labels[hints[i].Intent.Verb]; ok {
			hints[i].Label = l
		}
	}
	return hints
}

// list is a cursor in some rows.
type list struct{ at, top, rows int }

// keep bounds the cursor to the rows that there are.
func (l *list) keep(rows int) {
	l.rows = rows
	l.at = max(0, min(l.at, rows-1))
}

// window returns which rows h lines show.
func (l *list) window(h int) (from, to int) {
	h = max(1, h)
	l.top = draw.Scroll(l.top, l.at, l.rows, h)
	return l.top, min(l.rows, l.top+h)
}

// plain is a text of a child or a user as one safe line.
func plain(s string) string { return strings.TrimSpace(draw.Plain([]byte(s), 1000)) }

// words is a text as lines of at most w cells, one in from the left.
func words(text string, w int) []string {
	var lines []string
	for _, l := range draw.Words(text, max(1, w-2)) {
		lines = append(lines, " "+l)
	}
	return lines
}
