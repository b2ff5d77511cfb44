package output_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/ui/keys"
)

// Where somebody has scrolled away from what was found, the screen comes back to that place,
// whatever was in sight meanwhile, with lines wrapped or not; and so it does where that is in sight.
func TestThePlaceBesideAMatchIsFoundAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		wrap  bool
		moves func(d *desk)
	}{
		{"above it", true, func(d *desk) { d.away(keys.Intent{Verb: keys.Up}) }},
		{"below it", true, func(d *desk) { d.away(keys.Intent{Verb: keys.Down}) }},
		{"at its top", true, func(d *desk) {
			d.until(func(rows []string) bool { return strings.Contains(rows[0], "word700") }, keys.Intent{Verb: keys.Down})
		}},
		{"at its bottom", true, func(d *desk) {
			d.until(func(rows []string) bool { return strings.Contains(rows[len(rows)-2], "word700") }, keys.Intent{Verb: keys.Up})
		}},
		{"left of it", false, func(d *desk) { d.away(keys.Intent{Verb: keys.Left}) }},
		{"right of it", false, func(d *desk) { d.away(keys.Intent{Verb: keys.Right}) }},
		{"beside it", false, func(d *desk) { d.press("right", "right") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, long(), 60, 12)
			d.screen.SetReading(c.wrap, 0)
			d.typed(keys.Search, "word700")
			c.moves(d)
			held := d.frame()
			for _, size := range []struct{ w, h int }{{60, 30}, {100, 12}, {200, 50}, {30, 6}, {41, 9}} {
				d.resize(size.w, size.h)
				d.press("w", "t")
				d.resize(60, 8)
				d.press("t", "w", "t")
				if got := d.resize(60, 12); got != held {
					t.Fatalf("after %v the screen shows\n%s\nnot\n%s", size, ansi.Strip(got), ansi.Strip(held))
				}
			}
		})
	}
}

// away does the same again and again, until the match is out of sight.
func (d *desk) away(in keys.Intent) {
	d.t.Helper()
	d.until(func(rows []string) bool { return !strings.Contains(strings.Join(rows, "\n"), "word700") }, in)
}
