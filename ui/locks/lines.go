package locks

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
)

// contendedLines is what Go programs say themselves of the source lines at which they
// contend, in at most n rows: below the table, as no holder is known. Lines that
// wait for anything but a lock are no contention; they are only counted.
func (s *Screen) contendedLines(n int) []string {
	var list []*graph.Line
	other := 0
	for i := range s.board.View.Lines {
		if l := &s.board.View.Lines[i]; l.Contended {
			list = append(list, l)
		} else {
			other++
		}
	}
	if len(list) == 0 || n < 2 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b *graph.Line) int { return cmp.Compare(b.Total, a.Total) })
	title := "contention by source line, as Go counts it"
	if more := len(list) - (n - 1); more > 0 {
		title += ", " + draw.Count(more) + " more in muster locks"
	}
	if other > 0 {
		title += "; " + draw.Plural(other, "other line waits", "other lines wait") + " for no lock"
	}
	rows := []string{" " + s.theme.Title.Paint(draw.Truncate(title, max(1, s.w-1)))}
	for _, l := range list[:min(len(list), n-1)] {
		rows = append(rows, s.contendedLine(l))
	}
	return rows
}

func (s *Screen) contendedLine(l *graph.Line) string {
	what := " waits for a "
	if l.Profile == graph.MutexProfile {
		what = " lets go of a "
	}
	figures := " " + draw.Count(l.Waits) + "x " + draw.Duration(l.Total)
	if s.w >= 70 {
		figures = "  " + draw.Plural(l.Waits, "wait") + ", " + draw.Duration(l.Total) + " in " + draw.Duration(l.Over) + ", " +
			draw.Duration(l.Mean()) + " each, " + draw.Percent(100*l.Share())
	}
	where := filepath.Base(l.File) + ":" + strconv.Itoa(l.Line)
	if s.w >= 70 {
		where += " " + l.Function + what + l.For + ", " + s.board.People.Name(l.PIDRef)
	}
	room := max(1, s.w-2-draw.Width(figures))
	return "  " + draw.Pad(draw.Truncate(draw.Plain([]byte(where), 200), room), room) + s.theme.Dim.Paint(figures)
}
