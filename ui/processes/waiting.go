package processes

import (
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
	style, who := s.waitStyle(cell), ""
	if cell.Who != "" {
		who = " <- " + draw.Truncate(cell.Who, c.width/2)
	}
	what := cell.Fit(c.width - draw.Width(who))
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

// waitDetail is a sentence about what the selected row waits for; empty if it
// waits for nothing, or for work.
func (s *Screen) waitDetail(r *row) string {
	cell, ok := s.waiting.of(r)
	if !ok || cell.Quiet {
		return ""
	}
	l := s.waiting.board.Lock(cell.Lock)
	if l == nil {
		return ""
	}
	return s.waiting.board.Sentence(l)
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
