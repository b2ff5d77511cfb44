package profiling

import (
	"slices"
	"testing"
)

// TestGaps: what is missing for one reason is one row, and what is there none.
func TestGaps(t *testing.T) {
	var all []Coverage
	for _, s := range []string{"a", "b", "c", "d", "e", "f"} {
		all = append(all, Coverage{Source: s, Note: "not permitted"})
	}
	all = append(all, Coverage{Source: "g", OK: true, Note: "a limit"}, Coverage{Source: "h", Note: "late"}, Coverage{Source: "i", Note: "late"})
	want := []Coverage{{Source: "a, b, c, d and 2 more", Note: "not permitted"}, {Source: "h, i", Note: "late"}}
	if got := Gaps(all); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}
