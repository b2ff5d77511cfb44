package sample

import (
	"testing"
	"time"
)

// A rate is that of the last five seconds, or since it was put before if that is longer,
// and nothing is owed for the time before.
func TestRateOverTime(t *testing.T) {
	type put struct {
		second int
		total  uint64
		want   float64
	}
	for name, puts := range map[string][]put{
		"grows by ten a second":     {{0, 0, 0}, {1, 10, 10}, {2, 20, 10}, {3, 30, 10}},
		"is over what was put":      {{0, 0, 0}, {1, 0, 0}, {2, 10, 5}, {4, 10, 2.5}},
		"falls to nothing":          {{0, 0, 0}, {1, 50, 50}, {3, 50, 50. / 3}, {5, 50, 10}, {6, 50, 0}, {7, 50, 0}},
		"grows again after a pause": {{0, 0, 0}, {100, 0, 0}, {200, 0, 0}, {201, 8, 8}, {202, 8, 4}, {205, 8, 1.6}, {207, 8, 0}, {300, 8, 0}, {301, 9, 1}},
		"is put every six seconds":  {{0, 0, 0}, {6, 600, 100}, {12, 660, 10}, {18, 660, 0}, {24, 720, 10}},
		"was not put for long":      {{0, 0, 0}, {100, 80, 0.8}, {101, 88, 8}},
	} {
		var r rate
		for _, p := range puts {
			at := time.Unix(1_700_000_000+int64(p.second), 0)
			if got := r.put(at, p.total); got != p.want {
				t.Errorf("%s: %v a second after %d s, want %v", name, got, p.second, p.want)
			}
		}
	}
	var r rate
	start := time.Unix(1_700_000_000, 0)
	for i := range 60 {
		r.put(start.Add(time.Duration(i)*100*time.Millisecond), uint64(i))
	}
	if got := r.put(start.Add(6*time.Second), 60); got < 9.9 || got > 10.1 {
		t.Errorf("ten a second, put ten times a second, is %v", got)
	}
}
