package tasks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/tasks"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

type desk struct {
	t       *testing.T
	screen  *tasks.Screen
	session *uitest.Session
	now     time.Time
	w, h    int
}

func newDesk(t *testing.T, s *uitest.Session, w, h int) *desk {
	d := &desk{t: t, screen: tasks.New(theme.New(colorprofile.TrueColor, true), keys.Standard()), session: s, now: uitest.Now, w: w, h: h}
	d.screen.SetSize(w, h)
	d.frame()
	return d
}

func (d *desk) frame() string {
	d.t.Helper()
	d.screen.Sync(d.session, d.now)
	f := d.screen.Render()
	uitest.Fits(d.t, f, d.w, d.h)
	return f
}

// press presses keys and returns what the last one asked of the root.
func (d *desk) press(names ...string) (msg any) {
	d.t.Helper()
	return uitest.Press(d.t, keys.Tasks, d.screen, d.frame, names...)
}

// asks checks which command a key has sent.
func (d *desk) asks(key string, want procs.Command) {
	d.t.Helper()
	msg := d.press(key)
	do, ok := msg.(keys.DoMsg)
	if !ok {
		d.t.Errorf("%s asks for %#v, want %#v", key, msg, want)
		return
	}
	if diff := cmp.Diff(want, do.Command); diff != "" {
		d.t.Errorf("%s: %s", key, diff)
	}
	if do.Ask != "" {
		d.t.Errorf("%s asks %q", key, do.Ask)
	}
}

func (d *desk) shows(wants ...string) {
	d.t.Helper()
	frame := ansi.Strip(d.frame())
	for _, want := range wants {
		if !strings.Contains(frame, want) {
			d.t.Errorf("the frame lacks %q:\n%s", want, frame)
		}
	}
}

// change replaces the progress by a copy that f has changed.
func (d *desk) change(f func(*task.Progress)) {
	d.t.Helper()
	p := *uitest.AlbumProgress()
	f(&p)
	d.session.SetAlbum(&p)
	d.frame()
}

// begun is a map that has not done anything yet.
func begun(p *task.Progress) {
	*p = task.Progress{
		At: uitest.Now, Started: uitest.Now.Add(-time.Second), Size: 2, Counts: plan.Counts{Offered: 2, Running: 1, Waiting: 1},
		Workers: []task.WorkerProgress{{PID: 4201, Seq: 1, Item: "2018/0001.jpg", Age: time.Second}, {Worker: 1, PID: 4202, Rising: true}},
	}
}

// over is a map that has come to its end.
func over(p *task.Progress) {
	p.OK, p.Running, p.Waiting, p.Unfinished, p.Total = 4995, 0, 0, 0, 5000
	p.Ended, p.ETA, p.Advice, p.Rate = true, 0, nil, 21.4
	for i := range p.Workers {
		p.Workers[i].PID, p.Workers[i].Seq = 0, 0
	}
}

func TestGolden(t *testing.T) {
	for _, size := range []struct{ w, h int }{{40, 9}, {80, 21}, {120, 37}, {200, 57}} { // of the body of 40x12 and so on
		name := fmt.Sprintf("%dx%d", size.w, size.h)
		d := newDesk(t, uitest.Album(), size.w, size.h)
		uitest.Golden(t, "album-"+name, d.frame(), size.w, size.h)
		d.press("tab")
		uitest.Golden(t, "failures-"+name, d.frame(), size.w, size.h)
		d.press("enter")
		uitest.Golden(t, "card-"+name, d.frame(), size.w, size.h)
		d.press("esc", "tab")
		uitest.Golden(t, "times-"+name, d.frame(), size.w, size.h)
		d.press("tab")
		uitest.Golden(t, "results-"+name, d.frame(), size.w, size.h)
		d.press("j", "enter")
		uitest.Golden(t, "result-"+name, d.frame(), size.w, size.h)
		d = newDesk(t, uitest.Album(), size.w, size.h)
		d.change(over)
		uitest.Golden(t, "over-"+name, d.frame(), size.w, size.h)
		d.change(begun)
		uitest.Golden(t, "begun-"+name, d.frame(), size.w, size.h)
		uitest.Golden(t, "none-"+name, newDesk(t, uitest.Typical(), size.w, size.h).frame(), size.w, size.h)
	}
}

// TestAnySizeAndAnyWords: whatever the terminal's size is, and whatever items and
// programs say, the frame fits and holds no escape sequence of theirs.
func TestAnySizeAndAnyWords(t *testing.T) {
	const evil = "\x1b[2J\x1b]0;owned\a\r\n\x00 世界世界世界世界世界世界世界世界世界世界世界世界世界 \u202e\x9b31m" // wide, backwards, C1
	hostile := func(p *task.Progress) {
		for i := range p.Workers {
			p.Workers[i].Item = evil
		}
		for i := range p.Results {
			p.Results[i].Item, p.Results[i].Preview, p.Results[i].Message = evil, []byte(evil), evil
		}
		for i := range p.Failures {
			p.Failures[i].Kind, p.Failures[i].Message, p.Failures[i].Item = evil+fmt.Sprint(i), evil, evil
		}
		for i, f := range p.FailedItems {
			p.FailedItems[i] = &task.FailedItem{
				Seq: f.Seq, Item: evil, Command: evil, Stderr: []byte(evil), Stdout: []byte(evil), Verdict: f.Verdict,
				Failure: task.Failure{Kind: p.Failures[0].Kind, Message: evil, Traceback: evil},
			}
		}
		p.Slowest[0].Item, p.Advice[0].Text = evil, evil
	}
	for _, change := range []func(*task.Progress){func(*task.Progress) {}, hostile, over, begun} {
		for _, size := range []struct{ w, h int }{{1, 1}, {3, 60}, {20, 5}, {39, 9}, {59, 12}, {60, 13}, {79, 19}, {99, 30}, {100, 22}, {140, 3}, {210, 61}} {
			d := newDesk(t, uitest.Album(), size.w, size.h)
			d.change(change)
			d.press("tab", "enter", "j", "esc", "tab", "tab", "enter", "esc")
			if t.Failed() {
				t.Fatalf("at %dx%d", size.w, size.h)
			}
		}
	}
}

func TestKeysAskForCommands(t *testing.T) {
	d := newDesk(t, uitest.Album(), 120, 37)
	d.asks("+", procs.Scale{Pool: "map", Size: 5})
	d.asks("+", procs.Scale{Pool: "map", Size: 6}) // before the first has been carried out
	d.shows("-j 4 → 6")
	d.asks("-", procs.Scale{Pool: "map", Size: 5})
	d.now = d.now.Add(2 * time.Second) // it was refused
	d.frame()
	d.asks("-", procs.Scale{Pool: "map", Size: 3})
	d.asks(" ", procs.PauseItems{On: true})
	d.asks("R", procs.RetryItems{})
	d.press("j")
	d.asks("x", procs.SkipItem{Worker: 1, Seq: 871})
	if msg, ok := d.press("enter").(keys.OpenMsg); !ok || msg.Screen != keys.Output || msg.Source.Slot != 1 {
		t.Errorf("Enter on a worker opens %#v", msg)
	}
	d.press("tab")
	d.asks("r", procs.RetryItems{Seqs: []uint64{17, 18, 902}})
	d.press("enter", "]")
	d.shows("item 18", "2 of 3 of this kind", "tried 2 times")
	d.asks("r", procs.RetryItems{Seqs: []uint64{18}})
	d.change(func(p *task.Progress) { p.Paused, p.Rate, p.ETA, p.ETALow, p.ETAHigh = true, 0, 0, 0, 0 })
	d.shows("paused  ✗ 4 failed  4 running  -j 4")
	d.asks(" ", procs.PauseItems{On: false})
	d.now = d.now.Add(2 * time.Second)
	d.change(func(p *task.Progress) { p.Size = 1 })
	if msg, ok := d.press("-").(keys.SayMsg); !ok || !strings.Contains(msg.Text, "at least") {
		t.Errorf("- with one worker: %#v", msg)
	}
}

func TestAFailureShowsItsTraceback(t *testing.T) {
	d := newDesk(t, uitest.Album(), 80, 37)
	d.press("tab")
	d.shows("3× ValueError", "bad width: 0")
	d.press("enter")
	d.shows("item 17", "1 of 3 of this kind", "ValueError: bad width: 0", "resize.py:17", "shrink", "resize.py:41", "map/0")
	if msg, ok := d.press("e").(keys.EditMsg); !ok || msg.Line != 17 || !strings.HasSuffix(msg.File, "resize.py") {
		t.Errorf("e opens %#v", msg)
	}
	if msg, ok := d.press("y").(keys.CopyMsg); !ok || !strings.Contains(msg.Text, "resize.py:17") {
		t.Errorf("y copies %#v", msg)
	}
	d.press("esc", "j", "enter")
	d.shows("item 650", "SIGSEGV: touched memory", "decoding plane 3")
}

// TestAnItemThatIsTriedAgainLeavesItsCard: the next of its kind is shown, and when
// all have gone the card closes.
func TestAnItemThatIsTriedAgainLeavesItsCard(t *testing.T) {
	d := newDesk(t, uitest.Album(), 80, 21)
	d.press("tab", "enter", "]")
	d.shows("item 18")
	d.change(func(p *task.Progress) {
		p.FailedItems = append(p.FailedItems[:1:1], p.FailedItems[2:]...)
		p.Failures[0].Count = 2
	})
	d.shows("item 17", "of 2 of this kind")
	d.change(func(p *task.Progress) { p.FailedItems, p.Failures, p.Failed, p.Again = nil, nil, 0, 0 })
	d.shows("[failures]", "No item has failed")
	if msg, ok := d.press("R").(keys.SayMsg); !ok || !strings.Contains(msg.Text, "no item has failed") {
		t.Errorf("R asks for %#v", msg)
	}
}

// TestTheSelectionStays: others come, and what was selected stays so.
func TestTheSelectionStays(t *testing.T) {
	d := newDesk(t, uitest.Album(), 120, 37)
	d.press("j", "j")
	d.change(func(p *task.Progress) { p.Workers = p.Workers[1:] })
	d.asks("x", procs.SkipItem{Worker: 2, Seq: 1241})
	d.press("tab", "j")
	d.change(func(p *task.Progress) {
		p.Failures = append([]task.FailureGroup{{Kind: "OSError", Count: 9, Message: "OSError: full"}}, p.Failures...)
	})
	d.press("enter")
	d.shows("item 650")
	d.press("esc", "tab", "tab", "j")
	d.change(func(p *task.Progress) {
		p.Results = append(p.Results, task.Result{Seq: 1300, Item: "new", Verdict: plan.OK, At: uitest.Now})
	})
	d.press("enter")
	d.shows("item 1,234") // the second of before
}

// TestWhatAnItemTookIsToldAlike: in the list of the slowest and among the results.
func TestWhatAnItemTookIsToldAlike(t *testing.T) {
	d := newDesk(t, uitest.Album(), 120, 37)
	d.change(func(p *task.Progress) {
		p.Slowest = []task.Slow{{Seq: 1, Item: "roof.tiff", Took: 1953 * time.Millisecond}}
		p.Results = []task.Result{{Seq: 1, Item: "roof.tiff", Verdict: plan.OK, Tries: 1, Took: 1953 * time.Millisecond}}
	})
	d.shows("slowest  1.9s  roof.tiff", "✓  1.9s  roof.tiff")
}

// TestAnEstimateIsNoMeasurement: nobody knows it to less than a second.
func TestAnEstimateIsNoMeasurement(t *testing.T) {
	for _, of := range []struct {
		eta, low, high time.Duration
		want           string
	}{
		{5 * time.Second, 300 * time.Microsecond, 5 * time.Second, "ETA 5s (1s to 5s)  "},
		{40 * time.Millisecond, 2 * time.Millisecond, 900 * time.Millisecond, "ETA 1s  "},
	} {
		d := newDesk(t, uitest.Album(), 120, 37)
		d.change(func(p *task.Progress) { p.ETA, p.ETALow, p.ETAHigh = of.eta, of.low, of.high })
		d.shows(of.want)
	}
}

func TestAResultOpens(t *testing.T) {
	d := newDesk(t, uitest.Album(), 80, 21)
	d.press("tab", "tab", "tab", "enter")
	d.shows("item 1,235", `{"width": 829, "height": 600}`, "done at")
	d.press("esc", "j", "j", "enter") // one that has failed
	d.shows("item 902", "resize.py:17")
}

func TestSkipSaysWhyNot(t *testing.T) {
	d := newDesk(t, uitest.Album(), 80, 21)
	d.change(begun)
	d.press("j")
	if msg, ok := d.press("x").(keys.SayMsg); !ok || !strings.Contains(msg.Text, "worker 1 is on no item") {
		t.Errorf("x on a worker without an item: %#v", msg)
	}
	d.press("tab")
	if msg, ok := d.press("x").(keys.SayMsg); !ok || !strings.Contains(msg.Text, "Tab selects a worker") {
		t.Errorf("x elsewhere: %#v", msg)
	}
}

func TestTheMouse(t *testing.T) {
	d := newDesk(t, uitest.Album(), 120, 37)
	lines := strings.Split(ansi.Strip(d.frame()), "\n")
	at := func(text string) int {
		for y, l := range lines {
			if strings.Contains(l, text) {
				return y
			}
		}
		t.Fatalf("the frame lacks %q", text)
		return 0
	}
	click := func(text string) { _, _ = d.screen.Handle(keys.Intent{Verb: keys.Click, X: 4, Y: at(text)}) }
	click("1× lost: SIGSEGV")
	d.press("enter")
	d.shows("item 650")
	d.press("esc")
	click("4288")
	d.asks("x", procs.SkipItem{Worker: 2, Seq: 1241})
}

func TestHintsFollowWhatCanBeDone(t *testing.T) {
	d := newDesk(t, uitest.Album(), 120, 37)
	labels := func() string {
		var all []string
		for _, h := range d.screen.Help() {
			all = append(all, h.Key+" "+h.Label)
		}
		return strings.Join(all, ", ")
	}
	if got := labels(); !strings.Contains(got, "x skip") || !strings.Contains(got, "Space pause") || strings.Contains(got, "r retry,") {
		t.Errorf("on a worker: %s", got)
	}
	d.press("tab")
	if got := labels(); !strings.Contains(got, "r retry") {
		t.Errorf("on a failure: %s", got)
	}
	d.change(func(p *task.Progress) { p.Paused = true })
	if got := labels(); !strings.HasPrefix(got, "Space go on, Tab pane") {
		t.Errorf("paused: %s", got)
	}
	d.change(func(p *task.Progress) {
		p.Workers = slices.Clone(p.Workers)
		p.Paused, p.Workers[1].Seq = true, 0
	})
	d.press("shift+tab")
	if got := labels(); !strings.Contains(got, "x skip") { // worker 0 is on an item
		t.Errorf("on a worker that works: %s", got)
	}
	d.press("j")
	if got := labels(); strings.Contains(got, "x skip") {
		t.Errorf("on a worker that is on no item: %s", got)
	}
	d.press("k", "tab")
	d.change(over)
	d.press("shift+tab")
	if got := labels(); strings.Contains(got, "Space") || strings.Contains(got, "x skip") || !strings.HasPrefix(got, "Tab pane, R retry all") {
		t.Errorf("at the end: %s", got)
	}
}
