package text

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/crash"
	"example.com/muster/session"
	"example.com/muster/ui/source"
)

// TestTheCardAsText: it says what the one on screen 5 does, of other threads and of
// what was used too, and what a program has said reaches no terminal as it is.
func TestTheCardAsText(t *testing.T) {
	frame := func(file string, line int, function string, library bool) session.FrameJSON {
		return session.FrameJSON{File: file, Line: line, Function: function, Library: library}
	}
	var others []session.OtherThreadsJSON
	for range maxOthers + 2 {
		others = append(others, session.OtherThreadsJSON{Thread: "Thread 0x7f \x1b[31m(poll)", Count: 3, Frames: []session.FrameJSON{
			frame("/usr/lib/python3.12/selectors.py", 415, "select", true), frame("/srv/feed.py", 7, "poll", false),
			frame("c", 1, "c", false), frame("d", 1, "d", false), frame("e", 1, "left out", false),
		}})
	}
	fallen := time.Date(2026, 11, 22, 12, 3, 12, 0, time.Local)
	k := session.KeptCrash{CrashJSON: session.CrashJSON{
		ID: "c3", At: session.Time(fallen), StartedAt: ptr(session.Time(fallen.Add(-1953 * time.Millisecond))), Process: "train/0/ForkPoolWorker-1", PID: ptr(4130), Run: 1, Argv: []string{"python3", "train.py"}, Cause: crash.CauseSignal, Certainty: crash.Certain,
		Exit: &session.ExitJSON{Signal: ptr("SIGSEGV")}, Headline: "SIGSEGV: touched memory", Format: "python faulthandler",
		Exception: &session.ExceptionJSON{Type: "Fatal Python error", Message: "Segmentation fault", Frames: []session.FrameJSON{
			frame("/usr/lib/python3.12/ctypes/__init__.py", 517, "string_at", true), frame("/srv/resize.py", 12, "resize", false), frame("/srv/train.py", 40, "main", false),
		}},
		UserSeconds: ptr(1.25), SystemSeconds: ptr(0.5), PeakRSSBytes: ptr(int64(310 << 20)), PeakRSSEvidence: ptr(profiling.Sampled),
		Usage:        &session.SampleJSON{CPUPercent: ptr(97.0), RSSBytes: ptr(int64(120 << 20)), Threads: ptr(4), FDs: ptr(1)},
		OtherThreads: others, LeftOver: 1,
	}}
	quick := k
	quick.StartedAt = &quick.At
	if got := Crash(quick, source.Lines{}); !strings.Contains(got, ", after it had run for under 1ms\n") {
		t.Errorf("of one that ended at once it says\n%s", got)
	}
	got := Crash(k, source.Lines{First: 11, Line: 12, Text: []string{"def resize(path):", "    string_at(0)"}})
	if strings.ContainsAny(got, "\x1b\a") {
		t.Errorf("%q reaches the terminal", got)
	}
	at := 0
	for _, want := range []string{
		"c3  train/0/ForkPoolWorker-1\nSIGSEGV: touched memory\n",
		"from its output: python faulthandler\n",
		"    ... 1 frame of libraries\n  /srv/resize.py:12 in resize\n        11  def resize(path):\n    >   12      string_at(0)\n  /srv/train.py:40 in main\n",
		"how        signal; SIGSEGV (certain)\nwhen       2026-11-22 12:03:12.000, after it had run for 1.9s\n",
		"CPU time   user 1.25 s, system 0.50 s\n",
		"peak RSS   310 MiB at least, as last seen (sampled)\n",
		"slot usage CPU 97%, RSS 120 MiB, 4 threads, 1 open descriptor\n",
		"left over  1 descendant outlived it and was ended\n",
		"\nother threads\n3 threads, such as Thread 0x7f (poll)\n  /usr/lib/python3.12/selectors.py:415 in select\n  /srv/feed.py:7 in poll\n",
		"... and 2 places more\n\nit printed nothing\n",
	} {
		i := strings.Index(got[at:], want)
		if i < 0 {
			t.Fatalf("it lacks %q, or not in this order:\n%s", want, got)
		}
		at += i
	}
	for processes, want := range map[int]string{1: "\nusage      CPU 97%", 2: "\nslot usage CPU 97%"} {
		k.Process, k.Usage.Processes = "train/0", processes
		if got := Crash(k, source.Lines{}); !strings.Contains(got, want) {
			t.Errorf("of %d processes it lacks %q:\n%s", processes, want, got)
		}
	}
	if strings.Contains(got, "left out") {
		t.Errorf("more frames than promised:\n%s", got)
	}
}

// TestWhoseLastLinesAsText: whose the last lines are is said, and why they are not of the process alone.
func TestWhoseLastLinesAsText(t *testing.T) {
	for want, k := range map[string]session.CrashJSON{
		"last 2 lines of its output":                                          {Tail: []string{"a", "b"}},
		"last 2 lines of its slot: this output does not tell who wrote which": {Tail: []string{"a", "b"}, TailShared: true},
		"last 1 line of its slot: it has printed none itself":                 {Tail: []string{"a"}, TailShared: true, TailWhy: crash.TailOfOthers},
		"its slot printed nothing":                                            {TailShared: true},
	} {
		if got := tailTitle(&session.KeptCrash{CrashJSON: k}); got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
}
