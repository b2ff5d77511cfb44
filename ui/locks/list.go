package locks

import (
	"strconv"
	"strings"
	"time"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/waits"
)

// columnID is what a column shows.
type columnID int

const (
	colState columnID = iota
	colKind
	colName
	colWho
	colWaiters
	colLongest
	colShare
	colDoes
)

// column is a column as it is shown; its width does not change with what is in it.
type column struct {
	id    columnID
	title string
	width int
	right bool
}

const (
	cursorWidth = 2  // "› " before each row
	stateWidth  = 11 // "✝ abandoned"
	wordsFrom   = 34 // width from which the state is told in words, and not by its sign alone
)

// choose returns the columns for a table of w cells.
func choose(w int) []column {
	waiters, longest := column{colWaiters, "WAIT", 4, true}, column{colLongest, "MAX", draw.DurationWidth, true}
	if w >= 90 {
		waiters.title, waiters.width, longest.title, longest.width = "WAITERS", 7, "LONGEST", 7
	}
	if w < wordsFrom {
		chosen := []column{{colState, "", 1, false}, {colName, "NAME", 0, false}, waiters}
		stretch(chosen, w)
		return chosen
	}
	chosen := []column{{colState, "STATE", stateWidth, false}}
	switch {
	case w >= 100:
		chosen = append(chosen, column{colKind, "KIND", waits.KindWidth, false})
	case w >= 48:
		chosen = append(chosen, column{colKind, "KIND", waits.ShortKindWidth, false})
	}
	chosen = append(chosen, column{colName, "NAME", 0, false})
	if w >= 56 {
		chosen = append(chosen, column{colWho, "WHO HAS IT", 0, false})
	}
	chosen = append(chosen, waiters, longest)
	if w >= 76 {
		chosen = append(chosen, column{colShare, "SHARE", draw.PercentWidth, true})
	}
	if w >= 108 {
		chosen = append(chosen, column{colDoes, "WHAT THAT DOES", 0, false})
	}
	stretch(chosen, w)
	return chosen
}

// weights say how what is left is shared by the columns without a width of their own.
var weights = map[columnID]int{colName: 8, colWho: 9, colDoes: 10}

// stretch gives what is left to the columns without a width of their own.
func stretch(columns []column, w int) {
	rest := w - cursorWidth + 1
	parts := 0
	for _, c := range columns {
		rest -= c.width + 1
		if c.width == 0 {
			parts += weights[c.id]
		}
	}
	for i := range columns {
		if columns[i].width > 0 {
			continue
		}
		n := weights[columns[i].id]
		columns[i].width = max(1, rest*n/parts)
		rest -= columns[i].width
		parts -= n
	}
}

// table draws the locks in at most h rows of w cells.
func (s *Screen) table(w, h int) []string {
	columns := choose(w)
	body := max(1, h-1)
	s.top = draw.Scroll(s.top, s.at, s.lines(), body)
	lines := []string{s.head(columns, w)}
	for i := s.top; i < s.lines() && len(lines) < h; i++ {
		if i == len(s.rows) {
			lines = append(lines, s.foldedRow(w, i == s.at))
			continue
		}
		lines = append(lines, s.row(s.rows[i], columns, i == s.at))
	}
	return lines
}

func (s *Screen) head(columns []column, w int) string {
	var b strings.Builder
	b.WriteString(draw.Spaces(cursorWidth))
	for i, c := range columns {
		title := c.title
		if c.id == colName && s.filter != "" {
			title += " /" + draw.Plain([]byte(s.filter), 40)
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		if c.right {
			b.WriteString(draw.PadLeft(title, c.width))
		} else {
			b.WriteString(draw.Pad(title, c.width))
		}
	}
	return s.theme.Title.Paint(draw.Pad(b.String(), w))
}

// base is the ground of a row, and the sign before it.
func (s *Screen) base(selected bool) (base theme.Style, cursor string) {
	switch {
	case !selected:
		return "", "  "
	case s.inCard:
		return "", "› " // the cursor alone marks it while the keys go elsewhere
	}
	return s.theme.Selection, "› "
}

// row draws one lock.
func (s *Screen) row(l *graph.Lock, columns []column, selected bool) string {
	base, cursor := s.base(selected)
	var b strings.Builder
	base.And(s.theme.Accent).On(&b, cursor)
	quiet := waits.Quiet(l)
	for i, c := range columns {
		if i > 0 {
			base.On(&b, " ")
		}
		style, text := s.cell(l, c)
		if quiet {
			style = s.theme.Dim
		}
		switch {
		case c.id == colState: // of that width already
		case c.right:
			text = draw.PadLeft(text, c.width)
		default:
			text = draw.Pad(text, c.width)
		}
		base.And(style).On(&b, text)
	}
	return b.String()
}

// cell is the text of a lock in a column.
func (s *Screen) cell(l *graph.Lock, c column) (theme.Style, string) {
	t, condition := s.theme, waits.ConditionOf(l)
	switch c.id {
	case colState:
		if c.width < stateWidth {
			return s.style(condition), condition.Sign()
		}
		return s.style(condition), condition.Sign() + " " + string(condition) + draw.Spaces(stateWidth-2-len(condition))
	case colKind:
		if c.width < waits.KindWidth {
			return t.Dim, waits.ShortKind(l.Kind)
		}
		return t.Dim, waits.Kind(l.Kind)
	case colName:
		name := waits.Short(&l.Object)
		if l.Name == "" && s.w < 48 { // a number alone says nothing
			name = waits.ShortKind(l.Kind) + " " + name
		}
		return t.Strong, waits.FitPlace(name, c.width)
	case colWho:
		return s.who(l, c.width)
	case colWaiters:
		if len(l.Waiters) == 0 {
			return t.Dim, "-"
		}
		return "", strconv.Itoa(len(l.Waiters))
	case colLongest:
		return s.longest(l)
	case colShare:
		if l.Stats.Contended == 0 {
			return t.Dim, "-"
		}
		return "", draw.Percent(100 * l.Stats.Share())
	}
	if condition == waits.Abandoned {
		return "", s.board.Became(l)
	}
	if len(l.Chain) == 0 || condition == waits.Over {
		return "", ""
	}
	return "", s.board.Does(&l.Chain[0])
}

// longest is the longest wait for a lock. Who was first seen to wait in the
// last look has waited for less than lies between two.
func (s *Screen) longest(l *graph.Lock) (theme.Style, string) {
	if len(l.Waiters) == 0 && l.Stats.Longest == 0 {
		return s.theme.Dim, "-"
	}
	if l.Stats.Longest < time.Millisecond {
		return "", "<1s"
	}
	return "", draw.Duration(l.Stats.Longest)
}

// who names who has a lock in at most w cells, with the sign of the evidence.
func (s *Screen) who(l *graph.Lock, w int) (theme.Style, string) {
	condition := waits.ConditionOf(l)
	switch {
	case condition == waits.Abandoned && l.LastHolder != nil:
		return s.theme.Error, cutName("✝ ", s.board.People.Thread(l.LastHolder.Thread), "", w)
	case condition == waits.Abandoned:
		return s.theme.Error, "✝ nobody who lives"
	case len(l.Waiters) == 0, len(l.Holders) == 0 && l.State == graph.Gathers:
		return s.theme.Dim, "nobody"
	case len(l.Holders) == 0:
		return s.theme.Dim, "not known"
	}
	mark := waits.Mark(l.Holders[0].Evidence)
	if mark != "" {
		mark = " " + mark
	}
	h := l.Holders[0]
	if len(l.Chain) > 0 {
		h = l.Chain[0].Holder
	}
	name := s.board.People.Thread(h.Thread)
	if pid := " " + strconv.Itoa(h.PID); len(l.Holders) == 1 && w >= draw.Width(name+pid+mark) && !strings.HasPrefix(name, "pid ") {
		return "", name + pid + mark
	}
	if n := len(l.Holders) - 1; n > 0 {
		return "", cutName("", name, " +"+draw.Count(n)+mark, w)
	}
	return "", cutName("", name, mark, w)
}

// cutName keeps what stands around a name, and the name's end.
func cutName(before, name, after string, w int) string {
	return before + draw.TruncateLeft(name, max(1, w-draw.Width(before)-draw.Width(after))) + after
}

// style is the colour of a condition's word.
func (s *Screen) style(c waits.Condition) theme.Style {
	switch {
	case c.Bad():
		return s.theme.Error
	case c == waits.Contended:
		return s.theme.Warning
	case c == waits.Waited:
		return ""
	}
	return s.theme.Dim
}

// foldedRow stands for the locks that are folded away.
func (s *Screen) foldedRow(w int, selected bool) string {
	base, cursor := s.base(selected)
	var b strings.Builder
	base.And(s.theme.Accent).On(&b, cursor)
	text := "▸ " + draw.Plural(s.quiet, "wait that is", "waits that are") + " probably for work  (" + s.keys.Key(keys.Locks, keys.Fold) + " shows them)"
	base.And(s.theme.Dim).On(&b, draw.Pad(text, w-cursorWidth))
	return b.String()
}
