package cpython

import (
	"encoding/hex"
	"encoding/json"
	"testing"
)

// table is a table of lines and what Python reads in it.
type table struct {
	hex           string
	first, length int
	ranges        [][2]int64 // where a line starts, and the line
}

// TestLineTables: every table of the standard library is read as Python itself
// reads it, for each instruction.
func TestLineTables(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "testdata/lines.py")
		form := lnotab
		switch minor := minorOfProgram(t, python); {
		case minor >= 11:
			form = locations
		case minor == 10:
			form = linetable
		}
		tables := 0
		for {
			line := p.line()
			if line == "[]" {
				break
			}
			var c table
			if err := json.Unmarshal([]byte(line), &[]any{&c.hex, &c.first, &c.length, &c.ranges}); err != nil {
				t.Fatal(err)
			}
			checkTable(t, form, c)
			tables++
		}
		if tables < 5000 {
			t.Errorf("only %d tables", tables)
		}
	})
}

// checkTable compares the line of each instruction.
func checkTable(t *testing.T, form lineTable, c table) {
	t.Helper()
	raw, err := hex.DecodeString(c.hex)
	if err != nil {
		t.Fatal(err)
	}
	spans := decodeLines(form, raw, c.first)
	want, next := int64(c.first), 0
	for offset := int64(0); offset < int64(c.length); offset += 2 {
		for next < len(c.ranges) && c.ranges[next][0] <= offset {
			want, next = c.ranges[next][1], next+1
		}
		if got := lineAt(spans, offset, c.first); int64(got) != want {
			t.Fatalf("line %d at offset %d, but Python says %d; first line %d, table %s", got, offset, want, c.first, c.hex)
		}
	}
}

// minorOfProgram returns the minor version of a Python.
func minorOfProgram(t *testing.T, python string) int {
	t.Helper()
	p := start(t, python, "-c", "import sys; print(sys.version_info[1], flush=True); sys.stdin.readline()")
	var minor int
	p.json(&minor)
	p.end()
	return minor
}

// FuzzLines: any bytes are a table, and it is read in bounds.
func FuzzLines(f *testing.F) {
	f.Add(uint8(2), []byte{0x80, 0, 0xf1, 0x7f, 0x7f})
	f.Add(uint8(0), []byte{255, 128, 0, 127})
	f.Fuzz(func(t *testing.T, form uint8, raw []byte) {
		spans := decodeLines(lineTable(form%3), raw, 7)
		for i := 1; i < len(spans); i++ {
			if spans[i].from <= spans[i-1].from {
				t.Fatalf("%v is not in order", spans)
			}
		}
		(&code{spans: spans}).line(int64(len(raw)))
	})
}
