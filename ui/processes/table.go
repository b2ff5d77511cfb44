package processes

import (
	"bytes"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
)

// titlesHeight is the height of the titles of the columns.
const titlesHeight = 1

// headHeight is how many lines stand above the rows: the titles, and the filter if there is one.
func (s *Screen) headHeight() int {
	if s.view.filter != "" {
		return titlesHeight + 1
	}
	return titlesHeight
}

// writeTable writes the table's lines. right, if not nil, writes what stands
// at the right of line y, behind a cell for the border.
func (s *Screen) writeTable(b *strings.Builder, right func(y int)) {
	rows, head := s.inSight(), s.headHeight()
	for y := range s.layout.table.h {
		if y > 0 {
			b.WriteByte('\n')
		}
		switch {
		case y == 0:
			s.writeHead(b)
		case y < head:
			s.writeFilter(b)
		case y-head < len(rows):
			s.writeRow(b, &rows[y-head], s.top+y-head == s.at)
		case y == head && len(s.rows) == 0:
			s.writeNothing(b)
		case right != nil:
			b.WriteString(draw.Spaces(s.layout.table.w))
		}
		if right != nil {
			right(y)
		}
	}
}

// writeNothing says why the table is empty.
func (s *Screen) writeNothing(b *strings.Builder) {
	text := "there is no pool"
	if s.view.filter != "" {
		text = "no name matches"
	}
	s.theme.Dim.On(b, draw.Pad(draw.Spaces(cursorWidth)+text, s.layout.table.w))
}

// writeFilter writes what hides rows, how many it leaves, and how all are shown again:
// "/worker  12 of 301  Esc shows all". The key is told where it does that.
func (s *Screen) writeFilter(b *strings.Builder) {
	left := draw.Spaces(cursorWidth)
	right := "  " + draw.Count(s.view.meant) + " of " + draw.Count(s.view.all)
	room := max(0, s.layout.table.w-cursorWidth-draw.Width(right))
	text := draw.Truncate(draw.Plain([]byte("/"+s.view.filter), 0), room)
	if clear := "  " + s.keys.Key(keys.Processes, keys.Back) + " shows all"; !s.inPane && draw.Width(text)+draw.Width(clear) <= room {
		right += clear
	}
	b.WriteString(left)
	s.theme.Accent.On(b, text)
	s.theme.Dim.On(b, right)
	b.WriteString(draw.Spaces(s.layout.table.w - cursorWidth - draw.Width(text) - draw.Width(right)))
}

// writeHead writes the titles of the columns, with a sign at the one that the rows are sorted by.
func (s *Screen) writeHead(b *strings.Builder) {
	b.WriteString(draw.Spaces(cursorWidth - gap))
	used := cursorWidth - gap
	for _, c := range s.columns {
		if c.id == colLast && s.waiting.seen && s.lacksWaits() {
			c.title = lastOrWait(c.width)
		}
		title, style := c.title, s.theme.Title
		if c.id == s.view.sort && c.id != colName {
			title, style = sortedTitle(c), s.theme.Accent
		}
		if c.id == colName {
			title = s.withRange(title, c.width)
		}
		if c.right {
			title = draw.PadLeft(title, c.width)
		} else {
			title = draw.Pad(title, c.width)
		}
		b.WriteString(draw.Spaces(gap))
		style.On(b, title)
		used += gap + c.width
	}
	b.WriteString(draw.Spaces(s.layout.table.w - used))
}

// lastOrWait is the title in w cells of the last line where that may have to say what is waited for.
func lastOrWait(w int) string {
	const long, short = "LAST LINE / WAIT", "LINE/WAIT"
	if w < len(long) {
		return short
	}
	return long
}

// sortedTitle is the title of the column that the rows are sorted by. The sign is worth
// more than the end of the title.
func sortedTitle(c column) string {
	title := c.title
	if len(title) >= c.width {
		title = strings.TrimSuffix(title, "/s")
	}
	return title[:min(len(title), c.width-1)] + "↓"
}

// withRange adds to a title in w cells which of the rows are in sight, unless all are: "NAME 1-20/60".
func (s *Screen) withRange(title string, w int) string {
	sight := draw.InSight(s.top, len(s.inSight()), len(s.rows))
	switch room := w - len(sight) - 1; {
	case sight == "":
		return title
	case room < min(draw.Width(title), 4):
		return sight
	default:
		return draw.Truncate(title, room) + " " + sight
	}
}

// writeRow writes one row, exactly as wide as the table.
func (s *Screen) writeRow(b *strings.Builder, r *row, selected bool) {
	w := rowWriter{b: b, t: s.theme, aside: r.aside || r.empty()}
	if selected {
		w.base = s.theme.Selection
		if s.inPane {
			w.base = "" // the cursor alone marks it while the keys go elsewhere
		}
		w.put(s.theme.Accent, "› ")
	} else {
		w.put("", "  ")
	}
	if r.empty() {
		s.writeEmpty(&w, r)
		return
	}
	used := cursorWidth
	for i, c := range s.columns {
		if i > 0 {
			w.put("", draw.Spaces(gap))
			used += gap
		}
		s.writeCell(&w, r, c)
		used += c.width
		if c.id == colState && r.idleReason() != "" {
			rest := column{id: colLast, width: s.layout.table.w - used - gap}
			w.put("", draw.Spaces(gap))
			s.writeLast(&w, r, rest)
			return
		}
	}
	w.put("", draw.Spaces(s.layout.table.w-used))
}

// writeEmpty writes the cells of a pool without slots: there are no figures of it.
func (s *Screen) writeEmpty(w *rowWriter, r *row) {
	used := cursorWidth
	for i, c := range s.columns {
		if i > 0 && (c.id == colState || !s.shows(colState)) {
			break
		}
		if c.id == colName {
			s.writeName(w, r, c)
		} else {
			w.put("", draw.Spaces(c.width))
		}
		w.put("", draw.Spaces(gap))
		used += c.width + gap
	}
	w.put("", draw.Pad("○ "+s.noProcess(), max(0, s.layout.table.w-used)))
}

// rowWriter writes cells on a common ground.
type rowWriter struct {
	b     *strings.Builder
	t     *theme.Theme
	base  theme.Style
	aside bool // all of it is dim
}

func (w *rowWriter) put(style theme.Style, text string) {
	if text != "" {
		w.padded(style, 0, text, 0)
	}
}

// padded puts text with some spaces on both sides, all in one style.
func (w *rowWriter) padded(style theme.Style, before int, text string, after int) {
	if w.aside {
		style = w.t.Dim
	}
	plain := w.base == "" && style == ""
	if !plain {
		w.b.WriteString(string(w.base.And(style)))
	}
	w.b.WriteString(draw.Spaces(before))
	w.b.WriteString(text)
	w.b.WriteString(draw.Spaces(after))
	if !plain {
		w.b.WriteString(theme.Reset)
	}
}

// cell puts text into a cell of the column, at the right if it is a number.
func (w *rowWriter) cell(c column, style theme.Style, text string) {
	n := draw.Width(text)
	if n > c.width {
		text = draw.Truncate(text, c.width)
		n = draw.Width(text)
	}
	switch {
	case text == "":
		w.put("", draw.Spaces(c.width))
	case c.right:
		w.padded(style, c.width-n, text, 0)
	default:
		w.padded(style, 0, text, c.width-n)
	}
}

// writeCell writes one cell, exactly as wide as its column.
func (s *Screen) writeCell(w *rowWriter, r *row, c column) {
	t := s.theme
	switch c.id {
	case colName:
		s.writeName(w, r, c)
	case colState:
		style, text := r.stateStyle(t), r.state(s.now)
		if wait, ok := s.untold(r); ok {
			if instead := waitState(r, wait, text); instead != text {
				style, text = s.waitStyle(wait), instead
			}
		}
		w.cell(c, style, text)
	case colPID:
		text := ""
		if pid := r.pid(); pid != 0 && (r.child != nil || r.slot.State.Live()) {
			text = itoa(pid)
		}
		w.cell(c, t.Dim, text)
	case colSpark:
		text := s.past.spark(s.session, r, s.now, c.width-sparkMargin)
		if text != "" {
			t.Blocks(w.base).On(w.b, text)
		}
		w.put("", draw.Spaces(sparkMargin))
	case colUp:
		w.cell(c, "", r.up(s.now))
	case colRestarts:
		s.writeRestarts(w, r, c)
	case colWaits:
		s.writeWaits(w, r, c)
	case colLast:
		s.writeLast(w, r, c)
	default:
		style, text := s.figure(r, c.id)
		w.cell(c, style, text)
	}
}

func (s *Screen) writeName(w *rowWriter, r *row, c column) {
	tree, name, folded := r.shownName(c.width)
	w.put(s.theme.Border, tree)
	style := theme.Style("")
	if r.child == nil {
		style = s.theme.Strong
	}
	w.put(style, name)
	w.put(s.theme.Accent, folded)
	w.put("", draw.Spaces(c.width-draw.Width(tree)-draw.Width(name)-len(folded)))
}

func (s *Screen) writeRestarts(w *rowWriter, r *row, c column) {
	switch {
	case r.child != nil:
		w.cell(c, "", "")
	case r.slot.Restarts == 0:
		w.cell(c, s.theme.Dim, "0")
	default:
		w.cell(c, s.theme.Warning, figure(r.slot.Restarts))
	}
}

// figure is the text of a column that shows a measurement. Nothing stands
// where there is no process to measure; what is nothing much is dim.
func (s *Screen) figure(r *row, id columnID) (theme.Style, string) {
	u, ok := r.usage()
	if !ok {
		return "", ""
	}
	quiet := func(much bool) theme.Style {
		if much {
			return ""
		}
		return s.theme.Dim
	}
	var text string
	much := true
	switch id {
	case colCPU:
		text, much = draw.Percent(u.CPUPercent), u.CPUPercent >= 0.5
	case colMem:
		text = draw.Bytes(u.RSSBytes)
	case colThreads:
		text, much = figure(u.Threads), u.Threads > 1
	case colFDs:
		text = figure(u.FDs)
	case colForks:
		if r.child != nil {
			return "", ""
		}
		text, much = rate(r.slot.ForksPerSecond, r.slot.ForksExact), r.slot.ForksPerSecond > 0
	case colRead, colWrite, colSwitches:
		v := s.rate(r, id)
		much = v > 0
		if text = rate(v, true); id != colSwitches && v >= 0 {
			text = draw.Bytes(int64(v))
		}
	}
	return quiet(much), text
}

// rate is what the row's process does per second, by the counters of the column.
func (s *Screen) rate(r *row, id columnID) float64 {
	per := s.past.rates(r)
	switch id {
	case colRead:
		return per.read
	case colWrite:
		return per.write
	}
	return per.switches
}

// writeLast writes the last line of output, or the reason why there is none; or what the row's
// process waits for, if nothing else says that and it has printed nothing, or goes on no more.
func (s *Screen) writeLast(w *rowWriter, r *row, c column) {
	draws := r.child == nil && r.slot.FullScreen
	if wait, ok := s.untold(r); ok && (wait.Bad() || len(s.lastLine(r)) == 0 && !draws) && r.reason() == "" {
		if wait.Bad() && wait.Name != "" && s.shows(colState) { // which has the word already
			wait.Word = ""
		}
		s.writeWait(w, wait, c)
		return
	}
	before := draw.Truncate(r.before(), c.width)
	style, text := theme.Style(""), s.lastLine(r)
	switch reason := r.reason(); {
	case reason == "" && draws:
		style, text = s.theme.Dim, []byte("(full screen: "+s.keys.Key(keys.Processes, keys.Type)+" shows it)")
		if len(text) > c.width {
			text = []byte("(full screen)")
		}
	case reason == "":
	case r.zombie():
		style, text = s.theme.Warning, []byte(r.zombieReason(c.width))
	case r.slot.State == procs.Failed:
		style, text = s.theme.Error, []byte(reason)
	default:
		style, text = s.theme.Warning, []byte(reason)
	}
	if r.child == nil && !r.slot.State.Live() && style == "" {
		style = s.theme.Dim
	}
	if before != "" && c.width-draw.Width(before) < 4 { // a colon with nothing behind it says nothing
		before = draw.Pad(strings.TrimRight(before, ": "), c.width)
	}
	w.put(s.theme.Dim, before)
	if room := c.width - draw.Width(before); room > 0 {
		text = bytes.TrimLeft(text, " \t") // a traceback is indented; the column is not
		w.put(style, draw.Sanitise(text, draw.Options{Width: room, Colours: draw.NoColours, Fill: true, Ellipsis: true}))
	}
}

// writePane writes the pane below a rule.
func (s *Screen) writePane(b *strings.Builder) {
	s.writeRule(b)
	if s.pane.h > 0 {
		b.WriteByte('\n')
		b.WriteString(s.pane.Render())
	}
}

// writeBeside writes the table with the pane at its right.
func (s *Screen) writeBeside(b *strings.Builder) {
	lines := strings.Split(s.pane.Render(), "\n")
	s.writeTable(b, func(y int) {
		s.border().On(b, draw.Upright(s.inPane))
		if y == 0 {
			s.writeRule(b)
		} else if y-1 < len(lines) {
			b.WriteString(lines[y-1])
		}
	})
}

// border is the style of the lines around the pane.
func (s *Screen) border() theme.Style {
	if s.inPane {
		return s.theme.Accent
	}
	return s.theme.Border
}

// writeRule writes the line above the pane, with the detail of the selected row in it.
func (s *Screen) writeRule(b *strings.Builder) {
	w := s.layout.pane.w
	detail := ""
	if r := s.row(); r != nil {
		room := max(1, w-4)
		if detail = s.detail(r, room); detail != "" {
			detail = " " + draw.Sanitise([]byte(detail), draw.Options{Width: room, Colours: draw.NoColours, Ellipsis: true}) + " "
		}
	}
	s.border().On(b, draw.Across(1, s.inPane))
	s.theme.Dim.On(b, detail)
	s.border().On(b, draw.Across(w-1-draw.Width(detail), s.inPane))
}
