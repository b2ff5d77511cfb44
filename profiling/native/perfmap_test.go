package native

import (
	"strings"
	"testing"
)

const perfMap = `7f0000001000 20 LazyCompile:~one a.js:1
0x7f0000001020 0x10 two with blanks
garbage
7f0000002000 0 empty
7f0000001000 20 one again
`

func TestPerfMap(t *testing.T) {
	m := ParsePerfMap(strings.NewReader(perfMap + strings.Repeat("x", 3*maxSymbol) + "\n7f0000003000 8 last"))
	for pc, want := range map[uint64]string{
		0x7f0000000fff: "", 0x7f0000001000: "one again", 0x7f000000101f: "one again", 0x7f0000001020: "two with blanks",
		0x7f0000001030: "", 0x7f0000002000: "", 0x7f0000003007: "last", 0x7f0000003008: "", 0: "",
	} {
		if got := m.Name(pc); got != want {
			t.Errorf("%#x is in %q, want %q", pc, got, want)
		}
	}
	var none *PerfMap
	if none.Name(1) != "" {
		t.Error("none has a name")
	}
}

func FuzzPerfMap(f *testing.F) {
	f.Add(perfMap)
	f.Fuzz(func(t *testing.T, text string) {
		m := ParsePerfMap(strings.NewReader(text))
		for i := range m.list {
			if name := m.Name(m.list[i].start); name == "" || len(name) > maxName+3 {
				t.Fatalf("%+v is called %q", m.list[i], name)
			}
		}
	})
}
