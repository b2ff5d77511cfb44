package processes

import (
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/waits"
)

// waiting is what the rows wait for. It is made anew with each view of the
// locks, so that no row changes between two of them.
type waiting struct {
	view  *graph.View
	snap  *procs.Snapshot
	board *waits.Board // nil if nobody waits for anything
	seen  bool         // somebody has: the column is there from then on
}

func (w *waiting) sync(s port.Session, snap *procs.Snapshot) {
	v := port.Locks(s)
	if w.view == v && w.snap == snap {
		return
	}
	w.view, w.snap, w.board = v, snap, nil
	if len(v.Locks) > 0 {
		w.board = waits.New(v, snap, nil)
		w.seen = w.seen || w.board.Cells() > 0
	}
}

// ref is the row's process.
func (r *row) ref() procs.PIDRef {
	if r.child != nil {
		return r.child.PIDRef
	}
	return r.slot.PIDRef
}

// of returns what a row's process waits for.
func (w *waiting) of(r *row) (c waits.Cell, ok bool) {
	if w.board == nil || r.pid() == 0 || r.child == nil && !r.slot.State.Live() {
		return c, false
	}
	return w.board.Cell(r.ref())
}

// writeWaits writes what a row's process waits for, and who has that. Where
// there is no room for both, the begin of the name gives way.
func (s *Screen) writeWaits(w *rowWriter, r *row, c column) {
	cell, ok := s.waiting.of(r)
	if !ok {
		w.put("", draw.Spaces(c.width))
		return
	}
	s.writeWait(w, cell, c)
}

const (
	wholePID  = 7 // cells for a pid, which is of no use if it is cut
	leastWhat = 4 // cells in which the name of a lock says anything
)

// writeWait is the same of one that waits.
func (s *Screen) writeWait(w *rowWriter, cell waits.Cell, c column) {
	style, who := s.waitStyle(cell), ""
	if cell.Who != "" {
		who = " <- " + draw.Truncate(cell.Who, max(c.width/2, min(wholePID, c.width-len("<- "))))
	}
	what := ""
	if room := c.width - draw.Width(who); room >= leastWhat {
		what = cell.Fit(room)
	} else {
		who = strings.TrimLeft(who, " ") // who has it leads further than a piece of a name
	}
	w.put(style, what)
	w.put(style.And(s.theme.Dim), who)
	w.put("", draw.Spaces(c.width-draw.Width(what)-draw.Width(who)))
}

func (s *Screen) waitStyle(c waits.Cell) theme.Style {
	switch {
	case c.Bad():
		return s.theme.Error
	case c.Condition == waits.Contended:
		return s.theme.Warning
	case c.Quiet:
		return s.theme.Dim
	}
	return ""
}

// lacksWaits reports whether there is no room for the column that says what is waited for.
func (s *Screen) lacksWaits() bool { return !s.shows(colWaits) && !s.hidden.has(colWaits) }

// untold returns what keeps a row's process waiting if there is no column that says so: then
// its state does, and its last line.
func (s *Screen) untold(r *row) (c waits.Cell, ok bool) {
	if s.waiting.board == nil || !s.lacksWaits() {
		return c, false
	}
	c, ok = s.waiting.of(r)
	return c, ok && !c.Quiet
}

// waitState is what a row that waits says in the place of a state: a deadlock by its name. A
// short wait does not hide that a slot is running or ready, nor what goes on below a row that is
// folded; and no wait hides that a process is stopped or debugged.
func waitState(r *row, c waits.Cell, state string) string {
	sign, _, _ := strings.Cut(state, " ")
	goes := sign == "●" || r.child != nil && (sign == "·" || sign == "◌" || sign == "◆")
	switch {
	case !goes:
	case c.Bad():
		return c.Sign() + " " + string(c.Condition)
	case r.child != nil && !r.folded, c.Blocked:
		return waits.Waited.Sign() + " waits"
	}
	return state
}

// waitDetail says what the selected row waits for in at most w cells, or in the shortest
// words that there are; empty if it waits for nothing, or for work.
func (s *Screen) waitDetail(r *row, w int) (text string) {
	if _, ok := s.waiting.of(r); !ok {
		return ""
	}
	for _, text = range s.waiting.board.Told(r.ref()) {
		if draw.Width(text) <= w {
			break
		}
	}
	return text
}

// Show selects the row of a process, or that of its slot.
func (s *Screen) Show(src procs.Source) {
	if !src.OneSlot {
		return
	}
	s.inPane, s.zoomed = false, false
	s.selected = key{id: procs.ID{Pool: src.Pool, Slot: src.Slot}}
	s.stale = true
	if s.snap == nil || src.PID == 0 {
		return
	}
	for _, p := range s.snap.Pools {
		for i := range p.Slots {
			for k := range p.Slots[i].Descendants {
				if d := &p.Slots[i].Descendants[k]; p.Slots[i].ID == s.selected.id && d.PID == src.PID {
					s.selected.ref = d.PIDRef
				}
			}
		}
	}
}
