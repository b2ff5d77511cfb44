package crash

import (
	"fmt"
	"path"
	"slices"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// Judge says what a death means.
//
// The end of a slot's own process is a crash unless it ended with 0 or muster
// was asked to end it, and that not by a signal of its own making. That it was asked to send a signal is no such request: the
// crash then says who sent it. A descendant is judged by more, since programs start
// many processes whose failure they expect:
//
//   - A signal of its own making (SIGSEGV, SIGABRT, ...) is a crash, but for
//     SIGPIPE outside a worker: so ends the head of "yes | head".
//   - SIGKILL is a crash, but for one outside a worker while the parent goes on and the
//     kernel counts no OOM kill: then it is inferred that the parent sent it (Popen.kill).
//   - SIGTERM, SIGINT, SIGHUP and SIGQUIT are how parents, terminals and muster
//     end processes: those ends are no crashes. While the parent lives it is
//     inferred that it sent the signal (a gunicorn or nginx master). But a worker of
//     a pool that SIGTERM or SIGHUP ends in the midst of a task is one, unless its parent
//     has ended it, or the pool, or itself. So is one that leaves a task with code 0.
//   - KeyboardInterrupt is how Ctrl-C ends Python, and is a crash of a descendant only if
//     the parent goes on.
//   - What muster sent to it was asked for, if it is no signal of its own making and does
//     not take a worker of a Pool from a task.
//   - A code other than 0 is a crash if it is a worker of multiprocessing, or if
//     its last words explain it. Else it is an end: grep, test, configure's probes.
//   - An unknown end is one only if its last words say that it failed.
//
// Of what goes on (Exit is nil) any words are a crash but those that a program
// logged, caught or was asked to print, and what is left of a torn traceback.
func Judge(d *Death) Verdict {
	v := Verdict{Words: -1, Cause: CauseExit, Certainty: Certain}
	if d.Exit == nil {
		judgeLiving(d, &v)
		return v
	}
	v.Headline = Headline(*d.Exit)
	v.Crash = IsCrash(*d.Exit) || !d.Exit.Asked && (d.losesTask() || d.failed())
	if !v.Crash {
		v.Group = v.Headline
		return v
	}
	v.Group = groupOf(d)
	d.explain(&v)
	switch e := d.Exit; {
	case e.StartError != "" || e.Why != "":
	case e.Unknown:
		v.Crash = d.own() || v.Words >= 0
	case e.Signal != 0:
		judgeSignal(d, &v)
	default:
		judgeCode(d, &v)
	}
	judgePool(d, &v)
	judgeMaster(d, &v)
	judgeLastSeen(d, &v)
	judgeFork(d, &v)
	return v
}

// failed reports whether the agent has told of what ended a process, whatever its code is:
// an executor's worker ends with 0 when its initializer has raised.
func (d *Death) failed() bool {
	return slices.ContainsFunc(d.Words, func(w Words) bool {
		return w.Format == AgentReport && w.Scope == EndsProcess && !w.Exits && w.PID == d.Who.PID
	})
}

// own reports whether it is the slot's own process that ended.
func (d *Death) own() bool { return d.Who.PID == d.Run.PID }

// worker reports whether it is a process that multiprocessing or its like started.
func (d *Death) worker() bool { return d.Who.Role == procs.RoleWorker || d.Who.Pool != "" }

// judgeLiving judges what ended less than a process.
func judgeLiving(d *Death, v *Verdict) {
	for i := len(d.Words) - 1; i >= 0; i-- {
		w := &d.Words[i]
		dump := w.Format == Faulthandler && w.Scope == EndsNothing // printed on demand
		if w.Logged || w.Exits || w.Exception == nil || dump || w.torn() || w.Caught && w.Format != AgentReport || w.mixed() {
			continue
		}
		if w.WithParent() && d.givenUp() {
			return
		}
		v.Crash, v.Words = true, i
		v.Cause = causeOf(w)
		v.Headline = w.Exception.Headline()
		v.Group = string(w.Scope) + "|" + w.Exception.GroupKey() // the end of a process by the same is another crash
		if w.Scope == EndsProcess {
			v.note("the process goes on without its main thread", profiling.Exact, "")
		}
		if w.Aside != "" {
			v.note(w.Aside, profiling.Exact, "")
		}
		switch {
		case d.Lost != "":
			v.note(d.Lost, profiling.Exact, "")
		case d.Handled != nil && !*d.Handled:
			v.note(Unfetched, profiling.Exact, "")
		}
		if w.Scope == EndsThread && w.Exception.in("_handle_results", "multiprocessing/pool.py") {
			v.note("it took in the results of a Pool: no other comes any more, and who waits for one waits for ever", profiling.Exact, "")
		}
		return
	}
}

// Unfetched is the note on an exception that waits for somebody who asks for the
// result of its task.
const Unfetched = "nobody has asked for this result"

// causeOf is the cause that an exception of a format is.
func causeOf(w *Words) Cause {
	if w.Exits {
		return CauseExit
	}
	switch w.Format {
	case GoPanic:
		switch w.Exception.Type { // the runtime's reports of signals: runtime/signal_unix.go
		case "panic", "fatal error":
		case "SIGQUIT":
			return CauseKilled // from outside only
		default:
			return CauseSignal
		}
		return CausePanic
	case RustPanic:
		return CausePanic
	}
	return CauseException
}

// judgeFork says of a process that a signal ended if it had been forked among
// threads: what hangs because of it is killed in the end.
func judgeFork(d *Death, v *Verdict) {
	if !v.Crash || d.Exit.Signal == 0 || d.Who.ForkedAmong == 0 {
		return
	}
	at := ""
	if d.Who.ForkedAt != "" {
		at = " at " + oneLine(d.Who.ForkedAt, maxHeadline)
	}
	threads := "1 other thread"
	if n := d.Who.ForkedAmong; n > 1 {
		threads = fmt.Sprintf("%d other threads", n)
	}
	v.note("it was forked"+at+" while "+threads+" ran in its parent: what other threads had locked then is locked in it for ever", profiling.Exact, "")
}

// groupOf makes ends that nothing explains the same by how they ended and, for
// a descendant, by its program.
func groupOf(d *Death) string {
	how := d.Exit.String()
	switch {
	case d.own():
		return how
	case len(d.Who.Argv) == 0:
		return how + someProgram
	}
	return how + "|" + path.Base(d.Who.Argv[0])
}

// note adds a sentence.
func (v *Verdict) note(text string, evidence profiling.Evidence, rule string) {
	v.Notes = append(v.Notes, Note{Text: text, Evidence: evidence, Rule: rule})
}
