package processes

import (
	"math"
	"slices"
	"testing"
	"time"

	"example.com/muster/procs"
)

func TestBuckets(t *testing.T) {
	now := time.Unix(3000, 0)
	at := func(before int, run int, cpu float64) point {
		return point{at: now.Add(-time.Duration(before) * time.Second), run: run, cpu: cpu}
	}
	got := buckets([]point{at(40, 1, 99), at(9, 1, 10), at(8, 1, 30), at(3, 2, 70), at(1, 2, 50), at(0, 2, procs.Unknown)}, now, 15)
	// Buckets of two seconds on even seconds: 2990-2991 holds 9 s ago, 2992 8 s ago, ...
	want := map[int]float64{14 - 5: 10, 14 - 4: 30, 14 - 1: 50}
	for i, v := range got {
		w, ok := want[i]
		if !ok {
			if !math.IsNaN(v) {
				t.Errorf("bucket %d is %v, want a gap", i, v)
			}
		} else if v != w {
			t.Errorf("bucket %d is %v, want %v", i, v, w)
		}
	}
}

// TestThePastIsBounded: a pool that forks all day leaves no sparklines behind.
func TestThePastIsBounded(t *testing.T) {
	p := newPast()
	now := time.Unix(3000, 0)
	for i := range 3 * maxTraces {
		r := &row{key: key{ref: procs.PIDRef{PID: i, StartTime: 1}}, child: &procs.Descendant{}}
		p.spark(nil, r, now, 10)
		if i%100 == 0 {
			now = now.Add(time.Second)
			p.record(&procs.Snapshot{At: now})
		}
	}
	if n := len(p.sparks); n > maxTraces+100 {
		t.Errorf("%d sparklines are kept", n)
	}
}

func TestRates(t *testing.T) {
	a := procs.Usage{ReadBytes: 1000, WriteBytes: procs.Unknown, VoluntarySwitches: 5, InvoluntarySwitches: 5}
	b := procs.Usage{ReadBytes: 3000, WriteBytes: 10, VoluntarySwitches: 15, InvoluntarySwitches: 15}
	if got := rateBetween(a, b, 2*time.Second); got != (rates{read: 1000, write: procs.Unknown, switches: 10}) {
		t.Errorf("got %+v", got)
	}
	if got := rateBetween(b, a, time.Second); got.read != procs.Unknown {
		t.Errorf("a counter that went back gives the rate %v", got.read)
	}
	if got := rateBetween(a, b, 0); got != noRates {
		t.Errorf("no time between them gives %+v", got)
	}
}

func TestChooseFitsAndKeepsWhatMatters(t *testing.T) {
	for w := 1; w < 320; w++ {
		for i := range 4 {
			last, waits := i%2 == 0, i/2 == 0
			used := cursorWidth - gap
			have := map[columnID]bool{}
			for _, c := range choose(w, 40, waits, last, 0) {
				used += gap + c.width
				have[c.id] = true
			}
			if used > w && w >= narrow {
				t.Fatalf("at width %d the columns take %d cells", w, used)
			}
			if w >= 40 && !all(have, colName, colState, colCPU, colMem) {
				t.Errorf("at width %d: %v", w, have)
			}
			if w >= 80 && last && !all(have, colPID, colSpark, colUp, colLast) {
				t.Errorf("at width %d: %v", w, have)
			}
			if have[colWaits] && !waits || waits && w >= 120 && !have[colWaits] {
				t.Errorf("at width %d, somebody waits: %v, the column is there: %v", w, waits, have[colWaits])
			}
		}
	}
}

// Columns that somebody does without are not shown at any width, and what they leave goes to others.
func TestChooseLeavesOut(t *testing.T) {
	var s Screen
	s.Hide("pid,history,last_line,waits,nonsense,,cpu")
	if got := s.Hidden(); got != "pid,cpu,history,waits,last_line" {
		t.Errorf("left out are %q", got)
	}
	for w := 1; w < 320; w++ {
		for i := range 4 {
			used := cursorWidth - gap
			for _, c := range choose(w, 40, i%2 == 0, i/2 == 0, s.hidden) {
				used += gap + c.width
				if s.hidden.has(c.id) {
					t.Fatalf("at width %d there is %s", w, c.title)
				}
			}
			if used > w && w >= narrow {
				t.Fatalf("at width %d the columns take %d cells", w, used)
			}
		}
	}
	has := func(w int, id columnID) bool {
		return slices.ContainsFunc(choose(w, 40, false, true, s.hidden), func(c column) bool { return c.id == id })
	}
	if !has(60, colFDs) || has(40, colFDs) {
		t.Error("what the others leave does not make room for the open files")
	}
	s.ShowColumns([]string{"mem", "up"})
	if got := choose(40, 5, true, true, s.hidden); len(got) != 3 || got[1].id != colMem || got[2].id != colUp {
		t.Errorf("of two columns there are %v", got)
	}
}

func all(have map[columnID]bool, want ...columnID) bool {
	for _, id := range want {
		if !have[id] {
			return false
		}
	}
	return true
}
