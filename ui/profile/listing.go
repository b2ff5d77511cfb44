package profile

import (
	"strconv"
	"strings"

	"example.com/muster/profiling/report"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/source"
)

// listing is a source file with what was spent in each of its lines.
type listing struct {
	list
	file   string
	line   int // where to begin; 0 for the line in which most was spent
	values map[int]report.LineValue
	hot    []int // lines with a value, in order
	most   int64
	placed bool // the cursor has been put on its line
}

// show opens a file at a line.
func (l *listing) show(file string, line int) { *l = listing{file: file, line: line} }

// place is where the file is found, as one of the processes names it.
func (l *listing) place(pid int) source.Place {
	return source.Place{PID: pid, File: l.file, Line: 1}
}

// openSource shows the source of a frame; without one, of the file in which
// most was spent.
func (s *Screen) openSource(f report.Frame) {
	s.view = viewSource
	if f.File == "" {
		return
	}
	line := f.Line
	if line == 0 && s.opened.answer != nil {
		line = s.opened.answer.lines[f.Function]
	}
	s.text.show(f.File, line)
}

// worth reads which lines of the file have a value.
func (s *Screen) worth() {
	l, a := &s.text, s.opened.answer
	if l.values != nil || a.diff != nil {
		return
	}
	l.values, l.hot, l.most = map[int]report.LineValue{}, nil, 0
	o := report.Options{Label: a.ask.label, LabelValue: a.ask.equal}
	for i, v := range a.values {
		if v == a.value {
			o.Value = i
		}
	}
	r := s.opened.reports[a.ask.seq]
	if r == nil {
		return
	}
	for _, v := range r.Source(l.file, o) {
		l.values[v.Line] = v
		l.hot = append(l.hot, v.Line)
		if v.Cum > l.most {
			l.most = v.Cum
			if l.line == 0 {
				l.line = -v.Line
			}
		}
		if l.line < 0 && v.Cum == l.most {
			l.line = -v.Line
		}
	}
	l.line = max(l.line, -l.line)
}

// sourceLines draw the file.
func (s *Screen) sourceLines(h int) []string {
	l, a := &s.text, s.opened.answer
	if l.file == "" {
		s.first()
	}
	if l.file == "" {
		return s.words("No frame of this capture names a source file.")
	}
	s.worth()
	head := []string{s.theme.Title.Paint(draw.Pad(draw.PadLeft("FLAT", 9)+" "+draw.PadLeft("CUM", 8)+"  "+draw.TruncateLeft(plain(l.file), max(1, s.w-20)), s.w))}
	text := s.files.Of(l.place(a.pid))
	switch {
	case text == nil:
		return append(head, " reading "+plain(l.file)+" …")
	case text.Err != nil || len(text.Lines) == 0:
		return append(head, s.bare(h-1)...)
	}
	l.keep(len(text.Lines))
	if !l.placed {
		l.placed = true
		l.at = max(0, min(l.line-1, len(text.Lines)-1))
		l.top = max(0, l.at-h/2)
	}
	from, to := l.window(h - 1)
	number := len(strconv.Itoa(len(text.Lines)))
	lines := head
	for i := from; i < to; i++ {
		lines = append(lines, s.sourceRow(i+1, number, text.Lines[i]))
	}
	return lines
}

// first opens the file in which most was spent, of those of which lines are known:
// a library without them is a file, too.
func (s *Screen) first() {
	for _, lines := range []bool{true, false} {
		for _, r := range s.opened.answer.table.Rows {
			if r.Frame.File != "" && (!lines || s.opened.answer.lines[r.Frame.Function] > 0) {
				s.openSource(r.Frame)
				return
			}
		}
	}
}

// sourceRow draws one line: what was spent in it, a bar, and its text.
func (s *Screen) sourceRow(line, number int, text string) string {
	l := &s.text
	v, spent := l.values[line]
	var b strings.Builder
	base, sign := s.theme.Selection, "›"
	if line-1 != l.at {
		base, sign = "", " "
	}
	base.On(&b, sign)
	figures, style := draw.Spaces(17), s.theme.Dim
	if spent {
		flat := ""
		if v.Flat != 0 {
			flat = report.Format(v.Flat, s.opened.answer.value.Unit)
		}
		figures = draw.PadLeft(flat, 8) + " " + draw.PadLeft(report.Format(v.Cum, s.opened.answer.value.Unit), 8)
		style = s.theme.Strong
		if l.most > 0 && v.Cum*4 >= l.most {
			style = s.theme.Error
		}
	}
	base.And(style).On(&b, figures)
	base.And(s.theme.Dim).On(&b, " "+draw.PadLeft(strconv.Itoa(line), number)+" ")
	room := max(1, s.w-20-number)
	shown := draw.Sanitise([]byte(text), draw.Options{Width: room, Colours: draw.NoColours, Ellipsis: true})
	base.On(&b, shown)
	return b.String()
}

// bare are the lines with a value of a file that cannot be read here.
func (s *Screen) bare(h int) []string {
	l := &s.text
	l.keep(len(l.hot))
	lines := []string{" " + s.theme.Warning.Paint(draw.Truncate("the file cannot be read here; its lines by number:", s.w-2))}
	from, to := l.window(h - 1)
	for i := from; i < to; i++ {
		at := l.at
		l.at = -1
		if i == at {
			l.at = l.hot[i] - 1
		}
		lines = append(lines, s.sourceRow(l.hot[i], 6, l.values[l.hot[i]].Function))
		l.at = at
	}
	return lines
}

// nextHot goes to another line with a value.
func (l *listing) nextHot(by int) {
	for i := range l.hot {
		n := i
		if by < 0 {
			n = len(l.hot) - 1 - i
		}
		if line := l.hot[n] - 1; by > 0 && line > l.at || by < 0 && line < l.at {
			l.at = line
			return
		}
	}
}
