package crashes

import (
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
)

// A fact is one row of a card: its name, and what is known.
type fact struct{ name, value string }

// facts lists what is known of a bad end besides its headline and its output.
func facts(r *crash.Report, now time.Time) []fact {
	e := r.Exit
	list := []fact{
		{"how", how(r)},
		{"when", when(r, now)},
	}
	if e.StartError == "" {
		list = append(list, fact{"process", "pid " + strconv.Itoa(r.Who.PID) + ", run " + draw.Count(r.Run.N) + " of " + plain(r.Run.ID.String())})
	}
	list = append(list, fact{"command", command(r.Argv)})
	if e.StartError == "" && !e.Unknown && !r.Lives {
		list = append(list, fact{"CPU time", "user " + seconds(e.UserTime) + ", system " + seconds(e.SystemTime)})
	}
	if e.PeakRSSBytes > 0 {
		list = append(list, fact{"peak RSS", draw.Bytes(e.PeakRSSBytes)})
	}
	if e.Descendants > 0 {
		list = append(list, fact{"left over", draw.Plural(e.Descendants, "descendant") + " outlived it and " + isAre(e.Descendants) + " ended"})
	}
	if r.SameBefore > 0 {
		list = append(list, fact{"before", "ended in this way " + draw.Plural(r.SameBefore, "time") + " before in this pool"})
	}
	return list
}

// how says in words by what the run ended, and how sure that is.
func how(r *crash.Report) string {
	e := r.Exit
	var parts []string
	switch {
	case r.Lives:
		parts = append(parts, "the process goes on")
	case e.StartError != "":
		parts = append(parts, "it could not be started: "+plain(e.StartError))
	case e.Unknown:
		parts = append(parts, "it ended, and nothing told how")
	case e.Signal != 0:
		parts = append(parts, "signal "+strconv.Itoa(int(e.Signal))+", "+e.Signal.String())
		if w := e.Signal.Words(); w != "" {
			parts = append(parts, w)
		}
		if e.Core {
			parts = append(parts, "core dumped")
		} else {
			parts = append(parts, "no core dump")
		}
		if r.Cause == crash.CauseKilled {
			parts = append(parts, "sent by somebody else")
		}
	default:
		parts = append(parts, "exit code "+strconv.Itoa(e.Code), "it ended by itself")
	}
	return strings.Join(parts, "; ") + " (" + string(r.Certainty) + ")"
}

func when(r *crash.Report, now time.Time) string {
	s := r.At.Format("2006-01-02 15:04:05.000")
	if ago := now.Sub(r.At); ago >= time.Second {
		s += ", " + draw.Duration(ago) + " ago"
	}
	if r.Age > 0 {
		s += ", after it had run for " + draw.Duration(r.Age)
	}
	return s
}

// command writes argv so that a shell reads it as it was.
func command(argv []string) string {
	quoted := make([]string, len(argv))
	for i, a := range argv {
		quoted[i] = plain(a)
		if a == "" || strings.ContainsAny(a, " \t\n'\"\\$`*?[]{}()<>|&;#~!") {
			quoted[i] = "'" + strings.ReplaceAll(draw.Plain([]byte(a), 1000), "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// seconds writes a CPU time.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s" }

func isAre(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// A curve is one measure of a run over its last samples.
type curve struct {
	name   string
	values []float64
	max    string
}

// curves returns CPU and memory of the run and its descendants before its end.
func curves(r *crash.Report) []curve {
	var cpu, rss []float64
	for _, s := range r.Samples {
		cpu = append(cpu, s.Sum.CPUPercent)
		rss = append(rss, float64(s.Sum.RSSBytes))
	}
	return []curve{
		{"CPU", cpu, draw.Percent(peak(cpu))},
		{"memory", rss, draw.Bytes(int64(peak(rss)))},
	}
}

// peak is the largest value, or procs.Unknown if there is none.
func peak(values []float64) float64 {
	m := float64(procs.Unknown)
	for _, v := range values {
		m = max(m, v)
	}
	return m
}

// tailNote says what the last lines are, or why there are none.
func tailNote(r *crash.Report) string {
	note := "last " + draw.Plural(len(r.Tail), "line") + " of its output"
	switch {
	case len(r.Tail) == 0 && r.Exit.StartError != "":
		return "it never ran, so it printed nothing"
	case len(r.Tail) == 0:
		return "it printed nothing"
	case len(r.Tail) == 1:
		note = "all that it printed"
		if r.Exit.LastLineAfter-r.Exit.FirstLine > 1 {
			note = "the last line of its output"
		}
	}
	if r.Exit.TailCut {
		note += " (a descendant kept the output open; more may have come)"
	}
	return note
}
