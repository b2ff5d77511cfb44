package output

import (
	"os"
	"path/filepath"
	"testing"

	"example.com/muster/procs"
)

// FuzzIndex reads log and index files with any content: the reader must come
// to an end, and account for every line that was asked for.
func FuzzIndex(f *testing.F) {
	good := appendRecord(nil, record{first: 0, lines: 2, bytes: 4, at: 1, writer: writer{procs.Stderr, 7}})
	good = appendRecord(good, record{first: 2, offset: 4, lines: 1, bytes: 1, flags: flagCut})
	good = appendRecord(good, record{first: 3, offset: 5, bytes: 2, flags: flagStates})
	good = appendRecord(good, record{first: 3, offset: 7, lines: 1, bytes: 2, flags: flagUnterminated})
	f.Add([]byte("a\nb\nc\rxd\n"), good, uint16(0), uint8(9))
	f.Add([]byte("a\nb"), good[:60], uint16(1), uint8(3))
	f.Add([]byte{}, good, uint16(0), uint8(255))
	f.Add([]byte("a\nb\nc\n"), appendRecord(nil, record{lines: 2, bytes: 6}), uint16(0), uint8(9))
	f.Add([]byte("a\nb\nc\n"), appendRecord(nil, record{lines: 5, bytes: 6}), uint16(0), uint8(9))
	f.Add([]byte("a\nb\nc\n"), appendRecord(nil, record{first: 1 << 63, offset: -1, lines: 1, bytes: 1 << 31}), uint16(0), uint8(9))
	f.Fuzz(func(t *testing.T, log, idx []byte, from uint16, n uint8) {
		path := filepath.Join(t.TempDir(), "p-0.001")
		for ext, b := range map[string][]byte{".log": log, ".idx": idx} {
			if err := os.WriteFile(path+ext, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		at := place{path: path, end: 1 << 20, bytes: int64(len(log)), records: int64(len(idx)+39) / recordBytes}
		c := cursor{find: func(seq uint64) (place, bool) { return at, seq < at.end }}
		defer c.close()
		pos, end := uint64(from), uint64(from)+uint64(n)
		for pos < end {
			sp := c.span(nil, pos, end, int(from%3)*7, 100)
			if sp.seq != pos || sp.lines == 0 || pos+sp.lines > end {
				t.Fatalf("span of %d lines from %d, asked for %d to %d", sp.lines, sp.seq, pos, end)
			}
			seen := uint64(0)
			sp.each(func(procs.Line) bool { seen++; return true })
			if sp.kind == here && seen != sp.lines {
				t.Fatalf("a span of %d lines has %d", sp.lines, seen)
			}
			pos += sp.lines
		}
	})
}

func TestRecord(t *testing.T) {
	want := record{first: 1 << 40, offset: 1 << 33, at: -5, lines: 7, bytes: 99, writer: writer{procs.Muster, 123}, flags: flagCut | flagApart}
	b := appendRecord(nil, want)
	if len(b) != recordBytes || parseRecord(b) != want {
		t.Errorf("%d bytes, read back as %+v", len(b), parseRecord(b))
	}
}
