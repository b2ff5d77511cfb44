package output_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/output"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

// desk is the screen with the part of the root that it needs: it runs the
// commands, one after the other, and keeps what is meant for the root.
type desk struct {
	t       testing.TB
	screen  *output.Screen
	session port.Session
	w, h    int
	asked   []any // messages that were not answers
}

func newDesk(t testing.TB, s port.Session, w, h int) *desk {
	d := &desk{t: t, screen: output.New(theme.New(colorprofile.TrueColor, true), keys.Standard()), session: s, w: w, h: h}
	d.screen.SetSize(w, h)
	d.settle()
	return d
}

// frame is what the root does for each frame, and who shows the screen as a pane.
func (d *desk) frame() string {
	d.t.Helper()
	d.screen.SetSize(d.w, d.h)
	d.screen.Sync(d.session, uitest.Now)
	f := d.screen.Render()
	uitest.Fits(d.t, f, d.w, d.h)
	return f
}

func (d *desk) do(in keys.Intent) string {
	d.t.Helper()
	cmd, _ := d.screen.Handle(in)
	d.run(cmd)
	return d.settle()
}

func (d *desk) run(cmd tea.Cmd) {
	d.t.Helper()
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case keys.AnswerMsg:
		d.run(d.screen.Receive(msg.Answer))
	default:
		d.asked = append(d.asked, msg)
	}
}

// settle draws and looks further, as the root does, until nothing more is needed.
func (d *desk) settle() (f string) {
	d.t.Helper()
	for range 1000 {
		f = d.frame()
		cmd := d.screen.More()
		if cmd == nil {
			return f
		}
		d.run(cmd)
	}
	d.t.Fatal("the screen never has enough")
	return f
}

func (d *desk) press(names ...string) (f string) {
	d.t.Helper()
	for _, name := range names {
		in, ok := keys.Standard().Resolve(keys.Output, name)
		if !ok {
			d.t.Fatalf("key %q means nothing here", name)
		}
		f = d.do(in)
	}
	return f
}

// search types a search or a filter and ends it with Enter.
func (d *desk) typed(v keys.Verb, text string) string {
	d.t.Helper()
	d.do(keys.Intent{Verb: v, Text: text[:len(text)/2]})
	return d.do(keys.Intent{Verb: v, Text: text, Done: true})
}

func (d *desk) said() string {
	if len(d.asked) == 0 {
		return ""
	}
	m, _ := d.asked[len(d.asked)-1].(keys.SayMsg)
	return m.Text
}

func has(t testing.TB, frame string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(ansi.Strip(frame), want) {
			t.Errorf("the frame lacks %q:\n%s", want, ansi.Strip(frame))
		}
	}
}

func lacks(t testing.TB, frame string, unwanted ...string) {
	t.Helper()
	for _, s := range unwanted {
		if strings.Contains(ansi.Strip(frame), s) {
			t.Errorf("the frame has %q:\n%s", s, ansi.Strip(frame))
		}
	}
}

var web = procs.ID{Pool: "web"}

// numbered is a session of one slot that has printed n lines.
func numbered(n int) *uitest.Session {
	s := uitest.New(&procs.Snapshot{
		Session: "numbered", StartedAt: uitest.Now.Add(-time.Minute), At: uitest.Now,
		Pools: []procs.Pool{{Name: "web", Size: 1, Slots: []procs.Slot{{Run: procs.Run{ID: web}, State: procs.Running, Output: procs.OutputPipe}}}},
	})
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("line %d of them", i)
	}
	s.Print(web, 0, procs.Stdout, texts...)
	return s
}

func TestGolden(t *testing.T) {
	for _, size := range []struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}} {
		name := fmt.Sprintf("%dx%d", size.w, size.h)
		d := newDesk(t, uitest.Typical(), size.w, size.h)
		uitest.Golden(t, "follow-"+name, d.frame(), size.w, size.h)
		d.press("t")
		d.typed(keys.Search, "loss")
		d.press("m")
		uitest.Golden(t, "search-"+name, d.frame(), size.w, size.h)
		d.press("esc", "w", "t", "G", "]", "]")
		d.typed(keys.Filter, "!resized")
		uitest.Golden(t, "filter-"+name, d.frame(), size.w, size.h)
		uitest.Golden(t, "hostile-"+name, newDesk(t, uitest.Hostile(), size.w, size.h).frame(), size.w, size.h)
	}
	uitest.Golden(t, "empty-80x24", newDesk(t, uitest.Empty(), 80, 24).frame(), 80, 24)
}

// The colours of one frame, spelt out.
func TestGoldenColours(t *testing.T) {
	d := newDesk(t, uitest.Typical(), 60, 8)
	d.press("k")
	frame := strings.ReplaceAll(d.frame(), "\x1b[", "⟨")
	uitest.Golden(t, "colours-60x8", frame, 1000, 8)
}

func TestFollow(t *testing.T) {
	s := numbered(100)
	d := newDesk(t, s, 60, 10)
	has(t, d.frame(), "line 99", "line 100 of 100  follow")
	s.Print(web, 0, procs.Stdout, "news")
	has(t, d.frame(), "news", "follow")

	has(t, d.press("j", "pgdown"), "follow") // there is nothing below
	has(t, d.press("k"), "held", "news")
	s.Print(web, 0, procs.Stdout, "more news")
	lacks(t, d.frame(), "more news")
	has(t, d.press("G"), "more news", "follow")
	lacks(t, d.press("f"), "follow")
	has(t, d.press("f"), "follow")
}

func TestMoving(t *testing.T) {
	d := newDesk(t, numbered(100), 60, 11) // a title and ten lines
	for _, c := range []struct{ key, first, at string }{
		{"g", "line 0 ", "line 1 of 100"},
		{"j", "line 0 ", "line 2 of 100"},
		{"ctrl+d", "line 5 ", "line 7 of 100"},
		{"pgdown", "line 14 ", "line 16 of 100"},
		{"pgup", "line 5 ", "line 7 of 100"},
		{"ctrl+u", "line 0 ", "line 2 of 100"},
		{"k", "line 0 ", "line 1 of 100"},
		{"k", "line 0 ", "line 1 of 100"},
	} {
		f := d.press(c.key)
		has(t, f, c.at)
		if first := strings.Split(ansi.Strip(f), "\n")[1]; !strings.Contains(first, c.first) {
			t.Errorf("after %s the first line is %q, want %q", c.key, first, c.first)
		}
	}
	for range 12 {
		d.press("j")
	}
	has(t, d.frame(), "line 3 ", "line 12 ", "line 13 of 100")
	for range 30 {
		d.press("pgdown")
	}
	has(t, d.frame(), "line 90 ", "line 99 ", "line 100 of 100")

	d.do(keys.Intent{Verb: keys.Wheel, N: -3})
	has(t, d.frame(), "line 87 ", "line 96 ", "line 97 of 100")
	d.do(keys.Intent{Verb: keys.Click, X: 3, Y: 1})
	has(t, d.frame(), "line 88 of 100")
}

// Of a map, whose workers seldom print, it is said where the results are.
func TestWhereAMapPrintsNothing(t *testing.T) {
	d := newDesk(t, uitest.Album(), 60, 12)
	for range 3 {
		d.frame()
	}
	has(t, d.frame(), "Nothing has been printed by any process so far", "The results of items", "are on screen 7.")
}

func TestNoLineAndOneLine(t *testing.T) {
	s := numbered(0)
	d := newDesk(t, s, 50, 6)
	has(t, d.frame(), "Nothing has been printed by any process so far")
	d.press("g", "j", "k", "ctrl+u", "n", "N", "m", "'", "y", "w", "right", "left")
	s.Print(web, 0, procs.Stdout, "the only one")
	has(t, d.press("g"), "the only one", "line 1 of 1")
	d.press("j", "k", "pgdown", "pgup", "G")
	has(t, d.frame(), "the only one")
}

func TestTinySizes(t *testing.T) {
	s := uitest.Typical()
	for w := range 12 {
		for h := range 6 {
			if h == 0 || w == 0 {
				continue
			}
			d := newDesk(t, s, w, h)
			d.press("k", "w", "t", "g", "pgdown", "t", "w", "m")
		}
	}
}

// Whoever has typed what stands nowhere is told so, also if that was known before Enter.
func TestASearchInVainIsTold(t *testing.T) {
	d := newDesk(t, numbered(12_000), 90, 10)
	d.do(keys.Intent{Verb: keys.Search, Text: "nowhere"})
	has(t, d.frame(), "/nowhere no match")
	if got := d.said(); got != "" {
		t.Errorf("while it is typed it is said that %q", got)
	}
	d.do(keys.Intent{Verb: keys.Search, Text: "nowhere", Done: true})
	if got, want := d.said(), "no match for nowhere (12,000 lines looked at)"; got != want {
		t.Errorf("it is said that %q, want %q", got, want)
	}
	has(t, d.typed(keys.Search, "line 1000 "), "/line 1000 ", "line 1,001 of")
	d.press("n")
	if got := d.frame(); strings.Contains(got, "/line 1000  no match") {
		t.Errorf("behind the only match the title says that there is none:\n%s", got)
	}
}

func TestSearch(t *testing.T) {
	s := numbered(12_000)
	d := newDesk(t, s, 90, 10)
	has(t, d.typed(keys.Search, "line 1000 "), "line 1000 ", "line 1,001 of 12,000", "/line 1000")
	has(t, d.press("g"), "line 0 ")
	has(t, d.press("n"), "line 1,001 of")
	d.press("n")
	if got := d.said(); got != "the only match for line 1000 " {
		t.Errorf("a search that comes back says %q", got)
	}
	has(t, d.frame(), "line 1,001 of")
	d.typed(keys.Search, "LINE")
	if d.press("N"); !strings.Contains(d.said(), "no match for LINE (12,000 lines looked at)") {
		t.Errorf("capital letters are not told apart: %q", d.said())
	}
	d.typed(keys.Search, "OF THEM|\\bline 99\\b")
	has(t, d.press("g", "n"), "line 100 of")
	has(t, d.press("j", "N"), "line 100 of", "match ")
	has(t, d.typed(keys.Search, "("), "missing closing )")
	has(t, d.press("esc"), "line 100 of")
}

// Where nothing follows, a search goes on at the other end and says so: from the end, where it
// begins while the output is followed, "next" is the first match. It is never said
// that there is no match while one stands in the text.
func TestASearchGoesAround(t *testing.T) {
	for _, n := range []int{30, 130_000} { // the second takes several steps
		d := newDesk(t, numbered(n), 90, 10)
		for i, step := range []struct{ key, line, said string }{
			{"", fmt.Sprintf("line %d of", n), ""}, // the last of them
			{"n", "line 8 of", "search hit the end, goes on at the top"},
			{"n", "line 18 of", ""},
			{"N", "line 8 of", ""},
			{"N", fmt.Sprintf("line %d of", n), "search hit the top, goes on at the end"},
		} {
			d.asked = nil
			if i == 0 {
				d.typed(keys.Search, fmt.Sprintf("line (7|17|%d) ", n-1))
			} else {
				d.press(step.key)
			}
			has(t, d.frame(), strings.Replace(step.line, "130000", "130,000", 1))
			lacks(t, d.frame(), "no match")
			if got := d.said(); got != step.said {
				t.Errorf("of %d lines, step %d says %q, want %q", n, i, got, step.said)
			}
		}
		// What is typed while lines are held is found also above them.
		d.press("f", "f")
		d.asked = nil
		d.do(keys.Intent{Verb: keys.Search, Text: "line 3 "})
		has(t, d.frame(), "line 4 of")
		d.do(keys.Intent{Verb: keys.Search, Text: "line 3 ", Done: true})
		if got := d.said(); got != "search hit the end, goes on at the top" {
			t.Errorf("of %d lines, once nobody types any more it is said that %q", n, got)
		}
	}
}

// What is printed after a search in vain may match.
func TestAMatchAfterASearchInVain(t *testing.T) {
	s := numbered(30)
	d := newDesk(t, s, 90, 10)
	has(t, d.typed(keys.Search, "news"), "/news no match")
	s.Print(web, 0, procs.Stdout, "the news")
	lacks(t, d.press("G"), "no match")
}

// A filter may hide what is searched for, and is named then.
func TestASearchInVainNamesTheFilter(t *testing.T) {
	d := newDesk(t, numbered(30), 90, 10)
	d.typed(keys.Filter, "line 2")
	d.typed(keys.Search, "line 3")
	if got, want := d.said(), "no match for line 3 in what &line 2 shows (30 lines looked at)"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestSearchGivenUpComesBack(t *testing.T) {
	d := newDesk(t, numbered(1000), 60, 10)
	d.do(keys.Intent{Verb: keys.Search, Text: "line 7 "})
	has(t, d.frame(), "line 8 of 1,000")
	has(t, d.do(keys.Intent{Verb: keys.Search, Done: true}), "line 1,000 of 1,000  follow")
}

// A late answer must not move the screen.
func TestLateAnswerIsDropped(t *testing.T) {
	d := newDesk(t, numbered(1000), 60, 10)
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "line 7 ", Done: true})
	late := d.screen.More()
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "line 500 ", Done: true})
	if d.screen.More() != nil {
		t.Error("two looks are made at once")
	}
	d.run(late)
	has(t, d.frame(), "follow", "searching")
	has(t, d.settle(), "line 501 of")
}

func TestHighlight(t *testing.T) {
	d := newDesk(t, numbered(20), 60, 10)
	d.typed(keys.Search, "1[45] of")
	th := theme.New(colorprofile.TrueColor, true)
	f := d.frame()
	if !strings.Contains(f, string(th.ThisMatch)+"15 of") || !strings.Contains(f, string(th.Match)+"14 of") {
		t.Errorf("matches are not highlighted: %q", f)
	}
}

func TestFilter(t *testing.T) {
	s := numbered(60_000)
	d := newDesk(t, s, 60, 10)
	f := d.typed(keys.Filter, "999 ")
	has(t, f, "line 59999 ", "line 52999 ", "20 of 20+", "follow", "&999")
	lacks(t, f, "line 59998 ")
	s.Print(web, 0, procs.Stdout, "no", "a new 999 here")
	has(t, d.settle(), "a new 999 here", "21 of 21+")
	has(t, d.press("g"), "line 999 ", "1 of ")
	has(t, d.press("pgdown"), "line 8999 ")

	d.typed(keys.Search, "35999")
	has(t, d.frame(), "line 35999 ")
	d.press("esc", "G")
	d.typed(keys.Search, "line 5[0-9]{4} ") // only lines that the filter lets through count
	has(t, d.frame(), "line 59999 ")
	d.press("N", "y")
	if m, _ := d.asked[len(d.asked)-1].(keys.CopyMsg); m.Text != "line 58999 of them" {
		t.Errorf("the match before is %q", m.Text)
	}
	d.press("esc", "G")
	has(t, d.typed(keys.Filter, "!line"), "&!line", "no", "a new 999 here", "2 of 2")
	d.press("G")
	has(t, d.typed(keys.Filter, "nothing like it"), "no line matches")
	has(t, d.typed(keys.Filter, ""), "of 60,002")
	has(t, d.typed(keys.Filter, "["), "missing closing ]", "line 59999 ")
}

// Esc takes the layers away one by one, then is for the root.
func TestEsc(t *testing.T) {
	d := newDesk(t, uitest.Typical(), 80, 24)
	d.press("]", "]")
	d.typed(keys.Filter, "res")
	d.typed(keys.Search, "jpg")
	lacks(t, d.press("esc"), "/jpg")
	lacks(t, d.press("esc"), "&res")
	has(t, d.press("esc"), "everything")
	if _, ok := d.screen.Handle(keys.Intent{Verb: keys.Back}); ok {
		t.Error("Esc is taken though nothing is open")
	}
}

func TestSources(t *testing.T) {
	d := newDesk(t, uitest.Typical(), 100, 30)
	var titles []string
	for range 14 {
		titles = append(titles, strings.TrimSpace(strings.Split(ansi.Strip(d.frame()), "  ")[0]))
		d.press("tab")
	}
	got := strings.Join(titles, "|")
	want := "everything|pool train|train/0|train/0 (pid 4121)|train/0/ForkPool-1|train/0/ForkPool-2|train/0/ForkPool-3|" +
		"train/0/ForkPool-4|train/0/resource_tracker|pool api|api/0|api/1|api/2|api/3"
	if got != want {
		t.Errorf("Tab shows\n%s\nwant\n%s", got, want)
	}
	has(t, d.frame(), "everything")
	has(t, d.press("["), "api/3")
	d.screen.Show(procs.SlotSource(procs.ID{Pool: "train"}))
	f := d.frame()
	has(t, f, "UserWarning", "ForkPool-2")
	lacks(t, f, "listening")
	d.screen.Show(procs.Source{Pool: "train", OneSlot: true, PID: 4131})
	lacks(t, d.frame(), "epoch", "│")
	d.screen.Show(procs.Source{})
	d.typed(keys.Search, "listening")
	has(t, d.press("enter"), " api/0 ", "healthz")
}

func TestWrap(t *testing.T) {
	s := numbered(3)
	s.Print(web, 0, procs.Stdout, strings.Repeat("abcdefghi ", 9)+"END", "日本語テキスト日本語テキスト日本語テキスト")
	d := newDesk(t, s, 40, 12)
	lacks(t, d.frame(), "END")
	has(t, d.press("w"), "END", "テキスト")
	has(t, d.press("k", "k"), "END")
	d.press("w")
	for range 9 {
		d.press("right")
	}
	has(t, d.frame(), "END")

	long := numbered(50)
	long.Print(web, 0, procs.Stdout, strings.Repeat("x", 2000))
	d = newDesk(t, long, 41, 10)
	has(t, d.press("w"), "xxx")
	for range 57 { // 56 rows of it are above those that were followed
		d.press("k")
	}
	has(t, d.frame(), "line 50 of 51") // the cursor's line is in sight though the one below fills the screen
	has(t, d.frame(), "line 49 of")
}

func TestStderrAndMusterAndCut(t *testing.T) {
	s := numbered(0)
	s.Print(web, 0, procs.Stderr, "to stderr")
	s.Print(web, 0, procs.Muster, "web/0 run 2 begins, pid 77")
	d := newDesk(t, s, 50, 8)
	has(t, d.frame(), "! web/0 │ to stderr", "── web/0 run 2 begins, pid 77 ───")
}

func TestMarks(t *testing.T) {
	s := numbered(10)
	d := newDesk(t, s, 60, 20)
	has(t, d.press("m"), "mark 12:03:12.000")
	s.Print(web, 0, procs.Stdout, "after the mark", "the end")
	lines := strings.Split(ansi.Strip(d.frame()), "\n")
	for i, l := range lines {
		if strings.Contains(l, " mark 12:") && (!strings.Contains(lines[i-1], "line 9") || !strings.Contains(lines[i+1], "after the mark")) {
			t.Errorf("the mark stands at the wrong place:\n%s", strings.Join(lines, "\n"))
		}
	}
	d.press("m") // a second mark at the end, around the two new lines
	s.Print(web, 0, procs.Stdout, "below both")
	d.frame()
	d.press("k", "k")
	d.press("y")
	if m := d.asked[len(d.asked)-1].(keys.CopyMsg); m.Text != "after the mark\nthe end\n" || m.What != "2 lines, y again: the line" {
		t.Errorf("between the marks %q is copied", m)
	}
	d.press("g", "'")
	has(t, d.frame(), "line 11 of 13")
	d.press("m")
	if n := strings.Count(ansi.Strip(d.frame()), " mark 12:"); n != 1 {
		t.Errorf("%d marks are left, want 1", n)
	}
	// In another source it stands at its time.
	d.screen.Show(procs.SlotSource(web))
	has(t, d.frame(), " mark 12:")
}

func TestCopyOneLine(t *testing.T) {
	s := numbered(3)
	s.Print(web, 0, procs.Stdout, "\x1b[31mred\x1b]52;c;AAAA\a and\tplain")
	d := newDesk(t, s, 60, 20)
	d.press("y")
	if m := d.asked[0].(keys.CopyMsg); m.Text != "red and plain" {
		t.Errorf("copied %q", m.Text)
	}
}

// A block is copied with two keys: a mark above its first line, and y on its last one, twice.
func TestCopyABlock(t *testing.T) {
	copied := func(t *testing.T, d *desk, what string, lines ...string) {
		t.Helper()
		m, _ := d.asked[len(d.asked)-1].(keys.CopyMsg)
		if got := strings.Split(strings.TrimSuffix(strings.ReplaceAll(m.Text, " of them", ""), "\n"), "\n"); !slices.Equal(got, lines) || m.What != what {
			t.Errorf("copied %q as %q, want %q as %q", m.Text, m.What, lines, what)
		}
	}
	d := newDesk(t, numbered(10), 60, 20)
	d.press("g", "j", "m", "j", "j", "y")
	copied(t, d, "1 line, y again: the lines since the mark", "line 3")
	d.press("y")
	copied(t, d, "3 lines, y again: the line", "line 1", "line 2", "line 3")
	d.press("y")
	copied(t, d, "1 line, y again: the lines since the mark", "line 3")
	d.press("j", "y") // another line begins anew
	copied(t, d, "1 line, y again: the lines since the mark", "line 4")
	d.press("j", "m", "y") // below the second mark, which stands right above the cursor
	copied(t, d, "1 line, y again: the lines between the marks above", "line 5")
	d.press("y")
	copied(t, d, "4 lines, y again: the line", "line 1", "line 2", "line 3", "line 4")
	d.press("k", "y") // between the two
	copied(t, d, "4 lines, y again: the line", "line 1", "line 2", "line 3", "line 4")
	d.press("&")
	d.screen.Handle(keys.Intent{Verb: keys.Filter, Text: "[24]", Done: true}) // what is hidden is not copied
	d.frame()
	d.press("y", "y", "y")
	copied(t, d, "2 lines, y again: the lines between the marks", "line 2", "line 4")
}

// lossy is a session that has let go of its older lines.
type lossy struct {
	*uitest.Session
	oldest uint64
}

func (l *lossy) Output(q procs.Query) (procs.Page, error) {
	if !q.Backward && q.From < l.oldest {
		q.From = l.oldest
	}
	page, err := l.Session.Output(q)
	for len(page.Lines) > 0 && page.Lines[0].Seq < l.oldest {
		page.Lines = page.Lines[1:]
	}
	page.Oldest, page.Next = l.oldest, max(page.Next, l.oldest)
	return page, err
}

func TestGap(t *testing.T) {
	s := &lossy{Session: numbered(5000), oldest: 1204}
	s.Change(func(snap *procs.Snapshot) { snap.LogDir = "/var/log/m" })
	d := newDesk(t, s, 90, 10)
	lacks(t, d.frame(), "no longer")
	f := d.press("g")
	has(t, f, "… 1,204 lines no longer in memory (they are in the log: /var/log/m)", "line 1204 ", "line 1,205 of 5,000")
	d.press("j", "j")
	s.oldest = 3000 // the flood passes the screen that was held
	f = d.frame()
	has(t, f, "… 3,000 lines no longer in memory", "line 3000 ")
	for range 7 {
		d.press("j")
	}
	has(t, d.frame(), "line 3,008 of 5,000", "line 3007 ")
	has(t, d.typed(keys.Filter, "5 of"), "line 3015 ", "2 of 200")
	has(t, d.press("g"), "… older lines are no longer in memory", "line 3005 ")
}

// holed is a session whose log could not be written for a while.
type holed struct {
	*uitest.Session
	from, to uint64
}

func (h holed) Output(q procs.Query) (procs.Page, error) {
	switch {
	case q.Backward && q.From > h.from && q.From <= h.to:
		q.From = h.from
	case !q.Backward && q.From >= h.from && q.From < h.to:
		q.From = h.to
	}
	page, err := h.Session.Output(q)
	page.Lines = slices.DeleteFunc(page.Lines, func(l procs.Line) bool { return l.Seq >= h.from && l.Seq < h.to })
	return page, err
}

// TestAHole: lines that are missing between others are counted where they stood.
func TestAHole(t *testing.T) {
	d := newDesk(t, holed{numbered(500), 300, 350}, 60, 10)
	f := d.press("g")
	lacks(t, f, "missing")
	for range 302 {
		f = d.press("j")
	}
	has(t, f, "… 50 lines missing: neither in memory nor in the log", "line 350 ")
}

func TestOutputThatCannotBeRead(t *testing.T) {
	has(t, newDesk(t, broken{numbered(1)}, 60, 6).frame(), "cannot read the output: the disk is gone")
}

type broken struct{ *uitest.Session }

func (broken) Output(procs.Query) (procs.Page, error) {
	return procs.Page{}, fmt.Errorf("the disk is gone")
}

func BenchmarkRender(b *testing.B) {
	for name, text := range map[string]string{
		"plain":    "2026-01-01 12:00:00 INFO  epoch 3 step 12045 loss 0.1204 lr 0.001 312 img/s " + strings.Repeat("x", 100),
		"coloured": "\x1b[2m2026-01-01 12:00:00\x1b[0m \x1b[32mINFO\x1b[0m  epoch \x1b[1m3\x1b[0m loss 0.1204 " + strings.Repeat("x", 150),
		"rainbow":  strings.Repeat("\x1b[32mINFO\x1b[0m epoch \x1b[1m3\x1b[0m loss 0.12 ", 7),
	} {
		s := numbered(0)
		for range 500 {
			s.Print(web, 0, procs.Stdout, text)
		}
		d := newDesk(b, s, 200, 60)
		b.Run("render/"+name, func(b *testing.B) {
			for b.Loop() {
				d.screen.Render()
			}
		})
		b.Run("sync/"+name, func(b *testing.B) {
			for b.Loop() {
				d.screen.Sync(s, uitest.Now)
			}
		})
	}
}
