package draw

import "testing"

// TestTruncateKeycaps: what is cut to some cells takes no more, whatever emoji are in it.
func TestTruncateKeycaps(t *testing.T) {
	for _, s := range []string{"1\ufe0f\u20e3 first step", "a\ufe0fxyz", "#\ufe0f\u20e3#\ufe0f\u20e3#\ufe0f\u20e3", "\x1b[31m1\ufe0f\u20e3 one\x1b[m"} {
		for w := range 8 {
			for name, f := range map[string]func(string, int) string{"Truncate": Truncate, "TruncateLeft": TruncateLeft, "TruncateMiddle": TruncateMiddle} {
				if got := f(s, w); Width(got) > w {
					t.Errorf("%s(%q, %d) is %q, %d cells wide", name, s, w, got, Width(got))
				}
			}
		}
	}
}
