package output_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// needle is a session of a long line with a word at its end, and of short ones before and after it.
func needle() *uitest.Session {
	s := numbered(3)
	s.Print(web, 0, procs.Stdout, strings.Repeat("x", 400)+" NEEDLE", "")
	s.Print(web, 0, procs.Stderr, "short 0", "short 1")
	return s
}

// Who has searched in a long line sees that lines begin out of sight, and sees their beginning
// again once the search is taken away, or the end is followed.
func TestASearchInALongLineIsScrolledBack(t *testing.T) {
	for _, source := range []procs.Source{{}, procs.SlotSource(web)} {
		for _, size := range []struct{ w, h int }{{40, 12}, {80, 24}, {100, 20}} {
			for _, keys := range [][]string{{"esc"}, {"esc", "f"}, {"f"}, {"G"}} {
				found := func() (d *desk, frame string) {
					d = newDesk(t, needle(), size.w, size.h)
					d.screen.Show(source)
					return d, d.needle()
				}
				_, f := found()
				has(t, f, "x NEEDLE")
				if size.w >= 80 {
					has(t, f, "column ")
				}
				for i, want := range []string{"…", "…", "…", "…x", "", "…", "…"} {
					if _, row := cutLead(rows(f)[i]); !strings.HasPrefix(row, want) || want == "" && row != "" {
						t.Errorf("%v: row %d begins with %q, want %q:\n%s", size, i, row, want, ansi.Strip(f))
					}
				}
				d, _ := found()
				f = d.press(keys...)
				has(t, f, "line 0 of them", "short 0", "short 1")
				lacks(t, f, "column", "x NEEDLE")
			}
		}
	}
}

// needle searches for the word.
func (d *desk) needle() string {
	d.t.Helper()
	return d.typed(keys.Search, "NEEDLE")
}

// cutLead cuts the name of the writer off a row, or the sign of its stream.
func cutLead(row string) (lead, text string) {
	if lead, text, ok := strings.Cut(row, "│"); ok {
		return lead, strings.TrimRight(text, " ")
	}
	return row[:1], strings.TrimRight(row[1:], " ")
}

// What was scrolled by hand has the sign, too; where lines are wrapped there is nothing to scroll.
func TestWhatIsScrolledByHandHasASign(t *testing.T) {
	d := newDesk(t, needle(), 60, 12)
	has(t, d.press("right"), "│…f them", "column 9  line 7 of 7  follow", "! web/0 │…")
	lacks(t, d.press("w"), "column", "│…")
	has(t, d.press("w", "left"), "│ line 0 of them")
	lacks(t, d.frame(), "column", "│…")
}

// A line from standard error has a sign that is set off from its text.
func TestTheSignOfStandardErrorIsSetOff(t *testing.T) {
	for _, size := range []struct{ w, h int }{{20, 6}, {40, 12}, {80, 24}} {
		d := newDesk(t, needle(), size.w, size.h)
		has(t, d.frame(), "! web/0 │ short 0")
		d.screen.Show(procs.SlotSource(web))
		has(t, d.frame(), "! short 0")
		d.press("t")
		if size.w < 40 {
			has(t, d.frame(), "! short 0")
			continue
		}
		has(t, d.frame(), "! 12:02:12.050")
	}
}

// Where there is little room the text has it: times give way to it, then names.
func TestTheTextIsShownWhereItIsNarrow(t *testing.T) {
	for _, c := range []struct {
		w    int
		want string
	}{
		{40, "! 12:02:12.050 web/0 │ short 0"},
		{20, "! web/0 │ short 0"},
		{16, "! short 0"},
	} {
		d := newDesk(t, needle(), c.w, 6)
		has(t, d.press("t"), c.want)
		has(t, d.press("w"), c.want)
	}
}

// That holds also if lines are wrapped when the search is taken away, and cut again.
func TestASearchIsScrolledBackWhileLinesAreWrapped(t *testing.T) {
	for _, key := range []string{"esc", "f", "G"} {
		d := newDesk(t, needle(), 60, 12)
		d.needle()
		lacks(t, d.press("w", key, "w"), "column", "│…")
		has(t, d.frame(), "│ short 1")
	}
}

// What is followed and has been scrolled by hand is followed on, with the beginnings of its lines.
func TestFollowShowsTheBeginningsOfLines(t *testing.T) {
	d := newDesk(t, needle(), 100, 20)
	d.screen.Show(procs.SlotSource(web))
	d.settle()
	has(t, d.press("right", "right"), "column 17", "follow")
	f := d.press("f")
	has(t, f, "line 0 of them", "follow")
	lacks(t, f, "column")
	has(t, d.press("f"), "held")
}

// A search that was given up while another source was shown has scrolled this one for nothing.
func TestASearchThatIsGivenUpElsewhereIsScrolledBack(t *testing.T) {
	d := newDesk(t, needle(), 100, 20)
	d.screen.Show(procs.SlotSource(web))
	has(t, d.needle(), "column ")
	d.screen.Show(procs.Source{})
	d.press("esc")
	d.screen.Show(procs.SlotSource(web))
	f := d.settle()
	has(t, f, "line 0 of them", "held")
	lacks(t, f, "column")
}
