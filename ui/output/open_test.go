package output_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	store "example.com/muster/procs/output"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// TestOpenLinesOfAllWriters: each writer's line that has not ended shows at the
// end, in its place, and once only when it has ended; also behind a filter.
func TestOpenLinesOfAllWriters(t *testing.T) {
	for _, filter := range []string{"", "W|done"} {
		s := store.New(store.Config{})
		defer func() { _ = s.Close() }()
		sl := s.Slot(seamSlots[0])
		d := newDesk(t, stored{uitest.New(&procs.Snapshot{Session: "open", Pools: []procs.Pool{{Name: "api", Slots: []procs.Slot{{Run: procs.Run{ID: seamSlots[0]}}}}}}), s}, 60, 12)
		d.screen.Show(procs.SlotSource(seamSlots[0]))
		if filter != "" {
			d.typed(keys.Filter, filter)
		}
		step := func(pid int, text string, want ...string) {
			t.Helper()
			sl.Write(procs.Stdout, pid, []byte(text))
			var got []string
			for l := range strings.Lines(ansi.Strip(d.settle())) {
				if _, text, ok := strings.Cut(strings.TrimSpace(l), "│ "); ok {
					got = append(got, text)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("filter %q, after %q: the lines are %q, want %q", filter, text, got, want)
			}
		}
		step(1, "\rW1 1%", "W1 1%")
		step(2, "\rW2 1%", "W1 1%", "W2 1%")
		step(3, "\rW3 1%", "W1 1%", "W2 1%", "W3 1%")
		step(1, "\rW1 2%", "W1 2%", "W2 1%", "W3 1%")
		step(2, "\rW2 9%", "W1 2%", "W2 9%", "W3 1%")
		step(2, "\ndone\n", "W2 9%", "done", "W1 2%", "W3 1%")
		step(3, "\rW3 9%", "W2 9%", "done", "W1 2%", "W3 9%")
		step(3, "\n", "W2 9%", "done", "W3 9%", "W1 2%")
		step(1, "\rW1 3%", "W2 9%", "done", "W3 9%", "W1 3%")
		step(1, "\n", "W2 9%", "done", "W3 9%", "W1 3%")
		step(1, "\rW1 4%", "W2 9%", "done", "W3 9%", "W1 3%", "W1 4%")
		// Two end at once, as two others begin: the end stays where it was.
		sl.Write(procs.Stdout, 2, []byte("W2 a"))
		step(3, "W3 a", "W2 9%", "done", "W3 9%", "W1 3%", "W1 4%", "W2 a", "W3 a")
		sl.Write(procs.Stdout, 1, []byte("\n"))
		step(2, "\n", "W2 9%", "done", "W3 9%", "W1 3%", "W1 4%", "W2 a", "W3 a")
		step(3, "!", "W2 9%", "done", "W3 9%", "W1 3%", "W1 4%", "W2 a", "W3 a!")
	}
}

// TestSearchAmongOpenLines: the next match below an open line is below it.
func TestSearchAmongOpenLines(t *testing.T) {
	s := store.New(store.Config{})
	defer func() { _ = s.Close() }()
	sl := s.Slot(seamSlots[0])
	d := newDesk(t, stored{uitest.New(&procs.Snapshot{Session: "open"}), s}, 60, 12)
	for pid, text := range []string{"whole bar\n", "bar 1", "bar 2", "none", "bar 4", "last"} {
		sl.Write(procs.Stdout, pid+1, []byte(text))
	}
	line := func(frame string) string {
		_, text, _ := strings.Cut(strings.Split(ansi.Strip(frame), "\n")[0], " line ")
		return strings.Fields(text)[0]
	}
	d.typed(keys.Search, "bar")
	d.do(keys.Intent{Verb: keys.Top})
	for _, want := range []string{"2", "3", "5", "1"} { // and around
		if got := line(d.do(keys.Intent{Verb: keys.Next})); got != want {
			t.Errorf("the next match is line %s, want %s", got, want)
		}
	}
	d.do(keys.Intent{Verb: keys.Bottom})
	d.do(keys.Intent{Verb: keys.Follow})
	for _, tt := range []struct {
		verb keys.Verb
		want string
	}{{keys.Previous, "5"}, {keys.Previous, "3"}, {keys.Previous, "2"}, {keys.Previous, "1"}, {keys.Previous, "5"}} {
		if got := line(d.do(keys.Intent{Verb: tt.verb})); got != tt.want {
			t.Errorf("the match is line %s, want %s", got, tt.want)
		}
	}
}
