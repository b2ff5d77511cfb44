package locks

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
)

// The columns of figures of contendedLines, and where there is room for all.
const (
	rateWidth    = 9
	eachWidth    = 9
	waitingWidth = 9
	allFigures   = 70
)

// leastShare is what makes a line worth a row: a hundredth of a goroutine's time.
const leastShare = 0.01

// contendedLines is what Go programs say themselves of the source lines at
// which they contend, in at most n rows: below the table, as no holder is known.
// Lines that wait for anything but a lock are no contention and not shown. The
// figures are per second and on average, so that they stand still as long as the
// program does the same.
func (s *Screen) contendedLines(n int) []string {
	var list []*graph.Line
	over := time.Duration(0)
	for i := range s.board.View.Lines {
		if l := &s.board.View.Lines[i]; l.Contended && l.Share() >= leastShare {
			list = append(list, l)
			over = max(over, l.Over)
		}
	}
	if len(list) == 0 || n < 2 {
		return nil
	}
	slices.SortStableFunc(list, calmly)
	title := "WHERE GO CONTENDS"
	if s.w >= allFigures {
		title += " (" + lately(over) + ")"
	}
	rows := []string{s.figures(" "+title, "WAITS/S", "EACH", "WAITING", func(t string) string { return s.theme.Title.Paint(t) })}
	shown := min(len(list), n-1)
	if len(list) > shown && shown > 1 {
		shown--
	}
	for _, l := range list[:shown] {
		rows = append(rows, s.contendedLine(l))
	}
	if more := len(list) - shown; more > 0 && len(rows) < n {
		rows = append(rows, " "+s.theme.Dim.Paint(draw.Truncate("  "+draw.Plural(more, "more line", "more lines")+": muster locks --all", max(1, s.w-1))))
	}
	return rows
}

// calmly puts what costs most first, but leaves the order alone where the cost
// differs by less than about a factor of two: two profiles tell of the same waits.
func calmly(a, b *graph.Line) int {
	rank := func(l *graph.Line) float64 { return math.Round(math.Log2(max(l.Share(), 1e-9))) }
	return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.PID, b.PID),
		cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.For, b.For))
}

// lately says how far back the figures reach, in words that change seldom:
// after the first seconds it is half a window to a whole one.
func lately(over time.Duration) string {
	switch {
	case over < 15*time.Second:
		return "last " + strconv.Itoa(max(1, int(over.Round(time.Second)/time.Second))) + " s"
	case over < 45*time.Second:
		return "about the last half minute"
	}
	return "about the last minute"
}

func (s *Screen) contendedLine(l *graph.Line) string {
	where := filepath.Base(l.File) + ":" + strconv.Itoa(l.Line)
	if s.w >= allFigures {
		does := "waits for a "
		if l.Profile == graph.MutexProfile {
			does = "lets go of a "
		}
		where += "  " + l.Function + " " + does + l.For + ", in " + s.board.People.Name(l.PIDRef)
	}
	rate := 0.0
	if l.Over > 0 {
		rate = float64(l.Waits) / l.Over.Seconds()
	}
	return s.figures("   "+draw.Plain([]byte(where), 400), few(rate), draw.Duration(l.Mean()), few(l.Share()), func(t string) string { return t })
}

// few is a figure in two digits, or whole.
func few(x float64) string {
	switch {
	case x < 0.095:
		return fmt.Sprintf("%.2f", x)
	case x < 9.95:
		return fmt.Sprintf("%.1f", x)
	}
	return draw.Count(int64(math.Round(x)))
}

// figures lays out a row of the section. Where it is narrow the rate is left
// out, which the other two tell.
func (s *Screen) figures(text, rate, each, waiting string, paint func(string) string) string {
	tail := draw.PadLeft(each, eachWidth) + draw.PadLeft(waiting, waitingWidth)
	if s.w >= allFigures {
		tail = draw.PadLeft(rate, rateWidth) + tail
	}
	room := max(1, s.w-draw.Width(tail)-1)
	return paint(draw.Pad(draw.Truncate(text, room), room) + tail)
}

// The sources are named as profiling/locks names them: they are the sources of evidence that a Go program has to permit itself.
const (
	goroutineSource  = "go"
	contentionSource = "go contention"
)

// matters reports whether a source that could not be read is worth a warning.
// A Go program that does not tell of its goroutines is like all others as long
// as it only idles; it matters when a wait is seen that nothing else explains,
// since the cause may then be in it. Lines of contention are missed only where
// goroutines are seen to contend.
func (s *Screen) matters(c profiling.Coverage) bool {
	if c.Note == profiling.NoProcess {
		return false
	}
	switch c.Source {
	case goroutineSource:
		return slices.ContainsFunc(s.board.View.Locks, unexplained)
	case contentionSource:
		return slices.ContainsFunc(s.board.View.Locks, func(l graph.Lock) bool {
			return l.Kind == graph.Go && l.Contended && len(l.Waiters) > 0
		})
	}
	return true
}

// mute says why nothing is known of the goroutines of some program, "" if all are.
func (s *Screen) mute() string {
	for _, c := range s.board.View.Coverage {
		if c.Source == goroutineSource && !c.OK && c.Note != profiling.NoProcess {
			return draw.Plain([]byte(c.Source+": "+c.Note), 0)
		}
	}
	return ""
}

// unexplained reports whether somebody waits, and not for work, while nobody is
// known to have what it waits for, or whoever has it seems to have nothing to do.
// So looks a Go program whose goroutines wait for each other.
func unexplained(l graph.Lock) bool {
	if l.Kind == graph.Go || l.Idle || l.Abandoned || l.Guess || len(l.Waiters) == 0 {
		return false
	}
	if len(l.Chain) == 0 {
		return len(l.Holders) == 0
	}
	end := &l.Chain[len(l.Chain)-1]
	return end.WaitsFor == "" && (end.Doing == graph.Idle || end.Doing == graph.Unknown)
}
