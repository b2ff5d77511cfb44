package tasks

import (
	"strconv"
	"strings"

	"example.com/muster/procs/task"
	"example.com/muster/ui/draw"
)

// workers are those that work, or still do.
func (s *Screen) workers() []*task.WorkerProgress {
	var list []*task.WorkerProgress
	for i := range s.tasks.Workers {
		if w := &s.tasks.Workers[i]; w.Worker < s.tasks.Size || w.PID != 0 || w.Seq != 0 {
			list = append(list, w)
		}
	}
	return list
}

func (s *Screen) selectedWorker() *task.WorkerProgress {
	if s.tasks == nil {
		return nil
	}
	list := s.workers()
	if at := s.lists[workersPane].at; at < len(list) {
		return list[at]
	}
	return nil
}

// column is a figure of a worker's.
type column struct {
	title string
	width int
	from  int // the width of the pane from which on it is shown
	cell  func(*Screen, *task.WorkerProgress) string
}

// columns stand before the item.
var columns = []column{
	{"#", 3, 0, func(_ *Screen, w *task.WorkerProgress) string { return strconv.Itoa(w.Worker) }},
	{"PID", 7, 62, func(_ *Screen, w *task.WorkerProgress) string { return number(w.PID) }},
	{"AGE", draw.DurationWidth, 0, func(_ *Screen, w *task.WorkerProgress) string {
		if w.Seq == 0 {
			return draw.NotKnown
		}
		return draw.Age(w.Age)
	}},
	{"DONE", 7, 46, func(_ *Screen, w *task.WorkerProgress) string { return count(w.Done) }},
	{"CPU", draw.PercentWidth, 36, func(s *Screen, w *task.WorkerProgress) string {
		if slot := s.slots[w.Worker]; slot != nil && !slot.Sample.At.IsZero() {
			return draw.Percent(slot.Sample.Sum.CPUPercent)
		}
		return draw.NotKnown
	}},
	{"MEM", draw.BytesWidth, 54, func(s *Screen, w *task.WorkerProgress) string {
		if slot := s.slots[w.Worker]; slot != nil && !slot.Sample.At.IsZero() {
			return draw.Bytes(slot.Sample.Sum.RSSBytes)
		}
		return draw.NotKnown
	}},
}

func number(n int) string {
	if n == 0 {
		return draw.NotKnown
	}
	return strconv.Itoa(n)
}

// workerLines draw the table of workers.
func (s *Screen) workerLines(w, h int, r *region) []string {
	list := s.workers()
	var head strings.Builder
	head.WriteString("  ")
	for _, c := range columns {
		if w >= c.from {
			head.WriteString(draw.PadLeft(c.title, c.width) + " ")
		}
	}
	head.WriteString(" ITEM")
	lines := []string{s.theme.Dim.Paint(draw.Pad(head.String(), w))}
	l := &s.lists[workersPane]
	from, to := l.window(h - 1)
	r.first, r.head = from, 1
	var items []string
	for _, p := range list[from:to] {
		if p.Seq != 0 {
			items = append(items, plain(p.Item))
		}
	}
	common := draw.CommonHead(items)
	for i := from; i < to; i++ {
		lines = append(lines, s.workerRow(list[i], common, w, i == l.at))
	}
	return lines
}

func (s *Screen) workerRow(p *task.WorkerProgress, common, w int, selected bool) string {
	base, sign := s.base(workersPane, selected)
	var b strings.Builder
	base.And(s.theme.Accent).On(&b, sign)
	room := w - 2
	for _, c := range columns {
		if w >= c.from {
			base.On(&b, draw.PadLeft(c.cell(s, p), c.width)+" ")
			room -= c.width + 1
		}
	}
	text, style := s.does(p, common, room-1)
	base.And(style).On(&b, draw.Pad(" "+text, room))
	return b.String()
}
