package session

import (
	"testing"

	"example.com/muster/profiling/pyagent"
)

// TestWhereItWasRaised: what an agent tells is told at the program's own innermost frame,
// and code without a file is the program's own unless a library has made it.
func TestWhereItWasRaised(t *testing.T) {
	at := func(file, function string) pyagent.TracebackFrame {
		return pyagent.TracebackFrame{File: file, Line: 3, Function: function}
	}
	library := at("/usr/lib/python3.12/multiprocessing/managers.py", "_callmethod")
	for name, tt := range map[string]struct {
		frames []pyagent.TracebackFrame
		want   string
	}{
		"a manager's proxy":    {[]pyagent.TracebackFrame{library, at("<string>", "get"), at("/srv/a.py", "fetch")}, "a.py:3 in fetch"},
		"a dataclass":          {[]pyagent.TracebackFrame{at("<string>", "__init__"), at("/srv/a.py", "make")}, "a.py:3 in make"},
		"what was executed":    {[]pyagent.TracebackFrame{at("<string>", "rule"), at("/srv/a.py", "apply")}, "<string>:3 in rule"},
		"a library of another": {[]pyagent.TracebackFrame{at("/usr/lib/python3.12/json/decoder.py", "decode"), at("<string>", "rule")}, "<string>:3 in rule"},
	} {
		e := raised(&pyagent.Raised{Type: "KeyError", Frames: tt.frames}, 0)
		if got := e.Headline(); got != "KeyError, at "+tt.want {
			t.Errorf("%s: %q, want it at %s", name, got, tt.want)
		}
	}
}
