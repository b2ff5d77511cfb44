package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
)

// maxContended is how many lines are told without --all; the rest is counted.
const maxContended = 20

// linesText is a table of the source lines at which goroutines contend, by the
// profiles of Go programs. Lines that wait for anything but a lock are no
// contention, and stand below in words that say so.
func linesText(list []session.ContentionJSON, all bool) string {
	var contended, other []session.ContentionJSON
	for _, l := range list {
		if l.Contended {
			contended = append(contended, l)
		} else {
			other = append(other, l)
		}
	}
	byTotal := func(a, b session.ContentionJSON) int { return cmp.Compare(b.TotalWaitSeconds, a.TotalWaitSeconds) }
	slices.SortStableFunc(contended, byTotal)
	slices.SortStableFunc(other, byTotal)
	var b strings.Builder
	if len(contended) > 0 {
		b.WriteString("\ncontention by source line, from Go's own profiles:\n")
		lineTable(&b, contended, all)
	}
	switch {
	case len(other) > 0 && all:
		b.WriteString("\nwaits that are no contention, for what other goroutines do; it may be work:\n")
		lineTable(&b, other, all)
	case len(other) > 0:
		fmt.Fprintf(&b, "%s for a channel, select, condition or wait group, which is no contention (--all shows them)\n",
			draw.Plural(len(other), "line of Go waits", "lines of Go wait"))
	}
	return b.String()
}

func lineTable(b *strings.Builder, list []session.ContentionJSON, all bool) {
	more := 0
	if !all && len(list) > maxContended {
		list, more = list[:maxContended], len(list)-maxContended
	}
	t := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "LINE\tFUNCTION\tOF\tPROFILE\tWAITS\tTOTAL\tMEAN\tSHARE\tIN THE LAST\tPROCESS")
	for i := range list {
		l := &list[i]
		_, _ = fmt.Fprintf(t, "%s:%d\t%s\t%s\t%s\t%d\t%s\t%s\t%.0f%%\t%s\t%s\n", plainly(l.File), l.Line, plainly(l.Function), cmp.Or(plainly(l.WaitsFor), "-"), whatItDid(l.Profile), l.Waits,
			lasting(l.TotalWaitSeconds), lasting(l.MeanWaitSeconds), 100*l.Share, lasting(l.OverSeconds), whoText(l.Process, l.PID))
	}
	_ = t.Flush() // a strings.Builder takes everything
	if more > 0 {
		fmt.Fprintf(b, "%d more with less (--all shows them)\n", more)
	}
}

// whatItDid tells a profile, and what its lines do: a mutex profile names the
// line that let go of the lock, a block profile the one that waited for it.
func whatItDid(p graph.Profile) string {
	if p == graph.MutexProfile {
		return "mutex: unlocks"
	}
	return "block: waits"
}
