package output_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/uitest"
)

// mixed is a session whose lines take one row of w cells or many rows, up to five pages of h rows,
// behind a page of such as take one; each row begins with a sign of its own. It returns the signs.
func mixed(seed int64, w, h, lines int) (s *uitest.Session, signs []string) {
	s = uitest.Many(1)
	rnd := rand.New(rand.NewSource(seed))
	for i := range lines {
		n := 1
		switch kind := rnd.Intn(3); {
		case i < h || kind == 0:
		case kind == 1:
			n = 1 + rnd.Intn(5*h)
		case kind == 2:
			n = h - 1 + rnd.Intn(3)
		}
		s.Print(sleep, 0, procs.Stdout, signed(&signs, n, w))
	}
	return s, signs
}

var sleep = procs.ID{Pool: "sleep"}

// signed is a line of n rows of w cells, whose signs it adds.
func signed(signs *[]string, n, w int) string {
	var b strings.Builder
	for i := range n {
		sign := fmt.Sprintf("<%05d>", len(*signs))
		*signs = append(*signs, sign)
		if b.WriteString(sign); i < n-1 {
			b.WriteString(strings.Repeat(".", w-len(sign)))
		}
	}
	return b.String()
}

// wrapped shows the lines of one slot, which have two cells before them, wrapped.
func wrapped(t *testing.T, s port.Session, w, h int) *desk {
	d := newDesk(t, s, w+2, h+1)
	d.screen.Show(procs.SlotSource(sleep))
	d.screen.SetReading(true, 0)
	d.settle()
	return d
}

// paged does something again and again until the screen stays as it is, and returns the signs that
// were on none of the frames.
func paged(d *desk, signs []string, in keys.Intent) (missed []string) {
	d.t.Helper()
	seen := map[string]bool{}
	before := ""
	for f := d.frame(); f != before; f = d.do(in) {
		before = f
		for _, row := range rows(f) {
			if _, sign, ok := strings.Cut(row, "<"); ok {
				seen["<"+sign[:6]] = true
			}
		}
	}
	for _, sign := range signs {
		if !seen[sign] {
			missed = append(missed, sign)
		}
	}
	return missed
}

// Who goes through the text by pages, or by less, sees every row of it, down and up.
func TestEveryRowIsSeen(t *testing.T) {
	moves := []struct {
		name     string
		down, up keys.Intent
	}{
		{"page", keys.Intent{Verb: keys.PageDown}, keys.Intent{Verb: keys.PageUp}},
		{"half", keys.Intent{Verb: keys.HalfDown}, keys.Intent{Verb: keys.HalfUp}},
		{"line", keys.Intent{Verb: keys.Down}, keys.Intent{Verb: keys.Up}},
		{"wheel", keys.Intent{Verb: keys.Wheel, N: 3}, keys.Intent{Verb: keys.Wheel, N: -3}},
	}
	for _, size := range []struct{ w, h int }{{19, 4}, {39, 11}, {79, 23}} {
		for seed := range int64(2) {
			for _, m := range moves {
				s, signs := mixed(seed, size.w, size.h, size.h+30)
				d := wrapped(t, s, size.w, size.h)
				d.press("g")
				for range size.h - 1 { // the cursor is at the bottom
					d.press("j")
				}
				if missed := paged(d, signs, m.down); missed != nil {
					t.Errorf("%v seed %d: by %s down %d of %d rows are passed over, such as %s", size, seed, m.name, len(missed), len(signs), missed[0])
				}
				d.press("G")
				if missed := paged(d, signs, m.up); missed != nil {
					t.Errorf("%v seed %d: by %s up %d of %d rows are passed over, such as %s", size, seed, m.name, len(missed), len(signs), missed[0])
				}
			}
		}
	}
}

// A page down goes on within a line that begins at the bottom, behind a rule or not: one row is in
// sight twice, half a page of them with half pages.
func TestAPageDownGoesOnWithinALine(t *testing.T) {
	var signs []string
	s := uitest.Many(1)
	for range 5 {
		s.Print(sleep, 0, procs.Stdout, signed(&signs, 1, 39))
	}
	s.Print(sleep, 0, procs.Stdout, signed(&signs, 30, 39))
	for _, marked := range []bool{false, true} {
		for key, first := range map[string]int{"pgdown": 10, "ctrl+d": 5} {
			d := wrapped(t, s, 39, 11)
			if d.press("g"); marked {
				d.press("j", "j", "j", "j", "j", "m", "g")
				first = max(5, first-1)
			}
			if got := rows(d.press(key)); !strings.Contains(got[0], signs[first]) {
				t.Errorf("marked %v: after %s the first row is %q, want %s", marked, key, got[0], signs[first])
			}
		}
	}
}

// gappy is a session that lacks every third line.
type gappy struct{ *uitest.Session }

func (g gappy) Output(q procs.Query) (procs.Page, error) {
	n := q.Max
	q.Max = 2*n + 1
	page, err := g.Session.Output(q)
	page.Lines = slices.DeleteFunc(page.Lines, func(l procs.Line) bool { return l.Seq%3 == 1 })
	n = min(n, len(page.Lines))
	if q.Backward {
		page.Lines = page.Lines[len(page.Lines)-n:]
	} else {
		page.Lines = page.Lines[:n]
	}
	return page, err
}

// What stands between lines takes rows, too, whether lines are wrapped or not.
func TestNothingIsPassedOverBetweenMarksAndHoles(t *testing.T) {
	for _, wrap := range []bool{false, true} {
		var signs, kept []string
		s := uitest.Many(1)
		for range 60 {
			s.Print(sleep, 0, procs.Stdout, signed(&signs, 1, 39))
		}
		for i, sign := range signs {
			if i%3 != 1 {
				kept = append(kept, sign)
			}
		}
		for _, c := range []struct {
			name    string
			session port.Session
			marks   int
			signs   []string
		}{{"marks", s, 40, signs}, {"holes", gappy{s}, 0, kept}} {
			d := wrapped(t, c.session, 39, 11)
			d.screen.SetReading(wrap, 0)
			d.press("g")
			for range c.marks {
				d.press("j", "m")
			}
			d.press("g")
			if missed := paged(d, c.signs, keys.Intent{Verb: keys.PageDown}); missed != nil {
				t.Errorf("wrap %v: between %s, %s are passed over on the way down", wrap, c.name, missed)
			}
			if missed := paged(d, c.signs, keys.Intent{Verb: keys.PageUp}); missed != nil {
				t.Errorf("wrap %v: between %s, %s are passed over on the way up", wrap, c.name, missed)
			}
		}
	}
}
