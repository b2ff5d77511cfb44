package beat

import (
	"testing"
	"time"
)

func TestUntil(t *testing.T) {
	for _, c := range []struct{ since, period, want time.Duration }{
		{0, time.Second, time.Second},
		{10 * time.Millisecond, time.Second, 990 * time.Millisecond},
		{1400 * time.Millisecond, time.Second, 600 * time.Millisecond},
		{1600 * time.Millisecond, time.Second, 1400 * time.Millisecond}, // the next is too near
		{1600 * time.Millisecond, time.Second / 2, 400 * time.Millisecond},
		{3 * time.Second, 2 * time.Second, time.Second},
		{time.Second, 0, 0},
	} {
		if got := until(c.since, c.period); got != c.want {
			t.Errorf("%v after the beginning the next beat of each %v comes in %v, want %v", c.since, c.period, got, c.want)
		}
	}
}

// Whoever asks, and whenever: all meet.
func TestAllMeet(t *testing.T) {
	for since := time.Duration(0); since < 3*time.Second; since += 7 * time.Millisecond {
		for _, period := range []time.Duration{time.Second / 2, time.Second, 2 * time.Second} {
			left := until(since, period)
			if (since+left)%period != 0 || left < period/2 || left > 3*period/2 {
				t.Errorf("%v after the beginning, of each %v: %v", since, period, left)
			}
		}
	}
}
