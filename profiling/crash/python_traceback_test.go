package crash

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// headlines are what was found in a text, in short.
func headlines(found []Words) string {
	var all []string
	for i := range found {
		h := found[i].Exception.Headline()
		if found[i].Cut {
			h += " [cut]"
		}
		all = append(all, h)
	}
	return strings.Join(all, "; ")
}

const badWidth = `Traceback (most recent call last):
  File "/app/resize.py", line 20, in <module>
    main()
  File "/app/resize.py", line 12, in resize
    raise ValueError("bad width")
ValueError: bad width
`

// TestPythonIsSilent gives texts that speak of tracebacks and are none.
func TestPythonIsSilent(t *testing.T) {
	for name, text := range map[string]string{
		"a help text":              "  --full   print the Traceback (most recent call last):\n  --quiet  print nothing\n",
		"a header alone":           "Traceback (most recent call last):\n",
		"a header, then something": "Traceback (most recent call last):\nValueError: bad width\n",
		"doctest's expectation":    "Expected:\n    Traceback (most recent call last):\n        ...\n    ValueError: bad width\nGot nothing\n",
		"doctest's docstring":      ">>> f()\nTraceback (most recent call last):\n  ...\nValueError: bad width\n",
		"doctest's failure":        "Exception raised:\n" + indented(badWidth, "    "),
		"a quoted traceback":       indented(badWidth, "> "),
		"print_stack":              "  File \"/app/x.py\", line 3, in <module>\n    f()\n  File \"/app/x.py\", line 2, in f\n    traceback.print_stack()\n",
		"pytest":                   "    def test_f():\n>       assert f() == 2\nE       assert 1 == 2\n\ntest_x.py:5: AssertionError\n",
		"source text":              "print(\"Traceback (most recent call last):\")\n",
		"asyncio's debug":          "source_traceback: Object created at (most recent call last):\n  File \"/app/x.py\", line 3, in f\n    g()\n",
		"the middle of a group":    "    | Traceback (most recent call last):\n    |   File \"/app/x.py\", line 3, in f\n    | ValueError: a\n",
		"a file that is named":     "  File \"x.py\", line 3\nand more of that\n",
	} {
		if got := Parse(asLines([]byte(text))); len(got) > 0 {
			t.Errorf("%s: %s", name, headlines(got))
		}
	}
}

func indented(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}

// TestPythonEndsNothing gives tracebacks of which it is not known, or known not
// to be so, that they ended a process.
func TestPythonEndsNothing(t *testing.T) {
	for name, text := range map[string]string{
		"a log record":                "2026-11-25 12:00:00,123 ERROR app cannot resize\n" + badWidth,
		"a record of two lines":       "[12:00:00] CRITICAL/MainProcess: oh\n" + badWidth,
		"a record on the header":      "ERROR:root:" + badWidth,
		"a record with brackets":      "12:00 [error] " + badWidth,
		"caught and printed":          strings.Replace(badWidth, "<module>", "serve", 1),
		"a destructor":                "Exception ignored in: <function A.__del__ at 0x7f>\n" + badWidth,
		"3.14's words for it":         "Exception ignored while calling deallocator <function A.__del__ at 0x7f>:\n" + badWidth,
		"an exit handler up to 3.9":   "Error in atexit._run_exitfuncs:\n" + badWidth,
		"other programs' in a report": "job 7 of web-3 failed with ERROR: see below\n" + badWidth,
	} {
		found := Parse(asLines([]byte(text)))
		if len(found) != 1 || found[0].Scope != EndsNothing || found[0].Exception.Message != "bad width" {
			t.Errorf("%s: %s", name, told(found))
		}
	}
	// What a program said before it ended is no log of its end.
	found := Parse(asLines([]byte("2026-11-25 12:00:00,123 INFO starts\n" + badWidth)))
	if len(found) != 1 || found[0].Scope != EndsProcess || found[0].Logged {
		t.Errorf("after a record of level INFO: %s", told(found))
	}
}

// TestPythonWithoutItsLinesAbove: a reader that starts at the header still sees
// from the outermost frame what has ended.
func TestPythonWithoutItsLinesAbove(t *testing.T) {
	for outermost, want := range map[string]Scope{
		`"/usr/lib/python3.11/multiprocessing/process.py", line 314, in _bootstrap`: EndsProcess,
		`"/usr/lib/python3.11/threading.py", line 1045, in _bootstrap_inner`:        EndsThread,
		`"<frozen runpy>", line 198, in _run_module_as_main`:                        EndsProcess,
		`"/app/serve.py", line 3, in _bootstrap`:                                    EndsNothing,
	} {
		found := Parse(asLines([]byte(strings.Replace(badWidth, `"/app/resize.py", line 20, in <module>`, outermost, 1))))
		if len(found) != 1 || found[0].Scope != want || found[0].Caught != (want == EndsNothing) {
			t.Errorf("%s: %s", outermost, told(found))
		}
	}
}

// interleaved lets writers take turns line by line.
func interleaved(pids []int, texts ...string) []procs.Line {
	var all []procs.Line
	parts := make([][]string, len(texts))
	for i, t := range texts {
		parts[i] = strings.Split(strings.TrimSuffix(t, "\n"), "\n")
	}
	for k, more := 0, true; more; k++ {
		more = false
		for i := range parts {
			if k < len(parts[i]) {
				more = true
				all = append(all, procs.Line{Seq: uint64(len(all)), At: at, PID: pids[i], Text: []byte(parts[i][k])})
			}
		}
	}
	return all
}

const badHeight = `Traceback (most recent call last):
  File "/app/crop.py", line 9, in <module>
    main()
  File "/app/crop.py", line 4, in crop
    raise TypeError("bad height")
TypeError: bad height
`

func TestInterleavedWritersAreReadApart(t *testing.T) {
	got := Parse(interleaved([]int{7, 8}, badWidth, badHeight))
	if h := headlines(got); h != "ValueError: bad width, at resize.py:12 in resize; TypeError: bad height, at crop.py:4 in crop" {
		t.Error(h)
	}
	if len(got) != 2 || got[0].PID != 7 || got[1].PID != 8 || got[0].From != 0 || got[0].To != 11 {
		t.Errorf("%+v", got)
	}
}

// TestInterleavedInOneStream: without a pid nobody can tell whose frames are whose.
func TestInterleavedInOneStream(t *testing.T) {
	got := Parse(interleaved([]int{0, 0}, badWidth, badHeight))
	if h := headlines(got); h != "ValueError: bad width [cut]; TypeError: bad height [cut]" {
		t.Error(h)
	}
	for _, w := range got {
		if len(w.Exception.Frames) > 0 || w.Scope != EndsNothing {
			t.Errorf("%s", told(got))
		}
	}
}

// TestStrangersWithin puts other lines into a traceback.
func TestStrangersWithin(t *testing.T) {
	text := strings.Replace(badWidth, "    main()\n", "    main()\n12 % done\nINFO: next\n", 1)
	if h := headlines(Parse(asLines([]byte(text)))); h != "ValueError: bad width, at resize.py:12 in resize [cut]" {
		t.Error(h)
	}
	text = strings.Replace(badWidth, "ValueError", "13 % done\nValueError", 1)
	if h := headlines(Parse(asLines([]byte(text)))); h != "ValueError: bad width, at resize.py:12 in resize [cut]" {
		t.Error(h)
	}
}

func TestPrefixes(t *testing.T) {
	for _, by := range []string{"web-1  | ", "[worker-3] ", "2026-11-25T12:00:00.123Z web: ", "\x1b[36mweb.1   |\x1b[0m "} {
		if h := headlines(Parse(asLines([]byte(indented(badWidth, by))))); h != "ValueError: bad width, at resize.py:12 in resize" {
			t.Errorf("behind %q: %q", by, h)
		}
	}
	both := interleaved([]int{0, 0}, indented(badWidth, "web-1  | "), indented(badHeight, "web_2  | "))
	if h := headlines(Parse(both)); h != "ValueError: bad width, at resize.py:12 in resize; TypeError: bad height, at crop.py:4 in crop" {
		t.Error(h)
	}
}

func TestAProgressBarBefore(t *testing.T) {
	text := "\r 50%|#####     | 5/10 [00:00<00:00, 9.9it/s]" + badWidth
	if h := headlines(Parse(asLines([]byte(text)))); h != "ValueError: bad width, at resize.py:12 in resize" {
		t.Error(h)
	}
}

// TestWhatIsPrintedLater is no part of a message. What is printed at once may be one, or not,
// unless the text goes on behind it.
func TestWhatIsPrintedLater(t *testing.T) {
	lines := asLines([]byte(badWidth + "second line\n"))
	last := uint64(len(lines) - 1)
	if w := Parse(lines)[0]; w.Exception.Message != "bad width\nsecond line" || w.To != last+1 || w.Timed != last {
		t.Errorf("at once: %q, lines to %d, from %d by their time", w.Exception.Message, w.To, w.Timed)
	}
	lines[last].At = at.Add(time.Second)
	if w := Parse(lines)[0]; w.Exception.Message != "bad width" || w.To != last || w.Timed != 0 {
		t.Errorf("later: %q, lines to %d, from %d by their time", w.Exception.Message, w.To, w.Timed)
	}
	logged := asLines([]byte(badWidth + "12:00:00 INFO main: next\n"))
	if w := Parse(logged)[0]; w.Exception.Message != "bad width" || w.Timed != 0 {
		t.Errorf("a log: %q, from %d by their time", w.Exception.Message, w.Timed)
	}
	followed := asLines([]byte(badWidth + "second line\n\n" + whileHandling + "\n\n" + badHeight))
	if w := Parse(followed)[0]; w.Timed != 0 || int(w.To) != len(followed) {
		t.Errorf("with another one behind: lines to %d, from %d by their time", w.To, w.Timed)
	}
}

// inThread is the traceback of a thread.
func inThread(name, message string) string {
	return "Exception in thread " + name + `:
Traceback (most recent call last):
  File "/usr/lib/python3.12/threading.py", line 1075, in _bootstrap_inner
    self.run()
  File "/usr/lib/python3.12/threading.py", line 1012, in run
    self._target(*self._args, **self._kwargs)
  File "/app/poll.py", line 2, in poll
    raise ValueError("` + message + `")
ValueError: ` + message + "\n"
}

// TestTornByAThread: of threads that print into each other's lines nothing is made that has
// no name, be it as a crash of a process that goes on, or as what it has caught before its end.
func TestTornByAThread(t *testing.T) {
	one, two := inThread("Thread-1", "one"), inThread("Thread-2", "two")
	for name, lines := range map[string][]procs.Line{
		"by turns":           interleaved([]int{10, 10}, one, two),
		"within a traceback": asLines([]byte(one[:strings.Index(one, "  File \"/app")] + two)),
		"a line to itself":   interleaved([]int{10, 10}, one, "\n\n"+two),
		"cut":                asLines([]byte(one[:strings.Index(one, "ValueError: one")])),
		"cut on both sides":  asLines([]byte("Traceback (most recent call last):\n" + one[strings.Index(one, "  File \"/app"):strings.Index(one, "ValueError: one")])),
	} {
		words := Parse(lines)
		for i := range words {
			words[i].PID = 10
			d := Death{Run: judgedRun, Who: own, Words: words[i : i+1]}
			if v := Judge(&d); strings.Contains(v.Headline, "name is not known") {
				t.Errorf("%s, while it goes on: %q, of\n%s", name, v.Headline, told(words))
			}
		}
		d := Death{Run: judgedRun, Who: own, Words: words, Exit: exit(1)}
		if v := Judge(&d); strings.Contains(v.Headline, "name is not known") {
			t.Errorf("%s, and it ends: %q, of\n%s", name, v.Headline, told(words))
		}
	}
}

func TestBounds(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	w := Parse(asLines([]byte(strings.Replace(badWidth, "bad width\n", big+"\n", 1))))
	if len(w) != 1 || len(w[0].Exception.Message) != MaxMessage || len([]rune(w[0].Exception.Headline())) > maxHeadline {
		t.Errorf("a message of 1 MB: %d words", len(w))
	}
	many := strings.Replace(badWidth, "bad width\n", strings.Repeat("line\n", 1<<20), 1)
	if w = Parse(asLines([]byte(many))); len(w) != 1 || len(w[0].Exception.Message) > MaxMessage {
		t.Errorf("a message of a million lines: %d words", len(w))
	}
	var deep strings.Builder
	for i := range 200_000 {
		deep.WriteString("  File \"/app/x.py\", line " + string(rune('1'+i%9)) + ", in f" + strings.Repeat("g", i%13) + "\n")
	}
	w = Parse(asLines([]byte("Traceback (most recent call last):\n" + deep.String() + "RecursionError: deep\n")))
	if e := w[0].Exception; len(w) != 1 || len(e.Frames) > maxFrames || len(e.Frames)+e.Omitted != 200_000 {
		t.Errorf("deep: %d frames, %d omitted", len(e.Frames), e.Omitted)
	}
	chain := strings.Repeat(badWidth+"\n"+whileHandling+"\n\n", 5000) + badHeight
	w = Parse(asLines([]byte(chain)))
	if len(w) != 1 || w[0].Exception.Type != "TypeError" || len(w[0].Exception.Chain) != maxChain-1 {
		t.Errorf("a chain of 5000: %d words", len(w))
	}
	nested := ""
	for i := range 100 {
		m := strings.Repeat("  ", i+1)
		if i == 0 {
			nested += "  + " + groupHeader + "\n  |   File \"/app/x.py\", line 3, in <module>\n"
		}
		nested += m + "| ExceptionGroup: g (1 sub-exception)\n" + m + "+-+---------------- 1 ----------------\n"
	}
	if w = Parse(asLines([]byte(nested))); len(w) != 1 || !w[0].Cut {
		t.Errorf("100 nested groups: %s", told(w))
	}
}

// TestLongLinesComeInPieces joins what the splitter has cut.
func TestLongLinesComeInPieces(t *testing.T) {
	lines := asLines([]byte(badWidth))
	last := lines[len(lines)-1]
	lines[len(lines)-1].Text, lines[len(lines)-1].Cut = []byte("ValueError: bad"), true
	last.Text, last.Seq = []byte(" width"), last.Seq+1
	w := Parse(append(lines, last))
	if len(w) != 1 || w[0].Exception.Message != "bad width" || w[0].To != last.Seq+1 {
		t.Errorf("%s", told(w))
	}
}

func TestCarriageReturnsAndEscapes(t *testing.T) {
	text := strings.ReplaceAll(badWidth, "\n", "\x1b[0m\r\n")
	text = strings.Replace(text, "ValueError", "\x1b[1;35mValueError", 1)
	text = strings.Replace(text, "bad", "\x1b]0;title\abad", 1)
	if h := headlines(Parse(asLines([]byte(text)))); h != "ValueError: bad width, at resize.py:12 in resize" {
		t.Error(h)
	}
}

// TestHeadlineHasNoControls: a message may try to paint the screen or turn text around.
func TestHeadlineHasNoControls(t *testing.T) {
	e := Exception{Type: "E", Message: "a\x1b[2J\u202eb\x07\u2028c\td\nsecond"}
	if h := e.Headline(); h != "E: a[2Jbc d" {
		t.Errorf("%q", h)
	}
}

func TestGroupKey(t *testing.T) {
	user := Frame{File: "/app/x.py", Line: 3, Function: "f"}
	lib := func(line int) Frame {
		return Frame{File: "/usr/lib/python3.11/queue.py", Line: line, Function: "get", Library: true}
	}
	same := [][2]Exception{
		{{Type: "E", Frames: []Frame{lib(1), user}}, {Type: "E", Message: "other", Frames: []Frame{lib(2), lib(3), user}}},
		{{Type: "E", Frames: []Frame{lib(1)}}, {Type: "E", Frames: []Frame{lib(2)}}},
		{{Type: "E", Message: "pid 12 at 0x7ffe01"}, {Type: "E", Message: "pid 4711 at 0x55ab"}},
	}
	for _, s := range same {
		if s[0].GroupKey() != s[1].GroupKey() {
			t.Errorf("%q and %q", s[0].GroupKey(), s[1].GroupKey())
		}
	}
	other := user
	other.Line = 4
	a, b := Exception{Type: "E", Frames: []Frame{user}}, Exception{Type: "E", Frames: []Frame{other}}
	if a.GroupKey() == b.GroupKey() {
		t.Errorf("two lines of the user's are one kind: %q", a.GroupKey())
	}
}

func TestFolded(t *testing.T) {
	u, l := Frame{Function: "f"}, Frame{Function: "g", Library: true}
	var got []string
	r := l
	r.Repeated = 3
	for _, f := range Folded([]Frame{l, u, l, r, l, u}) {
		if f.Frame != nil {
			got = append(got, f.Frame.Function)
		} else {
			got = append(got, f.String())
		}
	}
	if s := strings.Join(got, ", "); s != "g, f, … 6 library frames, f" {
		t.Error(s)
	}
	if f := Folded([]Frame{l, l}); len(f) != 2 {
		t.Errorf("library frames only: %v", f)
	}
}
