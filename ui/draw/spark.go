package draw

import (
	"math"
	"strings"
)

// steps are those of a sparkline, from nothing to all.
var steps = []rune("▁▂▃▄▅▆▇█")

// Gap is a value of a sparkline that is drawn as a space: something that was
// not measured, or the boundary between two runs.
func Gap() float64 { return math.NaN() }

// Spark draws the last width values as ▁▂▃▄▅▆▇█ in exactly width cells, the
// newest at the right. A value of top or more is a full block; top <= 0 stands
// for the largest value shown. Negative values, such as procs.Unknown, and
// [Gap] are spaces.
func Spark(values []float64, top float64, width int) string {
	if width <= 0 {
		return ""
	}
	if len(values) > width {
		values = values[len(values)-width:]
	}
	if !(top > 0) {
		top = peak(values)
	}
	var b strings.Builder
	b.Grow(width * 3)
	b.WriteString(Spaces(width - len(values)))
	for _, v := range values {
		if math.IsNaN(v) || v < 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(steps[step(v, top, len(steps))])
	}
	return b.String()
}

// step says which of n steps shows v. It compares before it converts: a
// conversion of infinity to an integer gives anything.
func step(v, top float64, n int) int {
	switch {
	case top <= 0:
		return 0
	case v >= top:
		return n - 1
	}
	return int(v/top*float64(n-1) + 0.5)
}

func peak(values []float64) float64 {
	m := 0.0
	for _, v := range values {
		if v > m && !math.IsInf(v, 1) {
			m = v
		}
	}
	return m
}

// Bar draws a fraction from 0 to 1 as a horizontal bar of exactly width cells,
// in steps of an eighth of a cell.
func Bar(fraction float64, width int) string {
	if width <= 0 {
		return ""
	}
	if !(fraction > 0) { // also NaN
		return Spaces(width)
	}
	const eighths = "▏▎▍▌▋▊▉█"
	n := int(min(fraction, 1)*float64(width)*8 + 0.5)
	s := strings.Repeat("█", n/8)
	if rest := n % 8; rest > 0 {
		s += string([]rune(eighths)[rest-1])
	}
	return s + Spaces(width-(n+7)/8)
}
