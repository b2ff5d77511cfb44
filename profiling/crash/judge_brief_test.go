package crash

import (
	"testing"

	"example.com/muster/procs"
)

// TestBriefOfWhatGoesOn: one line says what an exception has ended, unless that is the process.
func TestBriefOfWhatGoesOn(t *testing.T) {
	for name, tt := range map[string]struct {
		lives bool
		scope Scope
		want  string
	}{
		"a task":               {true, EndsTask, "ValueError: bad (ended a task, not the process)"},
		"a thread":             {true, EndsThread, "ValueError: bad (ended a thread, not the process)"},
		"atexit":               {true, EndsNothing, "ValueError: bad (did not end the process)"},
		"a process":            {false, EndsProcess, "ValueError: bad"},
		"a thread, and all":    {false, EndsThread, "ValueError: bad"},
		"a process that lives": {true, EndsProcess, "ValueError: bad"},
	} {
		r := Report{Headline: "ValueError: bad", More: More{Lives: tt.lives, Words: &Words{Scope: tt.scope}}}
		if got := r.Brief(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestBriefSaysWhatHelps: how who asks can be answered is in the one line, and not in the headline
// or the name of the kind.
func TestBriefSaysWhatHelps(t *testing.T) {
	for name, tt := range map[string]struct {
		who  Process
		want string
	}{
		"the slot's own":                      {own, "EOFError: EOF when reading a line, at a.py:3 in f (its input is empty: --output pty)"},
		"a worker, which has no input anyway": {forked, "EOFError: EOF when reading a line, at a.py:3 in f"},
	} {
		words := with(said(AgentReport, "EOFError", tt.who.PID), func(w *Words) { w.Exception.Message = "EOF when reading a line" })
		v := Judge(&Death{Run: judgedRun, Who: tt.who, Exit: &procs.Exit{Code: 1}, Words: words})
		r := &Report{Headline: v.Headline, More: More{Group: v.Group, Notes: v.Notes}}
		if got := r.Brief(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		if r.Headline != "EOFError: EOF when reading a line, at a.py:3 in f" || r.Group != "EOFError|a.py:3|f" {
			t.Errorf("%s: the headline is %q, the kind %q", name, r.Headline, r.Group)
		}
	}
}
