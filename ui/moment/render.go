package moment

import (
	"fmt"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/waits"
)

// clock is how times are written.
const clock = "15:04:05.000"

// tall is the height from which there is room for a second strip.
const tall = 14

// row is a line of the table: a measurement, or a rule between two.
type row struct {
	at   int // index of the measurement; -1 for a rule
	text string
	mark bool // the rule is the moment
}

// Render returns the body.
func (v *View) Render() string {
	head := v.head()
	detail := v.detail()
	room := v.h - len(head) - len(detail)
	lines := append(head, v.table(max(0, room))...)
	for len(lines) < v.h-len(detail) {
		lines = append(lines, "")
	}
	return draw.Lines(append(lines, detail...), v.w, v.h)
}

// head is whom and which moment it is about, and the strips.
func (v *View) head() []string {
	lines := []string{v.title()}
	if v.of.Text != nil {
		quoted := draw.Sanitise(v.of.Text, draw.Options{Width: max(1, v.w-2), Colours: draw.NoColours, Ellipsis: true})
		lines = append(lines, " "+v.theme.Strong.Paint(quoted))
	}
	if note := v.note(); note != "" {
		lines = append(lines, " "+v.theme.Warning.Paint(draw.Truncate(note, v.w-2)))
	}
	if len(v.list) == 0 {
		return lines
	}
	return append(lines, v.strips()...)
}

// title names the process and the moment.
func (v *View) title() string {
	name := draw.Plain([]byte(v.of.Name), max(1, v.w/2))
	text := "  what it does"
	if at := v.of.At; !at.IsZero() {
		text = "  when it printed this, at " + at.Format(clock)
		if long := text + ", " + waits.Spell(v.now.Sub(at)) + " ago"; draw.Width(name)+draw.Width(long)+1 <= v.w {
			text = long
		}
		if draw.Width(name)+draw.Width(text)+1 > v.w {
			text = "  at " + at.Format(clock)
		}
	}
	return " " + v.theme.Title.Paint(name) + v.theme.Dim.Paint(text)
}

// near is how far the measurement before or after a moment may be, where they are made each second.
const near = 3 * time.Second

// note says what is missing; "" if nothing is.
func (v *View) note() string {
	at := v.of.At
	switch n := len(v.list); {
	case v.err != nil:
		return draw.Plain([]byte(v.err.Error()), v.w)
	case !v.told:
		return "asking the session ..."
	case n == 0:
		return "it was never measured: that is done once a second while a process lives"
	case at.IsZero():
	case at.Before(v.list[0].At.Add(-near)):
		return "no measurement of then is kept: they begin at " + v.list[0].At.Format(clock) + " (the last " + draw.Count(n) + ")"
	case at.After(v.list[n-1].At.Add(near)):
		return "nothing was measured then: the last one before is of " + v.list[n-1].At.Format(clock)
	case v.list[v.first()].At.Sub(at) > near:
		return "nothing was measured then: the next one is of " + v.list[v.first()].At.Format(clock)
	}
	switch {
	case v.own:
		return fmt.Sprintf("its writer, pid %d, was never measured; this is the pool's own process", v.of.PID)
	case v.of.Text != nil && v.of.PID == 0 && v.family && v.h >= tall:
		return "which of its processes wrote it is not known without --output by-writer; this is the pool's own"
	}
	return ""
}

// strips are the CPU and, where there is room, the memory as sparklines: a cell for each
// measurement, and below them which one the moment is.
func (v *View) strips() []string {
	const label = len(" CPU ")
	n := max(1, v.w-label-len(" peak 9999%  "))
	cells, chosen, moment := v.cells(n)
	cpu, mem, most, peak := make([]float64, len(cells)), make([]float64, len(cells)), float64(procs.Unknown), int64(procs.Unknown)
	for i, c := range cells {
		if cpu[i], mem[i] = draw.Gap(), draw.Gap(); c >= 0 {
			m := &v.list[c]
			cpu[i], mem[i] = m.CPUPercent, float64(m.RSSBytes)
			most, peak = max(most, m.CPUPercent), max(peak, m.RSSBytes)
		}
	}
	lines := []string{v.strip(" CPU ", draw.Spark(cpu, max(100, most), len(cells)), moment, " peak "+draw.Percent(most))}
	if v.h >= tall {
		lines = append(lines, v.strip(" MEM ", draw.Spark(mem, float64(peak), len(cells)), moment, " peak "+draw.Bytes(peak)))
	}
	marks := []rune(draw.Spaces(label + len(cells)))
	marks[label+chosen] = '△'
	legend := "△ chosen"
	if moment >= 0 {
		marks[label+moment], legend = '▲', "▲ then"
		if chosen != moment {
			legend = "▲ then  △ chosen"
		}
	}
	text := strings.TrimRight(string(marks), " ")
	if draw.Width(text)+2+draw.Width(legend) <= v.w {
		legend = draw.Spaces(max(2, v.w-draw.Width(text)-draw.Width(legend)-1)) + legend
	} else {
		legend = ""
	}
	return append(lines, v.theme.Accent.Paint(text)+v.theme.Dim.Paint(legend))
}

// strip is a sparkline with the cell of the moment, if it is not -1, standing out.
func (v *View) strip(label, spark string, moment int, figure string) string {
	cells := []rune(spark)
	if moment < 0 {
		return v.theme.Title.Paint(label) + v.theme.Spark.Paint(spark) + v.theme.Dim.Paint(figure)
	}
	return v.theme.Title.Paint(label) + v.theme.Spark.Paint(string(cells[:moment])) +
		v.theme.Selection.And(v.theme.Accent).Paint(string(cells[moment:moment+1])) +
		v.theme.Spark.Paint(string(cells[moment+1:])) + v.theme.Dim.Paint(figure)
}

// cells are the measurements of a strip of at most n cells around the chosen one, -1
// where a run ended or nothing was measured; and where in it that and the moment's one
// are. moment is -1 if it is not in sight, or there is none.
func (v *View) cells(n int) (cells []int, chosen, moment int) {
	for i := range v.list {
		if i > 0 && v.parted(i) {
			cells = append(cells, -1)
		}
		if i == v.at {
			chosen = len(cells)
		}
		cells = append(cells, i)
	}
	from := max(0, min(chosen-n/2, len(cells)-n))
	cells = cells[from:min(len(cells), from+n)]
	chosen -= from
	moment = -1
	for i, c := range cells {
		if c == v.first() && v.known() {
			moment = i
		}
	}
	return cells, chosen, moment
}

// known reports whether a measurement tells of the moment.
func (v *View) known() bool {
	if v.of.At.IsZero() || len(v.list) == 0 {
		return false
	}
	d := v.list[v.first()].At.Sub(v.of.At)
	return d > -near && d <= near
}

// parted reports whether something lies between the ith measurement and the one before.
func (v *View) parted(i int) bool {
	a, b := &v.list[i-1], &v.list[i]
	return a.Run != b.Run || a.PID != b.PID || b.At.Sub(a.At) > near
}

// columns are the widths of the table's columns, 0 for one that is not shown; and how times are written.
type columns struct {
	clock              string
	from, threads, did int
}

// narrow is the width below which times lose their milliseconds.
const narrow = 48

func (v *View) columns() columns {
	c := columns{clock: clock}
	if v.w < narrow {
		c.clock = time.TimeOnly
	}
	c.did = v.w - len("> ") - len(c.clock) - 1 - draw.PercentWidth - 1 - draw.BytesWidth - 2
	if c.did >= 4+16 {
		c.threads, c.did = 3, c.did-4
	}
	if c.did >= 8+20 && !v.of.At.IsZero() {
		c.from, c.did = 7, c.did-8
	}
	return c
}

// tableRows is how many rows there are for measurements.
func (v *View) tableRows() int { return max(1, v.h-len(v.head())-len(v.detail())-1) }

// table is the measurements in h lines, with the chosen one in sight and, as long as it is
// the one of the moment, as many before as after.
func (v *View) table(h int) []string {
	v.rows = v.listRows()
	if len(v.list) == 0 || h < 2 {
		v.rows = nil
		return nil
	}
	c := v.columns()
	from, threads := "", ""
	if c.from > 0 {
		from = " " + draw.PadLeft("SINCE", c.from)
	}
	if c.threads > 0 {
		threads = " THR"
	}
	title := "  " + draw.Pad("TIME", len(c.clock)) + from + " " + draw.PadLeft("CPU", draw.PercentWidth) + " " + draw.PadLeft("MEM", draw.BytesWidth) + threads + "  STATE"
	if c.did >= len("STATE, WAITS FOR") {
		title += ", WAITS FOR"
	}
	lines := []string{v.theme.Title.Paint(draw.Truncate(title, v.w))}
	chosen := 0
	for i, r := range v.rows {
		if r.at == v.at {
			chosen = i
		}
	}
	v.top = max(0, min(chosen-(h-1)/2, len(v.rows)-(h-1)))
	for _, r := range v.rows[v.top:min(len(v.rows), v.top+h-1)] {
		lines = append(lines, v.row(r, c))
	}
	return lines
}

// listRows are the measurements and the rules between them.
func (v *View) listRows() []row {
	rows := make([]row, 0, len(v.list)+8)
	at, shown := v.of.At, v.of.At.IsZero()
	mark := row{at: -1, mark: true, text: "then: " + at.Format(clock)}
	for i := range v.list {
		m := &v.list[i]
		if i > 0 && (m.Run != v.list[i-1].Run || m.PID != v.list[i-1].PID) {
			rows = append(rows, row{at: -1, text: fmt.Sprintf("run %d, pid %d", m.Run, m.PID)})
		} else if i > 0 && v.parted(i) {
			rows = append(rows, row{at: -1, text: "not measured for " + waits.Spell(m.At.Sub(v.list[i-1].At))})
		}
		if !shown && !m.At.Before(at) {
			rows, shown = append(rows, mark), true
		}
		rows = append(rows, row{at: i})
	}
	if !shown {
		rows = append(rows, mark)
	}
	return rows
}

// row draws a row of the table.
func (v *View) row(r row, c columns) string {
	if r.at < 0 {
		style := v.theme.Dim
		if r.mark {
			style = v.theme.Mark
		}
		text := draw.Truncate("── "+r.text+" ", v.w)
		return style.Paint(text + strings.Repeat("─", max(0, v.w-draw.Width(text))))
	}
	m := &v.list[r.at]
	var b strings.Builder
	base, lead := theme.Style(""), "  "
	if r.at == v.at {
		base, lead = v.theme.Selection, "› "
	}
	base.And(v.theme.Accent).On(&b, lead)
	base.And(v.theme.Dim).On(&b, m.At.Format(c.clock))
	if c.from > 0 {
		base.And(v.theme.Dim).On(&b, " "+draw.PadLeft(since(m.At.Sub(v.of.At)), c.from))
	}
	base.On(&b, " "+draw.PadLeft(draw.Percent(m.CPUPercent), draw.PercentWidth)+" "+draw.PadLeft(draw.Bytes(m.RSSBytes), draw.BytesWidth))
	if c.threads > 0 {
		base.On(&b, " "+draw.PadLeft(threads(m.Threads), c.threads))
	}
	text, style := v.did(m, c.did)
	base.And(style).On(&b, "  "+draw.Pad(text, max(0, c.did)))
	return b.String()
}

func threads(n int) string {
	if n == procs.Unknown {
		return draw.NotKnown
	}
	return draw.Count(n)
}

// since is how long after the moment, or before it, something was.
func since(d time.Duration) string {
	if d < 0 {
		return "-" + draw.Took(-d)
	}
	return "+" + draw.Took(d)
}

// did is what a process did in at most w cells, as the screen of processes says it.
func (v *View) did(m *session.Moment, w int) (string, theme.Style) {
	if c, ok := waits.Then(m.Waited); ok {
		style, who := theme.Style(""), ""
		switch {
		case c.Bad():
			style = v.theme.Error
		case c.Condition == waits.Contended:
			style = v.theme.Warning
		case c.Quiet:
			style = v.theme.Dim
		}
		if c.Who != "" && w >= len("lock worker.py:7")+8 {
			who = " <- " + c.Who
		}
		return c.Fit(max(1, w-draw.Width(who))) + who, style
	}
	switch text := doing(m.Doing); {
	case text == "":
		return draw.NotKnown, v.theme.Dim
	case draw.Width(text) > w:
		return string(m.Doing), ""
	default:
		return text, ""
	}
}

// doing is what a process did of which no lock is known: whoever waited for a thread of
// its own counts as waiting for a lock, which has no name.
func doing(d graph.Doing) string {
	if d == graph.InLock {
		return "waiting for a lock or a thread"
	}
	return waits.Doing(d)
}

// detail says all of the chosen measurement in words, for what the table has no room for.
func (v *View) detail() []string {
	if len(v.list) == 0 {
		return nil
	}
	m := &v.list[v.at]
	text := m.At.Format(clock)
	if d := m.At.Sub(v.of.At); !v.of.At.IsZero() {
		text = waits.Spell(max(d, -d)) + " after the line"
		if d < 0 {
			text = waits.Spell(-d) + " before the line"
		}
	}
	if w := m.Waited; w.Kind != "" {
		l := w.Lock()
		text += ": waiting for " + waits.The(&l.Object)
		if w.Holder != 0 {
			text += fmt.Sprintf(", which pid %d had", w.Holder)
		}
	} else if did := doing(m.Doing); did != "" {
		text += ": " + did
	}
	text += fmt.Sprintf("; %s CPU, %s", draw.Percent(m.CPUPercent), draw.Bytes(m.RSSBytes))
	if m.Threads != procs.Unknown {
		text += ", " + draw.Plural(m.Threads, "thread")
	}
	text += fmt.Sprintf(", pid %d, run %d", m.PID, m.Run)
	var lines []string
	for _, l := range draw.Words(text, max(1, v.w-2)) {
		lines = append(lines, " "+l)
	}
	if most := max(1, v.h/7); len(lines) > most {
		lines = lines[:most]
	}
	return lines
}

// click chooses the measurement at a line of the body.
func (v *View) click(y int) {
	if i := v.top + y - len(v.head()) - 1; y > len(v.head()) && i < len(v.rows) && v.rows[i].at >= 0 {
		v.choose(v.rows[i].at)
	}
}
