package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
)

const (
	// maxFailures is how many kinds of failures are told behind a screen.
	maxFailures = 5
	// maxFailureWords bounds the words on one of them, in cells.
	maxFailureWords = 500
)

// failures are the lines that tell what failed in a session whose screen has gone, a line for each
// kind, as of its newest crash; none if nothing did.
func failures(found session.Found, name string) (lines []string) {
	newest := map[int]*crash.Report{}
	for _, r := range found.Crashes {
		newest[r.Seq] = r
	}
	more := 0
	for i := range found.CrashRows {
		row := &found.CrashRows[i]
		var last *crash.Report
		for _, id := range slices.Backward(row.IDs) {
			if last = newest[id]; last != nil {
				break
			}
		}
		if last == nil || len(lines) == maxFailures {
			more += row.Count
			continue
		}
		lines = append(lines, failure(row, last))
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("and %s; muster crashes --all --session %s tells all", draw.Plural(more, "other crash", "other crashes"), name))
	}
	return lines
}

// failure is "p/0/ForkPoolWorker-1 (pid 4121): ValueError: bad width, 12 times".
func failure(row *crash.Row, r *crash.Report) string {
	who := r.Name
	if r.Who.PID != 0 {
		who += " (pid " + strconv.Itoa(r.Who.PID) + ")"
	}
	text := draw.Plain([]byte(strings.TrimSuffix(who+": "+r.Brief(), ".")), maxFailureWords)
	if row.Count > 1 {
		text += ", " + draw.Count(row.Count) + " times"
	}
	return text
}

// toldSince returns what has been told since some moment: who had to be killed, for one.
func toldSince(notices []procs.Notice, since time.Time) (lines []string) {
	for i := range notices {
		if n := &notices[i]; !n.Said().Before(since) {
			lines = append(lines, draw.Plain([]byte(n.Text), maxFailureWords))
		}
	}
	return lines
}

// tellEnd tells, where a screen has gone that showed it, what failed, what was told of the end
// and what ended everything, if it was nobody at the screen.
func (l *live) tellEnd() {
	lines := failures(l.session.Found(), l.flags.session)
	if since := l.session.StoppingSince(); !since.IsZero() {
		lines = append(lines, toldSince(l.session.Snapshot().Notices, since)...)
	}
	if l.guardLost.Load() {
		lines = append(lines, "the guard process was killed: everything was stopped")
	} else if sig := l.asked.Load(); sig != 0 {
		lines = append(lines, fmt.Sprintf("got %s, everything was stopped", procs.Signal(sig)))
	} else if said := l.session.SaidFailFast(); said != "" {
		lines = append(lines, draw.Plain([]byte(said), maxFailureWords))
	}
	for _, line := range lines {
		_, _ = fmt.Fprintf(l.app.stderr, "muster: %s\n", line) // whoever closed it does not want to know
	}
}
