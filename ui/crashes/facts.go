package crashes

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/draw"
)

// A fact is one row of a card: its name, and what is known.
type fact struct{ name, value string }

// facts lists what is known of a bad end besides its headline, its last words
// and its output.
func facts(r *crash.Report, now time.Time) []fact {
	e := r.Exit
	list := []fact{{"how", how(r)}, {"when", when(r, now)}}
	if e.StartError == "" {
		list = append(list, fact{"process", process(r)})
	}
	if len(r.Argv) > 0 {
		list = append(list, fact{"command", command(r.Argv)})
	}
	if r.Task != "" {
		list = append(list, fact{"task", plain(r.Task)})
	}
	if r.Handled != nil && !saysSo(r.Notes, crash.Unfetched) {
		list = append(list, fact{"result", result(*r.Handled)})
	}
	for i := range r.Held {
		list = append(list, fact{"held", held(&r.Held[i])})
	}
	list = append(list, company(r)...)
	if e.StartError == "" && !e.Unknown && !r.Lives && e.UserTime+e.SystemTime > 0 {
		list = append(list, fact{"CPU time", "user " + seconds(e.UserTime) + ", system " + seconds(e.SystemTime)})
	}
	if e.PeakRSSBytes > 0 {
		text := draw.Bytes(e.PeakRSSBytes)
		if r.PeakRSSEvidence() != profiling.Exact {
			text += " at least, as last seen (" + string(r.PeakRSSEvidence()) + ")"
		}
		list = append(list, fact{"peak RSS", text})
	}
	if u := lastUsage(r); u != "" {
		list = append(list, fact{ofSlot("usage", r, r.Samples[max(0, len(r.Samples)-1):]), u})
	}
	if r.Core.How != "" {
		list = append(list, fact{"core", plain(r.Core.How)})
	}
	if e.Descendants > 0 {
		list = append(list, fact{"left over", draw.Plural(e.Descendants, "descendant") + " outlived it and " + isAre(e.Descendants) + " ended"})
	}
	if r.SameBefore > 0 {
		list = append(list, fact{"before", "failed in this way " + draw.Plural(r.SameBefore, "time") + " before in this pool"})
	}
	return list
}

// saysSo reports whether a note says something already.
func saysSo(notes []crash.Note, text string) bool {
	return slices.ContainsFunc(notes, func(n crash.Note) bool { return n.Text == text })
}

// process names the process by its pid and its run.
func process(r *crash.Report) string {
	pid := r.Who.PID
	if pid == 0 {
		pid = r.Run.PID
	}
	text := "pid " + strconv.Itoa(pid)
	if r.Who.PPID != 0 && !r.Who.Self(r.Run) {
		text += ", started by " + strconv.Itoa(r.Who.PPID)
	}
	return text + ", in run " + draw.Count(r.Run.N) + " of " + plain(r.Run.ID.String())
}

// result says whether anybody has seen an exception that a worker sent back.
func result(handled bool) string {
	if handled {
		return "the program asked for it and got the exception"
	}
	return "nobody has asked for this result: the exception is lost"
}

// maxNames is how many processes are named of many.
const maxNames = 6

// held says which lock a process had, and who waits for it now.
func held(h *crash.Held) string {
	text := plain(strings.TrimSpace(h.Kind + " " + h.Name))
	if h.Evidence != "" {
		text += " (" + string(h.Evidence) + ")"
	}
	switch {
	case h.Abandoned && h.Releasable:
		text += ", which only another process that shares it could let go of now"
	case h.Abandoned:
		text += ", which nobody can let go of now"
	}
	if n := len(h.Waiters); n > 0 {
		text += "; " + names(h.Waiters, n) + " " + waitOrWaits(n) + " for it"
	}
	return text
}

func waitOrWaits(n int) string {
	if n == 1 {
		return "waits"
	}
	return "wait"
}

// names lists some of n names.
func names(list []string, n int) string {
	shown := make([]string, 0, maxNames+1)
	for _, s := range list[:min(len(list), maxNames)] {
		shown = append(shown, plain(s))
	}
	if n > len(shown) {
		shown = append(shown, draw.Count(n-len(shown))+" more")
	}
	return strings.Join(shown, ", ")
}

// company says who failed in the same way, and which reports are of the same story.
func company(r *crash.Report) []fact {
	var list []fact
	if n := max(r.SiblingCount, len(r.Siblings)); n > 0 {
		list = append(list, fact{"siblings", others(n) + " failed in the same way at about the same time: " + names(r.Siblings, n)})
	}
	for _, l := range r.Links {
		list = append(list, fact{"story", story(l)})
	}
	return list
}

// others says how many siblings there are.
func others(n int) string {
	if n >= crash.MaxSiblingCount {
		return "at least " + draw.Plural(n, "other")
	}
	return draw.Plural(n, "other")
}

// story says what another report is to this one.
func story(l crash.Link) string {
	id := crash.IDOf(l.Seq)
	switch l.How {
	case crash.FetchedFrom:
		return id + " is where the exception came from: a worker's, brought here by its pool"
	case crash.FetchedBy:
		return id + " is its parent, which got this exception and ended by it"
	case crash.PassedOn:
		return id + " is the command that this shell ran and whose code it passed on"
	case crash.PassedTo:
		return id + " is the shell that ran this and ended with its code"
	}
	return id + " belongs to the same story"
}

// ofSlot says in a name where measurements are not of the process alone, but of its
// whole slot: those of a descendant's end, and those while there were descendants.
func ofSlot(name string, r *crash.Report, samples []procs.Sample) string {
	descends := r.Who.PID != 0 && !r.Who.Self(r.Run)
	if descends || slices.ContainsFunc(samples, func(s procs.Sample) bool { return s.Processes > 1 }) {
		return "slot " + name
	}
	return name
}

// lastUsage is what the last measurement said of its threads and descriptors.
func lastUsage(r *crash.Report) string {
	if len(r.Samples) == 0 {
		if r.Exit.StartError != "" || r.Lives {
			return ""
		}
		return "not measured: it ended too soon"
	}
	var parts []string
	u := r.Samples[len(r.Samples)-1].Sum
	if u.Threads > 0 {
		parts = append(parts, draw.Plural(u.Threads, "thread"))
	}
	if u.FDs > 0 {
		parts = append(parts, draw.Plural(u.FDs, "open descriptor"))
	}
	return strings.Join(parts, ", ")
}

// how says in words by what the run ended, and how sure that is.
func how(r *crash.Report) string {
	e := r.Exit
	var parts []string
	switch {
	case r.Lives:
		parts = append(parts, spared(r))
	case e.StartError != "":
		parts = append(parts, "it could not be started: "+plain(e.StartError))
	case e.Unknown:
		parts = append(parts, "it ended, and nothing told how")
	case e.Signal != 0:
		parts = append(parts, "signal "+strconv.Itoa(int(e.Signal))+", "+e.Signal.String())
		told := r.Cause == crash.CauseKilled || r.EndedBy != "" // below, who sent it; the words guess that, too
		if w := e.Signal.Words(); w != "" && !told {
			parts = append(parts, w)
		}
		if e.Core {
			parts = append(parts, "core dumped")
		} else {
			parts = append(parts, "no core dump")
		}
		switch {
		case r.EndedBy != "":
			parts = append(parts, "sent by "+plain(r.EndedBy))
		case r.Cause == crash.CauseKilled && r.Certainty == crash.Likely:
			parts = append(parts, "sent by somebody else, nobody knows who")
		case r.Cause == crash.CauseKilled:
			parts = append(parts, "sent by somebody else")
		}
	case r.EndedBy != "":
		parts = append(parts, "exit code "+strconv.Itoa(e.Code), "ended by "+plain(r.EndedBy))
	default:
		parts = append(parts, "exit code "+strconv.Itoa(e.Code), "it ended by itself")
	}
	return strings.Join(parts, "; ") + " (" + string(r.Certainty) + ")"
}

// spared says what it was that did not end its process.
func spared(r *crash.Report) string {
	what := "an " + causeWords(r.Cause)
	if r.Cause != crash.CauseException {
		what = "a " + causeWords(r.Cause)
	}
	switch scope := r.Spared(); {
	case scope == crash.EndsTask:
		return what + " that ended a task, not the process"
	case scope == crash.EndsThread:
		return what + " that ended a thread, not the process"
	case r.Cause == crash.CauseException, r.Cause == crash.CausePanic, r.Cause == crash.CauseTimeout:
		return what + " that did not end the process"
	}
	return "it did not end the process"
}

func when(r *crash.Report, now time.Time) string {
	s := r.At.Format("2006-01-02 15:04:05.000")
	if ago := now.Sub(r.At); ago >= time.Second {
		s += ", " + draw.Duration(ago) + " ago"
	}
	if r.Age > 0 {
		s += ", after it had run for " + draw.RanFor(r.Age)
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
	top    float64 // what fills a cell: at least so much; 0 is the largest value
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
		{ofSlot("CPU", r, r.Samples), cpu, max(10, peak(cpu)), draw.Percent(peak(cpu))}, // next to nothing must not look like much
		{ofSlot("RSS", r, r.Samples), rss, 0, draw.Bytes(int64(peak(rss)))},
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
	if r.Shared {
		note = "last " + draw.Plural(len(r.Tail), "line") + " of the whole slot: this mode of output does not tell who wrote them"
	}
	if r.TailWhy != "" {
		note = "last " + draw.Plural(len(r.Tail), "line") + " of the whole slot: " + r.TailWhy
	}
	switch {
	case len(r.Tail) == 0 && r.Exit.StartError != "":
		return "it never ran, so it printed nothing"
	case len(r.Tail) == 0:
		return "it printed nothing"
	case len(r.Tail) == 1 && !r.Shared:
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
