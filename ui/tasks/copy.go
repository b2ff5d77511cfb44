package tasks

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs/task"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// copyOpen copies what is open: all of a failure, or what came of an item.
func (s *Screen) copyOpen() tea.Cmd {
	if f, r := s.openItem(); r != nil {
		return s.copyFailure(f, r)
	}
	return copyResult(s.openedResult())
}

// copySelected copies what is selected: the item that a worker is on, the first failure of
// a kind, or what came of an item.
func (s *Screen) copySelected() tea.Cmd {
	switch s.focus {
	case workersPane:
		if w := s.selectedWorker(); w != nil && w.Seq != 0 {
			return keys.Send(keys.CopyMsg{Text: plain(w.Item), What: "the name of item " + draw.Count(w.Seq)})
		}
	case failuresPane:
		if k := s.selectedKind(); k != nil && len(k.reports) > 0 {
			return s.copyFailure(k.items[0], k.reports[0])
		}
	case resultsPane:
		if at := s.lists[resultsPane].at; at < len(s.recent) {
			return copyResult(&s.recent[at])
		}
	}
	return copyResult(nil)
}

func (s *Screen) copyFailure(f *task.FailedItem, r *crash.Report) tea.Cmd {
	return keys.Send(keys.CopyMsg{Text: s.card.Text(r, s.now), What: "item " + draw.Count(f.Seq)})
}

// copyResult copies what came of an item: its output, or what is said of it.
func copyResult(r *task.Result) tea.Cmd {
	switch {
	case r == nil:
	case len(r.Preview) > 0:
		return keys.Send(keys.CopyMsg{Text: string(r.Preview), What: "what came of item " + draw.Count(r.Seq)})
	case r.Message != "":
		return keys.Send(keys.CopyMsg{Text: r.Message, What: "what is said of item " + draw.Count(r.Seq)})
	}
	return keys.Send(keys.SayMsg{Text: "nothing to copy"})
}
