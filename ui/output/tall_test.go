package output_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// long is a session whose second line of three is one of a thousand numbered words.
func long() *uitest.Session {
	session := uitest.Many(1)
	session.Print(procs.ID{Pool: "sleep"}, 10000, procs.Stdout, "the first", words(1000), "the last")
	return session
}

// words are n numbered words.
func words(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("word%03d", i))
	}
	return strings.Join(all, " ")
}

// longDesk shows it without names, so that the text has 59 cells.
func longDesk(t *testing.T) *desk {
	d := newDesk(t, long(), 61, 12)
	d.screen.Show(procs.SlotSource(procs.ID{Pool: "sleep"}))
	d.settle()
	return d
}

// bodyHas checks what is below the title.
func (d *desk) bodyHas(want string) {
	d.t.Helper()
	_, body, _ := strings.Cut(d.frame(), "\n")
	has(d.t, body, want)
}

// A match is shown wherever it stands in its line.
func TestAMatchFarToTheRightIsShown(t *testing.T) {
	d := longDesk(t)
	for _, word := range []string{"word002", "word700", "word999", "word701", "word001"} {
		d.typed(keys.Search, word)
		d.bodyHas(word)
		if !strings.Contains(ansi.Strip(d.frame()), "held") {
			t.Errorf("%s: the end is followed", word)
		}
	}
	has(t, d.frame(), "the first") // as word001 is near the begin
	d.do(keys.Intent{Verb: keys.Search, Text: "word800"})
	d.bodyHas("word800")
	d.do(keys.Intent{Verb: keys.Search, Done: true})
	d.bodyHas("word001") // given up
}

// The highlight is where the match is, also behind many others.
func TestAMatchBehindManyOthersIsHighlighted(t *testing.T) {
	for _, wrap := range []bool{false, true} {
		d := longDesk(t)
		d.screen.SetReading(wrap, 0)
		d.typed(keys.Search, "word700")
		d.typed(keys.Search, `word\d+`)
		d.typed(keys.Search, "word900|zzz")
		if f := d.frame(); !strings.Contains(f, "mword900\x1b") {
			t.Errorf("wrap %v: word900 is not highlighted:\n%q", wrap, f)
		}
	}
}

// With wrap, too, and all of a line that is higher than the screen can be read.
func TestALineHigherThanTheScreen(t *testing.T) {
	d := longDesk(t)
	d.screen.SetReading(true, 0)
	for _, word := range []string{"word702", "word999", "word000", "word500"} {
		d.typed(keys.Search, word)
		d.bodyHas(word)
	}
	d.press("w")
	d.bodyHas("word500")
	d.press("w")
	d.bodyHas("word500")
	d.press("esc", "g", "j")
	has(t, d.frame(), "word000", "rows 1-11 of 136 of line 2 of 3")
	seen := map[string]bool{}
	for range 200 {
		f := ansi.Strip(d.press("j"))
		if strings.Contains(f, "line 3 of 3") {
			break
		}
		text := ""
		for _, row := range strings.Split(f, "\n")[1:] {
			text += row[min(1, len(row)):]
		}
		for _, w := range strings.Fields(text) {
			seen[w] = true
		}
	}
	for _, w := range []string{"word200", "word400", "word600", "word800", "word998"} {
		if !seen[w] {
			t.Errorf("%s was never in sight", w)
		}
	}
	has(t, d.frame(), "the last", "line 3 of 3")
	has(t, d.press("k"), "word999", "rows 126-136 of 136")
	has(t, d.press("pgup"), "rows 116-126 of 136")
	has(t, d.do(keys.Intent{Verb: keys.Wheel, N: -3}), "rows 113-123 of 136")
	has(t, d.press("g"), "the first", "line 1 of 3")
	has(t, d.press("j", "j"), "rows 2-12 of 136")
	d.screen.SetSize(200, 60)
	d.w, d.h = 200, 60
	has(t, d.frame(), "word000", "word999")
}

// A filter changes nothing about that, however much follows the match.
func TestAMatchAmongFilteredLinesIsShown(t *testing.T) {
	for _, after := range []int{100, 3000, 30_000} {
		for _, wrap := range []bool{false, true} {
			session, id := long(), procs.ID{Pool: "sleep"}
			for i := range after {
				session.Print(id, 10000, procs.Stdout, fmt.Sprintf("after%d word", i))
			}
			d := newDesk(t, session, 61, 12)
			d.screen.Show(procs.SlotSource(id))
			d.screen.SetReading(wrap, 0)
			d.typed(keys.Filter, "word")
			d.typed(keys.Search, "word702")
			if _, body, _ := strings.Cut(d.frame(), "\n"); !strings.Contains(ansi.Strip(body), "word702") {
				t.Errorf("%d lines after it, wrap %v: word702 is not in sight:\n%.400s", after, wrap, ansi.Strip(body))
			}
		}
	}
}

// Whatever one scrolls by, no line is passed over that has not been in sight.
func TestNothingIsPassedOverBehindATallLine(t *testing.T) {
	for _, key := range []string{"pgdown", "ctrl+d", "wheel"} {
		session := long()
		for i := range 60 {
			session.Print(procs.ID{Pool: "sleep"}, 10000, procs.Stdout, fmt.Sprintf("after%02d", i))
		}
		d := newDesk(t, session, 61, 12)
		d.screen.Show(procs.SlotSource(procs.ID{Pool: "sleep"}))
		d.screen.SetReading(true, 0)
		d.settle()
		seen := strings.Builder{}
		seen.WriteString(ansi.Strip(d.press("g")))
		for range 120 {
			if key == "wheel" {
				seen.WriteString(ansi.Strip(d.do(keys.Intent{Verb: keys.Wheel, N: 3})))
			} else {
				seen.WriteString(ansi.Strip(d.press(key)))
			}
		}
		for _, want := range []string{"the first", "word002", "word500", "word998", "the last", "after00", "after31", "after59"} {
			if !strings.Contains(seen.String(), want) {
				t.Errorf("%s: %q was never in sight", key, want)
			}
		}
	}
}

// Keys that come at once go as many steps.
func TestStepsOfASearchAddUp(t *testing.T) {
	d := newDesk(t, numbered(500), 60, 12)
	d.typed(keys.Search, "them")
	at := func(want string) {
		t.Helper()
		has(t, d.settle(), want)
	}
	burst := func(text string) {
		t.Helper()
		for _, key := range text {
			in, _ := keys.Standard().Resolve(keys.Output, string(key))
			d.screen.Handle(in)
		}
	}
	at("line 500 of 500")
	burst("NNNNN")
	at("line 495 of 500")
	burst("nn")
	at("line 497 of 500")
	burst("gn")
	at("line 2 of 500")
	burst("nnnNN")
	at("line 3 of 500")
	burst("NNNNNNN")
	at("line 496 of 500")
	if got := d.said(); got != "search hit the top, goes on at the end" {
		t.Errorf("at the first one it says %q", got)
	}
	burst("nnnnnn")
	at("line 2 of 500")
}
