package tasks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// minItem is how many cells of an item are worth more than what else is told of it.
const minItem = 12

// does is what a worker is at, in at most room cells; head is what the items of all
// have in common.
func (s *Screen) does(w *task.WorkerProgress, head, room int) (text string, style theme.Style) {
	p := s.tasks
	switch {
	case w.Seq != 0:
		before, after := "", ""
		if w.Tries > 0 {
			before = fmt.Sprintf("(try %d) ", w.Tries+1)
		}
		if w.Queued > 0 {
			after = ", " + draw.Count(w.Queued) + " more"
		}
		item := plain(w.Item)
		if room-draw.Width(before)-draw.Width(after) < min(minItem, draw.Width(item)) {
			after = ""
		}
		return before + draw.TruncateAlike(item, head, room-draw.Width(before)-draw.Width(after)) + after, ""
	case w.Worker >= p.Size:
		return "one too many, ends", s.theme.Dim
	case w.Rising:
		return "starts", s.theme.Dim
	case p.Ended:
		return "", s.theme.Dim
	case p.Paused:
		return "paused", s.theme.Warning
	case p.TotalKnown && p.Waiting == 0:
		return "has nothing left to do", s.theme.Dim
	}
	return "waits for an item", s.theme.Dim
}

// maxBars is how many columns the histogram has at the most.
const maxBars = 8

// bars returns at most so many columns: of each doubling one around the median,
// and what is shorter or longer than those in the first and the last.
func bars(all []plan.Bar, most int, median time.Duration) []plan.Bar {
	most = max(1, most)
	if len(all) <= most {
		return all
	}
	from := 0
	for i := range all {
		if all[i].From <= median {
			from = i
		}
	}
	from = max(0, min(from-most/3, len(all)-most))
	shown := slices.Clone(all[from : from+most])
	for _, b := range all[:from] {
		shown[0].From, shown[0].Count = 0, shown[0].Count+b.Count
	}
	last := &shown[most-1]
	for _, b := range all[from+most:] {
		last.To, last.Count = b.To, last.Count+b.Count
	}
	return shown
}

// timesHeight is how many lines the pane would like, with its title and a line
// below it.
func (s *Screen) timesHeight() int {
	return 3 + len(bars(s.tasks.Times, maxBars, s.tasks.P50)) + min(len(s.tasks.Slowest), 5)
}

// timeLines draw how long items take.
func (s *Screen) timeLines(w, h int) []string {
	p := s.tasks
	if len(p.Times) == 0 {
		return dimmed(s.theme, words("How long items take stands here once some are done.", w))
	}
	var b strings.Builder
	room := w - 1
	for _, q := range []struct{ name, value string }{
		{"p50", draw.Took(p.P50)}, {"p95", draw.Took(p.P95)}, {"p99", draw.Took(p.P99)}, {"max", draw.Took(p.Max)},
	} {
		if room -= draw.Width(q.name) + draw.Width(q.value) + 3; room < 0 {
			break
		}
		s.theme.Dim.On(&b, " "+q.name+" ")
		s.theme.Strong.On(&b, q.value)
		b.WriteString(" ")
	}
	lines := []string{b.String()}
	slow := min(len(p.Slowest), 5)
	if h < 8 {
		slow = min(slow, 2)
	}
	shown := bars(p.Times, max(1, min(maxBars, h-1-slow)), p.P50)
	most := uint64(1)
	for _, bar := range shown {
		most = max(most, bar.Count)
	}
	for _, bar := range shown {
		lines = append(lines, s.barLine(bar, most, w))
	}
	var items []string
	for _, x := range p.Slowest[:slow] {
		items = append(items, plain(x.Item))
	}
	head := draw.CommonHead(items)
	for i, x := range p.Slowest[:slow] {
		title := "slowest"
		if i > 0 {
			title = ""
		}
		text := draw.PadLeft(draw.Took(x.Took), draw.DurationWidth) + "  "
		text += draw.TruncateAlike(items[i], head, max(0, w-9-draw.Width(text)))
		lines = append(lines, s.theme.Dim.Paint(" "+draw.Pad(title, 8))+draw.Truncate(text, max(0, w-9)))
	}
	return lines
}

// barLine is one column of the histogram, lying.
func (s *Screen) barLine(bar plan.Bar, most uint64, w int) string {
	edge := func(d time.Duration) string {
		if d >= time.Second {
			return draw.Duration(d)
		}
		return draw.Took(d)
	}
	label := draw.PadLeft(edge(bar.From), draw.DurationWidth) + " to " + draw.PadLeft(edge(bar.To+1), draw.DurationWidth)
	count := draw.Count(bar.Count)
	cells := max(1, w-draw.Width(label)-4-8)
	return " " + s.theme.Dim.Paint(label) + "  " + s.theme.Spark.Paint(draw.Bar(float64(bar.Count)/float64(most), cells)) + " " + count
}
