package crash

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// decorated is what console.error prints of an error that Node has decorated: one of syntax.
const decorated = "/srv/app/conf.js:2\nlet y = ;\n        ^\n\nSyntaxError: Unexpected token ';'\n    at wrapSafe (node:internal/modules/cjs/loader:1464:18)\n    at Object.<anonymous> (/srv/app/main.js:1:5)\n"

// TestNodeIsSilent gives what looks like the end of a Node and is none.
func TestNodeIsSilent(t *testing.T) {
	const stack = "    at f (/srv/app/a.js:1:2)\n"
	for name, text := range map[string]string{
		"an error that is printed":        "Error: x\n" + stack + "went on\n",
		"one with a cause":                "Error: x\n" + stack[:len(stack)-1] + " {\n  [cause]: Error: y\n      at g (/srv/app/a.js:3:4)\n}\n",
		"a printed one, above a version":  "Error: x\n" + stack + "\nNode.js v20.20.2\n",
		"a version that is told of":       "/srv/app/a.js:3\nlet y\n    ^\n\nsee there\nNode.js v20.20.2 is used\n",
		"a version":                       "Node.js v20.20.2\n",
		"a syntax error that was caught":  decorated + "went on\n",
		"carets of a compiler":            "a.c:3:9: error: expected expression\n    3 | int y = ;\n      |         ^\n1 error generated.\n",
		"carets without a stack":          "/srv/app/a.txt:3\nlet y = ;\n        ^\n\nthis is not right\n",
		"carets alone":                    "^\n  ^^\n^^^^^\n",
		"a fatal error of others":         "FATAL ERROR: cannot bind port 80\ngiving up\n",
		"one at the end":                  "FATAL ERROR: cannot bind port 80\n",
		"what a prompt prints":            "> f()\nUncaught Error: x\n    at f (REPL1:1:21)\n> \n",
		"a heading":                       "----- Native stack trace -----\nnone\n",
		"a heading at the end":            "# Fatal error in the plan\n# none\n",
		"a list":                          "  #  Assertion failed: 3 of them\n 1: 0x12\n",
		"a warning about a rejection":     "(node:7) UnhandledPromiseRejectionWarning: Error: later\n" + stack,
		"a stack that the program prints": "/srv/app/a.js:3\n" + stack + "\nNode.js v20.20.2\n",
	} {
		if got := Parse(asLines([]byte(text))); len(got) > 0 {
			t.Errorf("%s: %s", name, told(got))
		}
	}
}

// TestNodeWithoutItsEnd: of a text that stops there nobody knows whether the program has caught the
// error; while it goes on it is none.
func TestNodeWithoutItsEnd(t *testing.T) {
	lines := asLines([]byte(decorated))
	w := Parse(lines)
	if len(w) != 1 || !w[0].Cut || !w[0].Caught || w[0].Exception.Headline() != "SyntaxError: Unexpected token ';', at conf.js:2" {
		t.Fatal(told(w))
	}
	whole := asLines([]byte(decorated + "\nNode.js v20.20.2\n"))
	if w := Parse(whole); len(w) != 1 || w[0].Cut || w[0].Caught {
		t.Error(told(w))
	}
	whole[len(whole)-1].At = at.Add(2 * time.Second)
	if w := Parse(whole); len(w) != 0 {
		t.Errorf("the version a while later: %s", told(w))
	}
}

// TestNodesMixed reads two that print at the same time into an output that does not tell them
// apart, and one of them behind the prefix of another tool.
func TestNodesMixed(t *testing.T) {
	text := decorated + strings.ReplaceAll(decorated, "conf.js", "other.js") + "\nNode.js v20.20.2\n"
	lines := asLines([]byte(text))
	if w := Parse(lines); len(w) != 1 || w[0].Cut || !strings.Contains(w[0].Exception.Headline(), "other.js") {
		t.Errorf("of one process, which has logged the first: %s", told(w))
	}
	for i := range lines {
		lines[i].PID = 0
	}
	if w := Parse(lines); len(w) != 2 || !w[0].Cut || w[0].Caught || w[1].Cut {
		t.Errorf("of nobody knows whom: %s", told(w))
	}
	var prefixed strings.Builder
	for s := range strings.Lines("starting\n" + decorated + "\nNode.js v20.20.2\n") {
		prefixed.WriteString("web-1  | " + s)
	}
	if w := Parse(asLines([]byte(prefixed.String()))); len(w) != 1 || w[0].Cut || w[0].Exception.Type != "SyntaxError" {
		t.Errorf("behind a prefix: %s", told(w))
	}
}

// TestCaretsInAMessage: carets in the message of others do not end that.
func TestCaretsInAMessage(t *testing.T) {
	const yaml = "while parsing a flow mapping\n  in \"<string>\", line 1, column 1:\n    {a: 1\n    ^\nexpected ',' or '}'"
	for text, want := range map[string]string{
		"Traceback (most recent call last):\n  File \"/srv/a.py\", line 3, in f\n    g()\nyaml.parser.ParserError: " + yaml + "\n": yaml,
		"thread 'main' panicked at src/main.rs:7:9:\n" + yaml + "\nnote: run with `RUST_BACKTRACE=1`\n":                            yaml,
		"terminate called after throwing an instance of 'E'\n  what():  " + yaml + "\n":                                            yaml,
	} {
		if w := Parse(asLines([]byte(text))); len(w) != 1 || w[0].Exception.Message != want {
			t.Errorf("%s\n%s", text, told(w))
		}
	}
}

func TestNodeCall(t *testing.T) {
	for text, want := range map[string]Frame{
		"f (/srv/a.js:3:9)":                                 {File: "/srv/a.js", Line: 3, Function: "f"},
		"async f (/srv/a.js:3:9)":                           {File: "/srv/a.js", Line: 3, Function: "f"},
		"/srv/a.js:3:9":                                     {File: "/srv/a.js", Line: 3},
		"/srv/an app (2)/a.js:3:9":                          {File: "/srv/an app (2)/a.js", Line: 3},
		"f (/srv/an app (2)/a.js:3:9)":                      {File: "/srv/an app (2)/a.js", Line: 3, Function: "f"},
		"async file:///srv/a%20b.mjs:3:1":                   {File: "/srv/a b.mjs", Line: 3},
		"file:///srv/100%/%e2%82%ac.mjs:3:1":                {File: "/srv/100%/€.mjs", Line: 3},
		"new X (file:///srv/a.ts:3:1)":                      {File: "/srv/a.ts", Line: 3, Function: "new X"},
		"Object.get [as width] (/srv/a.js:3:9)":             {File: "/srv/a.js", Line: 3, Function: "Object.get"},
		"eval (eval at f (/srv/a.js:3:5), <anonymous>:1:7)": {File: "/srv/a.js", Line: 3, Function: "eval"},
		"async Promise.all (index 0)":                       {Function: "Promise.all", Library: true},
		"JSON.parse (<anonymous>)":                          {Function: "JSON.parse", Library: true},
		"<anonymous>":                                       {Function: "<anonymous>", Library: true},
		"g (/srv/node_modules/pg/lib/client.js:3:9)":        {File: "/srv/node_modules/pg/lib/client.js", Line: 3, Function: "g", Library: true},
		"node:internal/main/run_main_module:28:49":          {File: "node:internal/main/run_main_module", Line: 28, Library: true},
		"processTimers (internal/timers.js:497:7)":          {File: "internal/timers.js", Line: 497, Function: "processTimers", Library: true},
		"wasm://wasm/0145fffe:wasm-function[0]:0x1e":        {Function: "wasm://wasm/0145fffe:wasm-function[0]:0x1e", Library: true},
		"h (wasm://wasm/0145fffe:wasm-function[0]:0x1e)":    {File: "wasm://wasm/0145fffe:wasm-function[0]:0x1e", Function: "h"},
		"Object.run (webpack://app/./src/run.ts?3:12:5)":    {File: "webpack://app/./src/run.ts?3", Line: 12, Function: "Object.run"},
		"[kOnMessage] (node:internal/worker:344:37)":        {File: "node:internal/worker", Line: 344, Function: "[kOnMessage]", Library: true},
		"#secret (/srv/a.js:3:9)":                           {File: "/srv/a.js", Line: 3, Function: "#secret"},
		"Timeout._onTimeout (C:\\app\\node_modules.js:3:9)": {File: "C:\\app\\node_modules.js", Line: 3, Function: "Timeout._onTimeout"},
	} {
		if f, ok := nodeCall(text); !ok || f != want {
			t.Errorf("%s: %+v", text, f)
		}
	}
	if f, ok := nodeCall("f (node:fs:57"); ok {
		t.Errorf("what is cut: %+v", f)
	}
}

// TestNodeEnds parses what was recorded and judges the end that it came with.
func TestNodeEnds(t *testing.T) {
	abrt, trap := signalNamed("ABRT"), signalNamed("TRAP")
	node := Process{PIDRef: judgedRun.PIDRef, Argv: []string{"/usr/bin/node", "main.js"}}
	clustered := Process{PIDRef: plain.PIDRef, PPID: 10, Label: "node", Argv: node.Argv, ParentLived: true}
	grep := clustered
	grep.Argv = []string{"grep", "x"}
	const kaboom = "Error: kaboom in worker, at cluster.js:7 in Timeout._onTimeout"
	for name, tt := range map[string]struct {
		text      string
		who       Process
		exit      *procs.Exit
		signed    bool
		crash     bool
		cause     Cause
		certainty Certainty
		headline  string
		note      string
	}{
		"its own":                       {"cluster-20", node, exit(1), true, true, CauseException, Certain, kaboom, ""},
		"a worker of a cluster":         {"cluster-20", clustered, exit(1), true, true, CauseException, Certain, kaboom, ""},
		"the same, by nobody knows who": {"cluster-20", clustered, exit(1), false, true, CauseException, Likely, kaboom, "does not tell who wrote which"},
		"a grep beside it":              {"cluster-20", grep, exit(1), false, false, CauseExit, Certain, "exit 1", ""},
		"another code":                  {"cluster-20", clustered, exit(3), true, false, CauseExit, Certain, "exit 3", ""},
		"a handler that throws":         {"handler-20", node, exit(7), true, true, CauseException, Certain, "Error: in the handler, at handler.js:2 in process.<anonymous>", ""},
		"a promise":                     {"rejected-20", node, exit(1), true, true, CauseException, Certain, `UnhandledPromiseRejection: The promise rejected with the reason "no room".`, ""},
		"a heap that is full":           {"heap-20", node, killedBy(abrt), true, true, CauseSignal, Certain, "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "--max-old-space-size"},
		"the same of a worker":          {"heap-20", clustered, killedBy(abrt), true, true, CauseSignal, Certain, "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "OOM killer had no part"},
		"an array too long":             {"too_long-20", node, killedBy(trap), true, true, CauseSignal, Certain, "Fatal error: Fatal JavaScript invalid size error 169220804 (see crbug.com/1201626)", "or somebody sent it SIGTRAP"},
		"process.abort()":               {"abort-20", node, killedBy(abrt), true, true, CauseSignal, Certain, "abort, at abort.js:2 in giveUp", ""},
		"an exception that aborts":      {"abort_on_uncaught-20", node, killedBy(trap), true, true, CauseException, Certain, "Error: ENOENT: no such file or directory, open '/nowhere/config.json', at missing_file.js:2 in load", "or somebody sent it SIGTRAP"},
		"what was logged":               {"silent_logged-20", node, exit(1), true, true, CauseExit, Certain, "exit 1", ""},
		"what a worker has logged":      {"silent_logged-20", clustered, exit(1), true, false, CauseExit, Certain, "exit 1", ""},
		"an old Node, or what it logs":  {"typed_emitted-14", node, exit(1), true, true, CauseException, Likely, "Error: connect ECONNREFUSED 127.0.0.1:1, at net.js:1141 in TCPConnectWrap.afterConnect", "its Node is older than 17"},
	} {
		lines := asLines(recorded(t, "node")["testdata/node/"+tt.text])
		for i := range lines {
			lines[i].PID = 0
			if tt.signed {
				lines[i].PID = tt.who.PID
			}
		}
		d := Death{Run: judgedRun, Who: tt.who, Exit: tt.exit, Words: Parse(lines), Tail: lines[max(0, len(lines)-TailLines):], Signed: tt.signed}
		if tt.signed {
			d.Own = d.Tail
		}
		v := Judge(&d)
		if v.Crash != tt.crash || v.Headline != tt.headline || v.Crash && (v.Cause != tt.cause || v.Certainty != tt.certainty) {
			t.Errorf("%s: crash %v, %s %s: %q", name, v.Crash, v.Certainty, v.Cause, v.Headline)
		}
		checkNotes(t, v.Notes, tt.note)
	}
}

// TestNodeGoesOn: what a program has printed that goes on is no crash.
func TestNodeGoesOn(t *testing.T) {
	lines := asLines([]byte(decorated))
	if v := Judge(&Death{Run: judgedRun, Who: own, Words: Parse(lines), Tail: lines}); v.Crash {
		t.Error(v.Headline)
	}
}
