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

// rows are those below the title, without colours.
func rows(frame string) []string { return strings.Split(ansi.Strip(frame), "\n")[1:] }

// unfinished is a session whose last line has not ended.
type unfinished struct {
	*uitest.Session
	last uint64
	text string
}

func (u *unfinished) Output(q procs.Query) (procs.Page, error) {
	page, err := u.Session.Output(q)
	page.Lines, page.Open = slices.Clone(page.Lines), 1
	for i := range page.Lines {
		if l := &page.Lines[i]; l.Seq == u.last {
			l.Text, l.Partial = []byte(u.text), true
		}
	}
	return page, err
}

// Who follows sees the newest text, however long the last line is.
func TestTheEndOfTheLastLineIsFollowed(t *testing.T) {
	tall := words(1000) + " "
	for _, size := range []struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}} {
		s := &unfinished{Session: numbered(50), last: 49}
		d := newDesk(t, s, size.w, size.h)
		d.screen.SetReading(true, 0)
		ends := func(want string) {
			t.Helper()
			f := d.settle()
			has(t, f, "follow")
			if last := strings.TrimRight(rows(f)[size.h-2], " "); !strings.HasSuffix(last, want) {
				t.Errorf("%v: the last row ends with %q, want %q:\n%s", size, last, want, ansi.Strip(f))
			}
		}
		for _, text := range []string{"short", tall[:4000] + "HALF", tall + "WHOLE", "\r" + tall + "50%\r" + tall + "51%", "short again"} {
			s.text = text
			ends(text[max(0, len(text)-4):])
		}
		has(t, d.frame(), "line 48 of them")
		s.text = tall + "END"
		s.Print(web, 0, procs.Stdout, "what follows it")
		ends("what follows it")
		if last := rows(d.frame())[size.h-3]; !strings.Contains(last, "END") {
			t.Errorf("%v: above the last line is not the end of the one before, but %q", size, last)
		}
	}
	s := numbered(0)
	s.Print(web, 0, procs.Stdout, tall+"END")
	s.Print(web, 0, procs.Muster, "web/0 has ended")
	d := newDesk(t, s, 80, 24)
	has(t, d.press("w"), "END", "── web/0 has ended")
}

// Who stops following at the end of a line that is higher than the screen stays there,
// and goes up through it.
func TestATallLastLineIsHeldAtItsEnd(t *testing.T) {
	session := uitest.Many(1)
	id := procs.ID{Pool: "sleep"}
	session.Print(id, 0, procs.Stdout, "the first", words(1000))
	d := newDesk(t, session, 61, 12)
	d.screen.Show(procs.SlotSource(id))
	d.screen.SetReading(true, 0)
	has(t, d.settle(), "word999", "rows 126-136 of 136 of line 2 of 2  follow")
	has(t, d.press("f"), "word999", "rows 126-136 of 136 of line 2 of 2  held")
	has(t, d.press("G", "j", "pgdown"), "rows 126-136 of 136 of line 2 of 2  follow")
	has(t, d.press("k"), "rows 125-135 of 136", "held")
	has(t, d.press("pgup"), "rows 115-125 of 136")
	session.Print(id, 0, procs.Stdout, "news")
	has(t, d.frame(), "rows 115-125 of 136 of line 2 of 3  held")
	lacks(t, d.press("G"), "rows")
	has(t, d.frame(), "word999", "news", "follow")
}

// Who stops following keeps what is in sight, also the last rows of a line that is there in part.
func TestWhatIsFollowedIsHeld(t *testing.T) {
	for _, size := range []struct{ w, h int }{{21, 5}, {40, 12}, {80, 24}} {
		for _, key := range []string{"f", "k"} {
			s := numbered(size.h)
			s.Print(web, 0, procs.Stdout, words(1000), "above", "last")
			d := newDesk(t, s, size.w, size.h)
			d.screen.SetReading(true, 0)
			followed := d.settle()
			same := func(got string) {
				t.Helper()
				if trimmed(got) != trimmed(followed) {
					t.Errorf("%v: after %s the screen shows\n%s\nnot\n%s", size, key, trimmed(got), trimmed(followed))
				}
			}
			same(d.press(key))
			d.anew(func(string, string) {})
			same(d.frame())
			has(t, d.do(keys.Intent{Verb: keys.Click, Y: 1}), "998", "held")
		}
	}
}

// trimmed is what is below the title, without the colours and what stands for them.
func trimmed(frame string) string {
	all := rows(frame)
	for i := range all {
		all[i] = strings.TrimRight(all[i], " ")
	}
	return strings.Join(all, "\n")
}

// A frame with a line as long as lines can be, wrapped.
func BenchmarkTall(b *testing.B) {
	for name, text := range map[string]string{
		"ascii":    strings.Repeat("abcdefgh", 8<<10),
		"coloured": strings.Repeat("\x1b[32mab\x1b[m", 6<<10),
		"wide":     strings.Repeat("日本", 10<<10),
	} {
		s := numbered(5)
		s.Print(web, 0, procs.Stdout, slices.Repeat([]string{text}, 16)...)
		for _, follow := range []bool{true, false} {
			d := newDesk(b, s, 80, 24)
			d.screen.SetReading(true, 0)
			if d.settle(); !follow {
				d.press("f")
			}
			b.Run(fmt.Sprintf("%s/follow=%v", name, follow), func(b *testing.B) {
				for b.Loop() {
					d.screen.Sync(s, uitest.Now)
					d.screen.Render()
				}
			})
		}
	}
}
