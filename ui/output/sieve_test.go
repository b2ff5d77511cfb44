package output_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// river is a session that has printed any number of lines, which are made
// when they are asked for. Every tenth line is from pid 7, every 100,000th is rare.
type river struct {
	*uitest.Session
	end, oldest uint64
	partial     string // an unterminated line at the end
	looked      int    // lines looked at so far
	asked       int    // queries so far
	pool        string // whose the rare lines are, if they are another one's
}

func newRiver(end uint64) *river { return &river{Session: numbered(0), end: end} }

func (r *river) line(n uint64) procs.Line {
	l := procs.Line{Seq: n, ID: web, At: uitest.Now, PID: pidOf(n)}
	l.Text = fmt.Appendf(nil, "line %d %s", n, wordOf(n))
	return l
}

func pidOf(n uint64) int {
	if n%10 == 0 {
		return 7
	}
	return 1
}

func wordOf(n uint64) string {
	if n%100_000 == 0 {
		return "rare"
	}
	return "common"
}

// Output does what procs/output does, for lines whose text is "rare", "common" or anything.
func (r *river) Output(q procs.Query) (procs.Page, error) {
	r.asked++
	page := procs.Page{Oldest: r.oldest, End: r.end, Next: min(q.From, r.end)}
	if r.partial != "" {
		page.End, page.Open = page.End+1, 1
	}
	if page.Next < r.oldest {
		page.Missed, page.Next = r.oldest-page.Next, r.oldest
	}
	word := strings.TrimPrefix(q.Match, "(?i)")
	passes := func(text string, pid int) bool {
		if q.Source.Pool != "" && q.Source.Pool == r.pool {
			return text == "rare"
		}
		return strings.Contains(text, word) != q.Not && (q.Source.PID == 0 || q.Source.PID == pid)
	}
	if q.Backward && r.partial != "" && q.From > r.end {
		r.addPartial(&page, passes)
	}
	for scan := max(q.ScanLimit, q.Max); scan > 0 && len(page.Lines) < q.Max; scan-- {
		if q.Backward && page.Next <= r.oldest || !q.Backward && page.Next >= r.end {
			break
		}
		r.looked++
		if q.Backward {
			page.Next--
			if passes(wordOf(page.Next), pidOf(page.Next)) {
				page.Lines = append(page.Lines, r.line(page.Next))
			}
			continue
		}
		if passes(wordOf(page.Next), pidOf(page.Next)) {
			page.Lines = append(page.Lines, r.line(page.Next))
		}
		page.Next++
	}
	if q.Backward {
		slices.Reverse(page.Lines)
	}
	if !q.Backward && page.Next == r.end && r.partial != "" {
		r.addPartial(&page, passes)
	}
	return page, nil
}

func (r *river) addPartial(page *procs.Page, passes func(string, int) bool) {
	l := procs.Line{Seq: r.end, ID: web, PID: 7, Text: []byte(r.partial), Partial: true}
	if passes(r.partial, l.PID) {
		page.Lines = append(page.Lines, l)
	}
}

func TestOneWriterAmongOthers(t *testing.T) {
	r := newRiver(1_000_000)
	d := newDesk(t, r, 60, 12)
	d.screen.Show(procs.Source{Pool: "web", OneSlot: true, PID: 7})
	has(t, d.settle(), "line 999990 ", "line 999900 ")
	lacks(t, d.frame(), "line 999999 ", "line 999989 ")
	if r.looked > 100_000 {
		t.Errorf("%d lines were looked at to fill a window", r.looked)
	}
	for range 100 {
		d.press("pgup")
	}
	has(t, d.frame(), "held")
	first := strings.Fields(strings.Split(ansi.Strip(d.frame()), "\n")[1])
	if got, want := first[1], fmt.Sprint(999_890-100*100); got != want {
		t.Errorf("100 pages up is line %s, want %s", got, want)
	}
	has(t, d.press("G"), "line 999990 ", "follow")
	has(t, d.press("g"), "line 0 ", "line 90 ")
	has(t, d.press("pgdown"), "line 100 ")
}

func TestARareLineIsFoundFarBack(t *testing.T) {
	r := newRiver(1_000_050)
	d := newDesk(t, r, 60, 6)
	has(t, d.typed(keys.Filter, "rare"), "line 1000000 rare", "line 600000 rare", "follow")
	lacks(t, d.frame(), "line 500000 rare")
	r.looked = 0
	r.end += 10
	d.settle()
	if r.looked > 100 {
		t.Errorf("ten new lines made the screen look at %d", r.looked)
	}
}

// A filter on an output that nobody can look through as it comes catches up
// if the lead is small, and names the gap if it is not.
func TestFilterOnAFlood(t *testing.T) {
	r := newRiver(1_000_050)
	d := newDesk(t, r, 70, 10)
	d.typed(keys.Filter, "rare")
	r.end += 400_000
	has(t, d.settle(), "line 1400000 rare", "line 1300000 rare", "line 1000000 rare")
	r.end += 10_000_000
	f := d.settle()
	has(t, f, "line 1400000 rare", "── 9,990,000 lines came too fast to be looked through ──")

	// Lines that the ring has let go of before they were looked at.
	d = newDesk(t, r, 70, 10)
	d.typed(keys.Filter, "rare")
	r.end += 500_000
	r.oldest = r.end - 150_000
	has(t, d.settle(), "── 350,000 lines left the memory before being looked through ──")
}

// While others print without end, what was printed long before is found all the same; until
// then nobody says that there is nothing.
func TestARareLineIsFoundInAFlood(t *testing.T) {
	for _, begin := range []func(d *desk){
		func(d *desk) { d.screen.Handle(keys.Intent{Verb: keys.Filter, Text: "rare", Done: true}) },
		func(d *desk) { d.screen.Show(procs.Source{Pool: "db"}) },
	} {
		r := newRiver(550_000)
		r.pool = "db"
		r.Change(func(snap *procs.Snapshot) { snap.Pools = append(snap.Pools, procs.Pool{Name: "db"}) })
		d := newDesk(t, r, 80, 10)
		begin(d)
		r.end += 100
		lacks(t, d.frame(), "Nothing has been printed")
		d.run(d.screen.More())
		r.end += 100
		has(t, d.frame(), "so far", "older lines are being looked through")
		for range 200 {
			r.end += 100
			d.frame()
			d.run(d.screen.More())
		}
		has(t, d.frame(), "line 500000 rare", "follow")
	}
}

// Where nearly every line passes, the newest ones are shown at once, and
// those left out are there on the way up.
func TestDenseFilterOnAFloodLeaps(t *testing.T) {
	r := newRiver(100_000)
	d := newDesk(t, r, 70, 10)
	d.typed(keys.Filter, "common")
	r.end += 1_000_000
	r.looked = 0
	has(t, d.settle(), "line 1099999 common", "follow")
	if r.looked > 100_000 {
		t.Errorf("%d lines were looked at", r.looked)
	}
	for range 100 {
		d.press("pgup")
	}
	lacks(t, d.frame(), "──")
	has(t, d.frame(), "held", " common")
}

func TestUnterminatedLine(t *testing.T) {
	for _, src := range []procs.Source{{}, {Pool: "web", OneSlot: true, PID: 7}} {
		r := newRiver(101)
		d := newDesk(t, r, 60, 8)
		d.screen.Show(src)
		r.partial = "downloading 10%"
		has(t, d.settle(), "downloading 10%")
		r.partial = "downloading 10%\rdownloading 90%"
		has(t, d.settle(), "downloading 90%")
		lacks(t, d.frame(), "10%")
		r.partial, r.end = "", r.end+10
		lacks(t, d.settle(), "downloading")
		has(t, d.frame(), "line 110 ")
		if n := strings.Count(ansi.Strip(d.frame()), "line 110 "); n != 1 {
			t.Errorf("%d times", n)
		}
	}
	// One that the filter hides must not keep the screen busy.
	r := newRiver(101)
	r.partial = "a prompt? "
	d := newDesk(t, r, 60, 8)
	d.typed(keys.Filter, "common")
	r.asked = 0
	d.settle()
	if r.asked > 10 {
		t.Errorf("a hidden unterminated line causes %d queries", r.asked)
	}
}

// An answer for a filter that has been changed meanwhile must not be shown.
func TestLateLinesAreDropped(t *testing.T) {
	d := newDesk(t, newRiver(1000), 60, 8)
	d.screen.Handle(keys.Intent{Verb: keys.Filter, Text: "common"})
	d.frame()
	late := d.screen.More()
	d.screen.Handle(keys.Intent{Verb: keys.Filter, Text: "rare"})
	d.frame()
	d.run(late)
	lacks(t, d.frame(), "line 999 ")
	has(t, d.settle(), "line 0 rare")
}

// mute is a session that has lines but never gives one of those asked for.
type mute struct{ *river }

func (m mute) Output(q procs.Query) (procs.Page, error) {
	m.asked++
	return procs.Page{End: 100, Next: q.From}, nil
}

func TestSessionThatBringsNothingIsNotAskedAgainAndAgain(t *testing.T) {
	r := newRiver(0)
	d := newDesk(t, mute{r}, 60, 8)
	d.typed(keys.Filter, "x")
	if r.asked > 30 {
		t.Errorf("asked %d times", r.asked)
	}
}

// The cost of a frame must not grow with the output.
func BenchmarkFrame(b *testing.B) {
	for _, n := range []uint64{1_000, 10_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := newRiver(n)
			d := newDesk(b, r, 200, 60)
			for b.Loop() {
				r.end += 60_000 // a million lines a second
				d.frame()
			}
		})
	}
}
