package output_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// uneven is a session of 300 lines, some of which take three rows where they are wrapped.
func uneven() *uitest.Session {
	s := numbered(0)
	for i := range 300 {
		s.Print(web, 0, procs.Stdout, fmt.Sprintf("line%03d%s", i, strings.Repeat(" of some words", i*7%12)))
	}
	return s
}

// word returns the first word of the kind lineNNN or wordNNN that is on the rows of a frame.
func word(rows []string) string {
	return regexp.MustCompile(`(line|word)\d\d\d`).FindString(strings.Join(rows, "\n"))
}

// resize is what the root does when the terminal has another size.
func (d *desk) resize(w, h int) string {
	d.t.Helper()
	d.w, d.h = w, h
	return d.settle()
}

// until does the same again and again, until what is below the title is as it should be.
func (d *desk) until(is func(rows []string) bool, in keys.Intent) {
	d.t.Helper()
	for range 200 {
		if is(rows(d.do(in))) {
			return
		}
	}
	d.t.Fatalf("the screen never comes to that:\n%s", ansi.Strip(d.frame()))
}

// eachSize runs a test with lines cut and wrapped, at the three sizes.
func eachSize(t *testing.T, session *uitest.Session, test func(t *testing.T, d *desk)) {
	for _, size := range []struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}} {
		for _, wrap := range []bool{false, true} {
			t.Run(fmt.Sprintf("%dx%d wrap %v", size.w, size.h, wrap), func(t *testing.T) {
				d := newDesk(t, session, size.w, size.h)
				d.screen.SetReading(wrap, 0)
				d.settle()
				test(t, d)
			})
		}
	}
}

// anew has lines wrapped in other ways, and the last time as at first; look sees each of the frames.
func (d *desk) anew(look func(what, frame string)) {
	d.t.Helper()
	w, h := d.w, d.h
	for _, key := range []string{"t", "t", "t", "w", "w", "t", "w", "t", "w", "t"} {
		look("after "+key, d.press(key))
	}
	for _, size := range []struct{ w, h int }{{w - 9, h}, {w + 25, h}, {w, h - 4}, {w - 9, h + 3}, {w, h}} {
		look(fmt.Sprintf("at %dx%d", size.w, size.h), d.resize(size.w, size.h))
	}
}

// However lines are wrapped anew, the first one in sight stays that, and the cursor comes
// back to where it was.
func TestTheFirstLineStays(t *testing.T) {
	eachSize(t, uneven(), func(t *testing.T, d *desk) {
		held := d.press("g", "pgdown", "pgdown", "j", "j", "j")
		for range d.h { // the cursor is at the bottom
			held = d.press("j")
		}
		top := word(rows(held)[:1])
		d.anew(func(what, frame string) {
			if got := word(rows(frame)[:1]); got != top {
				t.Errorf("%s the first line is %s, it was %s:\n%s", what, got, top, ansi.Strip(frame))
			}
		})
		if got := d.frame(); got != held {
			t.Errorf("lines are wrapped as before, and the screen shows\n%s\nnot\n%s", ansi.Strip(got), ansi.Strip(held))
		}
	})
}

// At the end there may be too few lines to fill the screen with, so that it begins
// earlier; it comes back all the same.
func TestThePlaceAtTheEndIsFoundAgain(t *testing.T) {
	eachSize(t, uneven(), func(t *testing.T, d *desk) {
		held := d.press("k")
		top := word(rows(held)[:1])
		d.anew(func(what, frame string) {
			if !strings.Contains(frame, top) {
				t.Errorf("%s %s, which was the first line, is out of sight:\n%s", what, top, ansi.Strip(frame))
			}
		})
		if got := d.frame(); got != held {
			t.Errorf("lines are wrapped as before, and the screen shows\n%s\nnot\n%s", ansi.Strip(got), ansi.Strip(held))
		}
		has(t, d.press("k", "w", "w"), "298 of 300") // it was moved meanwhile
	})
}

// A line that was found stays in sight, be it the first one or the last.
func TestAFoundLineStays(t *testing.T) {
	eachSize(t, uneven(), func(t *testing.T, d *desk) {
		d.press("g")
		d.typed(keys.Search, "line155")
		stays := func(what, frame string) {
			if !strings.Contains(strings.Join(rows(frame), "\n"), "line155") {
				t.Errorf("%s line155 is out of sight:\n%s", what, ansi.Strip(frame))
			}
		}
		d.until(func(rows []string) bool { return !strings.Contains(strings.Join(rows, "\n"), "line155") }, keys.Intent{Verb: keys.Wheel, N: -1})
		d.press("n") // at the bottom
		d.anew(stays)
		d.until(func(rows []string) bool { return word(rows[:1]) == "line155" }, keys.Intent{Verb: keys.Wheel, N: 1})
		d.anew(stays)
		d.press("y")
		if m, _ := d.asked[len(d.asked)-1].(keys.CopyMsg); !strings.HasPrefix(m.Text, "line155") {
			t.Errorf("the cursor has left line155: %q is copied", m.Text)
		}
	})
}

// Within a line that is higher than the screen, the words at the top stay there, and those that were found.
func TestThePlaceInATallLineStays(t *testing.T) {
	for _, size := range []struct{ w, h int }{{41, 12}, {81, 24}, {121, 40}} {
		d := newDesk(t, long(), size.w, size.h)
		d.screen.SetReading(true, 0)
		d.press("g", "j")
		for range 7 {
			d.press("j")
		}
		held := d.frame()
		top := word(rows(held)[:2])
		for _, key := range []string{"t", "t", "t"} {
			if f := d.press(key); !slices.ContainsFunc(rows(f)[:3], func(r string) bool { return strings.Contains(r, top) }) {
				t.Errorf("%v: %s was at the top:\n%s", size, top, ansi.Strip(f))
			}
		}
		d.resize(size.w-9, size.h)
		d.bodyHas(top)
		d.resize(size.w, size.h)
		d.press("w", "w")
		if got := d.frame(); got != held {
			t.Errorf("%v: lines are wrapped as before, and the screen shows\n%s\nnot\n%s", size, ansi.Strip(got), ansi.Strip(held))
		}

		d.typed(keys.Search, "word700")
		d.until(func(rows []string) bool { return strings.Contains(rows[size.h-3], "word700") }, keys.Intent{Verb: keys.Up})
		d.anew(func(_, frame string) { has(t, strings.Join(rows(frame), "\n"), "word700") })
		d.typed(keys.Search, "word999")
		d.anew(func(_, frame string) { has(t, strings.Join(rows(frame), "\n"), "word999") })
	}
}
