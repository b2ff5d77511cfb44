package crash

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// TestWhoFailedBelow: of those that had failed below a process the last is named first, and
// who was ended while its parent went on is named only if there is no other.
func TestWhoFailedBelow(t *testing.T) {
	segv := killedBy(signalNamed("SEGV"))
	below := func(label string, before time.Duration, e *procs.Exit, outlived bool) Child {
		c := Child{Label: label, Argv: []string{"sh", "-c", label}, Exit: *e, Outlived: outlived}
		c.Exit.At = at.Add(-before)
		return c
	}
	kill, term := killedBy(procs.SIGKILL), killedBy(procs.SIGTERM)
	for name, tt := range map[string]struct {
		failed []Child // oldest first
		want   []string
	}{
		"the last first": {[]Child{below("a", 2*time.Second, exit(1), true), below("b", time.Second, exit(3), true)}, []string{"b", "a"}},
		"beside probes": {
			[]Child{below("probe", 3*time.Second, kill, true), below("job", 2*time.Second, exit(1), true), below("limit", time.Second, term, true)},
			[]string{"job"},
		},
		"probes only":            {[]Child{below("a", 2*time.Second, kill, true), below("b", time.Second, term, true)}, []string{"b", "a"}},
		"killed with its parent": {[]Child{below("job", 2*time.Second, exit(1), true), below("end", time.Millisecond, kill, false)}, []string{"end", "job"}},
		"by its own making":      {[]Child{below("job", 2*time.Second, exit(1), true), below("crash", time.Second, segv, true)}, []string{"crash", "job"}},
		"more than are named": {
			[]Child{below("a", 5*time.Second, exit(1), true), below("b", 4*time.Second, exit(1), true), below("c", 3*time.Second, exit(1), true), below("d", 2*time.Second, exit(1), true), below("e", time.Second, kill, true)},
			[]string{"d", "c", "b", "and"},
		},
		"none": {nil, nil},
	} {
		v := Judge(&Death{Run: judgedRun, Who: shell, Exit: exit(1), Failed: tt.failed})
		var got []string
		for _, n := range v.Notes {
			first, _, _ := strings.Cut(n.Text, " ")
			got = append(got, first)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
