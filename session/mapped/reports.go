package mapped

import (
	"bytes"
	"slices"
	"strconv"

	"example.com/muster/procs"
	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/profiling/crash"
)

// reports makes of each failed item what a crash report tells, once.
type reports struct {
	argv []string
	dir  string
	// measured returns which of a worker's processes a pid was, and what was
	// measured of it.
	measured func(worker, pid int) (n int, samples []procs.Sample)

	made map[*task.FailedItem]*crash.Report
	from []*task.FailedItem // the items of the last call
	list []*crash.Report    // and theirs
	seq  int
}

// of returns the reports of items, in their order.
func (r *reports) of(items []*task.FailedItem) []*crash.Report {
	if slices.Equal(items, r.from) {
		return r.list
	}
	made := make(map[*task.FailedItem]*crash.Report, len(items))
	list := make([]*crash.Report, len(items))
	before := map[string]int{}
	for i, f := range items {
		c := r.made[f]
		if c == nil {
			r.seq++
			c = Report(f, r.argv, r.dir)
			c.Seq = r.seq
			c.Run.N, c.Samples = r.measured(f.Worker, f.PID)
		}
		if c.SameBefore != before[c.Group] { // one before it was withdrawn
			same := *c
			same.SameBefore = before[c.Group]
			c = &same
		}
		before[c.Group]++
		made[f], list[i] = c, c
	}
	r.made, r.list, r.from = made, list, items
	return list
}

// Report makes a crash report of a failed item; argv is what is run for items, dir
// where. The caller fills in Seq and SameBefore.
func Report(f *task.FailedItem, argv []string, dir string) *crash.Report {
	run := procs.Run{ID: idOf(f.Worker), N: 1, PIDRef: procs.PIDRef{PID: f.PID}}
	d := crash.Death{
		Run: run, Exit: f.Exit, Task: f.Item,
		Who: crash.Process{PIDRef: run.PIDRef, Argv: argv, Cwd: dir, Started: f.Began},
	}
	if f.Command != "" {
		d.Who.Argv = []string{f.Command}
	}
	d.Tail = append(lines(run.ID, procs.Stdout, f.Stdout), lines(run.ID, procs.Stderr, f.Stderr)...)
	words := lines(run.ID, procs.Stderr, []byte(f.Traceback))
	if f.Traceback == "" {
		words = lines(run.ID, procs.Stderr, f.Stderr)
	}
	for i := range words {
		words[i].Seq = uint64(i)
	}
	d.Words = crash.Parse(words)
	at := f.Began.Add(f.Took)
	v := crash.Judge(&d)
	switch {
	case f.Verdict == plan.TimedOut:
		v.Cause, v.Headline, v.Group, v.Words = crash.CauseTimeout, f.Message, "timeout", -1
	case f.Verdict == plan.Lost && !v.Crash:
		v.Cause, v.Headline, v.Group = crash.CauseLostTask, f.Message, f.Kind
	case !v.Crash:
		v.Cause, v.Headline, v.Group = crash.CauseException, f.Message, f.Kind
		if len(d.Words) > 0 {
			v.Words = len(d.Words) - 1
		}
	}
	v.Certainty = crash.Certain
	c := crash.Of(&d, v, at)
	c.Name = "item " + strconv.FormatUint(f.Seq, 10)
	return c
}

// lines are those of a text.
func lines(id procs.ID, stream procs.Stream, text []byte) []procs.Line {
	var list []procs.Line
	for line := range bytes.Lines(text) {
		list = append(list, procs.Line{ID: id, Stream: stream, Text: bytes.TrimRight(line, "\r\n")})
	}
	return list
}

// rows count the reports by kind.
func (r *reports) rows(list []*crash.Report) []crash.Row {
	var rows []crash.Row
	at := map[string]int{}
	for _, c := range list {
		i, known := at[c.Group]
		if !known {
			i = len(rows)
			at[c.Group] = i
			rows = append(rows, crash.Row{Pool: Pool, Group: c.Group, First: c.At})
		}
		rows[i].Count++
		rows[i].Last = c.At
		rows[i].IDs = append(rows[i].IDs, c.Seq)
	}
	return rows
}
