package output

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// noSeq stands in for the number of a row that belongs to no line.
const noSeq = ^uint64(0)

// Render returns the title and the lines in sight.
func (s *Screen) Render() string {
	if s.h == 0 {
		return ""
	}
	lines := make([]string, 0, s.h)
	if s.h > 1 {
		lines = append(lines, s.title())
	}
	if _, _, _, looks := s.Looks(); looks {
		return draw.Lines(append(lines, s.pictured(s.h-len(lines))...), s.w, s.h)
	}
	lines = append(lines, s.body(s.h-len(lines))...)
	if s.rows.left+s.rows.text > s.w || len(s.window.lines) == 0 {
		return draw.Lines(lines, s.w, s.h)
	}
	for len(lines) < s.h { // the rows are as wide as they should be
		lines = append(lines, "")
	}
	return strings.Join(lines, "\n")
}

// body returns at most h rows: the last ones when following, else the first.
func (s *Screen) body(h int) []string {
	w := &s.window
	s.rows.lines, s.rows.shown = s.rows.lines[:0], s.rows.shown[:0]
	if len(w.lines) == 0 {
		return s.nothing()
	}
	var out []string
	from := 0 // the first that is in sight
	if w.follow {
		from = len(w.lines)
		for n := 0; from > 0 && n < h; n += s.rowsOf(w.lines, from) {
			from--
		}
	}
	if from == 0 && s.gapAbove(&w.lines[0]) {
		out = s.note(out, s.theme.Dim.Paint(draw.Truncate(s.gap(), s.w)))
	}
	cursor := 0 // rows up to the end of its line
	for i := from; i < len(w.lines); i++ {
		if !w.follow && len(out) >= h && cursor > 0 {
			break
		}
		l, above := &w.lines[i], w.above(i)
		if n := s.missing(above, l); n > 0 {
			out = s.note(out, s.theme.Dim.Paint(draw.Truncate("… "+draw.Plural(n, "line")+" missing: neither in memory nor in the log", s.w)))
		}
		out = s.markRows(out, above, l)
		out = s.lineRows(out, l, above != nil && goesOn(above, l))
		s.own(len(out), l.Seq)
		if l.Seq == w.cur {
			cursor = len(out)
		}
	}
	if n := len(w.lines); w.follow || w.lines[n-1].Seq+1 >= w.end {
		out = s.markRows(out, &w.lines[n-1], nil)
	}
	out = s.filled(out, h)
	first := cursor - h
	if w.follow {
		first = len(out) - h
	}
	return s.cutRows(out, max(first, 0), h)
}

// filled puts the last rows of the line above before some that leave room: at the end of the
// text, where that line does not fit as a whole.
func (s *Screen) filled(out []string, h int) []string {
	above, room := s.window.before, h-len(out)
	if above == nil || room <= 0 {
		return out
	}
	tail := s.lineRows(nil, above, false)
	tail = tail[max(0, len(tail)-room):]
	s.rows.lines = append(slices.Repeat([]uint64{above.Seq}, len(tail)), s.rows.lines...)
	s.rows.shown = append(slices.Repeat([]bool{true}, len(tail)), s.rows.shown...)
	return append(tail, out...)
}

// cutRows returns h of the rows, from first on.
func (s *Screen) cutRows(out []string, first, h int) []string {
	last := min(first+h, len(out))
	s.rows.lines, s.rows.shown = s.rows.lines[first:last], s.rows.shown[first:last]
	return out[first:last]
}

// goesOn reports whether line a was cut and goes on in line b.
func goesOn(a, b *procs.Line) bool {
	return a.Cut && a.ID == b.ID && a.PID == b.PID && a.Stream == b.Stream
}

// own notes that the rows up to n belong to line seq.
func (s *Screen) own(n int, seq uint64) {
	for len(s.rows.lines) < n {
		s.rows.lines = append(s.rows.lines, seq)
		s.rows.shown = append(s.rows.shown, seq != noSeq)
	}
}

// note appends a row that belongs to no line.
func (s *Screen) note(out []string, row string) []string {
	out = append(out, row)
	s.own(len(out), noSeq)
	return out
}

func (s *Screen) markRows(out []string, above, below *procs.Line) []string {
	for _, at := range s.marksBetween(above, below) {
		out = s.note(out, s.rule("mark "+at.Round(time.Millisecond).Format("15:04:05.000"), s.theme.Mark, noSeq))
	}
	return out
}

// gapAbove reports whether lines that cannot be shown stood above a line.
func (s *Screen) gapAbove(l *procs.Line) bool {
	if v := s.sieve; v != nil {
		return len(v.lines) > 0 && l.Seq <= v.lines[0].Seq && (!v.complete() || v.oldest > 0)
	}
	return s.window.oldest > 0 && l.Seq <= s.window.oldest
}

// missing counts the lines that stood between two lines and are gone: the log could not be
// written. It can be told of whole sources alone, in whose numbers others have no part.
func (s *Screen) missing(above, l *procs.Line) uint64 {
	if above == nil || above.Entered || s.sieve != nil || s.source.PID != 0 || s.source.Pool != "" && !s.source.OneSlot || l.Seq <= above.Seq {
		return 0
	}
	return l.Seq - above.Seq - 1
}

// gap says why they cannot.
func (s *Screen) gap() string {
	if s.sieve != nil && !s.sieve.complete() {
		return "… older lines have not been looked through yet"
	}
	text := "… older lines are no longer in memory"
	if s.sieve == nil {
		text = "… " + draw.Plural(s.window.oldest, "line") + " no longer in memory"
	}
	if s.logDir != "" {
		text += " (they are in the log: " + plainName(s.logDir) + ")"
	}
	return text
}

// nothing is the body where no line is in sight.
func (s *Screen) nothing() []string {
	switch {
	case s.err != nil:
		return []string{"", " " + s.theme.Error.Paint(fmt.Sprintf("cannot read the output: %s", plainName(s.err.Error())))}
	case s.filter.re != nil && s.sieve != nil && !s.sieve.complete():
		return []string{"", " no line so far matches &" + plainName(s.filter.typed), " " + s.theme.Dim.Paint("older lines are being looked through")}
	case s.filter.re == nil && s.sieve != nil && !s.sieve.complete():
		return []string{"", " no line of " + s.sourceName(s.source) + " so far", " " + s.theme.Dim.Paint("older lines are being looked through")}
	case s.filter.re != nil:
		return []string{"", " no line matches &" + plainName(s.filter.typed), " " + s.theme.Dim.Paint(s.keys.Key(keys.Output, keys.Filter)+" and Enter with nothing typed shows all lines")}
	}
	text := s.silence()
	if s.session != nil && port.Tasks(s.session) != nil {
		text += " The results of items are on screen " + s.keys.KeyTo(keys.Tasks) + "."
	}
	return draw.Paragraph(text, s.w, s.bodyHeight())
}

// silence says why nothing of the source is there to be read.
func (s *Screen) silence() string {
	who := s.sourceName(s.source)
	if (s.source == procs.Source{}) {
		who = "any process"
	}
	if mode, shared := s.shared(); shared {
		slot := plainName(slotOf(s.source).String())
		return "What is printed by " + who + " cannot be told from what others print: this mode of output (" + plainName(string(mode)) + ") does not tell who wrote which line. The row of " +
			slot + " has all of it. With --output by-writer muster tells who wrote each line."
	}
	if !s.over() {
		return "Nothing has been printed by " + who + " so far. Lines appear here as they are printed; a program that keeps its output back shows it when it flushes."
	}
	if slot := s.snap.Slot(slotOf(s.source)); s.source.PID == 0 {
		switch e := slot.LastExit; {
		case e != nil && e.StartError != "":
			return who + " could not be started: " + draw.Plain([]byte(e.StartError), 0)
		case slot.N == 0 && slot.Reason != "":
			return who + " has not been started: " + draw.Plain([]byte(slot.Reason), 0)
		case slot.N == 0:
			return who + " has not been started."
		}
	}
	return "Nothing has been printed by " + who + ", and it has ended."
}

// over reports whether the one slot or process that is shown has ended, so that nothing
// more will come unless it is started again.
func (s *Screen) over() bool {
	if s.snap == nil || !s.source.OneSlot {
		return false
	}
	slot := s.snap.Slot(slotOf(s.source))
	if slot == nil || s.source.PID == 0 || s.source.PID == slot.PID {
		return slot != nil && slot.State.Settled()
	}
	i := slices.IndexFunc(slot.Descendants, func(d procs.Descendant) bool { return d.PID == s.source.PID })
	return i < 0 || slot.Descendants[i].Exit != nil
}

// silent reports whether there is no line, and none will come: there is nothing to follow.
func (s *Screen) silent() bool {
	_, shared := s.shared()
	return len(s.window.lines) == 0 && s.filter.re == nil && (shared || s.over())
}

// shared reports whether one process of a slot is shown whose output, of that mode, does
// not tell who wrote what.
func (s *Screen) shared() (mode procs.OutputMode, shared bool) {
	if s.snap == nil || s.source.PID == 0 {
		return "", false
	}
	if slot := s.snap.Slot(slotOf(s.source)); slot != nil {
		return slot.Output, slot.Output == procs.OutputPTY || slot.Output == procs.OutputPipe
	}
	return "", false
}

// title names what is shown, and where in it the cursor is; where it is
// narrow, the less important words go.
func (s *Screen) title() string {
	t := s.theme
	left := " " + t.Title.Paint(s.sourceName(s.source))
	if s.filter.typed != "" {
		left += "  " + t.Accent.Paint("&"+plainName(s.filter.typed))
		if p := s.filter.problem(); p != "" {
			left += t.Warning.Paint(": " + p)
		}
	}
	if text := s.searchStatus(); text != "" {
		left += "  " + t.Accent.Paint(text)
	}
	state := t.Warning.Paint("held") + " "
	switch {
	case s.silent():
		state = ""
	case s.window.follow:
		state = t.Good.Paint("follow") + " "
	}
	right := state
	about := []string{s.position(), s.column(), s.matchTime()}
	if _, _, _, looks := s.Looks(); looks {
		about = []string{"full screen: " + s.keys.Key(keys.Output, keys.Type) + " types into it"}
	}
	for _, more := range about {
		if wider := t.Dim.Paint(more) + "  " + right; more != "" && draw.Width(left)+2+draw.Width(wider) <= s.w {
			right = wider
		}
	}
	return draw.Truncate(draw.Pad(left, max(0, s.w-draw.Width(right)-1))+" "+right, s.w)
}

// position says where the cursor is.
func (s *Screen) position() string {
	w := &s.window
	if len(w.lines) == 0 {
		return ""
	}
	v := s.sieve
	if v == nil {
		return s.rowPosition() + "line " + draw.Count(w.cur+1) + " of " + draw.Count(w.end)
	}
	n := len(v.lines)
	text := s.rowPosition() + draw.Count(min(v.index(w.cur)+1, n)) + " of " + draw.Count(n)
	if !v.complete() || v.hi < v.whole() {
		text += "+"
	}
	return text
}

// rowPosition says which rows of a line are in sight, where it has more than there is room for.
func (s *Screen) rowPosition() string {
	of, h := len(s.inside.rows), s.bodyHeight()
	if of <= h {
		return ""
	}
	above := s.inside.above(h)
	return "rows " + draw.Count(above+1) + "-" + draw.Count(above+h) + " of " + draw.Count(of) + " of "
}

// column says with which column the lines begin, if not with their first.
func (s *Screen) column() string {
	if s.wrap || s.offset == 0 {
		return ""
	}
	return "column " + draw.Count(s.offset+1)
}

// matchTime says when the line of the cursor was printed, if it matches the search.
func (s *Screen) matchTime() string {
	l := s.current()
	if l == nil || s.window.follow || s.search.re == nil || !s.matches(*l) {
		return ""
	}
	return "match " + l.At.Format("15:04:05.000")
}
