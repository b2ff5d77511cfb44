package crash

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// left are the words of an agent on a SystemExit.
func left(message string, line int) Words {
	return Words{
		Format: AgentReport, Scope: EndsProcess, Exits: true, PID: 11,
		Exception: &Exception{Type: "SystemExit", Message: message, Frames: []Frame{{File: "/srv/a.py", Line: line, Function: "f"}}},
	}
}

// TestSystemExit: a process that ends by sys.exit says so with its message and its place, which are
// its group too; an exception that was printed before says more.
func TestSystemExit(t *testing.T) {
	printed := Words{
		Format: PythonTraceback, Caught: true, Scope: EndsNothing, PID: 11, To: 1,
		Exception: &Exception{Type: "ValueError", Message: "why", Frames: []Frame{{File: "/srv/a.py", Line: 2, Function: "f"}}},
	}
	for _, tt := range []struct {
		name     string
		exit     procs.Exit
		words    []Words
		cause    Cause
		headline string
		group    string
	}{
		{"a message", procs.Exit{Code: 1}, []Words{left("no room.", 3)}, CauseExit, "exit 1: no room, at a.py:3 in f", "SystemExit|/srv/a.py:3|f|no room."},
		{"another at the same place", procs.Exit{Code: 1}, []Words{left("no key", 3)}, CauseExit, "exit 1: no key, at a.py:3 in f", "SystemExit|/srv/a.py:3|f|no key"},
		{"a code", procs.Exit{Code: 3}, []Words{left("3", 3)}, CauseExit, "exit 3: SystemExit(3), at a.py:3 in f", "SystemExit|/srv/a.py:3|f|#"},
		{"a truth", procs.Exit{Code: 1}, []Words{left("True", 3)}, CauseExit, "exit 1: SystemExit(True), at a.py:3 in f", "SystemExit|/srv/a.py:3|f|True"},
		{"nothing", procs.Exit{Code: 1}, []Words{left("", 3)}, CauseExit, "exit 1: SystemExit, at a.py:3 in f", "SystemExit|/srv/a.py:3|f|"},
		{"after what it printed", procs.Exit{Code: 1}, []Words{printed, left("1", 3)}, CauseException, "ValueError: why, at a.py:2 in f", "ValueError|/srv/a.py:2|f"},
		{"killed before it could", procs.Exit{Signal: procs.SIGKILL}, []Words{left("no room", 3)}, CauseKilled, "SIGKILL: killed at once: by somebody, or by the kernel when memory ran out", "SIGKILL|python3"},
	} {
		d := Death{
			Run: procs.Run{PIDRef: procs.PIDRef{PID: 10}}, Exit: &tt.exit, Words: tt.words,
			Who: Process{PIDRef: procs.PIDRef{PID: 11}, PPID: 10, Role: procs.RoleWorker, Argv: []string{"python3"}, ParentLived: true},
		}
		v := Judge(&d)
		if !v.Crash || v.Cause != tt.cause || v.Headline != tt.headline || v.Group != tt.group {
			t.Errorf("%s: %t, %s, %q, %q", tt.name, v.Crash, v.Cause, v.Headline, v.Group)
		}
	}
	d := Death{Run: procs.Run{PIDRef: procs.PIDRef{PID: 10}}, Who: Process{PIDRef: procs.PIDRef{PID: 11}}, Words: []Words{left("no room", 3)}}
	if v := Judge(&d); v.Crash {
		t.Errorf("a process that has not ended yet: %q", v.Headline)
	}
}

// TestLastOnStandardError: what a Python prints last on its standard error is told with code 1, if it
// is its own, in time, and may say why.
func TestLastOnStandardError(t *testing.T) {
	const none = "exit 1: as after sys.exit(1), or an exception that nothing caught; none was seen"
	line := func(text string, with ...func(*procs.Line)) []procs.Line {
		l := procs.Line{Seq: 5, PID: 10, Stream: procs.Stderr, At: at.Add(-100 * time.Millisecond), Text: []byte(text)}
		for _, w := range with {
			w(&l)
		}
		return []procs.Line{l}
	}
	out := func(n int) (lines []procs.Line) {
		for range n {
			lines = append(lines, procs.Line{Seq: 6, PID: 10, Stream: procs.Stdout, At: at, Text: []byte("bye")})
		}
		return lines
	}
	thread := []Words{{Format: PythonTraceback, Scope: EndsThread, PID: 10, From: 2, To: 6, Exception: &Exception{Type: "ValueError"}}}
	timed := []Words{{Format: PythonTraceback, Logged: true, PID: 10, From: 2, To: 6, Timed: 5, Exception: &Exception{Type: "ValueError"}}}
	others := []Words{{Format: PythonTraceback, PID: 11, From: 2, To: 6, Exception: &Exception{Type: "ValueError"}}}
	told := "exit 1, last on stderr: no room"
	python := []string{"/usr/bin/python3.12", "a.py"}
	for name, tt := range map[string]struct {
		argv     []string
		code     int
		own      []procs.Line
		words    []Words
		headline string
	}{
		"a message":                {python, 1, line("no room"), nil, told},
		"in colour":                {python, 1, line("\x1b[31mno room\x1b[0m\r"), nil, told},
		"before what atexit has":   {python, 1, append(line("no room"), out(3)...), nil, told},
		"beside words of others":   {python, 1, line("no room"), others, told},
		"before other output":      {python, 1, append(line("no room"), out(4)...), nil, none},
		"a while ago":              {python, 1, line("no room", func(l *procs.Line) { l.At = at.Add(-2 * time.Second) }), nil, none},
		"on standard output":       {python, 1, out(1), nil, none},
		"nothing":                  {python, 1, nil, nil, none},
		"a part of a line":         {python, 1, line("no room", func(l *procs.Line) { l.Partial = true }), nil, none},
		"the end of a long line":   {python, 1, append(line("so much", func(l *procs.Line) { l.Cut = true }), line("no room")...), nil, none},
		"a log":                    {python, 1, line("2026-11-22 12:00:00 INFO no room"), nil, none},
		"a warning":                {python, 1, line("a.py:3: UserWarning: no room"), nil, none},
		"a source line":            {python, 1, line("  warnings.warn(x)"), nil, none},
		"a progress bar":           {python, 1, line("10%\r20%\r30%"), nil, none},
		"of a thread":              {python, 1, line("ValueError: no room"), thread, none},
		"at once after it":         {python, 1, line("no room"), timed, told},
		"a log, and another code":  {python, 3, line("2026-11-22 12:00:00 INFO no room"), nil, "exit 3"},
		"with the code of a shell": {python, 126, line("no room"), nil, "exit 126: a command was found but is not executable"},
		"what 120 means":           {python, 120, line("BrokenPipeError: no room"), nil, "exit 120: its standard output could not be flushed at the end"},
		"of another program":       {[]string{"./load"}, 1, line("no room"), nil, "exit 1"},
	} {
		d := Death{
			Run: procs.Run{PIDRef: procs.PIDRef{PID: 10}}, Who: Process{PIDRef: procs.PIDRef{PID: 10}, Argv: tt.argv},
			Exit: &procs.Exit{Code: tt.code, At: at}, Words: tt.words, Tail: tt.own, Own: tt.own, Signed: true,
		}
		v := Judge(&d)
		if v.Headline != tt.headline || (len(v.Notes) == 1) != (tt.headline == told) || v.Certainty != Certain || v.Cause != CauseExit {
			t.Errorf("%s: %q, %v", name, v.Headline, v.Notes)
		}
		if tt.headline == told && v.Group != "exit 1|no room" {
			t.Errorf("%s: %q", name, v.Group)
		}
	}
	for code, want := range map[int]struct {
		text, headline string
		notes          int
	}{
		2:   {"x.py: error: argument --x: invalid int value: 'q'", "exit 2, last on stderr: x.py: error: argument --x: invalid int value: 'q'", 2},
		3:   {"[2026-11-22 12:00:00] [9] [ERROR] Reason: Worker failed to boot.", "exit 3, last on stderr: [2026-11-22 12:00:00] [9] [ERROR] Reason: Worker failed to boot.", 1},
		125: {"no room", "exit 125, last on stderr: no room", 1},
	} {
		own := line(want.text)
		if code == 2 {
			own = append([]procs.Line{{Seq: 4, PID: 10, Stream: procs.Stderr, At: own[0].At, Text: []byte("usage: x.py [-h] [--x X]")}}, own...)
		}
		d := Death{
			Run: procs.Run{PIDRef: procs.PIDRef{PID: 10}}, Who: Process{PIDRef: procs.PIDRef{PID: 10}, Argv: python, Started: at.Add(-time.Second / 2)},
			Exit: &procs.Exit{Code: code, At: at}, Tail: own, Own: own, Signed: true,
		}
		if v := Judge(&d); v.Headline != want.headline || len(v.Notes) != want.notes || v.Cause != CauseExit {
			t.Errorf("code %d: %q, %v", code, v.Headline, v.Notes)
		}
	}
	for text, want := range map[string]string{ // what threads have printed that have failed at the same time
		"ValueError: t6": none, ": t6": none, "ValueError: no room for t5": none, "no room": told,
	} {
		d := Death{
			Run: procs.Run{PIDRef: procs.PIDRef{PID: 10}}, Who: Process{PIDRef: procs.PIDRef{PID: 10}, Argv: python},
			Exit: &procs.Exit{Code: 1, At: at}, Tail: line(text), Own: line(text), Signed: true, Told: []Exception{{Type: "ValueError", Message: "t5"}},
		}
		if v := Judge(&d); v.Headline != want {
			t.Errorf("%q after an exception of a thread: %q", text, v.Headline)
		}
	}
}

// TestAbruptEnd: a process of multiprocessing whose agent tells of neither an exception nor an
// end of its function has left by another way, which is said of code 1 only: others mean nothing to Python.
func TestAbruptEnd(t *testing.T) {
	abrupt := forked
	abrupt.Abrupt = true
	const left = "exit 1: its agent has seen neither an exception nor sys.exit: os._exit, or C code"
	traceback := said(PythonTraceback, "ValueError", abrupt.PID)
	for name, tt := range map[string]struct {
		death    Death
		headline string
	}{
		"code 1":           {Death{Who: abrupt, Exit: exit(1)}, left},
		"code 3":           {Death{Who: abrupt, Exit: exit(3)}, "exit 3"},
		"with a traceback": {Death{Who: abrupt, Exit: exit(1), Words: []Words{traceback}}, "ValueError: why, at a.py:3 in f"},
		"nobody follows":   {Death{Who: forked, Exit: exit(1)}, "exit 1: as after sys.exit(1), or an exception that nothing caught; none was seen"},
	} {
		tt.death.Run = judgedRun
		if v := Judge(&tt.death); v.Headline != tt.headline {
			t.Errorf("%s: %q", name, v.Headline)
		}
	}
}

// TestCPULimit: who had a limit and is killed may have used it up, unless it is known to have not. Of
// others, and other signals, nothing is said.
func TestCPULimit(t *testing.T) {
	const said = "its CPU time was limited to 1 s, after which the kernel kills (ulimit -t)"
	const usedUp = "SIGKILL: it had used up the 1 s of CPU time that it was limited to"
	for _, tt := range []struct {
		sig         procs.Signal
		limit, used time.Duration
		want        string
	}{
		{procs.SIGKILL, time.Second, time.Second + 4*time.Millisecond, said},
		{procs.SIGKILL, time.Second, 0, said}, // nobody knows what it used
		{procs.SIGKILL, time.Second, 300 * time.Millisecond, ""},
		{procs.SIGKILL, 0, time.Second, ""},
		{procs.SIGTERM, time.Second, time.Second, ""},
	} {
		v := Judge(&Death{Exit: &procs.Exit{Signal: tt.sig, UserTime: tt.used / 2, SystemTime: tt.used - tt.used/2}, CPULimit: tt.limit})
		if sure := tt.want != "" && tt.used > 0; (v.Headline == usedUp) != sure || (v.EndedBy == theKernel) != sure {
			t.Errorf("%s after %v of %v: %q, ended by %q", tt.sig, tt.used, tt.limit, v.Headline, v.EndedBy)
		}
		var notes []string
		for _, n := range v.Notes {
			notes = append(notes, n.Text)
		}
		if strings.Join(notes, "; ") != tt.want {
			t.Errorf("%s after %v of %v: %q, want %q", tt.sig, tt.used, tt.limit, notes, tt.want)
		}
	}
}

// TestAbort: of an abort that no words explain its last line on standard error is told, if that
// may say why; that it has printed nothing of the kind is said of nobody who has printed something.
func TestAbort(t *testing.T) {
	const (
		bind       = "FATAL: cannot bind port 80"
		told       = "SIGABRT, last on stderr: " + bind
		plainly    = "SIGABRT: aborted"
		printed    = "it printed that just before it ended"
		byNobody   = "that was printed just before it ended, in an output that does not tell by whom"
		nothing    = "it printed nothing that tells of an abort: somebody may have sent it SIGABRT"
		understood = "nothing that muster understands of its last lines tells of an abort: somebody may have sent it SIGABRT"
	)
	server := Process{PIDRef: judgedRun.PIDRef, Argv: []string{"./serve"}}
	sh := server
	sh.Role = procs.RoleShell
	line := func(text string, stream procs.Stream, pid int, before time.Duration) []procs.Line {
		return []procs.Line{{Seq: 5, PID: pid, Stream: stream, At: at.Add(-before), Text: []byte(text)}}
	}
	for name, tt := range map[string]struct {
		who                  Process
		signed               bool
		lines                []procs.Line
		headline, note, last string
	}{
		"by-writer":            {server, true, line(bind, procs.Stderr, 10, 0), told, printed, "or somebody may have sent it SIGABRT"},
		"of a descendant":      {plain, true, line(bind, procs.Stderr, 12, 0), told, printed, "or somebody may have sent it SIGABRT"},
		"pipe":                 {server, false, line(bind, procs.Stderr, 0, 0), told, byNobody, "or somebody may have sent it SIGABRT"},
		"pipe, of a shell":     {sh, false, line(bind, procs.Stderr, 0, 0), plainly, understood, understood},
		"pipe, of a command":   {plain, false, line(bind, procs.Stderr, 0, 0), plainly, understood, understood},
		"a terminal":           {server, false, line(bind, procs.Terminal, 0, 0), plainly, understood, understood},
		"on standard output":   {server, true, line(bind, procs.Stdout, 10, 0), plainly, understood, understood},
		"a while ago":          {server, true, line(bind, procs.Stderr, 10, 2*time.Second), plainly, understood, understood},
		"a record of its work": {server, true, line("INFO bound port 80", procs.Stderr, 10, 0), plainly, understood, understood},
		"nothing":              {server, true, nil, plainly, nothing, nothing},
		"nothing, in pipe":     {server, false, nil, plainly, nothing, nothing},
	} {
		d := Death{Run: judgedRun, Who: tt.who, Exit: killedBy(signalNamed("ABRT")), Tail: tt.lines, Signed: tt.signed}
		if tt.signed {
			d.Own = tt.lines
		}
		v := Judge(&d)
		if !v.Crash || !strings.HasPrefix(v.Headline, tt.headline) || v.Certainty != Likely || v.Cause != CauseSignal || len(v.Notes) == 0 {
			t.Fatalf("%s: %q, %s %s, %v", name, v.Headline, v.Certainty, v.Cause, v.Notes)
		}
		if first, last := v.Notes[0].Text, v.Notes[len(v.Notes)-1].Text; !strings.HasPrefix(first, tt.note) || !strings.HasPrefix(last, tt.last) {
			t.Errorf("%s: %v", name, v.Notes)
		}
	}
	d := Death{
		Run: judgedRun, Who: server, Exit: killedBy(signalNamed("ABRT")), Own: line(bind, procs.Stderr, 10, 0), Signed: true,
		Sent: []Sent{{Signal: signalNamed("ABRT"), By: "muster", At: at}},
	}
	if v := Judge(&d); !strings.HasPrefix(v.Headline, "SIGABRT: muster sent it") || v.Certainty != Certain {
		t.Errorf("sent by muster: %q, %s", v.Headline, v.Certainty)
	}
}
