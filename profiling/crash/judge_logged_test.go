package crash

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// TestLoggedBeforeTheEnd: what a process has logged is why it ended with a code if it did so at
// once, and has said nothing since. It is not if it has gone on.
func TestLoggedBeforeTheEnd(t *testing.T) {
	line := func(seq uint64, before time.Duration, text string) procs.Line {
		return procs.Line{Seq: seq, PID: 10, Stream: procs.Stderr, At: at.Add(-before), Text: []byte(text)}
	}
	then := func(texts ...string) []procs.Line { // after its traceback
		lines := []procs.Line{line(4, 50*time.Millisecond, "RuntimeError: why")}
		for i, text := range texts {
			lines = append(lines, line(uint64(5+i), 0, text))
		}
		return lines
	}
	log := said(PythonTraceback, "RuntimeError", 10)
	log.Logged, log.Scope = true, EndsNothing
	thread, caught := log, log
	thread.Logged, thread.Scope = false, EndsThread
	caught.Logged, caught.Caught = false, true
	logged := []Words{log}
	by := func(pid int) []Words { return with(log, func(w *Words) { w.PID = pid }) }
	further := func(n uint64) []Words { // with lines that may be of its message
		return with(log, func(w *Words) { w.To, w.Timed = 5+n, 5 })
	}
	torn := with(log, func(w *Words) { w.Cut, w.Exception = true, &Exception{} })
	const exiting = "[2026-11-27 12:00:00 +0000] [10] [INFO] Worker exiting (pid: 10)"
	killed := killedBy(procs.SIGKILL)
	for name, tt := range map[string]struct {
		who   Process
		exit  *procs.Exit
		words []Words
		lines []procs.Line
		is    bool
	}{
		"at once":                 {own, exit(3), logged, then(), true},
		"with code 1":             {own, exit(1), logged, then(), true},
		"of a worker":             {forked, exit(3), by(11), then(), true},
		"before a log of its end": {own, exit(3), logged, then(exiting), true},
		"after what was caught":   {own, exit(3), []Words{caught, log}, then(), true},

		"a message of several lines":        {own, exit(3), further(2), then("of x", "  for y", exiting), false}, // or what may be why
		"as a warning":                      {own, exit(3), with(log, func(w *Words) { w.Warned = true }), then(), false},
		"before a warning":                  {own, exit(3), logged, then("WARNING:root:the disk is full"), false},
		"before a signal to itself":         {own, exit(143), logged, then(), false},
		"before usage":                      {own, exit(2), further(2), then("usage: x --port N", "x: error: no port"), false},
		"a while ago":                       {own, exit(3), logged, []procs.Line{line(4, 2100*time.Millisecond, "RuntimeError: why")}, false},
		"before its last lines":             {own, exit(3), logged, []procs.Line{line(9, 0, exiting)}, false},
		"before several lines":              {own, exit(3), logged, then(exiting, exiting), false},
		"before a thread's":                 {own, exit(3), []Words{log, thread}, then(), false},
		"before a message of sys.exit":      {own, exit(1), further(1), then("giving up"), false},
		"before what may be why":            {own, exit(3), logged, then("no room"), false},
		"before what may be why, and a log": {own, exit(3), logged, then("no room", exiting), false},
		"before a signal":                   {own, killed, logged, then(), false},
		"of another":                        {own, exit(3), by(11), then(), false},
		"of nobody knows whom":              {own, exit(3), by(0), then(), false},
		"of a tool":                         {plain, exit(3), by(12), then(), false},
		"torn":                              {own, exit(3), torn, then(), false},
	} {
		for _, signed := range []bool{true, false} { // without, it is never told
			d := Death{Run: judgedRun, Who: tt.who, Exit: tt.exit, Words: tt.words, Own: tt.lines, Signed: signed}
			v := Judge(&d)
			is := v.Crash && v.Cause == CauseException && v.Certainty == Likely && v.Headline == "RuntimeError: why, at a.py:3 in f" &&
				v.Group == "RuntimeError|a.py:3|f" && len(v.Notes) == 1 && v.Notes[0].Rule == ruleLogged
			if is != (tt.is && signed) || !is && (v.Words >= 0 || strings.HasPrefix(v.Headline, "RuntimeError")) {
				t.Errorf("%s, %t: %s, %s, %q, %v", name, signed, v.Cause, v.Certainty, v.Headline, v.Notes)
			}
		}
	}
	tool := Death{Run: judgedRun, Who: plain, Exit: exit(3), Words: by(12), Own: then(), Signed: true}
	if v := Judge(&tool); v.Crash {
		t.Errorf("a tool that answers by its code: %q", v.Headline)
	}
}
