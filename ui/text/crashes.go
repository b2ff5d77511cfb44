package text

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/crash"
	"example.com/muster/session"
)

// Crashes lists crashes, those of one kind on one line, the oldest first.
func Crashes(crashes []session.KeptCrash, rows []session.CrashRowJSON, coverage []profiling.Coverage) string {
	if len(rows) == 0 {
		return "nothing has ended badly\n" + gapsText(coverage)
	}
	known := map[string]*session.KeptCrash{}
	for i := range crashes {
		known[CrashName(&crashes[i])] = &crashes[i]
	}
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "ID\tWHEN\tPROCESS\tTIMES\tHOW")
	for _, row := range rows {
		if len(row.IDs) == 0 {
			continue
		}
		k := newestOf(&row, known)
		if k == nil {
			continue
		}
		last := time.Time(k.At)
		if counted := time.Time(row.Last); counted.After(last) { // which has no report
			last = counted
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\n", CrashName(k), last.Local().Format("Jan 2 15:04:05"),
			safe(k.Process, 60), row.Count, safe(brief(k), headlineWidth))
	}
	_ = t.Flush() // a strings.Builder takes everything
	b.WriteString(gapsText(coverage))
	return b.String()
}

// newestOf is the newest crash of a row by its time: some are told of later than others that
// came after them.
func newestOf(row *session.CrashRowJSON, known map[string]*session.KeptCrash) (newest *session.KeptCrash) {
	for _, id := range row.IDs {
		if k := known[id]; k != nil && (newest == nil || !time.Time(k.At).Before(time.Time(newest.At))) {
			newest = k
		}
	}
	return newest
}

// brief is what a row tells of a crash.
func brief(k *session.KeptCrash) string {
	task := ""
	if k.Task != nil {
		task = *k.Task
	}
	noted := func(rule string) bool {
		return slices.ContainsFunc(k.Notes, func(n session.NoteJSON) bool { return n.Rule != nil && *n.Rule == rule })
	}
	return crash.Brief(k.Headline, noted, task) + crash.Spared(k.Ended)
}

// CrashName is how a crash is asked for again.
func CrashName(k *session.KeptCrash) string {
	if k.Session == "" {
		return k.ID
	}
	return k.Session + "/" + k.ID
}
