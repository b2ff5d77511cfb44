package crash

import (
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// More is what a [Report] holds of a judged [Death], besides its exit.
type More struct {
	// Name is who ended, as the screen names it: "train/0",
	// "train/0/ForkPoolWorker-3".
	Name string
	// Who is the process: the slot's own, or a descendant of it.
	Who Process
	// Lives says that the process goes on: a thread or a task of it has ended,
	// or nothing has. Exit then means nothing.
	Lives bool
	// Words are those that explain it; nil if none do.
	Words *Words
	Notes []Note
	// Group is what two crashes of one kind have in common, EndedBy who is known
	// to have ended it; see [Verdict].
	Group   string
	EndedBy string
	Task    string
	// Handled: somebody fetched the exception. nil where nobody knows.
	Handled *bool
	Held    []Held
	Core    Core
	// Shared says that Tail holds lines of the whole slot, since the mode of
	// its output does not tell who wrote them, or for the reason that TailWhy gives.
	Shared  bool
	TailWhy string
	// Siblings are others of the pool that failed in the same way at about the
	// same time, as the screen names them; SiblingCount counts them all, each
	// once, up to MaxSiblingCount.
	Siblings     []string
	SiblingCount int
	// Links lead to the reports of the same story.
	Links []Link
	// Cwd and Env are where it was started and in which environment. Values of
	// secrets are hidden.
	Cwd string
	Env []string
	// PeakSampled: the peak of its memory in Exit is what looks found while it
	// lived, which may have missed the last of it.
	PeakSampled bool
	// Spec is the pool's, as it was expanded for the slot.
	Spec procs.Spec
}

// MaxSiblingCount is how many siblings of a report are counted.
const MaxSiblingCount = 1000

// Link leads from one report to another of the same story.
type Link struct {
	Seq int
	How LinkKind
}

// LinkKind says what the other report of a [Link] is to this one.
type LinkKind string

// The kinds of link. Each is seen from the one end and from the other.
const (
	FetchedFrom LinkKind = "fetched_from" // this exception was another process's, which a pool brought here
	FetchedBy   LinkKind = "fetched_by"   // the parent has got this exception, and ended by it
	PassedOn    LinkKind = "passed_on"    // a shell ended with the code of its command: the other one
	PassedTo    LinkKind = "passed_to"    // the shell that ran this ended with its code
)

// Back is the same link, seen from the other end.
func (k LinkKind) Back() LinkKind {
	switch k {
	case FetchedFrom:
		return FetchedBy
	case FetchedBy:
		return FetchedFrom
	case PassedOn:
		return PassedTo
	}
	return PassedOn
}

// Exception is what went wrong, nil if nothing told of it.
func (r *Report) Exception() *Exception {
	if r.Words == nil {
		return nil
	}
	return r.Words.Exception
}

// PeakRSSEvidence says how the peak of its memory is known: by wait4(2), or by looks.
func (r *Report) PeakRSSEvidence() profiling.Evidence {
	if r.PeakSampled {
		return profiling.Sampled
	}
	return profiling.Exact
}

// Settle notes whether somebody has fetched the exception of a task.
func (r *Report) Settle(handled bool) {
	notes := slices.DeleteFunc(slices.Clone(r.Notes), func(n Note) bool { return n.Text == Unfetched })
	if !handled {
		notes = append(notes, Note{Text: Unfetched, Evidence: profiling.Exact})
	}
	r.Handled, r.Notes = &handled, notes
}

// Lose notes that the exception of a task will never be fetched, and why.
func (r *Report) Lose(why string) {
	notes := slices.DeleteFunc(slices.Clone(r.Notes), func(n Note) bool { return n.Text == Unfetched || n.Text == why })
	r.Handled, r.Notes = nil, append(notes, Note{Text: why, Evidence: profiling.Exact})
}

// Of makes the report of a death that was judged. The caller fills in Seq and
// what else only others can know: Name, SameBefore, Siblings, Links, Env.
func Of(d *Death, v Verdict, at time.Time) *Report {
	r := &Report{
		Run: d.Run, Argv: d.Who.Argv, At: at, Cause: v.Cause, Certainty: v.Certainty, Headline: v.Headline, Samples: d.Samples,
		More: More{
			Who: d.Who, Lives: d.Exit == nil, Notes: v.Notes, Group: v.Group, EndedBy: v.EndedBy, Task: d.Task, Handled: d.Handled, Held: d.Held,
			Core: d.Core, Cwd: d.Who.Cwd,
		},
	}
	r.Tail, r.TailWhy = d.tail(&v)
	if d.Exit != nil {
		r.Exit = *d.Exit
	}
	if v.Words >= 0 && v.Words < len(d.Words) {
		w := d.Words[v.Words]
		r.Words = &w
	}
	if !d.Who.Started.IsZero() && at.After(d.Who.Started) {
		r.Age = at.Sub(d.Who.Started)
	}
	return r
}

// PythonFrame is a frame of a Python program.
func PythonFrame(file string, line int, function string) Frame {
	return Frame{File: file, Line: line, Function: function, Library: isPythonLibrary(file)}
}

// Row is all crashes of one kind in one pool. However many there were, it is
// of a bounded size.
type Row struct {
	Pool  string
	Group string
	// Count is how many there were, First and Last when.
	Count       int
	First, Last time.Time
	// IDs are the numbers of the reports that are kept, oldest first: the
	// first and the last few.
	IDs []int
}

// someProgram ends the group of a descendant that was gone before anybody
// could see what it ran.
const someProgram = "|(some program)"

// Fits reports whether a crash may be of the row's kind as well, since it is not
// known which program the one or the other was, and the end is the same.
func (w *Row) Fits(r *Report) bool {
	a, some := strings.CutSuffix(w.Group, someProgram)
	b, other := strings.CutSuffix(r.Group, someProgram)
	switch {
	case w.Pool != r.Run.ID.Pool || some == other:
		return false
	case some:
		return strings.HasPrefix(b, a+"|")
	}
	return strings.HasPrefix(a, b+"|")
}

// Vague reports whether it is not known which program the crashes of the row
// were of.
func (w *Row) Vague() bool { return strings.HasSuffix(w.Group, someProgram) }

// Same reports whether a crash is of the row's kind.
func (w *Row) Same(r *Report) bool { return w.Pool == r.Run.ID.Pool && w.Group == r.Group }

// Self reports whether a process is the slot's own.
func (p Process) Self(run procs.Run) bool { return p.PIDRef == run.PIDRef }
