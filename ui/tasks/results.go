package tasks

import (
	"bytes"
	"strings"

	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// resultLines draw what came of the last items, the newest first.
func (s *Screen) resultLines(w, h int, r *region) []string {
	if len(s.recent) == 0 {
		return dimmed(s.theme, words("What came of the last items stands here.", w))
	}
	l := &s.lists[resultsPane]
	from, to := l.window(h)
	r.first = from
	var items []string
	item, text := 0, 0
	for i := from; i < to; i++ {
		name := plain(s.recent[i].Item)
		_, _, came := s.outcome(&s.recent[i])
		items, item, text = append(items, name), max(item, draw.Width(name)), max(text, draw.Width(came))
	}
	// What came of items leaves them a third of the room, or what it does not need.
	item = min(item, max(6, w/3, w-beforeItem-2-text))
	head := draw.CommonHead(items)
	var lines []string
	for i := from; i < to; i++ {
		lines = append(lines, s.resultRow(&s.recent[i], w, draw.Pad(draw.TruncateAlike(items[i-from], head, item), item), i == l.at))
	}
	return lines
}

// beforeItem is how many cells of a result stand before its item.
const beforeItem = 2 + 2 + draw.DurationWidth + 2

func (s *Screen) resultRow(r *task.Result, w int, item string, selected bool) string {
	base, sign := s.base(resultsPane, selected)
	mark, style, text := s.outcome(r)
	var b strings.Builder
	base.And(s.theme.Accent).On(&b, sign)
	base.And(style).On(&b, mark+" ")
	base.And(s.theme.Dim).On(&b, draw.PadLeft(draw.Took(r.Took), draw.DurationWidth)+"  ")
	base.On(&b, item+"  ")
	room := w - beforeItem - draw.Width(item) - 2
	base.And(s.theme.Dim).On(&b, draw.Pad(text, max(0, room)))
	return b.String()
}

// outcome is the sign of a result, and what it is in a line.
func (s *Screen) outcome(r *task.Result) (mark string, style theme.Style, text string) {
	switch r.Verdict {
	case plan.OK:
		return "✓", s.theme.Good, preview(r.Preview)
	case plan.Skipped:
		return "-", s.theme.Warning, "skipped"
	}
	return "✗", s.theme.Error, plain(r.Message)
}

// preview is the first line of a text that says something.
func preview(text []byte) string {
	for line := range bytes.Lines(text) {
		if p := plain(strings.TrimRight(string(line), "\r\n")); p != "" {
			return p
		}
	}
	return ""
}
