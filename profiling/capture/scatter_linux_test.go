package capture

import (
	"math"
	"testing"
	"time"
)

// A look falls into each period, and at no part of one more often than at another: else
// a program that repeats itself as often as it is looked at would be seen at one place.
func TestLooksAreScattered(t *testing.T) {
	const looks, parts = 10000, 10
	var seen [parts]int
	for n := range int64(looks) {
		seen[int(scatter(n)*parts)]++
	}
	for i, k := range seen {
		if math.Abs(float64(k)-looks/parts) > 5*math.Sqrt(looks/parts) {
			t.Errorf("part %d of a period has %d of %d looks", i, k, looks)
		}
	}
	p := &python{began: time.Now()}
	for n, last := int64(-1), int64(-1); n < 100; last = n {
		if pause := p.untilBeat(time.Hour, &n); n != last+1 || pause < 0 || pause > time.Duration(n+1)*time.Hour {
			t.Fatalf("after look %d comes look %d, in %v", last, n, pause)
		}
	}
}
