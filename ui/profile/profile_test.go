package profile_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	pprof "github.com/google/pprof/profile"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/capture"
	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/profile"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

// packed makes a profile of lines such as "train/0 on_cpu main@a.py:1;load@b.py:2 30",
// whose counts are looks of 10 ms each.
func packed(t *testing.T, lines ...string) []byte {
	t.Helper()
	p := &pprof.Profile{
		SampleType:        []*pprof.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}, {Type: "wall", Unit: "nanoseconds"}},
		DefaultSampleType: "cpu", TimeNanos: uitest.Now.UnixNano(), DurationNanos: 10e9,
		PeriodType: &pprof.ValueType{Type: "cpu", Unit: "nanoseconds"}, Period: 10e6,
	}
	known := map[string]*pprof.Location{}
	for _, l := range lines {
		words := strings.Fields(l)
		n, err := strconv.ParseInt(words[3], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		cpu := n * 10e6
		if words[1] != "on_cpu" {
			cpu = 0
		}
		s := &pprof.Sample{Value: []int64{n, cpu, n * 10e6}, Label: map[string][]string{
			capture.LabelPool: {"train"}, capture.LabelProcess: {words[0]}, capture.LabelPID: {"41" + words[0][len(words[0])-1:]}, capture.LabelState: {words[1]},
		}}
		for call := range strings.SplitSeq(words[2], ";") {
			if known[call] == nil {
				name, at, _ := strings.Cut(call, "@")
				file, line, _ := strings.Cut(at, ":")
				number, _ := strconv.ParseInt(line, 10, 64)
				f := &pprof.Function{ID: uint64(len(known) + 1), Name: name, Filename: file}
				known[call] = &pprof.Location{ID: f.ID, Line: []pprof.Line{{Function: f, Line: number}}}
				p.Function, p.Location = append(p.Function, f), append(p.Location, known[call])
			}
			s.Location = append([]*pprof.Location{known[call]}, s.Location...)
		}
		p.Sample = append(p.Sample, s)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// typical are four workers, of which the last one spends its time otherwise.
func typical(t *testing.T, odd int) []byte {
	var lines []string
	for i := range 4 {
		n := 20
		if i == 3 {
			n = odd
		}
		name := fmt.Sprintf("train/%d", i)
		lines = append(lines,
			name+" on_cpu main@train.py:90;epoch@train.py:40;load@data.py:12;decode@data.py:31 "+strconv.Itoa(n),
			name+" on_cpu main@train.py:90;epoch@train.py:42;step@model.py:7;matmul@model.py:19 "+strconv.Itoa(160-n),
			name+" on_cpu main@train.py:90;epoch@train.py:42;step@model.py:9 15",
			name+" on_cpu main@train.py:90;report@train.py:60 5",
			name+" io main@train.py:90;report@train.py:61 20")
	}
	return packed(t, lines...)
}

// stage is the screen in front of an invented session.
type stage struct {
	t       *testing.T
	session *uitest.Session
	screen  *profile.Screen
	w, h    int
	sent    []tea.Msg // what the screen wants of the root
	now     time.Time
}

func newStage(t *testing.T, w, h int) *stage {
	t.Helper()
	s := &stage{t: t, session: uitest.Typical(), screen: profile.New(theme.New(colorprofile.ANSI256, true), keys.Standard()), w: w, h: h, now: uitest.Now}
	s.screen.SetSize(w, h)
	s.settle()
	return s
}

// done is a capture that has ended.
func done(seq int, kind capture.Kind) *session.Profiled {
	return &session.Profiled{
		Seq: seq, State: session.ProfileDone, Took: 10 * time.Second, Samples: 880, Processes: 4, File: "/state/train-cpu.pb.gz",
		Request:   session.ProfileRequest{Targets: []string{"train"}, Kind: kind, Duration: 10 * time.Second, Rate: 99},
		StartedAt: uitest.Now.Add(-time.Duration(60-seq) * time.Second),
		Coverage:  []profiling.Coverage{{Source: "cpython", OK: true, Note: "4 processes"}},
	}
}

// open puts a capture into the session, and draws.
func (s *stage) open(c *session.Profiled, packed []byte) {
	s.t.Helper()
	s.session.Profile(c, packed)
	s.settle()
}

// settle draws, and answers what the screen looks up, until it wants no more.
func (s *stage) settle() string {
	s.t.Helper()
	for range 20 {
		s.screen.Sync(s.session, s.now)
		frame := s.screen.Render()
		cmd := s.screen.More()
		if cmd == nil {
			return frame
		}
		s.deliver(cmd)
	}
	s.t.Fatal("the screen asks and asks")
	return ""
}

// deliver runs a command of the screen.
func (s *stage) deliver(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case keys.AnswerMsg:
		s.deliver(s.screen.Receive(msg.Answer))
	default:
		s.sent = append(s.sent, msg)
	}
}

// press presses keys, and returns the frame after them.
func (s *stage) press(names ...string) string {
	s.t.Helper()
	for _, name := range names {
		in, ok := keys.Standard().Resolve(keys.Profile, name)
		if !ok {
			s.t.Fatalf("%q means nothing on screen 6", name)
		}
		cmd, _ := s.screen.Handle(in)
		s.deliver(cmd)
		s.settle()
	}
	return s.settle()
}

// search types a text into the prompt of a verb.
func (s *stage) search(verb keys.Verb, text string) string {
	s.t.Helper()
	for _, in := range []keys.Intent{{Verb: verb, Text: text[:1]}, {Verb: verb, Text: text}, {Verb: verb, Text: text, Done: true}} {
		cmd, _ := s.screen.Handle(in)
		s.deliver(cmd)
	}
	return s.settle()
}

// lacks reports whatever of some texts is not in a frame.
func (s *stage) lacks(frame string, want ...string) {
	s.t.Helper()
	text := ansi.Strip(frame)
	for _, w := range want {
		if !strings.Contains(text, w) {
			s.t.Errorf("the frame lacks %q:\n%s", w, text)
		}
	}
}

var sizes = []struct{ w, h int }{{40, 9}, {80, 21}, {120, 37}, {200, 57}}

// Every view, at each size, is what was looked at and kept.
func TestFrames(t *testing.T) {
	for _, size := range sizes {
		golden := func(name, frame string) {
			uitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size.w, size.h), frame, size.w, size.h)
		}
		s := newStage(t, size.w, size.h)
		golden("empty", s.settle())
		s.screen.Ask("train/0")
		golden("form", s.settle())
		s.press("esc")
		running := done(1, capture.CPU)
		running.State, running.StartedAt = session.ProfileRunning, uitest.Now.Add(-4*time.Second)
		running.Progress = capture.Progress{Of: 10 * time.Second, Done: 4 * time.Second, Processes: 4, Samples: 1204}
		s.session.Profile(running, nil)
		golden("running", s.settle())
		s.open(done(1, capture.CPU), typical(t, 20))
		golden("flame", s.settle())
		golden("search", s.search(keys.Search, "step"))
		s.press("esc")
		golden("zoom", s.press("j", "enter"))
		golden("top", s.press("t"))
		s.open(done(2, capture.CPU), typical(t, 110))
		s.press("H")
		golden("history", s.press("H"))
		golden("groups", s.press("enter", "w"))
		golden("diff", s.press("H", "j", "c"))
		golden("difftop", s.press("t"))
	}
}

// p and Enter profile the pool of the selected process, for ten seconds.
func TestEnterAtOnce(t *testing.T) {
	s := newStage(t, 80, 21)
	s.screen.Ask("train/0")
	s.lacks(s.settle(), "pool train", "‹ cpu ›", "‹ 10 s ›", "‹ 99 a second ›")
	s.press("enter")
	asked := s.session.Asked()
	if len(asked) != 1 {
		t.Fatalf("asked: %v", asked)
	}
	r := asked[0].(session.StartProfile).Request
	if len(r.Targets) != 1 || r.Targets[0] != "train" || r.Kind != "cpu" || r.Duration != 10*time.Second || r.Rate != 99 {
		t.Errorf("%+v", r)
	}
	s.now = s.now.Add(4 * time.Second)
	s.lacks(s.settle(), "4 s of 10 s  cpu of train")
	// Its end brings it to the front, whatever was looked at.
	s.press("H")
	s.open(done(1, capture.CPU), typical(t, 20))
	s.lacks(s.settle(), "[flame]", "p1 cpu of train, 10s, 880 samples", "matmul")
}

// How long a capture took has a tenth of a second where that tells something, as the command
// says it: above a view, in the history, and while it runs.
func TestHowLongACaptureTook(t *testing.T) {
	s := newStage(t, 80, 21)
	short := done(1, capture.CPU)
	short.Took = 1950 * time.Millisecond
	s.open(short, typical(t, 20))
	s.lacks(s.settle(), "p1 cpu of train, 1.9s, 880 samples")
	s.lacks(s.press("H"), "cpu            1.9s      880")
	running := done(2, capture.CPU)
	running.State, running.Progress = session.ProfileRunning, capture.Progress{Of: 10 * time.Second, Done: 4250 * time.Millisecond}
	s.session.Profile(running, nil)
	s.lacks(s.settle(), "cpu            4.2s")
}

// Of a pool that has ended there is nothing to profile: that is said instead of a form.
// While a slot of it waits to be started again there may be, at Enter.
func TestNoFormForWhatHasEnded(t *testing.T) {
	s := newStage(t, 80, 21)
	become := func(pool string, state procs.State) {
		s.session.Change(func(snap *procs.Snapshot) {
			for _, p := range snap.Pools {
				for i := range p.Slots {
					if p.Name == pool {
						p.Slots[i].State = state
					}
				}
			}
		})
		s.settle()
	}
	ask := func(target, want string) {
		t.Helper()
		s.sent = nil
		s.deliver(s.screen.Ask(target))
		open := strings.Contains(ansi.Strip(s.settle()), "‹ cpu ›")
		said := ""
		if len(s.sent) > 0 {
			said = s.sent[0].(keys.SayMsg).Text
		}
		if said != want || open != (want == "") {
			t.Errorf("asked for %q it says %q and not %q; the form is open: %v", target, said, want, open)
		}
		s.press("esc")
	}
	become("train", procs.Exited)
	ask("train/0", "cannot profile train: no process of it runs")
	ask("train/0/ForkPool-1", "cannot profile train: no process of it runs")
	ask("api/0", "")
	ask("", "")
	become("train", procs.BackingOff)
	ask("train/0", "")
	become("train", procs.Failed)
	for _, p := range s.session.Snapshot().Pools {
		become(p.Name, procs.Stopped)
	}
	ask("", "cannot profile all: no process of it runs")
}

// The form offers the process itself, its slot, its pool, all, and the other pools.
func TestTheFormOffersWhom(t *testing.T) {
	s := newStage(t, 80, 21)
	s.screen.Ask("train/0/ForkPool-1")
	for _, want := range []struct{ key, text string }{
		{"left", "‹ train/0, with all"},
		{"left", "‹ train/0/ForkPool-1, with"},
		{"left", "‹ api/3, with all"},
		{"right", "‹ train/0/ForkPool-1, with"},
		{"right", "‹ train/0, with"},
		{"right", "‹ pool train:"},
		{"right", "‹ all pools ›"},
		{"right", "‹ pool api:"},
		{"right", "‹ api/0, with all"},
		{"left", "‹ pool api:"},
		{"left", "‹ all pools ›"},
	} {
		s.lacks(s.press(want.key), want.text)
	}
	s.lacks(s.press("j", "right", "j", "right", "right"), "‹ wall ›  where time goes, running or waiting", "‹ 30 s ›")
	s.press("enter")
	if r := s.session.Asked()[0].(session.StartProfile).Request; r.Kind != "wall" || r.Duration != 30*time.Second {
		t.Errorf("%+v", r)
	}
}

// The lines of a function that a capture tells of can be timed: the selected one
// is offered first, and what comes of it is shown as the source of its file. Where
// no Python function is known there is no such kind.
func TestTheLinesOfAFunction(t *testing.T) {
	s := newStage(t, 80, 21)
	s.screen.Ask("train/0")
	if text := ansi.Strip(s.press("j", "left")); !strings.Contains(text, "‹ deterministic ›") {
		t.Errorf("nothing is known, and this is offered:\n%s", text)
	}
	s.press("esc")
	s.open(done(1, capture.CPU), packed(t, "train/0 on_cpu main@train.py:90;step@model.py:7;<listcomp>@model.py:8;__libc_read@libc.so:1 70", "train/0 on_cpu main@train.py:90;Data.<locals>.load@data.py:12 30"))
	s.press("j")
	s.screen.Ask("train/0")
	s.lacks(s.press("j", "left"), "‹ lines ›  each line of a Python function", "  of     ‹ step ›")
	s.lacks(s.press("j", "j", "j", "right", "right"), "› of     ‹ main ›")
	s.lacks(s.press("right"), "‹ step ›")
	s.lacks(s.press("right", "j"), "› of     ‹ Data.load ›")
	s.press("enter")
	r := s.session.Asked()[0].(session.StartProfile).Request
	if r.Kind != capture.Lines || len(r.Functions) != 1 || r.Functions[0] != "Data.load" {
		t.Errorf("%+v", r)
	}
	lines := done(2, capture.Lines)
	lines.Request.Functions = []string{"Data.load"}
	s.open(lines, packed(t, "train/0 on_cpu Data.load@data.py:12 30", "train/0 on_cpu Data.load@data.py:13 10"))
	s.lacks(s.settle(), "[source]", "p2 lines of Data.load in train, 10s", "data.py", "  300ms    300ms     12 ", "  100ms    100ms     13 ")
}

// What was left out of a profile that is too large is said below each view of it, and
// below what differs from another one.
func TestWhatWasLeftOutIsSaid(t *testing.T) {
	const words = "left out: functions beyond 256 that were inlined at one place"
	s := newStage(t, 80, 21)
	s.open(done(1, capture.CPU), typical(t, 20))
	if frame := ansi.Strip(s.settle()); strings.Contains(frame, "left out") {
		t.Errorf("nothing was left out:\n%s", frame)
	}
	s = newStage(t, 80, 21)
	s.open(done(1, capture.CPU), inlined(t, typical(t, 20)))
	for _, key := range []string{"f", "t", "s", "w"} {
		lines := strings.Split(ansi.Strip(s.press(key)), "\n")
		if last := strings.TrimSpace(lines[len(lines)-1]); last != words {
			t.Errorf("after %s the last line is %q", key, last)
		}
	}
	s.open(done(2, capture.CPU), typical(t, 20))
	s.lacks(s.press("H", "k", "c"), "p2 against p1", words)
}

// inlined is the profile with more functions inlined at one place than are looked at.
func inlined(t *testing.T, packed []byte) []byte {
	t.Helper()
	p, err := pprof.ParseData(packed)
	if err != nil {
		t.Fatal(err)
	}
	p.Location[0].Line = slices.Repeat(p.Location[0].Line, 300)
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The source view begins with a file that has lines, and not with a library in
// which more was spent.
func TestTheSourceBeginsWithLines(t *testing.T) {
	s := newStage(t, 80, 21)
	s.open(done(1, capture.CPU), packed(t, "solve/0 on_cpu main@solve.c:9;__futex_wait@libc.so.6 70", "solve/0 on_cpu main@solve.c:9;crunch@solve.c:5 30"))
	s.lacks(s.press("s"), "CUM  solve.c", "300ms    300ms")
}

// Time in C that Python has called is said to be inferred, in the graph and in the
// table; other frames have their place.
func TestTimeInCIsInferred(t *testing.T) {
	const words = "in C; inferred where a caller stood still"
	s := newStage(t, 80, 21)
	s.open(done(1, capture.CPU), packed(t, "train/0 on_cpu main@train.py:9;pack@train.py:4;<native> 70", "train/0 on_cpu main@train.py:9;load@train.py:2 30"))
	if frame := s.press("up", "down"); strings.Contains(frame, words) {
		t.Errorf("of a function of Python:\n%s", frame)
	}
	s.lacks(s.press("down", "down"), words)
	s.lacks(s.press("t"), words)
}

// What a session refuses is said; a capture that came to nothing says why.
func TestRefusedAndFailed(t *testing.T) {
	s := newStage(t, 80, 21)
	s.session.Refuse(errors.New("cannot profile train/0: busy: capture p1 (cpu of train, 3s left) samples it"))
	s.screen.Ask("train/0")
	s.press("enter")
	if said, ok := s.sent[0].(keys.SayMsg); !ok || !said.Bad || !strings.Contains(said.Text, "busy: capture p1") {
		t.Errorf("said %+v", s.sent)
	}
	s.session.Refuse(nil)
	s.screen.Ask("train/0")
	s.press("enter")
	failed := done(1, capture.CPU)
	failed.State, failed.File, failed.Note = session.ProfileFailed, "", "no process could be profiled"
	failed.Coverage = []profiling.Coverage{{Source: "perf", Note: "not permitted: kernel.perf_event_paranoid is 3"}}
	s.session.Profile(failed, nil)
	s.lacks(s.settle(), "Capture p1 failed: no process could be profiled", "perf: not permitted: kernel.perf_event_paranoid is 3")
}

// x keeps what was taken, X throws it away.
func TestEndingEarly(t *testing.T) {
	s := newStage(t, 80, 21)
	s.screen.Ask("train/0")
	s.press("enter", "x", "X")
	asked := s.session.Asked()
	if len(asked) != 3 || asked[1] != (session.EndProfile{Seq: 1}) || asked[2] != (session.EndProfile{Seq: 1, Discard: true}) {
		t.Errorf("asked %v", asked)
	}
}

// A capture in which nothing was seen to run says so, how to see who waits, and what there is
// to know of who ran too shortly.
func TestNothingRan(t *testing.T) {
	s := newStage(t, 120, 21)
	c := done(1, capture.CPU)
	c.Coverage = []profiling.Coverage{
		{Source: "perf", OK: true, Note: "0 samples; 9469 threads ended before they had used 10ms of a processor"},
		{Source: "processes", Note: "202 processes, first train/0, ended before they could be looked at"},
	}
	s.open(c, packed(t))
	s.lacks(s.settle(), "Nothing was seen to run while this capture was taken", "wall", "9469 threads ended before", "202 processes")
}

// Each frame begins and ends where its share does, rounded to a column, and its
// first sign tells where colours are not to be had: of 720 looks step has 620,
// load 80 and report 20.
func TestWidthsAreShares(t *testing.T) {
	s := newStage(t, 80, 21)
	s.open(done(1, capture.CPU), typical(t, 20))
	lines := strings.Split(ansi.Strip(s.settle()), "\n")
	column := func(line int, text string) int {
		before, _, found := strings.Cut(lines[line], text)
		if !found {
			t.Fatalf("line %d has no %s: %s", line, text, lines[line])
		}
		return len([]rune(before))
	}
	if got, want := column(4, "▏load"), int(math.Round(80*620.0/720)); got != want {
		t.Errorf("load begins in column %d, want %d", got, want)
	}
	if got, want := len([]rune(strings.TrimRight(lines[3], " ")))-1, int(math.Round(80*700.0/720)); got != want {
		t.Errorf("report begins in column %d, want %d", got, want)
	}
	if got := len([]rune(lines[3])); got != 80 {
		t.Errorf("report ends in column %d, want 80", got)
	}
}

// The selected frame is told whole; keys and the mouse move, zoom and go back.
func TestMovingInTheFlameGraph(t *testing.T) {
	s := newStage(t, 80, 21)
	s.open(done(1, capture.CPU), typical(t, 20))
	s.lacks(s.press("g"), " all of it", "cpu 100%  7.20s")
	s.lacks(s.press("j", "j", "j", "j"), "matmul", "77.8%  5.60s", "model.py:19")
	s.lacks(s.press("k", "l"), "load", "11.1%  800ms", "data.py:12")
	zoomed := s.press("enter")
	if !strings.Contains(ansi.Strip(zoomed), "▶load  data.py") || strings.Contains(ansi.Strip(zoomed), "matmul") {
		t.Errorf("not zoomed to load:\n%s", ansi.Strip(zoomed))
	}
	s.lacks(s.press("h"), "▶step  model.py", "matmul") // pans to its neighbour
	s.lacks(s.press("esc"), "▶step", "▏load")
	cmd, _ := s.screen.Handle(keys.Intent{Verb: keys.Click, X: 75, Y: 4}) // its row is the fourth of the graph
	s.deliver(cmd)
	s.lacks(s.settle(), "▶load", "data.py:12")
	cmd, _ = s.screen.Handle(keys.Intent{Verb: keys.Click, X: 8, Y: 0})
	s.deliver(cmd)
	s.lacks(s.settle(), "[top]")
}

// A search marks frames and says how much is in them; & leaves the others out.
func TestSearchAndFocus(t *testing.T) {
	s := newStage(t, 80, 21)
	s.open(done(1, capture.CPU), typical(t, 20))
	s.lacks(s.search(keys.Search, "decode"), "◆ 1 frame with decode: 11.1%", "▶decode")
	if frame := ansi.Strip(s.press("esc")); strings.Contains(frame, "◆") {
		t.Errorf("the search is still there:\n%s", frame)
	}
	focused := s.search(keys.Filter, "decode")
	s.lacks(focused, "with decode · p1", "decode")
	if strings.Contains(ansi.Strip(focused), "matmul") {
		t.Errorf("not only decode:\n%s", ansi.Strip(focused))
	}
	s.lacks(s.search(keys.Filter, "("), `"(" is no regular expression`)
	s.lacks(s.press("esc"), "matmul")
}

// The table sorts both ways and counts what is asked for.
func TestTheTable(t *testing.T) {
	s := newStage(t, 80, 21)
	s.open(done(1, capture.CPU), typical(t, 20))
	row := func(frame string) string { return strings.TrimSpace(strings.Split(ansi.Strip(frame), "\n")[2]) }
	if got := row(s.press("t")); !strings.Contains(got, "5.60s") || !strings.Contains(got, "matmul") {
		t.Errorf("the first row: %s", got)
	}
	if got := row(s.press("o")); !strings.Contains(got, "7.20s") || !strings.Contains(got, "main") {
		t.Errorf("by cum: %s", got)
	}
	if got := row(s.press("v")); !strings.Contains(got, " 8s") {
		t.Errorf("of wall time: %s", got)
	}
}

// A worker that differs is told, with how it is known; of alike ones nothing is.
func TestTheOddOne(t *testing.T) {
	s := newStage(t, 120, 37)
	s.open(done(1, capture.CPU), typical(t, 110))
	s.lacks(s.press("w"), "● train/3 spends 61 % in decode, the others 11 %", "sampled: 110 of 180 looks at it, 60 of 540 at the others", "train/2", "io 10%")
	s.lacks(s.press("G", "enter"), "process train/3 · p1")
	s.lacks(s.press("esc", "w", "right"), "BY STATE")
	quiet := newStage(t, 120, 37)
	quiet.open(done(1, capture.CPU), typical(t, 20))
	if frame := ansi.Strip(quiet.press("w")); strings.Contains(frame, "●") {
		t.Errorf("all are alike, and one is told:\n%s", frame)
	}
}

// Two captures are compared by shares; signs tell what colours do.
func TestComparing(t *testing.T) {
	s := newStage(t, 120, 37)
	s.open(done(1, capture.CPU), typical(t, 20))
	s.open(done(2, capture.CPU), typical(t, 150))
	s.press("H", "enter")
	frame := s.press("H", "j", "c")
	s.lacks(frame, "p2 against p1: cpu of train", "▲load", "▼step")
	s.lacks(s.press("t"), "CHANGE", "▲", "▼", "decode")
	s.lacks(s.press("esc"), "p2 cpu of train")
}

// What is written and served is asked of the root.
func TestWritingAndServing(t *testing.T) {
	s := newStage(t, 80, 21)
	s.open(done(1, capture.CPU), typical(t, 20))
	s.press("W", "B", "O", "j", "enter")
	want := []tea.Msg{keys.ProfileMsg{Seq: 1, Format: "pprof"}, keys.ServeMsg{Seq: 1}, keys.ProfileMsg{Seq: 1, Format: "speedscope"}}
	if fmt.Sprint(s.sent) != fmt.Sprint(want) {
		t.Errorf("sent %+v", s.sent)
	}
}

// What a hostile program calls its functions cannot hurt the terminal, and any
// size fits.
func TestHostileNamesAndSizes(t *testing.T) {
	p := packed(t, "train/0 on_cpu main@a.py:1;\x1b[2Jowned\x07\u202e@\x1b]0;x\x07.py:3 50", "train/0 on_cpu "+strings.Repeat("deep@d.py:1;", 600)+"end 5")
	for w := 1; w <= 130; w += 7 {
		for _, h := range []int{1, 2, 3, 7, 21} {
			s := newStage(t, w, h)
			s.open(done(1, capture.CPU), p)
			for _, view := range []string{"f", "t", "s", "w", "H"} {
				uitest.Fits(t, s.press(view), w, h)
			}
			uitest.Fits(t, s.press("f", "G", "enter"), w, h)
			s.screen.Ask("")
			uitest.Fits(t, s.settle(), w, h)
		}
	}
}
