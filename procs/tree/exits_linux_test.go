package tree

import (
	"strings"
	"testing"
)

// TestExitsSayWhatTheyMiss: by the connector nothing is missed; by pidfds and by looks
// something may be, and of whose end nothing was told is counted.
func TestExitsSayWhatTheyMiss(t *testing.T) {
	t.Run("looks", func(t *testing.T) {
		tr := New(Options{Session: "s1"})
		p := start(t, "x", self("parent"))
		p.ready()
		tr.Add(p.run)
		tr.Refresh(true)
		if note := tr.Exits(); !strings.Contains(note, "only if it is seen before its parent has waited for it") || strings.Contains(note, "so far") {
			t.Errorf("it says %q", note)
		}
		p.finish()
		until(t, "the end to be seen", func() bool {
			tr.Refresh(true)
			return strings.Contains(tr.Exits(), "of 1 so far nothing told how they ended (pidfds tell that since Linux 6.15)")
		})
	})
	t.Run("pidfds", func(t *testing.T) {
		tr := New(Options{Session: "s1"})
		followFDs(t, tr)
		if note := tr.Exits(); !strings.Contains(note, "told by pidfds") {
			t.Errorf("it says %q", note)
		}
	})
	t.Run("connector", func(t *testing.T) {
		tr := New(Options{Session: "s1"})
		follow(t, tr)
		if note := tr.Exits(); note != "" {
			t.Errorf("it says %q", note)
		}
	})
}
