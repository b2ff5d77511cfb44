package cpython

import (
	"math"
	"testing"
)

// Frames that lie close together are one read, whichever comes first; others are
// reads of their own, also at the ends of memory.
func TestFramesThatLieTogetherAreOneRead(t *testing.T) {
	const size = 80
	for name, c := range map[string]struct {
		addrs []uint64
		runs  int
	}{
		"downwards":            {[]uint64{0x7f00_0300, 0x7f00_0280, 0x7f00_0200}, 1},
		"upwards":              {[]uint64{0x7f00_0200, 0x7f00_0280, 0x7f00_0300}, 1},
		"the same":             {[]uint64{0x7f00_0200, 0x7f00_0200}, 1},
		"a generator between":  {[]uint64{0x7f00_0300, 0x5500_0000, 0x7f00_0200}, 3},
		"as far as is allowed": {[]uint64{0x7f00_1000, 0x7f00_1000 - size - apart}, 1},
		"farther":              {[]uint64{0x7f00_1000, 0x7f00_1000 - size - apart - 1}, 2},
		"both ends of memory":  {[]uint64{math.MaxUint64 - 10, 0, math.MaxUint64 - size}, 3},
		"none":                 {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var raw []rawFrame
			for _, addr := range c.addrs {
				raw = append(raw, rawFrame{addr: addr})
			}
			var cache codeCache
			cache.join(raw, size)
			if len(cache.runs) != c.runs {
				t.Errorf("%d reads, want %d: %+v", len(cache.runs), c.runs, cache.runs)
			}
			for i, f := range raw {
				if r := cache.runs[cache.of[i]]; f.addr-r.from+size > r.to-r.from {
					t.Errorf("the frame at %#x is not in %+v", f.addr, r)
				}
			}
		})
	}
}
