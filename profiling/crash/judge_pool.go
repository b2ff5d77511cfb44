package crash

import (
	"slices"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// What is inferred of a pool whose worker has ended.
const (
	RuleLostTask   = "lost-task" // the task that it had is never finished
	RuleBrokenPool = "broken-process-pool"
)

// noResult is what a lost task means, be it of a map, an imap or an apply_async.
const noResult = "its result will never come"

// Brief is all that whoever reads one line of a crash must not miss: its
// headline, what helps and, where a task is lost with a worker (task is its call, "" if
// that is not known), that somebody waits for it in vain. noted reports whether there is
// a note by a rule.
func Brief(headline string, noted func(rule string) bool, task string) string {
	headline += Remedy(noted)
	switch {
	case !noted(RuleLostTask):
		return headline
	case task == "":
		return headline + "; if it had a task, that is lost, and " + noResult
	}
	return headline + "; its task " + oneLine(task, maxHeadline/2) + " is lost, and " + noResult
}

// Brief is what whoever reads one line of this crash must not miss.
func (r *Report) Brief() string {
	return Brief(r.Headline, r.Noted, r.Task) + Spared(r.Spared())
}

// Noted reports whether there is a note by a rule.
func (r *Report) Noted(rule string) bool {
	return slices.ContainsFunc(r.Notes, func(n Note) bool { return n.Rule == rule })
}

// Remedy says behind a headline, in a few words, what helps; "" where muster knows of nothing.
func Remedy(noted func(rule string) bool) string {
	if noted(RuleNoInput) {
		return " (its input is empty: --output pty)"
	}
	return ""
}

// Spared is what ended with an exception that did not end its process; "" if that has ended.
func (r *Report) Spared() Scope {
	if !r.Lives || r.Words == nil {
		return ""
	}
	return r.Words.Scope
}

// Spared says behind a headline that the process has not ended by that, which its name in
// front of it suggests.
func Spared(what Scope) string {
	switch what {
	case EndsTask:
		return " (ended a task, not the process)"
	case EndsThread:
		return " (ended a thread, not the process)"
	case EndsNothing:
		return " (did not end the process)"
	}
	return ""
}

// losesTask reports whether a worker of a pool has ended in the midst of a task that
// nobody has given up: what ends it without a word may have been asked of it. Of a
// Pool the parent goes on; that of an executor hears of it, and may end by that.
func (d *Death) losesTask() bool {
	if d.Task == "" || d.Who.Pool == "" {
		return false
	}
	if p := d.Parent; p != nil && d.Who.Pool == "futures" {
		together := d.parentFollowed() || p.Signal != 0 && d.Exit.Signal == 0
		return !together && !d.asked() && d.Who.ParentLived
	}
	return !d.givenUp()
}

// givenUp reports whether a process was asked to end, or its parent wants nothing of it
// any more: that has ended as well, or ended its pool. Who asks through muster for the end of
// a Pool's worker in a task has not asked its parent, which waits for that task.
func (d *Death) givenUp() bool {
	asked := d.asked()
	if d.Task != "" && d.Who.Pool == "multiprocessing" {
		asked = d.askedBy(func(by string) bool { return by != "muster" })
	}
	return !d.own() && (asked || d.GivenUp || d.Parent != nil || !d.Who.ParentLived)
}

// asked reports whether somebody is known to have asked for the end.
func (d *Death) asked() bool { return d.askedBy(func(string) bool { return true }) }

// askedBy is asked of some senders.
func (d *Death) askedBy(who func(by string) bool) bool {
	return slices.ContainsFunc(d.Sent, func(s Sent) bool {
		return (endsByRequest(s.Signal) || s.Signal == procs.SIGKILL) && who(s.By)
	})
}

// judgePool says what the end of a worker means for its pool. One that an exception
// ended had no task, but for those that Pool does not catch, such as SystemExit. The same
// end without that meaning is another crash.
func judgePool(d *Death, v *Verdict) {
	if !v.Crash || d.own() || !d.worker() {
		return
	}
	if d.Who.Pool == "futures" {
		v.note("its pool is broken: each call that was not finished raises BrokenProcessPool", profiling.Inferred, RuleBrokenPool)
		v.Group = RuleBrokenPool + "|" + v.Group
		return
	}
	waits := waitsForPool(d.Waiting.Parent) && !d.Who.Apart
	if v.Words >= 0 && v.Cause == CauseException && !d.losesTask() || !waits && (d.Who.Pool != "multiprocessing" || d.Task == "") {
		return
	}
	if v.Cause == CauseKilled && v.Certainty == Likely { // which the new cause does not say
		v.note("who sent "+d.Exit.Signal.String()+" is not known", profiling.Exact, "")
	}
	if v.Cause != CauseOOM { // which says more
		v.Cause, v.Certainty = CauseLostTask, Certain
		if d.Task == "" { // it may have been idle
			v.Certainty = Likely
		}
	}
	if d.Task != "" {
		v.note("the task that it had is lost: "+oneLine(d.Task, maxHeadline), profiling.Exact, "")
	}
	v.note(noResult+": multiprocessing.Pool replaces the worker and never finishes the task (python/cpython#96062)", profiling.Inferred, RuleLostTask)
	v.Group = RuleLostTask + "|" + v.Group
}

// waitsForPool reports whether a stack waits for results of multiprocessing.Pool:
// ApplyResult.get of Lib/multiprocessing/pool.py, or next of an iterator of imap.
func waitsForPool(stack []string) bool {
	for _, f := range stack {
		place, function, _ := strings.Cut(f, " ")
		file := place[strings.LastIndexByte(place, '/')+1:]
		if !strings.HasPrefix(file, "pool.py:") {
			continue
		}
		switch function[strings.LastIndexByte(function, '.')+1:] {
		case "get", "wait", "next", "__next__":
			return true
		}
	}
	return false
}
