package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/muster/profiling/report"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// table is the functions, those in which most was spent first.
type table struct {
	list
	rows   []report.Row
	diff   []report.DiffRow
	byCum  bool
	filter string
}

// set shows another answer.
func (t *table) set(a *answer) {
	t.rows, t.diff = nil, nil
	if a.diff != nil {
		t.diff = slices.Clone(a.diff.Rows)
	} else {
		t.rows = slices.Clone(a.table.Rows)
	}
	if t.filter != "" {
		t.rows = slices.DeleteFunc(t.rows, func(r report.Row) bool { return !matches(r.Frame, t.filter) })
		t.diff = slices.DeleteFunc(t.diff, func(r report.DiffRow) bool { return !matches(r.Frame, t.filter) })
	}
	if t.byCum {
		slices.SortStableFunc(t.rows, func(a, b report.Row) int { return cmp.Compare(b.Cum, a.Cum) })
		slices.SortStableFunc(t.diff, func(a, b report.DiffRow) int { return cmp.Compare(size(b.Cum), size(a.Cum)) })
	}
	t.keep(len(t.rows) + len(t.diff))
}

// size is how much has changed.
func size(c report.Change) int64 { return max(c.Delta(), -c.Delta()) }

// frame is that of the row under the cursor.
func (t *table) frame() (report.Frame, bool) {
	switch {
	case t.at < len(t.rows):
		return t.rows[t.at].Frame, true
	case t.at < len(t.diff):
		return t.diff[t.at].Frame, true
	}
	return report.Frame{}, false
}

// tableLines draw the table.
func (s *Screen) tableLines(h int) []string {
	t, a := &s.top, s.opened.answer
	t.keep(len(t.rows) + len(t.diff))
	name := max(8, s.w-42)
	if s.w < narrow {
		name = max(8, s.w-22)
	}
	flat, cum := "FLAT↓", "CUM"
	if t.byCum {
		flat, cum = "FLAT", "CUM↓"
	}
	head := columns(s.w < narrow, flat, "%", cum, "%") + "  FUNCTION"
	if a.diff != nil {
		head = columns(s.w < narrow, "BEFORE", "", "NOW", "CHANGE") + "  FUNCTION"
	}
	if t.filter != "" {
		head += " with " + plain(t.filter)
	}
	lines := []string{s.theme.Title.Paint(draw.Pad(" "+head, s.w))}
	from, to := t.window(h - 2)
	for i := from; i < to; i++ {
		lines = append(lines, s.tableRow(i, name))
	}
	if t.list.rows == 0 {
		lines = append(lines, " no function")
		if a.diff != nil {
			lines[1] = " nothing has changed"
		}
	}
	for len(lines) < h-1 {
		lines = append(lines, "")
	}
	place := ""
	if f, ok := t.frame(); ok {
		place = plain(f.Function) + "  " + s.knownOf(f)
	}
	return append(lines, draw.Truncate(" "+s.theme.Dim.Paint(draw.Truncate(place, s.w-2)), s.w))
}

// columns are four figures, or the two that matter most.
func columns(slim bool, a, b, c, d string) string {
	if slim {
		return draw.PadLeft(a, 9) + " " + draw.PadLeft(b, 6)
	}
	return draw.PadLeft(a, 9) + " " + draw.PadLeft(b, 6) + "  " + draw.PadLeft(c, 9) + " " + draw.PadLeft(d, 8)
}

func (s *Screen) tableRow(i, name int) string {
	t, a := &s.top, s.opened.answer
	var b strings.Builder
	base, sign := s.theme.Selection, "›"
	if i != t.at {
		base, sign = "", " "
	}
	base.On(&b, sign)
	slim := s.w < narrow
	if a.diff != nil {
		r := t.diff[i]
		c, style, mark := r.Flat, theme.Style(""), " "
		if t.byCum || c.Delta() == 0 {
			c = r.Cum
		}
		switch {
		case r.Noise:
			style, mark = s.theme.Dim, "~"
		case c.Delta() > 0:
			style, mark = s.theme.Error, "▲"
		case c.Delta() < 0:
			style, mark = s.theme.Good, "▼"
		}
		change := mark + points(c, a)
		figures := columns(slim, report.Format(c.Before, a.value.Unit), "", report.Format(c.After, a.value.Unit), change)
		if slim {
			figures = columns(true, report.Format(c.After, a.value.Unit), change, "", "")
		}
		base.And(style).On(&b, figures)
		base.On(&b, draw.Pad("  "+shortName(r.Frame.Function), name))
		return b.String()
	}
	r := t.rows[i]
	base.On(&b, columns(slim, report.Format(r.Flat, a.value.Unit), percent(r.FlatShare), report.Format(r.Cum, a.value.Unit), percent(r.CumShare)))
	file := ""
	if room := name - 2 - draw.Width(shortName(r.Frame.Function)); room > 14 && r.Frame.File != "" {
		file = draw.TruncateLeft(s.placeOf(r.Frame), room-2)
	}
	base.On(&b, "  "+draw.Truncate(shortName(r.Frame.Function), name-2))
	base.And(s.theme.Dim).On(&b, "  "+file)
	return b.String()
}

// share is by how many points of a percent a share has changed.
func share(c, total report.Change) float64 {
	if total.Before == 0 || total.After == 0 {
		return 100 * float64(c.Delta()) / float64(max(1, total.Before, total.After))
	}
	return 100 * (float64(c.After)/float64(total.After) - float64(c.Before)/float64(total.Before))
}

// sign tells a change without colours: ▲ more, ▼ less, = as it was, to a tenth of
// a point.
func sign(c, total report.Change) string {
	switch d := share(c, total); {
	case d >= 0.05:
		return "▲"
	case d <= -0.05:
		return "▼"
	}
	return "="
}

// points writes how much a share has changed.
func points(c report.Change, a *answer) string {
	return fmt.Sprintf("%+.1f", share(c, a.diff.Total))
}

// changeText tells how a frame has changed.
func changeText(c report.Change, a *answer) string {
	return sign(c, a.diff.Total) + " " + points(c, a) + " points: " + report.Format(c.Before, a.value.Unit) + " before, " + report.Format(c.After, a.value.Unit) + " now"
}

// percent writes a share: "41.2%".
func percent(share float64) string {
	if share >= 0.9995 {
		return "100%"
	}
	return strconv.FormatFloat(100*share, 'f', 1, 64) + "%"
}

func itoa(n int) string { return strconv.Itoa(n) }
