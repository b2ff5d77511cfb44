package output_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// TestAKeyForTheMatch: what is asked for while the cursor is on its way to a match is for the
// match, and for nothing if there is none.
func TestAKeyForTheMatch(t *testing.T) {
	together := func(names ...string) *desk {
		d := newDesk(t, numbered(500), 80, 12)
		d.press("g")
		d.typed(keys.Search, "9 of")
		d.asked = nil
		for _, name := range names {
			in, ok := keys.Standard().Resolve(keys.Output, name)
			if !ok {
				t.Fatalf("key %q means nothing here", name)
			}
			cmd, _ := d.screen.Handle(in)
			d.run(cmd)
			d.screen.Sync(d.session, uitest.Now)
		}
		return d
	}
	for _, row := range []struct {
		keys []string
		want string
	}{
		{[]string{"n", "y"}, "line 19 of them"}, {[]string{"n", "n", "y"}, "line 29 of them"}, {[]string{"N", "y"}, "line 499 of them"},
	} {
		d := together(row.keys...)
		has(t, d.settle(), "line "+strings.Fields(row.want)[1]+" of them")
		got, ok := d.asked[len(d.asked)-1].(keys.CopyMsg)
		if !ok || got.Text != row.want {
			t.Errorf("%v copies %+v, want %q", row.keys, d.asked, row.want)
		}
	}
	d := together("n", "T")
	d.settle()
	if got, ok := d.asked[len(d.asked)-1].(keys.MomentMsg); !ok || string(got.Text) != "line 19 of them" {
		t.Errorf("nT asks for the moment of %+v", d.asked)
	}
	d = together("n", "m")
	f := rows(d.settle())
	if at := slices.IndexFunc(f, func(row string) bool { return strings.Contains(row, "line 19 of them") }); at < 1 || !strings.Contains(f[at-1], "mark ") {
		t.Errorf("nm sets no mark above the match:\n%s", strings.Join(f, "\n"))
	}
	d = newDesk(t, numbered(500), 80, 12)
	d.do(keys.Intent{Verb: keys.Search, Text: "nowhere"})
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "nowhere", Done: true})
	d.screen.Handle(keys.Intent{Verb: keys.Next})
	d.screen.Handle(keys.Intent{Verb: keys.Copy})
	d.settle()
	if len(d.asked) != 1 || !strings.Contains(d.said(), "no match for nowhere") {
		t.Errorf("without a match, ny asks for %+v", d.asked)
	}
}

// TestAFilterThatIsNone: an expression that cannot be read hides nothing, and nothing is said
// not to match it; the title says what is wrong, as of a search.
func TestAFilterThatIsNone(t *testing.T) {
	for _, lines := range []int{0, 40} {
		for _, pools := range []int{1, 2} { // of which only the one is looked for among others
			s := numbered(lines)
			s.Change(func(snap *procs.Snapshot) {
				for i := 1; i < pools; i++ {
					snap.Pools = append(snap.Pools, procs.Pool{Name: "other"})
				}
			})
			d := newDesk(t, s, 100, 12)
			d.screen.Show(procs.Source{Pool: "web"})
			f := d.typed(keys.Filter, "&*tick"[1:])
			has(t, f, "&*tick: missing argument to repetition operator")
			lacks(t, f, "matches")
			if want := "Nothing has been printed by pool web so far"; lines == 0 {
				has(t, f, want)
			} else {
				has(t, f, "line 39 of them")
			}
			d.typed(keys.Search, "nowhere")
			if got := d.said(); strings.Contains(got, "in what &") {
				t.Errorf("a search says %q", got)
			}
		}
	}
}
