package session

import (
	"slices"

	"example.com/muster/procs/task"
	"example.com/muster/profiling/crash"
)

// TasksFrame is how far a map is, on its way to the screens that are attached: what
// is long comes once, and is put together again by [TasksFrame.Apply].
type TasksFrame struct {
	// Progress has neither FailedItems nor Results.
	Progress task.Progress
	// Results are those that have come since the frame before, and Kept how many are
	// kept of all.
	Results []task.Result
	Kept    int
	// Failed are the failed items that are new, by the number of their report, and
	// Order is the numbers of all; Same says that there is no other than before.
	Failed map[int]*task.FailedItem
	Order  []int
	Same   bool
}

// tasksFrame is what leads from one state of a map to another; nil if it is the same.
// With a nil old one it is all.
func tasksFrame(t, old *Tasks) *TasksFrame {
	if t == nil || t == old {
		return nil
	}
	f := &TasksFrame{Progress: *t.Progress, Kept: len(t.Results)}
	f.Progress.FailedItems, f.Progress.Results = nil, nil
	var before *task.Progress
	if old != nil {
		before = old.Progress
	}
	f.Results = t.Results[knownResults(t.Results, before):]
	if f.Same = before != nil && slices.Equal(t.FailedItems, before.FailedItems); f.Same {
		return f
	}
	known := map[*task.FailedItem]bool{}
	if before != nil {
		for _, item := range before.FailedItems {
			known[item] = true
		}
	}
	f.Failed = map[int]*task.FailedItem{}
	for i, item := range t.FailedItems {
		f.Order = append(f.Order, t.Reports[i].Seq)
		if !known[item] {
			f.Failed[t.Reports[i].Seq] = item
		}
	}
	return f
}

// knownResults is how many of the results there were before.
func knownResults(results []task.Result, before *task.Progress) int {
	if before == nil || len(before.Results) == 0 {
		return 0
	}
	last := &before.Results[len(before.Results)-1]
	for i := len(results) - 1; i >= 0; i-- {
		if results[i].Seq == last.Seq && results[i].At.Equal(last.At) {
			return i + 1
		}
	}
	return 0
}

// Apply returns what the frame makes of the state before, which may be nil for the
// first one; reports are all that there are now.
func (f *TasksFrame) Apply(old *Tasks, reports []*crash.Report) *Tasks {
	p := f.Progress
	t := &Tasks{Progress: &p}
	if old != nil {
		p.Results = old.Results
	}
	p.Results = append(slices.Clip(p.Results), f.Results...)
	p.Results = p.Results[max(0, len(p.Results)-f.Kept):]
	if f.Same && old != nil {
		p.FailedItems, t.Reports = old.FailedItems, old.Reports
		return t
	}
	items := f.Failed
	if old != nil {
		items = make(map[int]*task.FailedItem, len(f.Order))
		for i, item := range old.FailedItems {
			items[old.Reports[i].Seq] = item
		}
		for seq, item := range f.Failed {
			items[seq] = item
		}
	}
	bySeq := make(map[int]*crash.Report, len(reports))
	for _, r := range reports {
		bySeq[r.Seq] = r
	}
	for _, seq := range f.Order {
		if item, report := items[seq], bySeq[seq]; item != nil && report != nil {
			p.FailedItems, t.Reports = append(p.FailedItems, item), append(t.Reports, report)
		}
	}
	return t
}
