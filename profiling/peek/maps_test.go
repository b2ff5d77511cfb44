package peek

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const maps = `00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/a name (with) blanks
7f1c4a200000-7f1c4a228000 rw-s 00001000 00:01 2053        /dev/zero (deleted)
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
`

func TestParseMaps(t *testing.T) {
	got, err := ParseMaps(strings.NewReader(maps))
	want := []Mapping{
		{0x400000, 0x452000, 0, Read | Exec, "08:02", 173521, "/usr/bin/a name (with) blanks"},
		{0x7f1c4a200000, 0x7f1c4a228000, 0x1000, Read | Write | Shared, "00:01", 2053, "/dev/zero (deleted)"},
		{0x7ffc00000000, 0x7ffc00021000, 0, Read | Write, "00:00", 0, "[stack]"},
	}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	if got[1].File() != "/dev/zero" || got[2].File() != "" {
		t.Errorf("files %q and %q", got[1].File(), got[2].File())
	}
	for _, bad := range []string{"x\n", "2-1 r-xp 0 0:0 0\n", "1-2 r-x 0 0:0 0\n", "3-4 r--p 0 0:0 0\n1-2 r--p 0 0:0 0\n", strings.Repeat("a", 1<<20)} {
		if m, err := ParseMaps(strings.NewReader(bad)); err == nil {
			t.Errorf("%.40q was read as %+v", bad, m)
		}
	}
}

func FuzzParseMaps(f *testing.F) {
	f.Add(maps)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseMaps(strings.NewReader(text))
		if err != nil {
			return
		}
		for i := range list {
			if m := Find(list, list[i].Start); m != &list[i] {
				t.Fatalf("the start of mapping %d is found in %+v", i, m)
			}
		}
	})
}

// TestPut: a new mapping takes the place of what it covers, and leaves the rest.
func TestPut(t *testing.T) {
	old := []Mapping{{Start: 10, End: 20}, {Start: 20, End: 40, Offset: 100}, {Start: 50, End: 60}}
	for _, c := range []struct {
		put  Mapping
		want []Mapping
	}{
		{Mapping{Start: 40, End: 50}, []Mapping{old[0], old[1], {Start: 40, End: 50}, old[2]}},
		{Mapping{Start: 25, End: 30}, []Mapping{old[0], {Start: 20, End: 25, Offset: 100}, {Start: 25, End: 30}, {Start: 30, End: 40, Offset: 110}, old[2]}},
		{Mapping{Start: 5, End: 55}, []Mapping{{Start: 5, End: 55}, {Start: 55, End: 60, Offset: 5}}},
		{Mapping{Start: 60, End: 70}, []Mapping{old[0], old[1], old[2], {Start: 60, End: 70}}},
	} {
		if diff := cmp.Diff(c.want, Put(old, c.put)); diff != "" {
			t.Errorf("%d-%d: %s", c.put.Start, c.put.End, diff)
		}
	}
}
