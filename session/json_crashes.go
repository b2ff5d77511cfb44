package session

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/crash"
)

// Crashes in the form of the JSON contract.

type (
	// CrashesJSON is what `muster crashes --json` prints.
	CrashesJSON struct {
		Crashes []CrashJSON `json:"crashes"`
		// Rows count the crashes by kind. Of those of one kind the first and
		// the last few are kept in Crashes.
		Rows     []CrashRowJSON       `json:"rows"`
		Coverage []profiling.Coverage `json:"coverage"`
	}
	// CrashRowJSON is one kind of crash in one pool.
	CrashRowJSON struct {
		Pool  string   `json:"pool"`
		Group string   `json:"group"`
		Count int      `json:"count"`
		First Time     `json:"first"`
		Last  Time     `json:"last"`
		IDs   []string `json:"ids"`
	}
	// CrashJSON is one crash.Report.
	CrashJSON struct {
		ID        string          `json:"id"`
		Process   string          `json:"process"`
		PID       *int            `json:"pid"`
		PPID      *int            `json:"ppid"`
		Run       int             `json:"run"`
		Argv      []string        `json:"argv"`
		Cwd       string          `json:"cwd"`
		At        Time            `json:"at"`
		StartedAt *Time           `json:"started_at"`
		Cause     crash.Cause     `json:"cause"`
		Certainty crash.Certainty `json:"certainty"`
		// Exit is null where the process goes on, and Ended is then what the exception
		// did end: "task", "thread", "nothing".
		Exit      *ExitJSON      `json:"exit"`
		Ended     crash.Scope    `json:"ended,omitempty"`
		Headline  string         `json:"headline"`
		Exception *ExceptionJSON `json:"exception"`
		// Format names what told of the exception, Thread who had it.
		Format string `json:"format,omitempty"`
		Thread string `json:"thread,omitempty"`
		// Cut: what told of it stops before its end, or is mixed with other lines.
		Cut   bool       `json:"cut,omitempty"`
		Notes []NoteJSON `json:"notes"`
		Tail  []string   `json:"tail"`
		// TailStreams are where the lines of Tail came from, TailShared says
		// that they are of the whole slot: for the reason that TailWhy gives, or
		// since its output does not tell whose.
		TailStreams []string   `json:"tail_streams"`
		TailShared  bool       `json:"tail_shared"`
		TailWhy     string     `json:"tail_why,omitempty"`
		HeldLocks   []string   `json:"held_locks"`
		Held        []HeldJSON `json:"held"`
		Task        *string    `json:"task"`
		Group       string     `json:"group"`
		SameBefore  int        `json:"same_before"`
		// Siblings failed in the same way at about the same time: some of them by name,
		// and how many there are, each counted once, up to crash.MaxSiblingCount.
		Siblings     []string        `json:"siblings"`
		SiblingCount int             `json:"sibling_count"`
		Links        []CrashLinkJSON `json:"links"`
		// PeakRSSBytes is exact of a slot's own process that the kernel tells it of at
		// the end, and else sampled: the kernel's mark as of the last look.
		PeakRSSBytes    *int64              `json:"peak_rss_bytes"`
		PeakRSSEvidence *profiling.Evidence `json:"peak_rss_evidence"`
		Handled         *bool               `json:"handled"`
		// UserSeconds and SystemSeconds are the CPU time of a slot's own process; null if not known.
		UserSeconds   *float64 `json:"user_seconds"`
		SystemSeconds *float64 `json:"system_seconds"`
		// Usage is the last measurement of its slot before the end; null if there was none.
		Usage *SampleJSON `json:"usage"`
		// OtherThreads are where the other threads were, as its last words say.
		OtherThreads []OtherThreadsJSON `json:"other_threads"`
		// LeftOver is how many descendants outlived it, and were ended.
		LeftOver int       `json:"left_over"`
		Core     *CoreJSON `json:"core"`
	}
	// ExceptionJSON is what a program said of its own failure.
	ExceptionJSON struct {
		Type    string      `json:"type"`
		Message string      `json:"message"`
		Frames  []FrameJSON `json:"frames"` // innermost first
		// Chain is what it followed from, Group what an ExceptionGroup holds.
		Chain []ExceptionJSON `json:"chain"`
		Group []ExceptionJSON `json:"group"`
		// How an exception of a chain led to the next: cause, context, fetched.
		How string `json:"how,omitempty"`
	}
	// FrameJSON is one call.
	FrameJSON struct {
		File     string `json:"file"`
		Line     int    `json:"line"`
		Function string `json:"function"`
		Source   string `json:"source,omitempty"`
		Library  bool   `json:"library"`
		Repeated int    `json:"repeated,omitempty"`
	}
	// OtherThreadsJSON is one or several threads that were at the same place.
	OtherThreadsJSON struct {
		Thread string      `json:"thread"` // of the first of them
		Count  int         `json:"count"`
		Frames []FrameJSON `json:"frames"` // innermost first
	}
	// NoteJSON is a sentence that follows, with how it is known.
	NoteJSON struct {
		Text     string             `json:"text"`
		Evidence profiling.Evidence `json:"evidence"`
		Rule     *string            `json:"rule"`
	}
	// HeldJSON is a lock that it had, and who waits for it now.
	HeldJSON struct {
		ID      string   `json:"id"`
		Kind    string   `json:"kind"`
		Name    string   `json:"name"`
		Waiters []string `json:"waiters"`
		// Abandoned: it was found taken after the end. Releasable: another process
		// that has it as well could still let go of it.
		Abandoned  bool               `json:"abandoned"`
		Releasable bool               `json:"releasable,omitempty"`
		Evidence   profiling.Evidence `json:"evidence"`
	}
	// CrashLinkJSON leads to another crash of the same story.
	CrashLinkJSON struct {
		ID  string         `json:"id"`
		How crash.LinkKind `json:"how"`
	}
	// CoreJSON is what became of its core dump.
	CoreJSON struct {
		Path string `json:"path"`
		How  string `json:"how"`
	}
)

// CrashesJSON returns the crashes as the contract has them.
func (s *Session) CrashesJSON() CrashesJSON {
	reports, rows := s.crashes.both()
	return crashesOf(reports, rows, append(s.coverage(), s.crashCoverage(reports)...))
}

func crashesOf(reports []*crash.Report, rows []crash.Row, coverage []profiling.Coverage) CrashesJSON {
	j := CrashesJSON{Crashes: []CrashJSON{}, Rows: []CrashRowJSON{}, Coverage: coverage}
	for _, r := range reports {
		j.Crashes = append(j.Crashes, crashJSON(r))
	}
	for i := range rows {
		j.Rows = append(j.Rows, crashRowJSON(&rows[i]))
	}
	return j
}

// crashCoverage says whether all ends are known, what of the output was looked
// through for last words, and whose peak of memory is not known.
func (s *Session) crashCoverage(reports []*crash.Report) []profiling.Coverage {
	exits := s.coverageOfTree().exits
	words := profiling.Coverage{Source: "words", OK: true}
	if n := s.scanner.passed.Load(); n > 0 {
		words.Note = fmt.Sprintf("in floods of output %d lines were not looked through for words of processes that go on", n)
	}
	peaks, unknown := profiling.Coverage{Source: "peak_rss", OK: true}, 0
	for _, r := range reports {
		if !r.Lives && r.Exit.StartError == "" && r.Exit.PeakRSSBytes == 0 {
			unknown++
		}
	}
	if unknown > 0 {
		peaks.Note = count(unknown, "process", "processes") + " ended before anybody looked at the memory: the kernel tells it afterwards of a slot's own process only, and if that had more than the guard that starts it"
	}
	return []profiling.Coverage{{Source: "exits", OK: exits == "", Note: exits}, words, peaks}
}

func crashRowJSON(row *crash.Row) CrashRowJSON {
	j := CrashRowJSON{Pool: row.Pool, Group: valid(row.Group), Count: row.Count, First: Time(row.First), Last: Time(row.Last), IDs: []string{}}
	for _, seq := range row.IDs {
		j.IDs = append(j.IDs, crash.IDOf(seq))
	}
	return j
}

func crashJSON(r *crash.Report) CrashJSON {
	j := CrashJSON{
		ID: r.ID(), Process: valid(r.Name), Run: r.Run.N, Argv: validAll(r.Argv), Cwd: valid(r.Cwd), At: Time(r.At), Cause: r.Cause,
		Certainty: r.Certainty, Headline: valid(r.Headline), Notes: []NoteJSON{}, Tail: []string{}, TailStreams: []string{}, TailShared: r.Shared, TailWhy: r.TailWhy,
		HeldLocks: []string{}, Held: []HeldJSON{}, Group: valid(r.Group), SameBefore: r.SameBefore,
		Siblings: validAll(r.Siblings), SiblingCount: r.SiblingCount, Links: []CrashLinkJSON{}, Handled: r.Handled,
		OtherThreads: []OtherThreadsJSON{}, LeftOver: r.Exit.Descendants,
	}
	if r.Name == "" {
		j.Process = r.Run.ID.String()
	}
	if !r.Lives {
		j.Exit = exitJSON(&r.Exit)
	}
	if s := r.Spared(); s != crash.EndsProcess {
		j.Ended = s
	}
	j.whose(r)
	j.said(r)
	j.had(r)
	for _, line := range r.Tail {
		text, _ := Text(lastState(line.Text))
		j.Tail, j.TailStreams = append(j.Tail, text), append(j.TailStreams, line.Stream.String())
	}
	for _, n := range r.Notes {
		note := NoteJSON{Text: valid(n.Text), Evidence: n.Evidence}
		if n.Rule != "" {
			note.Rule = &n.Rule
		}
		j.Notes = append(j.Notes, note)
	}
	for _, k := range r.Links {
		j.Links = append(j.Links, CrashLinkJSON{crash.IDOf(k.Seq), k.How})
	}
	return j
}

// whose fills in which process it was.
func (j *CrashJSON) whose(r *crash.Report) {
	pid, ppid := r.Who.PID, r.Who.PPID
	if pid == 0 {
		pid = r.Run.PID
	}
	if pid != 0 {
		j.PID = &pid
	}
	if ppid != 0 {
		j.PPID = &ppid
	}
	started := r.Who.Started
	if started.IsZero() {
		started = r.Exit.RunStartedAt
	}
	if !started.IsZero() {
		at := Time(started)
		j.StartedAt = &at
	}
}

// said fills in what it said of its failure.
func (j *CrashJSON) said(r *crash.Report) {
	if e := r.Exception(); e != nil {
		x := exceptionJSON(e, 0)
		j.Exception, j.Format, j.Thread = &x, string(r.Words.Format), valid(r.Words.Thread)
		j.Cut = r.Words.Cut
		for _, o := range r.Words.Others {
			j.OtherThreads = append(j.OtherThreads, OtherThreadsJSON{valid(o.Thread), max(1, o.Count), framesJSON(o.Frames)})
		}
	}
	if r.Task != "" {
		task := valid(r.Task)
		j.Task = &task
	}
}

// had fills in what it had when it ended.
func (j *CrashJSON) had(r *crash.Report) {
	if r.Exit.PeakRSSBytes > 0 {
		evidence := r.PeakRSSEvidence()
		j.PeakRSSBytes, j.PeakRSSEvidence = &r.Exit.PeakRSSBytes, &evidence
	}
	if e := &r.Exit; !r.Lives && e.UserTime+e.SystemTime > 0 {
		user, system := e.UserTime.Seconds(), e.SystemTime.Seconds()
		j.UserSeconds, j.SystemSeconds = &user, &system
	}
	if n := len(r.Samples); n > 0 {
		j.Usage = &samplesJSON(r.Samples[n-1:])[0]
	}
	for _, h := range r.Held {
		j.HeldLocks = append(j.HeldLocks, h.ID)
		j.Held = append(j.Held, HeldJSON{h.ID, h.Kind, valid(h.Name), validAll(h.Waiters), h.Abandoned, h.Releasable, h.Evidence})
	}
	if r.Core.Path != "" || r.Core.How != "" {
		j.Core = &CoreJSON{valid(r.Core.Path), valid(r.Core.How)}
	}
}

// maxDepth bounds how deep exceptions are nested in exceptions.
const maxDepth = 8

func exceptionJSON(e *crash.Exception, depth int) ExceptionJSON {
	j := ExceptionJSON{Type: valid(e.Type), Message: valid(e.Message), Frames: framesJSON(e.Frames), Chain: []ExceptionJSON{}, Group: []ExceptionJSON{}, How: e.How}
	if depth == maxDepth {
		return j
	}
	for _, c := range e.Chain {
		j.Chain = append(j.Chain, exceptionJSON(c, depth+1))
	}
	for _, g := range e.Group {
		j.Group = append(j.Group, exceptionJSON(g, depth+1))
	}
	return j
}

func framesJSON(frames []crash.Frame) []FrameJSON {
	all := []FrameJSON{}
	for _, f := range frames {
		all = append(all, FrameJSON{valid(f.File), f.Line, valid(f.Function), valid(f.Source), f.Library, f.Repeated})
	}
	return all
}

// ParseCrashID reads "c3" as 3.
func ParseCrashID(id string) (int, error) {
	digits, ok := strings.CutPrefix(id, "c")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 {
		return 0, fmt.Errorf("cannot read %q as a crash: it is c and a number, such as c1", id)
	}
	return n, nil
}

// SampleJSON is one measurement of a slot before a crash.
type SampleJSON struct {
	At         Time     `json:"at"`
	CPUPercent *float64 `json:"cpu_percent"`
	RSSBytes   *int64   `json:"rss_bytes"`
	Threads    *int     `json:"threads"`
	FDs        *int     `json:"fds"`
	Processes  int      `json:"processes"`
}

// samplesJSON are of the slot's process and all below it, added up.
func samplesJSON(samples []procs.Sample) []SampleJSON {
	all := []SampleJSON{}
	for i := range samples {
		s := &samples[i]
		all = append(all, SampleJSON{
			At: Time(s.At), CPUPercent: known(s.Sum.CPUPercent), RSSBytes: known(s.Sum.RSSBytes), Threads: known(s.Sum.Threads), FDs: known(s.Sum.FDs),
			Processes: s.Processes,
		})
	}
	return all
}
