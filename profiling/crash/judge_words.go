package crash

import (
	"path"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// explain finds the last words that belong to an end, and says with them how
// it came to it. Words of another time (a traceback that was logged an hour
// before an exit 3) explain nothing.
func (d *Death) explain(v *Verdict) {
	if d.explainBy(v, false) || d.explainBy(v, true) || d.explainByLog(v) {
		return
	}
	if w := d.mixedWords(); w != nil {
		v.note("exceptions were printed, but the lines of several processes are mixed in this output, which does not tell who wrote which: "+
			w.Exception.Headline()+"; with --output by-writer it would", profiling.Exact, "")
	}
}

// explainBy explains an end by an exception, or by the wish to end, which says less: it may
// follow one that was printed.
func (d *Death) explainBy(v *Verdict, exits bool) bool {
	for i := len(d.Words) - 1; i >= 0; i-- {
		w := &d.Words[i]
		sure, ok := d.belongs(w)
		if !ok || w.Exits != exits {
			continue
		}
		v.Words, v.Cause = i, causeOf(w)
		if !sure {
			v.Certainty = Likely
			d.doubt(v, w)
		}
		v.Headline, v.Group = w.Exception.Headline(), w.Exception.GroupKey()
		if w.Exits {
			v.Headline, v.Group = d.exitHeadline(w.Exception), v.Group+"|"+alike(oneLine(w.Exception.Message, maxHeadline))
		}
		if timedOut(w) {
			v.Cause, v.Certainty = CauseTimeout, Likely
		}
		if w.Format == Glibc || w.Format == NodeAbort { // the library's own abort: there is no exception of a language in it
			v.Cause = CauseSignal
		}
		if w.Format == NodeAbort && strings.HasSuffix(w.Exception.Message, outOfMemory) {
			v.note("it had used up the heap that V8 gives it, which --max-old-space-size sets; the kernel's OOM killer had no part in it", profiling.Inferred, "heap-limit")
		}
		if w.Exception.Type == "MemoryError" {
			v.note("Python was refused memory that it asked for; the kernel's OOM killer had no part in it", profiling.Inferred, "memory-error")
		}
		return true
	}
	return false
}

// mixedWords returns words that may be of this end, if nothing else were known.
func (d *Death) mixedWords() *Words {
	for i := range d.Words {
		if w := &d.Words[i]; w.mixed() && d.Exit.Code == 1 && d.Exit.Signal == 0 && d.couldPrint(w) {
			return w
		}
	}
	return nil
}

// mixed reports whether words are a traceback into which others have written.
// Whose it is nobody knows, nor whether it has ended anything.
func (w *Words) mixed() bool {
	return w.PID == 0 && w.Cut && w.Format == PythonTraceback && w.Scope == EndsNothing && w.Exception != nil
}

// tore reports whether a process has printed a traceback of which too little has come.
func (d *Death) tore() bool {
	return slices.ContainsFunc(d.Words, func(w Words) bool { return w.PID == d.Who.PID && w.torn() })
}

// doubt says why words are only likely to be those of this end.
func (d *Death) doubt(v *Verdict, w *Words) {
	switch {
	case w.PID == 0 && w.Cut:
		v.note("its last words are mixed with the lines of others, or cut short: this output does not tell who wrote which", profiling.Inferred, "mixed-words")
	case w.PID == 0 && !d.speaksAlone():
		v.note("this output does not tell who wrote which: those words fit its end", profiling.Inferred, "fitting-words")
	case w.Caught && w.Format == Node:
		v.note("something in it caught this exception, and printed it, before it ended, or its Node is older than 17, which does not tell the two apart", profiling.Inferred, "caught-before-end")
	case w.Caught:
		v.note("something in it caught this exception, and printed it, before it ended", profiling.Inferred, "caught-before-end")
	}
}

// belongs reports whether words tell of this end, and whether that is sure.
func (d *Death) belongs(w *Words) (sure, ok bool) {
	if w.Exception == nil || w.Logged || w.Caught && w.torn() || w.PID != 0 && w.PID != d.Who.PID {
		return false, false
	}
	named := w.Process != "" && d.Who.Label == w.Process
	if w.Process != "" && !named && d.own() {
		return false, false // a worker of it printed that
	}
	if !fits(w, d.Exit) || w.PID == 0 && !named && !d.couldPrint(w) {
		return false, false
	}
	if w.Format == AgentReport {
		return true, true
	}
	after, seen := d.linesAfter(w)
	if !seen {
		return false, false
	}
	if w.Caught && (after > linesAfterCaught || d.longAgo(w)) {
		return false, false // it has gone on, and ended by something else
	}
	mine := w.PID != 0 || named || d.speaksAlone()
	return mine && !w.Caught && !w.Cut && after <= linesAfterWords, true
}

// speaksAlone reports whether words in an output that does not tell who wrote which are taken to
// be those of a process: of a slot's own, unless that is a shell, which has others speak.
func (d *Death) speaksAlone() bool { return d.own() && d.Who.Role != procs.RoleShell }

// couldPrint reports whether a process may have printed words of which the
// output does not tell whose they are. A slot's own process may: a shell may
// have become another program. Of a descendant it has to be known what it
// runs: a shell, or the grep beside a Python program, says nothing like that.
func (d *Death) couldPrint(w *Words) bool {
	switch {
	case w.Format == AgentReport || d.own():
		return true
	case d.Who.Role == procs.RoleShell:
		return false
	case len(d.Who.Argv) == 0: // it lived too short a time to be asked; only the codes of few programs mean such words
		return w.Format == GoPanic || w.Format == RustPanic || w.Format == CPPTerminate || w.Format == Glibc
	case w.Format == PythonTraceback || w.Format == Faulthandler:
		return d.worker() || slices.ContainsFunc(d.Who.Argv, func(arg string) bool { return strings.Contains(strings.ToLower(arg), "py") })
	case w.Format == Node:
		return slices.ContainsFunc(d.Who.Argv, ofNode)
	}
	return true
}

// ofNode reports whether an argument is of a Node: its name, or that of a script.
func ofNode(arg string) bool {
	arg = strings.ToLower(arg)
	switch path.Ext(arg) {
	case ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts":
		return true
	}
	return strings.Contains(arg, "node")
}

// linesAfterWords is how much a program may print after its last words, from
// atexit handlers and other threads, before it is only likely that they are that.
const linesAfterWords = 10

// What a program has caught and printed may be why it ended if little has
// come after it, in lines and in time.
const (
	linesAfterCaught = 3
	endsAfterCaught  = 2 * time.Second
)

// longAgo reports whether words were complete a while before the end.
func (d *Death) longAgo(w *Words) bool {
	for i := range d.Tail {
		if l := &d.Tail[i]; l.Seq+1 == w.To {
			return d.Exit.At.Sub(l.At) > endsAfterCaught
		}
	}
	return false
}

// linesAfter counts the lines that were printed after words, as far as the
// tail goes back; false if more than that were.
func (d *Death) linesAfter(w *Words) (n int, seen bool) {
	for i := range d.Tail {
		if d.Tail[i].Seq >= w.To && (w.PID == 0 || d.Tail[i].PID == 0 || d.Tail[i].PID == w.PID) {
			n++
		}
	}
	return n, n < TailLines
}

// timedOut reports whether words are those of faulthandler's watchdog.
func timedOut(w *Words) bool { return w.Format == Faulthandler && w.Exception.Type == "timeout" }

// fits reports whether a failure of this kind ends a process in this way.
func fits(w *Words, e *procs.Exit) bool {
	code := func(codes ...int) bool { return e.Signal == 0 && slices.Contains(codes, e.Code) }
	signal := func(names ...string) bool {
		return e.Signal != 0 && slices.Contains(names, e.Signal.String())
	}
	if w.Exits {
		return e.Signal == 0 && e.Code != 0 && !e.Unknown
	}
	if e.Unknown {
		return w.Scope == EndsProcess && !w.Caught
	}
	switch w.Format {
	case GoRace, TSan: // -race: GORACE exitcode, TSAN_OPTIONS exitcode; the report itself ends nothing
		return code(66)
	case Faulthandler:
		if timedOut(w) { // dump_traceback_later(exit=True) calls _exit(1): Modules/faulthandler.c
			return code(1)
		}
		return w.Scope == EndsProcess && e.Signal != 0 && e.Signal != procs.SIGKILL
	case ASan: // exitcode=1 unless ASAN_OPTIONS says otherwise, or abort_on_error
		return w.Scope == EndsProcess && (e.Signal == 0 && e.Code != 0 || signal("SIGABRT"))
	}
	if w.Caught && w.Format == PythonTraceback { // print_exc() and sys.exit(1)
		return code(1)
	}
	if w.Scope != EndsProcess {
		return false
	}
	switch w.Format {
	case PythonTraceback, AgentReport: // Py_RunMain: 1; an interrupt ends by its signal since 3.8
		return code(1) || w.Format == AgentReport && code(0) || w.Exception.Type == "KeyboardInterrupt" && (signal("SIGINT") || code(130))
	case GoPanic: // runtime/panic.go: exit(2), or SIGABRT with GOTRACEBACK=crash
		return code(2) || signal("SIGABRT")
	case RustPanic: // std::rt: 101; abort with panic=abort
		return code(101) || signal("SIGABRT", "SIGILL", "SIGTRAP")
	case Node: // 7 if a handler of uncaughtException has thrown it; V8 traps with --abort-on-uncaught-exception
		return code(1, 7) || signal("SIGABRT", "SIGTRAP", "SIGILL")
	case NodeAbort: // abort(), or V8's IMMEDIATE_CRASH
		return signal("SIGABRT", "SIGTRAP", "SIGILL")
	case CPPTerminate, Glibc:
		return signal("SIGABRT")
	}
	return false
}

// cutShort returns the words that a process was printing when it was killed.
func (d *Death) cutShort() *Words {
	for i := len(d.Words) - 1; i >= 0; i-- {
		w := &d.Words[i]
		if after, _ := d.linesAfter(w); w.Cut && w.Exception != nil && after == 0 && (w.PID == 0 && d.own() || w.PID == d.Who.PID) {
			return w
		}
	}
	return nil
}
