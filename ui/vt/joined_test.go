package vt

import (
	"testing"

	"example.com/muster/ui/draw"
)

// TestJoined: what a terminal shows as one character takes the cells of one.
func TestJoined(t *testing.T) {
	for _, in := range []string{"👍🏽", "🇩🇪", "가", "e\u0301"} {
		s := New(20, 1)
		_, _ = s.Write([]byte(in + "x"))
		x, _, _ := s.Cursor()
		if w := draw.Width(s.Line(0, draw.NoColours)); w != x {
			t.Errorf("%q: the cursor is in column %d, the line is %d wide", in+"x", x, w)
		}
	}
}
