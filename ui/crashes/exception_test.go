package crashes_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// sources is a directory with the program that the reports of day are of.
func sources(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	text := "import json\n\n\ndef resize(path, width):\n    if width < 1:\n        raise ValueError(\"bad width\\nof \" + path)\n    return width\n"
	if err := os.WriteFile(filepath.Join(dir, "resize.py"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// day is a session of a pool of Python workers: an exception that nobody
// fetched, a worker that died with a task and a lock, the same end many times,
// and an exception that a parent got from its worker.
func day(dir string) *uitest.Session {
	s := uitest.Empty()
	at := func(ago time.Duration) time.Time { return uitest.Now.Add(-ago) }
	no, library := false, "/usr/lib/python3.11/multiprocessing/pool.py"
	who := crash.Process{PIDRef: procs.PIDRef{PID: 4130}, PPID: 4121, Label: "ForkPoolWorker-1", Started: at(time.Minute)}
	frames := []crash.Frame{
		{File: filepath.Join(dir, "resize.py"), Line: 6, Function: "resize", Source: `raise ValueError("bad width")`},
		{File: library, Line: 48, Function: "mapstar", Library: true},
		{File: library, Line: 125, Function: "worker", Library: true},
	}
	lost := crash.Of(&crash.Death{
		Run: run("train", 0, 1, 4121), Who: who, Task: "resize(path='a.jpg', width=0)", Handled: &no,
		Words: []crash.Words{{
			Format: crash.AgentReport, Scope: crash.EndsTask,
			Exception: &crash.Exception{Type: "ValueError", Message: "bad width\nof a.jpg", Frames: frames, Chain: []*crash.Exception{
				{Type: "KeyError", Message: "'w'", How: "context", Frames: frames[:1]},
			}},
		}},
	}, crash.Verdict{Crash: true, Cause: crash.CauseException, Certainty: crash.Certain, Headline: "ValueError: bad width, at resize.py:6 in resize", Group: "v"}, at(30*time.Second))
	lost.Name, lost.Cwd = "train/0/ForkPoolWorker-1", dir
	s.Crash(lost)

	dead := crash.Of(&crash.Death{
		Run: run("train", 0, 1, 4121), Who: who, Task: "decode(7)", Tail: lines(procs.Stderr, "Fatal Python error: Segmentation fault"),
		Exit: &procs.Exit{Signal: 11, At: at(9 * time.Second)},
		Held: []crash.Held{{ID: "x", Kind: "mp.Lock", Name: "resize.py:3", Waiters: []string{"train/0/ForkPoolWorker-2", "train/0/ForkPoolWorker-3"}, Evidence: profiling.Sampled}},
		Core: crash.Core{How: "no core dump: the limit is 0; ulimit -c unlimited before the start permits one"},
		Words: []crash.Words{{
			Format: crash.Faulthandler, Scope: crash.EndsProcess, Cut: true,
			Exception: &crash.Exception{Type: "Fatal Python error", Message: "Segmentation fault", Frames: []crash.Frame{
				{File: "/usr/lib/python3.11/ctypes/__init__.py", Line: 519, Function: "string_at", Library: true}, frames[0],
			}},
			Others: []crash.Stack{{Thread: "Thread 0x7f01", Count: 3, Frames: frames[1:]}},
		}},
	}, crash.Verdict{
		Crash: true, Cause: crash.CauseLostTask, Certainty: crash.Certain, Headline: "SIGSEGV: touched memory that is not its own, at resize.py:6 in resize", Group: "s",
		Notes: []crash.Note{{Text: "its result will never come: the pool has put another worker in its place and lost the task", Evidence: profiling.Inferred, Rule: "python/cpython#96062"}},
	}, at(9*time.Second))
	dead.Name, dead.Cwd, dead.Shared = "train/0/ForkPoolWorker-1", dir, true
	dead.Siblings, dead.SiblingCount = []string{"train/0/ForkPoolWorker-4"}, 1
	s.Crash(dead)

	for i := range 3 {
		r := uitest.NewCrash(run("load", i, 1, 5000+i), []string{"./load"}, procs.Exit{Code: 3, At: at(time.Duration(8-i) * time.Second)}, nil, nil)
		r.Group, r.SameBefore = "exit 3", 9997+i
		s.Crash(r)
	}
	parent := uitest.NewCrash(run("train", 1, 1, 4200), []string{"python3", "train.py"}, procs.Exit{Code: 1, At: at(time.Second)}, nil, nil)
	parent.Links = []crash.Link{{Seq: 1, How: crash.FetchedFrom}}
	s.Crash(parent)
	return s
}

func TestGoldenExceptions(t *testing.T) {
	for _, size := range []struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}, {200, 60}} {
		name := fmt.Sprintf("%dx%d", size.w, size.h)
		dir := sources(t)
		d := newDesk(t, day(dir), size.w, size.h)
		uitest.Golden(t, "kinds-"+name, d.frame(), size.w, size.h)
		d.press("j", "j", "enter")
		d.read()
		uitest.Golden(t, "lost-task-"+name, d.frame(), size.w, size.h)
		d.press("n")
		d.read()
		uitest.Golden(t, "swallowed-"+name, d.frame(), size.w, size.h)
	}
}

// read lets the screen read the source lines that it wants.
func (d *desk) read() {
	for cmd := d.screen.More(); cmd != nil; cmd = d.screen.More() {
		d.screen.Receive(cmd().(keys.AnswerMsg).Answer)
	}
}

func TestALostExceptionSaysSo(t *testing.T) {
	d := newDesk(t, day(sources(t)), 160, 40)
	d.press("G", "enter")
	d.read()
	has(t, d.frame(), "c1  train/0/ForkPoolWorker-1", "an exception that ended a task, not the process (certain)", "from muster's agent in the process", "nobody has asked for this result: the exception is lost",
		"resize(path='a.jpg', width=0)", "▸ resize.py:6  resize", "▶ 6         raise ValueError", "… 2 library frames", "it came while this was handled: KeyError: 'w'", "of a.jpg")
}

func TestADeadWorkerSaysWhatItHad(t *testing.T) {
	d := newDesk(t, day(sources(t)), 200, 60)
	d.press("j", "j", "enter")
	has(t, d.frame(), "its result will never come", "inferred: python/cpython#96062", "mp.Lock resize.py:3 (sampled); train/0/ForkPoolWorker-2,", "wait for it",
		"raised 1 library frame further in: __init__.py:519 string_at", "no core dump: the limit is 0", "3 threads, such as Thread 0x7f01", "from its output: python faulthandler, cut short",
		"1 other failed in the same way at about the same time: train/0/ForkPoolWorker-4", "of the whole slot")
}

func TestManyOfAKindAreOneRow(t *testing.T) {
	d := newDesk(t, day(sources(t)), 100, 30)
	if n := strings.Count(d.frame(), "load/"); n != 1 {
		t.Errorf("%d rows of the pool load:\n%s", n, d.frame())
	}
	has(t, d.frame(), "×10,000")
	d.press("j", "tab")
	has(t, d.frame(), "c5  load/2", "10,000 of this kind, 3 of 3 kept ([ older)")
	d.press("[")
	has(t, d.frame(), "c4  load/1", "10,000 of this kind, 2 of 3 kept (] newer)")
	d.press("[", "[")
	has(t, d.frame(), "c3  load/0", "10,000 of this kind, 1 of 3 kept (] newer)")
	d.press("]")
	has(t, d.frame(), "c4  load/1")
	small := newDesk(t, day(sources(t)), 80, 21)
	small.press("j", "tab")
	small.another("web", 1)
	has(t, small.frame(), " c5  load/2  10,000 of this kind, 3 of 3 kept ([ older)  1 crash since")
}

// The time in a row is that of the last crash, also of those that were only counted; the
// kind with the last one comes first.
func TestTheTimeOfWhatIsOnlyCounted(t *testing.T) {
	s := day(sources(t))
	s.CountCrashes(crash.Row{Pool: "train", Group: "v", Count: 41, Last: uitest.Now.Add(-100 * time.Millisecond)})
	d := newDesk(t, s, 120, 40)
	d.press("g")
	has(t, d.frame(), "› 12:03:11  ", "×41", "c1  train/0/ForkPoolWorker-1  41 of this kind")
	s.CountCrashes(crash.Row{Pool: "train", Group: "v", Count: 41, Last: uitest.Now.Add(-time.Hour)})
	has(t, d.frame(), "12:02:42  ")
}

func TestFilter(t *testing.T) {
	d := newDesk(t, day(sources(t)), 120, 30)
	filter := func(text string) {
		d.screen.Handle(keys.Intent{Verb: keys.Search, Text: text})
		d.frame()
	}
	filter("valueERROR")
	has(t, d.frame(), "with valueerror", "c1  train/0/ForkPoolWorker-1")
	filter("lost task")
	has(t, d.frame(), "c2  train/0/ForkPoolWorker-1")
	filter("no such thing")
	has(t, d.frame(), "No crash has no such thing in its name, headline or cause. Esc shows all 6.")
	d.session.Change(func(snap *procs.Snapshot) { snap.Crashes = 41 })
	has(t, d.frame(), "Esc shows 6 reports of 41 crashes.")
	if _, handled := d.screen.Handle(keys.Intent{Verb: keys.Back}); !handled {
		t.Error("Esc does not take the filter away")
	}
	has(t, d.frame(), "train/1")
}

func TestAStoryIsTold(t *testing.T) {
	d := newDesk(t, day(sources(t)), 200, 30)
	has(t, d.frame(), "c6  train/1", "c1 is where the exception came from: a worker's, brought here by its pool")
}

func TestEdit(t *testing.T) {
	dir := sources(t)
	d := newDesk(t, day(dir), 120, 30)
	if msg, ok := d.press("G", "e").(keys.EditMsg); !ok || msg != (keys.EditMsg{File: filepath.Join(dir, "resize.py"), Line: 6}) {
		t.Errorf("e asks for %+v", msg)
	}
	if !slices.ContainsFunc(d.screen.Help(), func(h keys.Hint) bool { return h.Key == "e" }) {
		t.Error("e is not offered where the line is known")
	}
	if msg, ok := d.press("g", "e").(keys.SayMsg); !ok || !strings.Contains(msg.Text, "no source line of c6 is known") {
		t.Errorf("e asks for %+v", msg)
	}
}

// Where the name is too long it is that which is cut, and not which card of how many it is.
func TestALongNameLeavesTheCount(t *testing.T) {
	s := uitest.Empty()
	name := "ingest-customer-events-from-the-european-message-queue-and-write-them-to-the-warehouse"
	for i := range 3 {
		r := uitest.NewCrash(run(name, i, 1, 5000+i), []string{"./load"}, procs.Exit{Code: 3, At: uitest.Now}, nil, nil)
		r.Group, r.SameBefore = "exit 3", i
		s.Crash(r)
	}
	for _, tt := range []struct {
		w, h int
		want string
	}{
		{200, 60, "e-and-write-them-to-the-warehouse/2  crash 3 of 3 of this kind ([ older)"},
		{120, 40, "house/2  crash 3 of 3 of this kind ([ older)"},
		{40, 12, "the-warehouse/2  3 of 3"},
	} {
		d := newDesk(t, s, tt.w, tt.h)
		d.press("enter")
		has(t, d.frame(), " c3  ing", tt.want)
	}
}

// A process that ended as soon as it had begun had not run for nothing, nor for microseconds.
func TestOneThatEndedAtOnce(t *testing.T) {
	s := uitest.Typical()
	for _, age := range []time.Duration{300, 40 * time.Microsecond} {
		end := procs.Exit{Code: 3, At: uitest.Now, RunStartedAt: uitest.Now.Add(-age)}
		s.Crash(uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "train"}}, []string{"false"}, end, nil, nil))
		has(t, newDesk(t, s, 160, 40).frame(), "after it had run for under 1ms")
	}
}
