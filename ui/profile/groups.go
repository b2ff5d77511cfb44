package profile

import (
	"fmt"
	"slices"
	"strings"

	"example.com/muster/profiling/capture"
	"example.com/muster/profiling/report"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// group is what was spent under one value of a label.
type group struct {
	report.Group
	states []report.Group // what it did, if samples have states
}

// groups is the view of what differs between processes, states, threads.
type groups struct{ list }

// maxStates is of how many groups it is worked out what they did.
const maxStates = 64

// groupBy works the groups out, and who differs.
func (a *answer) groupBy(r *report.Report, o report.Options) {
	by := a.by()
	plainly := o
	plainly.Label, plainly.LabelValue = "", ""
	hasStates := slices.Contains(a.labels, capture.LabelState) && by != capture.LabelState
	for i, g := range r.Groups(by, plainly) {
		one := group{Group: g}
		if hasStates && i < maxStates && g.Label != "" {
			own := plainly
			own.Label, own.LabelValue = by, g.Label
			own.Value = a.time(own.Value)
			one.states = r.Groups(capture.LabelState, own)
		}
		a.groups = append(a.groups, one)
	}
	a.odd = r.Odd(plainly)
}

// time is the index of the value that waiting counts in, too; otherwise if there is none.
func (a *answer) time(otherwise int) int {
	for i, v := range a.values {
		if v.Name == string(capture.Wall) {
			return i
		}
	}
	return otherwise
}

// by is the label of the groups.
func (a *answer) by() string {
	switch {
	case slices.Contains(a.labels, a.ask.by):
		return a.ask.by
	case len(a.labels) > 0 && !slices.Contains(a.labels, capture.LabelProcess):
		return a.labels[0]
	}
	return capture.LabelProcess
}

// nextLabel groups by another label.
func (s *Screen) nextLabel(by int) {
	a := s.opened.answer
	if a == nil || len(a.labels) < 2 {
		return
	}
	i := slices.Index(a.labels, a.by()) + by
	s.askFor(func(q *ask) { q.by = a.labels[(i+len(a.labels))%len(a.labels)] })
}

// groupLines draw who differs, then the groups.
func (s *Screen) groupLines(h int) []string {
	a := s.opened.answer
	if a.diff != nil {
		return s.words("Of two captures that are compared there are no groups. " + s.key(keys.Back) + " shows the one alone.")
	}
	lines := s.oddLines(max(2, h/2))
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	name := max(10, min(s.w/2, 40))
	head := "  " + draw.Pad("BY "+strings.ToUpper(a.by()), name) + draw.PadLeft(strings.ToUpper(a.value.Name), 10) + draw.PadLeft("%", 8)
	lines = append(lines, s.theme.Title.Paint(draw.Pad(head, s.w)))
	s.groups.keep(len(a.groups))
	from, to := s.groups.window(h - len(lines))
	for i := from; i < to; i++ {
		lines = append(lines, s.groupRow(&a.groups[i], name, i == s.groups.at))
	}
	if len(a.groups) == 0 {
		lines = append(lines, " the samples have no labels")
	}
	return lines
}

// oddLines tell which process differs from its like.
func (s *Screen) oddLines(h int) []string {
	var lines []string
	for _, f := range s.opened.answer.odd {
		for i, l := range draw.Words(told(f), max(1, s.w-4)) {
			lead := " ● "
			if i > 0 {
				lead = "   "
			}
			lines = append(lines, lead+s.theme.Warning.Paint(l))
		}
		evidence := fmt.Sprintf("%s: %s of %s looks at it, %s of %s at the others", f.Evidence, draw.Count(f.Looks), draw.Count(f.Of), draw.Count(f.RestLooks), draw.Count(f.RestOf))
		lines = append(lines, "   "+s.theme.Dim.Paint(draw.Truncate(evidence, s.w-4)))
		if len(lines) >= h {
			break
		}
	}
	return lines[:min(len(lines), h)]
}

// told is a finding without the path of the function's package.
func told(f report.Finding) string {
	return strings.Replace(f.String(), f.Frame.Function, shortName(f.Frame.Function), 1)
}

// groupRow draws one group: its name, value and share, a bar, and what it did.
func (s *Screen) groupRow(g *group, name int, selected bool) string {
	a := s.opened.answer
	var b strings.Builder
	base, sign := s.theme.Selection, "› "
	if !selected {
		base, sign = "", "  "
	}
	label := plain(g.Label)
	if label == "" {
		label = "(none)"
	}
	base.On(&b, sign+draw.Pad(draw.TruncateLeft(label, name-1), name)+draw.PadLeft(report.Format(g.Value, a.value.Unit), 10)+draw.PadLeft(percent(g.Share), 8)+"  ")
	room := s.w - name - 22
	if room < 8 {
		return b.String()
	}
	bar := min(20, room/2)
	full := max(0, min(bar, int(g.Share*float64(bar)+0.5)))
	s.theme.Blocks(base).On(&b, strings.Repeat("█", full))
	base.And(s.theme.Dim).On(&b, strings.Repeat("·", bar-full))
	var states []string
	total := int64(0)
	for _, st := range g.states {
		total += st.Value
	}
	for _, st := range g.states {
		if total > 0 && st.Value*100 >= total {
			states = append(states, fmt.Sprintf("%s %d%%", plain(st.Label), (st.Value*100+total/2)/total))
		}
	}
	base.And(s.theme.Dim).On(&b, draw.Truncate("  "+strings.Join(states, ", "), room-bar))
	return b.String()
}
