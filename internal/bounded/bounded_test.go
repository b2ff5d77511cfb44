package bounded

import (
	"maps"
	"testing"
)

// TestMap: the keys that came last are there, each with its last value.
func TestMap(t *testing.T) {
	var m Map[int, string]
	if v, ok := m.Get(1); ok || m.Len() != 0 {
		t.Errorf("an empty map has %q", v)
	}
	for round := range 3 {
		for _, key := range []int{1, 2, 1, 3, 4} { // 1 is the oldest when 4 comes, though it was set twice
			m.Put(10*round+key, string(rune('a'+round)), 3)
		}
		want := map[int]string{10*round + 2: string(rune('a' + round)), 10*round + 3: string(rune('a' + round)), 10*round + 4: string(rune('a' + round))}
		if got := maps.Collect(m.All()); !maps.Equal(got, want) || m.Len() != 3 {
			t.Errorf("round %d: %v, want %v", round, got, want)
		}
	}
	m.Put(24, "z", 3)
	if v, ok := m.Get(24); !ok || v != "z" {
		t.Errorf("24 is %q, %v, want the value that was set last", v, ok)
	}
}
