package tasks

import (
	"cmp"
	"slices"
	"strings"

	"example.com/muster/procs/task"
	"example.com/muster/profiling/crash"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// kind is all failures of one kind.
type kind struct {
	name    string
	count   uint64
	message string // of one of them
	item    string
	// items are those of which all is kept, and their reports; oldest first.
	items   []*task.FailedItem
	reports []*crash.Report
}

// kindsOf sorts the failures by kind, the most frequent first.
func kindsOf(t *session.Tasks) []kind {
	var kinds []kind
	at := map[string]int{}
	for _, g := range t.Failures {
		at[g.Kind] = len(kinds)
		kinds = append(kinds, kind{name: g.Kind, count: g.Count, message: g.Message, item: g.Item})
	}
	for i, f := range t.FailedItems {
		k, known := at[f.Kind]
		if !known {
			continue // it was counted among others
		}
		kinds[k].items = append(kinds[k].items, f)
		if i < len(t.Reports) {
			kinds[k].reports = append(kinds[k].reports, t.Reports[i])
		}
	}
	slices.SortStableFunc(kinds, func(a, b kind) int { return cmp.Compare(b.count, a.count) })
	return kinds
}

func (s *Screen) selectedKind() *kind {
	if at := s.lists[failuresPane].at; at < len(s.kinds) {
		return &s.kinds[at]
	}
	return nil
}

// failureLines draw the kinds of failures.
func (s *Screen) failureLines(w, h int, r *region) []string {
	if len(s.kinds) == 0 {
		text := "No item has failed. One that does stands here by its exception or its exit, with its traceback; it can be tried again."
		if s.tasks.Ended && s.tasks.Unfinished == 0 {
			text = "No item has failed."
		}
		return dimmed(s.theme, words(text, w))
	}
	name := len("exit 1")
	for _, k := range s.kinds {
		name = max(name, draw.Width(plain(k.name)))
	}
	name = min(name, max(8, w/3))
	l := &s.lists[failuresPane]
	from, to := l.window(h)
	r.first = from
	var lines []string
	for i := from; i < to; i++ {
		lines = append(lines, s.failureRow(&s.kinds[i], w, name, i == l.at))
	}
	return lines
}

func (s *Screen) failureRow(k *kind, w, name int, selected bool) string {
	base, sign := s.base(failuresPane, selected)
	var b strings.Builder
	base.And(s.theme.Accent).On(&b, sign)
	base.And(s.theme.Strong).On(&b, draw.PadLeft(draw.Count(k.count), 4)+"× ")
	base.And(s.theme.Error).On(&b, draw.Pad(plain(k.name), name))
	room := w - 2 - 6 - name
	message := strings.TrimPrefix(strings.TrimPrefix(plain(k.message), plain(k.name)), ": ")
	item := plain(k.item)
	if message == "" {
		message, item = draw.TruncateMiddle(item, max(0, room-2)), ""
	}
	text := draw.Truncate("  "+message, max(0, room))
	base.On(&b, text)
	room -= draw.Width(text)
	if item != "" && room > 8 {
		text = "  " + draw.TruncateMiddle(item, room-2)
		base.And(s.theme.Dim).On(&b, text)
		room -= draw.Width(text)
	}
	base.On(&b, draw.Spaces(room))
	return b.String()
}

// dimmed paints lines that say that there is nothing.
func dimmed(t *theme.Theme, lines []string) []string {
	for i := range lines {
		lines[i] = t.Dim.Paint(lines[i])
	}
	return lines
}
