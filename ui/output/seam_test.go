package output_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	store "example.com/muster/procs/output"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// stored is an invented session whose output is real.
type stored struct {
	*uitest.Session
	store *store.Store
}

func (s stored) Output(q procs.Query) (procs.Page, error) { return s.store.Query(q) }

var (
	seamSlots = []procs.ID{{Pool: "api"}, {Pool: "api", Slot: 1}, {Pool: "web"}}
	seamLine  = regexp.MustCompile(`row (\d+) of`)
)

// newStored prints n lines in turns: a ring has 100 of them, the disk the rest.
func newStored(t *testing.T, n int) stored {
	s := store.New(store.Config{Dir: t.TempDir(), Lines: 100, SegmentBytes: 64 << 10})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range n {
		id := seamSlots[i%3]
		s.Slot(id).Write(procs.Stdout, 0, fmt.Appendf(nil, "row %d of %v\n", i, id))
	}
	snap := &procs.Snapshot{Session: "seam"}
	for _, name := range []string{"api", "web"} {
		p := procs.Pool{Name: name}
		for _, id := range seamSlots {
			if id.Pool == name {
				p.Slots = append(p.Slots, procs.Slot{Run: procs.Run{ID: id}, State: procs.Running})
			}
		}
		snap.Pools = append(snap.Pools, p)
	}
	return stored{uitest.New(snap), s}
}

// numbers returns the numbers of the lines in a frame.
func numbers(frame string) (all []int) {
	for _, m := range seamLine.FindAllStringSubmatch(ansi.Strip(frame), -1) {
		n, _ := strconv.Atoi(m[1])
		all = append(all, n)
	}
	return all
}

// TestScrollsAcrossTheSeam goes up from the newest line to the oldest and down
// again: no line is missing, none comes twice, where the ring ends nothing shows.
func TestScrollsAcrossTheSeam(t *testing.T) {
	const n = 3000
	for _, tt := range []struct {
		name  string
		src   procs.Source
		first int
		step  func(i int) int // from one line to the one after it
	}{
		{"everything", procs.Source{}, 0, func(int) int { return 1 }},
		{"a pool", procs.Source{Pool: "api"}, 0, func(i int) int { return 1 + i%3 }},
		{"a slot", procs.SlotSource(seamSlots[1]), 1, func(int) int { return 3 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, newStored(t, n), 80, 24)
			d.screen.Show(tt.src)
			check := func(frame string) []int {
				all := numbers(frame)
				for i := 1; i < len(all); i++ {
					if all[i] != all[i-1]+tt.step(all[i-1]) {
						t.Fatalf("line %d is followed by %d:\n%s", all[i-1], all[i], ansi.Strip(frame))
					}
				}
				return all
			}
			frame := d.settle()
			for range n {
				before := check(frame)
				if before[0] == tt.first {
					break
				}
				frame = d.do(keys.Intent{Verb: keys.PageUp})
				if after := check(frame); after[0] >= before[0] || after[len(after)-1] < before[0]-3 {
					t.Fatalf("lines %d to %d are followed by %d to %d", before[0], before[len(before)-1], after[0], after[len(after)-1])
				}
			}
			if all := numbers(frame); all[0] != tt.first {
				t.Fatalf("the way up ends at line %d", all[0])
			}
			if all := check(d.do(keys.Intent{Verb: keys.Bottom})); all[len(all)-1] < n-3 {
				t.Errorf("the end is line %d", all[len(all)-1])
			}
			if all := check(d.do(keys.Intent{Verb: keys.Top})); all[0] != tt.first {
				t.Errorf("the top is line %d", all[0])
			}
		})
	}
}

// TestSearchesAcrossTheSeam finds on disk what the ring has let go of, goes on
// to the next, and filters by it.
func TestSearchesAcrossTheSeam(t *testing.T) {
	d := newDesk(t, newStored(t, 100_000), 80, 24)
	has(t, d.typed(keys.Search, "row 1?2345 of"), "row 12345 of api/0")
	has(t, d.do(keys.Intent{Verb: keys.Previous}), "row 2345 of web/0")
	has(t, d.do(keys.Intent{Verb: keys.Next}), "row 12345 of api/0")
	d.do(keys.Intent{Verb: keys.Top})
	frame := d.typed(keys.Filter, "row [0-9]*777 of")
	for _, n := range numbers(frame) {
		if n%1000 != 777 {
			t.Errorf("row %d passes the filter", n)
		}
	}
	has(t, frame, "row 777 of api/0", "row 21777 of api/0")
	has(t, d.do(keys.Intent{Verb: keys.Bottom}), "row 99777 of api/0", "row 78777 of api/0")

	d = newDesk(t, newStored(t, 100_000), 80, 24)
	d.do(keys.Intent{Verb: keys.Search, Text: "row 12345 OF", Done: true}) // with capital letters it is as typed
	if said := d.said(); said != "no match for row 12345 OF (100,000 lines looked at)" {
		t.Errorf("said %q", said)
	}
}
