package theme_test

import (
	"math"
	"regexp"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"example.com/muster/procs"
	"example.com/muster/ui/theme"
)

// sight is what an eye makes of linear RGB.
type sight [3][3]float64

// Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation
// of Color Vision Deficiency", 2009: the matrices of severity 1.0.
var sights = map[string]sight{
	"full":         {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// lab is the colour as seen, in CIELAB with the white of D65.
func (s sight) lab(rgb [3]int) [3]float64 {
	var seen [3]float64
	for i := range seen {
		for j, v := range rgb {
			seen[i] += s[i][j] * linear(v)
		}
		seen[i] = min(1, max(0, seen[i]))
	}
	r, g, b := seen[0], seen[1], seen[2]
	f := func(t float64) float64 {
		if t > 0.008856 {
			return math.Cbrt(t)
		}
		return 7.787*t + 16.0/116
	}
	x, y, z := f((0.4124*r+0.3576*g+0.1805*b)/0.95047), f(0.2126*r+0.7152*g+0.0722*b), f((0.0193*r+0.1192*g+0.9505*b)/1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// apart is how far two colours are from each other for the eye that tells them
// apart the least, and which that is. Below about 20 they look alike in thin text.
func apart(a, b string) (least float64, of string) {
	least = math.Inf(1)
	for name, s := range sights {
		p, q := s.lab(xtermRGB(a)), s.lab(xtermRGB(b))
		if d := math.Hypot(math.Hypot(p[0]-q[0], p[1]-q[1]), p[2]-q[2]); d < least {
			least, of = d, name
		}
	}
	return least, of
}

// What means different things looks different to everybody in the theme "colorblind".
func TestNoEyeConfusesWhatMatters(t *testing.T) {
	ink, ground := regexp.MustCompile(`38;5;(\d+)`), regexp.MustCompile(`48;5;(\d+)`)
	colour := func(re *regexp.Regexp, st theme.Style) string {
		m := re.FindStringSubmatch(string(st))
		if m == nil {
			t.Fatalf("%q has no such colour", st)
		}
		return m[1]
	}
	for _, dark := range []bool{true, false} {
		th := named(t, "colorblind", colorprofile.ANSI256, dark)
		check := func(what, a, b string) {
			t.Helper()
			if d, of := apart(a, b); d < 20 {
				t.Errorf("dark=%v: %s (%s and %s) are %.1f apart for %s", dark, what, a, b, d, of)
			}
		}
		good, warning, bad := colour(ink, th.Good), colour(ink, th.Warning), colour(ink, th.Error)
		check("good and warning", good, warning)
		check("good and error", good, bad)
		check("warning and error", warning, bad)
		state := func(s procs.State) string { return colour(ink, th.State(s, nil)) }
		check("running and failed", state(procs.Running), state(procs.Failed))
		check("running and stopping", state(procs.Running), state(procs.Stopping))
		check("running and backing off", state(procs.Running), state(procs.BackingOff))
		check("backing off and failed", state(procs.BackingOff), state(procs.Failed))
		check("more and less", colour(ground, th.More), colour(ground, th.Less))
		for i := range 4 { // the first four are all that most pools have
			check("neighbours", colour(ink, th.Writer(i)), colour(ink, th.Writer(i+1)))
		}
		for i := range th.Frames() - 1 {
			check("neighbours in a flame graph", colour(ground, th.Frame(i)), colour(ground, th.Frame(i+1)))
		}
	}
}
