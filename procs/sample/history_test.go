package sample

import (
	"testing"
	"time"

	"example.com/muster/procs"
)

// TestHistory: the last ones are kept, oldest first, and those that say the
// same share their record.
func TestHistory(t *testing.T) {
	h := &history{limit: 4}
	var b beats
	begin := time.Unix(1_700_000_000, 5)
	for i := range 10 {
		at := begin.Add(time.Duration(i) * time.Second)
		if b.add(at); i != 5 && i != 9 { // in those there was nothing else to say
			h.put(procs.Sample{At: at, Run: i / 8, Processes: 1}, &b)
		}
	}
	for _, n := range []int{4, 100} {
		got := h.last(n, &b)
		if len(got) != 4 {
			t.Fatalf("%d samples, want 4", len(got))
		}
		for i, s := range got {
			if at := begin.Add(time.Duration(6+i) * time.Second); !s.At.Equal(at) || s.Run != (6+i)/8 {
				t.Errorf("sample %d: run %d at %v, want run %d at %v", i, s.Run, s.At, (6+i)/8, at)
			}
		}
	}
	if got := h.last(2, &b); len(got) != 2 || !got[1].At.Equal(begin.Add(9*time.Second)) {
		t.Errorf("the last two: %+v", got)
	}
	if got := h.last(0, &b); got != nil {
		t.Errorf("none asked for: %+v", got)
	}
	records := map[*procs.Sample]bool{}
	for _, p := range h.ring {
		records[p.record] = true
	}
	if len(records) != 2 {
		t.Errorf("%d records for two different samples", len(records))
	}
}

// TestRate: growth over the last five seconds, not over all time.
func TestRate(t *testing.T) {
	var r rate
	begin := time.Unix(1_700_000_000, 0)
	for i, tt := range []struct {
		total uint64
		want  float64
	}{{0, 0}, {10, 10}, {20, 10}, {20, 20.0 / 3}, {20, 5}, {20, 4}, {20, 2}, {20, 0}, {50, 6}} {
		if got := r.put(begin.Add(time.Duration(i)*time.Second), tt.total); got != tt.want {
			t.Errorf("second %d: %v, want %v", i, got, tt.want)
		}
	}
}

// TestAddUnknown: a sum holds what is known; it is unknown if nothing is.
func TestAddUnknown(t *testing.T) {
	sum := unknown
	one := unknown
	one.RSSBytes = 3
	add(&sum, &one)
	add(&sum, &one)
	if sum.RSSBytes != 6 || sum.FDs != procs.Unknown {
		t.Errorf("sum %+v", sum)
	}
}
