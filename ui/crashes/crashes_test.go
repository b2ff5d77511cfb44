package crashes_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/crashes"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

func lines(stream procs.Stream, texts ...string) []procs.Line {
	var out []procs.Line
	for i, text := range texts {
		out = append(out, procs.Line{Seq: uint64(i), At: uitest.Now.Add(time.Duration(i-60) * time.Second), Stream: stream, Text: []byte(text)})
	}
	return out
}

func samples(n int) []procs.Sample {
	var out []procs.Sample
	for i := range n {
		u := procs.Usage{CPUPercent: float64(i * 187 / n), RSSBytes: int64(i) << 22}
		if i == 3 {
			u = procs.Usage{CPUPercent: procs.Unknown, RSSBytes: procs.Unknown}
		}
		out = append(out, procs.Sample{Run: 2, Sum: u})
	}
	return out
}

func run(pool string, slot, n, pid int) procs.Run {
	return procs.Run{ID: procs.ID{Pool: pool, Slot: slot}, N: n, PIDRef: procs.PIDRef{PID: pid}}
}

// night is a session with four kinds of bad end.
func night() *uitest.Session {
	s := uitest.Empty()
	at := func(ago time.Duration) time.Time { return uitest.Now.Add(-ago) }
	s.Crash(uitest.NewCrash(run("api", 3, 1, 0), []string{"./api"}, procs.Exit{Code: 127, StartError: "not found: ./api", At: at(3 * time.Minute)}, nil, nil))

	tail := append(lines(procs.Stdout, "GET /healthz 200 0.4ms", "\x1b[32mINFO\x1b[0m cache rebuilt \x1b]0;owned\a"),
		lines(procs.Stderr, "fatal error: concurrent map writes", "", "goroutine 34 [running]:", "main.(*cache).put(0xc000012345, {0x6b2f10, 0x4}, 0x7, {0x6b2f10, 0x4}, 0xc000012345, 0xc000055555)", "\t/src/api/cache.go:41 +0x1d")...)
	s.Crash(uitest.NewCrash(run("api", 1, 2, 4141), []string{"./api", "--name", "a b", "it's"}, procs.Exit{
		Signal: 11, Core: true, At: at(20 * time.Second), RunStartedAt: at(192 * time.Second), UserTime: 1240 * time.Millisecond,
		SystemTime: 310 * time.Millisecond, PeakRSSBytes: 310 << 20, Descendants: 1, LastLineAfter: 400,
	}, tail, samples(40)))

	killed := uitest.NewCrash(run("train", 0, 1, 4000), []string{"python3", "train.py"}, procs.Exit{
		Signal: procs.SIGKILL, At: at(10 * time.Second), RunStartedAt: at(time.Hour), TailCut: true,
	}, lines(procs.Terminal, "epoch 3"), nil)
	killed.Certainty = crash.Likely
	s.Crash(killed)

	again := uitest.NewCrash(run("api", 2, 4, 4142), []string{"./api"}, procs.Exit{Code: 3, At: at(time.Second), RunStartedAt: at(5 * time.Second)},
		lines(procs.Stderr, "cannot connect to db:5432: connection refused"), samples(2))
	again.SameBefore = 2
	s.Crash(again)
	return s
}

type desk struct {
	t       *testing.T
	screen  *crashes.Screen
	session *uitest.Session
	w, h    int
}

func newDesk(t *testing.T, s *uitest.Session, w, h int) *desk {
	d := &desk{t: t, screen: crashes.New(theme.New(colorprofile.TrueColor, true), keys.Standard()), session: s, w: w, h: h}
	d.screen.SetSize(w, h)
	d.frame()
	return d
}

func (d *desk) frame() string {
	d.t.Helper()
	d.screen.Sync(d.session, uitest.Now)
	f := d.screen.Render()
	uitest.Fits(d.t, f, d.w, d.h)
	return f
}

// press presses keys and returns what the last one asked of the root.
func (d *desk) press(names ...string) (msg any) {
	d.t.Helper()
	return uitest.Press(d.t, keys.Crashes, d.screen, d.frame, names...)
}

func has(t *testing.T, frame string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(ansi.Strip(frame), want) {
			t.Errorf("the frame lacks %q:\n%s", want, ansi.Strip(frame))
		}
	}
}

func TestGolden(t *testing.T) {
	for _, size := range []struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}, {200, 60}} {
		name := fmt.Sprintf("%dx%d", size.w, size.h)
		d := newDesk(t, night(), size.w, size.h)
		uitest.Golden(t, "list-"+name, d.frame(), size.w, size.h)
		d.press("j", "j", "enter")
		uitest.Golden(t, "card-"+name, d.frame(), size.w, size.h)
		uitest.Golden(t, "none-"+name, newDesk(t, uitest.Empty(), size.w, size.h).frame(), size.w, size.h)
	}
}

func TestGoldenColours(t *testing.T) {
	d := newDesk(t, night(), 60, 26)
	d.press("j", "j", "enter")
	uitest.Golden(t, "colours-60x26", strings.ReplaceAll(d.frame(), "\x1b[", "⟨"), 1000, 26)
}

// TestWhatIsMeasuredOfMoreThanTheProcess: it is called the slot's, and not taken for the process's own.
func TestWhatIsMeasuredOfMoreThanTheProcess(t *testing.T) {
	for _, of := range []struct {
		processes    []int
		curve, usage string
	}{
		{processes: []int{1, 1, 1}, curve: " RSS        ", usage: " usage      2 threads"},
		{processes: []int{1, 2, 2}, curve: " slot RSS   ", usage: " slot usage 2 threads"},
		{processes: []int{1, 2, 1}, curve: " slot RSS   ", usage: " usage      2 threads"},
	} {
		var samples []procs.Sample
		for _, n := range of.processes {
			samples = append(samples, procs.Sample{Run: 1, Processes: n, Sum: procs.Usage{CPUPercent: 3, RSSBytes: 4 << 20, Threads: 2}})
		}
		s := uitest.Empty()
		s.Crash(uitest.NewCrash(run("web", 0, 1, 4000), []string{"bash"}, procs.Exit{Code: 3, At: uitest.Now, PeakRSSBytes: 3 << 20}, nil, samples))
		has(t, newDesk(t, s, 100, 30).frame(), of.curve, of.usage, " peak RSS   3.0 MiB")
	}
}

func TestEveryKindSaysHow(t *testing.T) {
	d := newDesk(t, night(), 100, 40)
	d.frame()
	for _, want := range []string{
		"exit code 3; it ended by itself (certain)",
		"signal 9, SIGKILL; no core dump; sent by",
		"signal 11, SIGSEGV; touched memory that is",
		"it could not be started: not found: ./api",
	} {
		has(t, d.frame(), want)
		d.press("j")
	}
}

// A card says once by whom a process was ended, and how sure that is.
func TestWhoHasEndedIt(t *testing.T) {
	code, killed := procs.Exit{Code: 1}, procs.Exit{Signal: procs.SIGKILL}
	for _, tt := range []struct {
		exit      procs.Exit
		cause     crash.Cause
		certainty crash.Certainty
		endedBy   string
		want      string
	}{
		{code, crash.CauseExit, crash.Certain, "", "exit code 1; it ended by itself (certain)"},
		{code, crash.CauseTimeout, crash.Certain, "its master", "exit code 1; ended by its master (certain)"},
		{killed, crash.CauseTimeout, crash.Certain, "its master", "signal 9, SIGKILL; no core dump; sent by its master (certain)"},
		{killed, crash.CauseKilled, crash.Certain, "muster", "signal 9, SIGKILL; no core dump; sent by muster (certain)"},
		{killed, crash.CauseKilled, crash.Likely, "", "signal 9, SIGKILL; no core dump; sent by somebody else, nobody knows who (likely)"},
	} {
		r := uitest.NewCrash(run("web", 0, 1, 1), []string{"web"}, tt.exit, nil, nil)
		r.Cause, r.Certainty, r.EndedBy = tt.cause, tt.certainty, tt.endedBy
		s := uitest.Empty()
		s.Crash(r)
		has(t, newDesk(t, s, 240, 20).frame(), tt.want)
	}
}

// marked checks whose row has the cursor.
func marked(t *testing.T, frame, who string) {
	t.Helper()
	for line := range strings.Lines(ansi.Strip(frame)) {
		if strings.HasPrefix(line, "› ") && strings.HasPrefix(line[len("› 15:04:05  "):], who+" ") {
			return
		}
	}
	t.Errorf("no row of %s has the cursor:\n%s", who, ansi.Strip(frame))
}

// What is selected stays, at the top too: nobody's card is replaced under their eyes. The row
// of its kind is of the same process, and the top is a key away.
func TestANewCrashReplacesNoCard(t *testing.T) {
	s := night()
	d := newDesk(t, s, 120, 30)
	another := func(pool string, slot int) {
		s.Crash(uitest.NewCrash(run(pool, slot, 1, 1), []string{pool}, procs.Exit{Code: 3, At: uitest.Now.Add(time.Second)}, nil, nil))
	}
	has(t, d.frame(), " c4  api/2")
	another("web", 0)
	marked(t, d.frame(), "api/2")
	has(t, d.frame(), " c4  api/2", "  1 crash since")
	d.press("k")
	marked(t, d.frame(), "web/0")
	has(t, d.frame(), " c5  web/0")
	another("web", 1)
	marked(t, d.frame(), "web/0")
	has(t, d.frame(), " c5  web/0", "1 crash since")
	d.press("g")
	marked(t, d.frame(), "web/1")
	has(t, d.frame(), " c6  web/1")
	lacks(t, d.frame(), "since")
}

func TestEnterOpensTheCardThenTheOutput(t *testing.T) {
	d := newDesk(t, night(), 80, 24)
	d.frame()
	if msg := d.press("enter"); msg != nil {
		t.Fatalf("the first Enter asks the root for %v", msg)
	}
	has(t, d.frame(), "cannot connect to db")
	msg, ok := d.press("enter").(keys.OpenMsg)
	if want := procs.SlotSource(procs.ID{Pool: "api", Slot: 2}); !ok || msg.Screen != keys.Output || msg.Source != want {
		t.Errorf("the second Enter asks for %+v", msg)
	}
	if at := uitest.Now.Add(-time.Minute); !msg.Until.Equal(at) {
		t.Errorf("the second Enter asks for the lines up to %v, want the time of the last one, %v", msg.Until, at)
	}
	d.press("esc")
	has(t, d.frame(), "LAST")
	if _, handled := d.screen.Handle(keys.Intent{Verb: keys.Back}); handled {
		t.Error("Esc in the list is not left to the root")
	}
}

func TestTheOutputOfWhatHasPrintedNothing(t *testing.T) {
	d := newDesk(t, night(), 80, 24)
	msg, _ := d.press("G", "enter", "enter").(keys.OpenMsg)
	if at := uitest.Now.Add(-3 * time.Minute); !msg.Until.Equal(at) || msg.Source.Slot != 3 {
		t.Errorf("Enter asks for %+v, want the lines up to its end, %v", msg, at)
	}
}

func TestShow(t *testing.T) {
	d := newDesk(t, night(), 120, 30)
	d.screen.Show(procs.SlotSource(procs.ID{Pool: "api", Slot: 1}))
	has(t, d.frame(), " c2  api/1")
	if id, ok := d.screen.Selected(); !ok || id.String() != "api/1" {
		t.Errorf("selected is %v", id)
	}
	d.screen.Show(procs.SlotSource(procs.ID{Pool: "none"}))
	has(t, d.frame(), " c4  api/2")
}

func TestCopy(t *testing.T) {
	d := newDesk(t, night(), 80, 24)
	d.frame()
	msg := d.press("j", "j", "y").(keys.CopyMsg)
	for _, want := range []string{
		"c2  api/1: SIGSEGV: touched memory that is not its own (core dumped)\n",
		" how        signal 11, SIGSEGV; touched memory that is not its own; core dumped (certain)\n",
		` command    ./api --name 'a b' 'it'\''s'` + "\n", " CPU time   user 1.24 s, system 0.31 s\n", " peak RSS   310 MiB\n",
		"\n  INFO cache rebuilt\n", "\n! fatal error: concurrent map writes\n", "\n!         /src/api/cache.go:41 +0x1d\n",
		"after it had run for 2:52", "1 descendant outlived it and was ended",
	} {
		if !strings.Contains(msg.Text, want) {
			t.Errorf("the copy lacks %q:\n%s", want, msg.Text)
		}
	}
	if strings.Contains(msg.Text, "\x1b") || strings.Contains(msg.Text, "owned") {
		t.Errorf("the copy has escape sequences: %q", msg.Text)
	}
}

// The sign of standard error stands before a line, apart from its text and not within it
// where it is wrapped.
func TestTheSignOfStandardError(t *testing.T) {
	s := uitest.Empty()
	s.Crash(uitest.NewCrash(run("web", 0, 1, 1), []string{"web"}, procs.Exit{Code: 1, At: uitest.Now},
		append(lines(procs.Stderr, "[INFO] Listening at: http://127.0.0.1:18923 (22382) with two workers", "bye"), lines(procs.Stdout, "done")...), nil))
	d := newDesk(t, s, 40, 20)
	d.press("enter")
	has(t, d.frame(), "\n! [INFO] Listening at: http://127.0.0.1:\n  18923 (22382) with two workers\n! bye\n  done\n")
}

func TestCardScrolls(t *testing.T) {
	d := newDesk(t, night(), 40, 12)
	d.press("j", "j", "enter")
	has(t, d.frame(), "more")
	d.press("G")
	has(t, d.frame(), "/src/api/cache.go:41")
	d.press("j", "pgdown", "g")
	has(t, d.frame(), "c2  api/1")
}

func TestMouse(t *testing.T) {
	d := newDesk(t, night(), 120, 30)
	d.frame()
	d.screen.Handle(keys.Intent{Verb: keys.Click, X: 4, Y: 3})
	has(t, d.frame(), " c2  api/1")
	d.screen.Handle(keys.Intent{Verb: keys.Wheel, N: 3, X: 4, Y: 3})
	has(t, d.frame(), " c1  api/3")
	d.screen.Handle(keys.Intent{Verb: keys.Click, X: 4, Y: 25}) // below the last one
	d.screen.Handle(keys.Intent{Verb: keys.Wheel, N: -3, X: 90, Y: 3})
	has(t, d.frame(), " c1  api/3")
}

func TestHostile(t *testing.T) {
	s := uitest.Empty()
	evil := "\x1b[2J\x1b]0;x\a\x00漢字\u202e\nnewline"
	r := uitest.NewCrash(procs.Run{ID: procs.ID{Pool: evil, Slot: -1}, N: -5}, []string{evil, "", strings.Repeat("x", 5000)},
		procs.Exit{StartError: evil}, lines(procs.Stderr, evil, strings.Repeat("\x1b[31m漢", 30000)), samples(1000))
	r.SameBefore = 1 << 30
	s.Crash(r)
	s.Crash(uitest.NewCrash(procs.Run{}, nil, procs.Exit{Signal: 64, Unknown: true}, nil, nil))
	for w := range 130 {
		for _, h := range []int{1, 2, 3, 12} {
			if w == 0 {
				continue
			}
			d := newDesk(t, s, w, h)
			d.frame()
			d.press("j", "enter", "G", "g", "tab", "k")
		}
	}
	newDesk(t, uitest.Hostile(), 3, 1).frame()
}

func TestNothingToDoWithoutACrash(t *testing.T) {
	d := newDesk(t, uitest.Empty(), 80, 24)
	has(t, d.frame(), "No crash so far.")
	for _, k := range []string{"j", "enter", "y", "tab"} {
		if msg := d.press(k); msg != nil {
			t.Errorf("%s asks for %v", k, msg)
		}
	}
	if hints := d.screen.Help(); len(hints) != 1 || hints[0].Key != "/" {
		t.Errorf("the hints are %v", hints)
	}
}

// Where it is wide the list takes what its rows need, and leaves the card half at the least.
func TestTheListTakesWhatItNeeds(t *testing.T) {
	end := func(headline string) *desk {
		s := uitest.Empty()
		r := uitest.NewCrash(run("parallel", 0, 1, 1), []string{"sh"}, procs.Exit{Code: 1, At: uitest.Now}, nil, nil)
		r.Name, r.Headline = "parallel/0/helper-15", headline
		s.Crash(r)
		return newDesk(t, s, 120, 20)
	}
	has(t, end("its master ended").frame(), "parallel/0/helper-15  its master ended │")
	has(t, end("exit 1").frame(), "parallel/0/helper-15  exit 1        │")
	d := end(strings.Repeat("long ", 30))
	has(t, d.frame(), "parallel/0/helper-15  long long long long long …│  long")
	d.session.Crash(uitest.NewCrash(run("api", 0, 1, 1), []string{"./api"}, procs.Exit{Code: 3, At: uitest.Now}, nil, nil))
	d.frame()
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "api"})
	has(t, d.frame(), "api/0                 exit 3"+strings.Repeat(" ", 20)+"│") // a filter moves nothing else
	d.screen.Handle(keys.Intent{Verb: keys.Search, Done: true})
	d.screen.Handle(keys.Intent{Verb: keys.Click, X: 61, Y: 1})
	has(t, d.frame(), "…┃")
	d.screen.Handle(keys.Intent{Verb: keys.Click, X: 59, Y: 1})
	has(t, d.frame(), "…│")
}

// What the filter looks for is said where there is room for it, with all of the head.
func TestTheHeadSaysWhatTheFilterLooksFor(t *testing.T) {
	s := night()
	s.Crash(uitest.NewCrash(run("a-pool-of-a-long-name", 0, 1, 1), []string{"x"}, procs.Exit{Code: 3, At: uitest.Now}, nil, nil))
	d := newDesk(t, s, 80, 24)
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "exit", Done: true})
	has(t, d.frame(), "  HOW  with exit")
}

// Where it is very narrow, how somebody ended is worth more than when.
func TestANarrowListSaysHow(t *testing.T) {
	d := newDesk(t, night(), 20, 5)
	has(t, d.frame(), "› api/2   exit 3 ×3")
}

// A frame of few lines has the begin of what there is to say, and a sign that there is more.
func TestWhatIsCutHasASign(t *testing.T) {
	d := newDesk(t, uitest.Empty(), 20, 2)
	has(t, d.frame(), "No crash so far. A\n process that ends…")
}
