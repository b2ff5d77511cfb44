package output_test

import (
	"fmt"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// Who goes through the sources finds each one held where it was, with lines cut or wrapped,
// scrolled and filtered; those that were followed are followed on.
func TestEachSourceKeepsItsPlace(t *testing.T) {
	for name, moves := range map[string][]string{
		"up":       {"k", "k", "k", "k", "k", "k"},
		"top":      {"g", "j"},
		"sideways": {"pgup", "right"},
	} {
		for _, filter := range []string{"", "e"} {
			t.Run(name+" filter "+filter, func(t *testing.T) {
				eachSize(t, uitest.Typical(), func(t *testing.T, d *desk) {
					if filter != "" {
						d.typed(keys.Filter, filter)
					}
					const sources = 14 // all of them
					frames := make([]string, sources)
					for i := range frames {
						if i%3 != 2 {
							d.press(moves...)
						}
						frames[i] = d.settle()
						d.press("]")
					}
					for i, want := range frames {
						if got := d.settle(); got != want {
							t.Errorf("source %d shows\n%s\nnot\n%s", i, ansi.Strip(got), ansi.Strip(want))
						}
						d.press("]")
					}
				})
			})
		}
	}
}

// Who is sent to a source finds it as it was left, too; lines that have come meanwhile move
// what is followed only.
func TestASourceIsShownWhereItWasHeld(t *testing.T) {
	s := numbered(100)
	d := newDesk(t, s, 60, 12)
	d.screen.Show(procs.SlotSource(web))
	d.settle()
	has(t, d.press("k", "k", "k"), "line 97 of 100  held")
	for _, away := range []func(){
		func() { d.screen.Show(procs.Source{}) },
		func() { d.screen.Show(procs.SlotSource(web)) }, // who asks for what is shown moves nothing
		func() { d.press("tab") },
	} {
		away()
		d.settle()
		s.Print(web, 0, procs.Stdout, "news")
		d.screen.Show(procs.SlotSource(web))
		has(t, d.settle(), "line 97 of 10", "held", "line 96 of them")
	}
	d.screen.Show(procs.Source{})
	has(t, d.settle(), "news", "line 103 of 103  follow")
	d.screen.Show(procs.SlotSource(web))
	d.press("f")
	d.screen.Show(procs.Source{})
	d.settle()
	d.screen.Show(procs.SlotSource(web))
	has(t, d.settle(), "line 103 of 103  follow")
}

// However lines are wrapped when a source is shown again, the first one in sight is that which it was.
func TestAPlaceIsFoundWhereLinesAreWrappedAnew(t *testing.T) {
	eachSize(t, uneven(), func(t *testing.T, d *desk) {
		held := d.press("g", "pgdown", "pgdown", "j", "j", "j")
		top := word(rows(held)[:1])
		d.press("]", "w", "t")
		d.resize(d.w+20, d.h-3)
		if got := word(rows(d.press("["))[:1]); got != top {
			t.Errorf("the first line is %s, it was %s:\n%s", got, top, ansi.Strip(d.frame()))
		}
		d.press("]", "w", "t", "t")
		d.resize(d.w-20, d.h+3)
		if got := d.press("["); got != held {
			t.Errorf("lines are wrapped as before, and the screen shows\n%s\nnot\n%s", ansi.Strip(got), ansi.Strip(held))
		}
	})
}

// Keys that come at once are not lost.
func TestAPlaceIsKeptBeforeItIsDrawn(t *testing.T) {
	d := newDesk(t, numbered(100), 60, 12)
	for _, key := range []string{"pgup", "]"} {
		in, _ := keys.Standard().Resolve(keys.Output, key)
		d.screen.Handle(in)
	}
	d.settle()
	has(t, d.press("["), "line 90 of 100  held")
}

// There is a bound to the places that are kept; the last ones are.
func TestTheLastPlacesAreKept(t *testing.T) {
	const slots = 100
	s := uitest.Many(slots)
	id := func(i int) procs.ID { return procs.ID{Pool: "sleep", Slot: i} }
	for i := range slots {
		for n := range 50 {
			s.Print(id(i), 0, procs.Stdout, fmt.Sprintf("line %d", n))
		}
	}
	d := newDesk(t, s, 60, 12)
	for i := range slots {
		d.screen.Show(procs.SlotSource(id(i)))
		d.settle()
		d.press("k")
	}
	d.screen.Show(procs.Source{})
	for i, want := range map[int]string{0: "follow", 35: "follow", 36: "held", 99: "held"} {
		d.screen.Show(procs.SlotSource(id(i)))
		has(t, d.settle(), want)
	}
}

// A search that is being typed while the source changes is given up on the new one.
func TestASearchThatIsGivenUpLeavesTheNewSource(t *testing.T) {
	d := newDesk(t, numbered(100), 60, 12)
	d.press("k", "k", "k")
	d.do(keys.Intent{Verb: keys.Search, Text: "line 7"})
	d.screen.Show(procs.SlotSource(web))
	d.settle()
	has(t, d.do(keys.Intent{Verb: keys.Search, Done: true}), "line 100 of 100  follow")
}
