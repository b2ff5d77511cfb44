package tasks

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// Handle carries out an intent.
func (s *Screen) Handle(in keys.Intent) (tea.Cmd, bool) {
	if s.tasks == nil {
		return nil, false
	}
	switch in.Verb {
	case keys.ScaleUp:
		return s.scale(1), true
	case keys.ScaleDown:
		return s.scale(-1), true
	case keys.Hold:
		return s.hold(), true
	case keys.RestartPool:
		return s.retryAll(), true
	}
	if s.opened.what != nothing {
		return s.handleOpen(in)
	}
	if n, ok := keys.Step(in, s.h/2); ok {
		s.move(n)
		return nil, true
	}
	switch in.Verb {
	case keys.Pane:
		s.turn(in.N)
	case keys.Right:
		s.turn(1)
	case keys.Left:
		s.turn(-1)
	case keys.Open:
		return s.open(), true
	case keys.Copy:
		return s.copySelected(), true
	case keys.Stop:
		return s.skip(), true
	case keys.Restart:
		return s.retryKind(), true
	case keys.Click:
		s.click(in)
	case keys.Wheel:
		s.wheel(in)
	default:
		return nil, false
	}
	return nil, true
}

// turn gives the focus to the next pane, or with -1 to the one before.
func (s *Screen) turn(by int) {
	if by == 0 {
		by = 1
	}
	s.focus = (s.focus + pane(by) + panes) % panes
}

func (s *Screen) move(n int) {
	l := &s.lists[s.focus]
	l.at = max(0, min(l.at+n, l.rows-1))
	s.note()
}

func (s *Screen) regionAt(x, y int) *region {
	for i := range s.regions {
		if r := &s.regions[i]; x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h {
			return r
		}
	}
	return nil
}

func (s *Screen) click(in keys.Intent) {
	r := s.regionAt(in.X, in.Y)
	if r == nil {
		return
	}
	s.focus = r.pane
	if row := r.first + in.Y - r.y - r.head; in.Y-r.y >= r.head && row < s.lists[r.pane].rows {
		s.lists[r.pane].at = row
		s.note()
	}
}

func (s *Screen) wheel(in keys.Intent) {
	if r := s.regionAt(in.X, in.Y); r != nil {
		s.focus = r.pane
	}
	s.move(in.N)
}

// open opens what is selected.
func (s *Screen) open() tea.Cmd {
	switch s.focus {
	case workersPane:
		if w := s.selectedWorker(); w != nil {
			id := procs.ID{Pool: s.snap.Pools[0].Name, Slot: w.Worker}
			return keys.Send(keys.OpenMsg{Screen: keys.Output, Source: procs.SlotSource(id)})
		}
	case failuresPane:
		k := s.selectedKind()
		switch {
		case k == nil:
		case len(k.items) == 0:
			return keys.Send(keys.SayMsg{Text: "of these failures only the number is kept; the results have them"})
		default:
			s.opened = open{what: openFailure, kind: k.name, seq: k.items[0].Seq}
		}
	case resultsPane:
		at := s.lists[resultsPane].at
		if at >= len(s.recent) {
			break
		}
		r := &s.recent[at]
		s.opened = open{what: openResult, seq: r.Seq}
		if f := s.failedItem(r.Seq); r.Verdict.Failure() && f != nil {
			s.opened.what, s.opened.kind = openFailure, f.Kind
		}
	}
	return nil
}

func (s *Screen) failedItem(seq uint64) *task.FailedItem {
	for _, f := range s.tasks.FailedItems {
		if f.Seq == seq {
			return f
		}
	}
	return nil
}

// handleOpen carries out an intent for what is open.
func (s *Screen) handleOpen(in keys.Intent) (tea.Cmd, bool) {
	if n, ok := keys.Step(in, s.h); ok {
		s.opened.scroll = max(0, min(s.opened.scroll+n, s.opened.last))
		return nil, true
	}
	f, r := s.openItem()
	switch in.Verb {
	case keys.Back, keys.Pane:
		s.opened = open{}
	case keys.Left:
		s.another(-1)
	case keys.Right:
		s.another(1)
	case keys.Wheel:
		s.opened.scroll = max(0, min(s.opened.scroll+in.N, s.opened.last))
	case keys.Restart:
		if f == nil {
			return nil, true
		}
		return s.retry("item "+draw.Count(f.Seq), f.Seq), true
	case keys.Edit:
		if r == nil {
			return nil, true
		}
		return s.card.Edit(r), true
	case keys.Copy:
		return s.copyOpen(), true
	case keys.Open, keys.Click:
	default:
		return nil, false
	}
	return nil, true
}

// another opens the next of the same sort: of failures the next of that kind, of
// results a newer one.
func (s *Screen) another(by int) {
	if s.opened.what == openFailure {
		k, at := s.openKind()
		if k == nil {
			return
		}
		at = max(0, min(at+by, len(k.items)-1))
		s.opened = open{what: openFailure, kind: k.name, seq: k.items[at].Seq}
		return
	}
	for i := range s.recent {
		if s.recent[i].Seq == s.opened.seq {
			s.opened = open{what: openResult, seq: s.recent[max(0, min(i-by, len(s.recent)-1))].Seq}
			return
		}
	}
}

// scale changes how many work. What was asked for a moment ago counts already.
func (s *Screen) scale(by int) tea.Cmd {
	size := s.tasks.Size
	if s.wanted > 0 {
		size = s.wanted
	}
	if size+by < 1 {
		return keys.Send(keys.SayMsg{Text: "one worker at least has to work; " + s.key(keys.Hold) + " pauses the map"})
	}
	s.wanted, s.asked = size+by, s.now
	return keys.Send(keys.DoMsg{
		Command: procs.Scale{Pool: s.snap.Pools[0].Name, Size: size + by},
		Done:    draw.Plural(size+by, "worker") + " from now on",
	})
}

// key names the key of a verb.
func (s *Screen) key(v keys.Verb) string { return s.keys.Key(keys.Tasks, v) }

// hold pauses the map, or lets it go on.
func (s *Screen) hold() tea.Cmd {
	on, done := !s.tasks.Paused, "paused: those that run end, and no more are begun"
	if !on {
		done = "it goes on"
	}
	return keys.Send(keys.DoMsg{Command: procs.PauseItems{On: on}, Done: done})
}

// skip ends the selected worker's item.
func (s *Screen) skip() tea.Cmd {
	w := s.selectedWorker()
	switch {
	case w == nil || s.focus != workersPane:
		return keys.Send(keys.SayMsg{Text: s.key(keys.Pane) + " selects a worker, whose item " + s.key(keys.Stop) + " skips"})
	case w.Seq == 0:
		return keys.Send(keys.SayMsg{Text: "worker " + draw.Count(w.Worker) + " is on no item"})
	}
	return keys.Send(keys.DoMsg{Command: procs.SkipItem{Worker: w.Worker, Seq: w.Seq}, Done: "item " + draw.Count(w.Seq) + " is left out"})
}

// retryAll has all tried again that failed.
func (s *Screen) retryAll() tea.Cmd {
	if s.tasks.Failed == 0 {
		return keys.Send(keys.SayMsg{Text: "no item has failed"})
	}
	return s.retry(draw.Plural(s.tasks.Again, "item"))
}

// retryKind has those tried again that failed as the selected one.
func (s *Screen) retryKind() tea.Cmd {
	if s.focus == resultsPane {
		if at := s.lists[resultsPane].at; at < len(s.recent) && s.recent[at].Verdict != plan.OK {
			return s.retry("item "+draw.Count(s.recent[at].Seq), s.recent[at].Seq)
		}
	}
	k := s.selectedKind()
	if s.focus != failuresPane || k == nil {
		return keys.Send(keys.SayMsg{Text: s.key(keys.Pane) + " selects failures that " + s.key(keys.Restart) + " tries again; " + s.key(keys.RestartPool) + " tries all"})
	}
	var seqs []uint64
	for _, f := range k.items {
		seqs = append(seqs, f.Seq)
	}
	if len(seqs) == 0 {
		return keys.Send(keys.SayMsg{Text: "of these failures only the number is kept: " + s.key(keys.RestartPool) + " tries all again"})
	}
	return s.retry(draw.Plural(len(seqs), "item"), seqs...)
}

func (s *Screen) retry(who string, seqs ...uint64) tea.Cmd {
	return keys.Send(keys.DoMsg{Command: procs.RetryItems{Seqs: seqs}, Done: who + " tried again"})
}

// More reads the source that the open card has none of yet.
func (s *Screen) More() tea.Cmd {
	if s.tasks == nil {
		return nil
	}
	if r := s.inSight(); r != nil {
		return s.card.More(r)
	}
	return nil
}

// Receive takes what More has read.
func (s *Screen) Receive(answer any) tea.Cmd {
	s.card.Receive(answer)
	return nil
}
