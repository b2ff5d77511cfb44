package text

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/crash"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/source"
)

// Widths of what a program has said, in cells.
const (
	headlineWidth = 300
	valueWidth    = 1000
	lineWidth     = 4000
	factName      = 11
)

// Bounds of what is told of other threads: places, and frames of each.
const (
	maxOthers   = 8
	otherFrames = 4
)

// Crash is the card of one crash, with the lines around where it was raised if
// they are at hand. It says what the card on screen 5 does.
func Crash(k session.KeptCrash, src source.Lines) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n%s\n", CrashName(&k), safe(k.Process, 100), safe(k.Headline, headlineWidth))
	for _, n := range k.Notes {
		b.WriteString("• " + noteText(n) + "\n")
	}
	if k.Exception != nil {
		b.WriteString("\n" + toldBy(&k) + "\n")
		exceptionText(&b, k.Exception, "", src)
	}
	b.WriteString("\n")
	for _, f := range factsOf(&k) {
		fmt.Fprintf(&b, "%s%s\n", draw.Pad(f[0], factName), f[1])
	}
	othersText(&b, k.OtherThreads)
	b.WriteString("\n" + tailTitle(&k) + "\n")
	for i, line := range k.Tail {
		sign := "  "
		if i < len(k.TailStreams) && k.TailStreams[i] == procs.Stderr.String() {
			sign = "! "
		}
		b.WriteString(strings.TrimRight(sign+draw.Plain([]byte(line), lineWidth), " ") + "\n")
	}
	return b.String()
}

// toldBy says who has told of an exception, and who had it.
func toldBy(k *session.KeptCrash) string {
	text := "from its output: " + safe(k.Format, 100)
	if k.Format == string(crash.AgentReport) {
		text = "from muster's agent in the process"
	}
	if k.Thread != "" {
		text += ", in " + safe(k.Thread, 200)
	}
	if k.Cut {
		text += ", cut short"
	}
	return text
}

// noteText is a sentence with how it is known, where it is not certain.
func noteText(n session.NoteJSON) string {
	text := safe(n.Text, valueWidth)
	switch {
	case n.Rule != nil:
		return text + " (" + string(n.Evidence) + ": " + safe(*n.Rule, valueWidth) + ")"
	case n.Evidence != "" && n.Evidence != profiling.Exact:
		return text + " (" + string(n.Evidence) + ")"
	}
	return text
}

// factsOf are the rows of a card: a name and what is known.
func factsOf(k *session.KeptCrash) (facts [][2]string) {
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, [2]string{name, value})
		}
	}
	add("how", howText(k))
	add("when", whenText(k))
	add("process", processText(k))
	add("command", safe(Command(k.Argv), valueWidth))
	add("directory", safe(k.Cwd, valueWidth))
	if k.Task != nil {
		add("task", safe(*k.Task, valueWidth))
	}
	if k.Handled != nil && !slices.ContainsFunc(k.Notes, func(n session.NoteJSON) bool { return n.Text == crash.Unfetched }) {
		add("result", map[bool]string{true: "the program asked for it and got the exception", false: "nobody has asked for this result"}[*k.Handled])
	}
	for i := range k.Held {
		add("held", heldText(&k.Held[i]))
	}
	for _, l := range k.Links {
		add("story", linkText(l))
	}
	if len(k.Siblings) > 0 {
		add("also", siblingsText(k))
	}
	if k.UserSeconds != nil && k.SystemSeconds != nil {
		add("CPU time", fmt.Sprintf("user %.2f s, system %.2f s", *k.UserSeconds, *k.SystemSeconds))
	}
	if k.PeakRSSBytes != nil {
		text := draw.Bytes(*k.PeakRSSBytes)
		if e := k.PeakRSSEvidence; e != nil && *e != profiling.Exact {
			text += " at least, as last seen (" + string(*e) + ")"
		}
		add("peak RSS", text)
	}
	if k.Usage != nil {
		name := "usage"
		if strings.Count(k.Process, "/") > 1 || k.Usage.Processes > 1 { // of more than the process
			name = "slot usage"
		}
		add(name, usageText(k.Usage))
	}
	if k.LeftOver > 0 {
		add("left over", profiling.Count(k.LeftOver, "descendant", "descendants")+" outlived it and "+map[bool]string{true: "was", false: "were"}[k.LeftOver == 1]+" ended")
	}
	if k.SameBefore > 0 {
		add("before", fmt.Sprintf("%s of this kind before in this pool", profiling.Count(k.SameBefore, "crash", "crashes")))
	}
	if k.Core != nil {
		add("core", safe(strings.TrimSpace(k.Core.Path+" "+k.Core.How), valueWidth))
	}
	return facts
}

// usageText is the last measurement before the end.
func usageText(u *session.SampleJSON) string {
	var parts []string
	if u.CPUPercent != nil {
		parts = append(parts, "CPU "+draw.Percent(*u.CPUPercent))
	}
	if u.RSSBytes != nil {
		parts = append(parts, "RSS "+draw.Bytes(*u.RSSBytes))
	}
	if u.Threads != nil {
		parts = append(parts, profiling.Count(*u.Threads, "thread", "threads"))
	}
	if u.FDs != nil {
		parts = append(parts, profiling.Count(*u.FDs, "open descriptor", "open descriptors"))
	}
	return strings.Join(parts, ", ")
}

// othersText writes where the other threads were.
func othersText(b *strings.Builder, others []session.OtherThreadsJSON) {
	if len(others) == 0 {
		return
	}
	b.WriteString("\nother threads\n")
	for i := range others {
		if i == maxOthers {
			fmt.Fprintf(b, "... and %s more\n", profiling.Count(len(others)-i, "place", "places"))
			return
		}
		o := &others[i]
		head := safe(o.Thread, 200)
		if o.Count > 1 {
			head = fmt.Sprintf("%d threads, such as %s", o.Count, head)
		}
		b.WriteString(head + "\n")
		for j := range o.Frames[:min(len(o.Frames), otherFrames)] {
			b.WriteString("  " + frameText(&o.Frames[j]) + "\n")
		}
	}
}

// howText says by what it ended, and how sure that is.
func howText(k *session.KeptCrash) string {
	how := string(k.Cause)
	switch e := k.Exit; {
	case e == nil:
		how += "; it did not end the process"
	case e.Error != "":
		how += "; it could not be started"
	case e.Signal != nil:
		how += "; " + *e.Signal
		if e.Core {
			how += ", core dumped"
		}
		if k.Cause == crash.CauseKilled && k.Certainty == crash.Likely {
			how += "; nobody knows who sent it"
		}
	case e.Code != nil:
		how += fmt.Sprintf("; exit code %d", *e.Code)
	default:
		how += "; nothing told how it ended"
	}
	return how + " (" + string(k.Certainty) + ")"
}

func whenText(k *session.KeptCrash) string {
	text := time.Time(k.At).Local().Format("2006-01-02 15:04:05.000")
	if k.StartedAt != nil {
		if age := time.Time(k.At).Sub(time.Time(*k.StartedAt)); age >= 0 {
			text += ", after it had run for " + draw.RanFor(age)
		}
	}
	return text
}

func processText(k *session.KeptCrash) string {
	if k.PID == nil {
		return ""
	}
	text := fmt.Sprintf("pid %d", *k.PID)
	if k.PPID != nil {
		text += fmt.Sprintf(", parent %d", *k.PPID)
	}
	return text + fmt.Sprintf(", run %d", k.Run)
}

func heldText(h *session.HeldJSON) string {
	name := safe(h.Name, 200)
	if name == "" {
		name = h.ID
	}
	text := h.Kind + " " + name
	if len(h.Waiters) > 0 {
		text += "; " + safe(strings.Join(h.Waiters[:min(len(h.Waiters), 8)], ", "), valueWidth)
		text += map[bool]string{true: " waits for it", false: " wait for it"}[len(h.Waiters) == 1]
	}
	switch {
	case h.Abandoned && h.Releasable:
		text += "; only another process that shares it could let go of it now"
	case h.Abandoned:
		text += "; nobody can let go of it now"
	}
	if h.Evidence != "" && h.Evidence != profiling.Exact {
		text += " (" + string(h.Evidence) + ")"
	}
	return text
}

func linkText(l session.CrashLinkJSON) string {
	switch l.How {
	case crash.FetchedFrom:
		return l.ID + " is what this was fetched from"
	case crash.FetchedBy:
		return "its parent fetched this, and ended by it: " + l.ID
	case crash.PassedOn:
		return "a shell; what it ran ended so: " + l.ID
	}
	return "the shell that ran it ended with its code: " + l.ID
}

func siblingsText(k *session.KeptCrash) string {
	text := safe(strings.Join(k.Siblings, ", "), valueWidth)
	if more := k.SiblingCount - len(k.Siblings); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + " failed in the same way at about that time"
}

// exceptionText writes an exception: the user's own frames, innermost first,
// with those of libraries between them counted.
func exceptionText(b *strings.Builder, e *session.ExceptionJSON, lead string, src source.Lines) {
	head := safe(e.Type, 200)
	if e.Message != "" {
		head += ": " + safe(e.Message, valueWidth)
	}
	b.WriteString(lead + head + "\n")
	folded := 0
	fold := func() {
		if folded > 0 {
			b.WriteString("    ... " + profiling.Count(folded, "frame", "frames") + " of libraries\n")
			folded = 0
		}
	}
	own := false
	for _, f := range e.Frames {
		own = own || !f.Library
	}
	for _, f := range e.Frames {
		if f.Library && own {
			folded += 1 + f.Repeated
			continue
		}
		fold()
		b.WriteString("  " + frameText(&f) + "\n")
		switch {
		case len(src.Text) > 0: // of the first that is shown
			sourceText(b, src)
			src = source.Lines{}
		case f.Source != "":
			b.WriteString("      " + safe(f.Source, 200) + "\n")
		}
		if f.Repeated > 0 {
			b.WriteString("    ... " + profiling.Count(f.Repeated, "more time", "more times") + "\n")
		}
	}
	fold()
	for i := range e.Group {
		exceptionText(b, &e.Group[i], "one of them: ", source.Lines{})
	}
	for i := range e.Chain {
		exceptionText(b, &e.Chain[i], chainLead(e.Chain[i].How), source.Lines{})
	}
}

// sourceText writes lines of a source file, with a sign at the one in question.
func sourceText(b *strings.Builder, src source.Lines) {
	for i, text := range src.Text {
		sign := " "
		if src.First+i == src.Line {
			sign = ">"
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("    %s %4d  %s", sign, src.First+i, draw.Plain([]byte(text), 200)), " ") + "\n")
	}
}

func chainLead(how string) string {
	switch how {
	case "cause":
		return "caused by "
	case "context":
		return "while handling "
	case "fetched":
		return "which the parent got as "
	}
	return "after "
}

func frameText(f *session.FrameJSON) string {
	text := safe(f.File, 400)
	if f.Line > 0 {
		text += fmt.Sprintf(":%d", f.Line)
	}
	if f.Function != "" {
		text = strings.TrimSpace(text + " in " + safe(f.Function, 200))
	}
	return text
}

// tailTitle says what the last lines are.
func tailTitle(k *session.KeptCrash) string {
	switch {
	case len(k.Tail) == 0 && k.TailShared:
		return "its slot printed nothing"
	case len(k.Tail) == 0:
		return "it printed nothing"
	case k.TailWhy != "":
		return "last " + profiling.Count(len(k.Tail), "line", "lines") + " of its slot: " + safe(k.TailWhy, 200)
	case k.TailShared:
		return "last " + profiling.Count(len(k.Tail), "line", "lines") + " of its slot: this output does not tell who wrote which"
	}
	return "last " + profiling.Count(len(k.Tail), "line", "lines") + " of its output"
}
