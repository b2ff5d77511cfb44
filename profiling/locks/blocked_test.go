package locks

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/profiling/locks/graph"
)

func TestParseBlocked(t *testing.T) {
	for _, tt := range []struct {
		text string
		want blocked
		ok   bool
	}{
		{"running\n", blocked{Running: true, NR: -1}, true},
		{"-1 0x7ffe10 0x7f3a\n", blocked{NR: -1, SP: 0x7ffe10, PC: 0x7f3a}, true},
		{"202 0x7f01 0x189 0x0 0x0 0x0 0xffffffff 0x7ffe 0x7f3b\n", blocked{NR: 202, Args: [6]uint64{0x7f01, 0x189, 0, 0, 0, 0xffffffff}, SP: 0x7ffe, PC: 0x7f3b}, true},
		{"", blocked{}, false},
		{"-2 0x1 0x2\n", blocked{}, false},
		{"202 0x1\n", blocked{}, false},
		{"202 1 2 3 4 5 6 7 8\n", blocked{}, false},
	} {
		if got, ok := parseBlocked([]byte(tt.text)); ok != tt.ok || !cmp.Equal(got, tt.want) {
			t.Errorf("%q: %+v, %v", tt.text, got, ok)
		}
	}
	if n := parseRan([]byte("58216 12 7\n")); n != 7 {
		t.Errorf("ran %d times", n)
	}
	if n := parseRan(nil); n != 0 {
		t.Errorf("nothing is %d times", n)
	}
}

func FuzzParseBlocked(f *testing.F) {
	f.Add([]byte("202 0x7f01 0x189 0x0 0x0 0x0 0xffffffff 0x7ffe 0x7f3b\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, ok := parseBlocked(b); ok && (s.NR < -1 || s.Running && s.NR != -1) {
			t.Errorf("%q: %+v", b, s)
		}
	})
}

const procLocks = `1: POSIX  ADVISORY  WRITE 900 08:01:77 0 EOF
1: -> POSIX  ADVISORY  WRITE 901 08:01:77 0 EOF
2: FLOCK  ADVISORY  READ 902 08:01:78 0 EOF
3: FLOCK  ADVISORY  READ 903 08:01:78 0 EOF
2: -> FLOCK  ADVISORY  WRITE 904 08:01:78 0 EOF
4: OFDLCK ADVISORY  WRITE -1 08:01:79 10 19
5: LEASE  ACTIVE    READ 905 08:01:80 0 EOF
garbage
`

func TestFileLocks(t *testing.T) {
	list := parseFileLocks([]byte(procLocks))
	if len(list) != 6 {
		t.Fatalf("%d locks: %+v", len(list), list)
	}
	w := waitingLine(list, graph.POSIX, 901, 77, "")
	if w == nil || len(heldLines(list, w)) != 1 || heldLines(list, w)[0].pid != 900 {
		t.Errorf("901 waits for %+v", w)
	}
	w = waitingLine(list, graph.Flock, 904, 78, "")
	if w == nil || len(heldLines(list, w)) != 2 {
		t.Errorf("904 waits for %+v, held by %+v", w, heldLines(list, w))
	}
	if w := waitingLine(list, graph.Flock, 902, 78, ""); w != nil {
		t.Errorf("902 has it and does not wait: %+v", w)
	}
	if l := list[5]; l.kind != graph.OFD || l.pid != -1 || l.region() != "10-19" || l.inode() != 79 {
		t.Errorf("%+v", l)
	}
}

// TestOFDLinesOfRanges: who waits for an OFD lock is found by the bytes that it
// wants; where those are not known and two lines wait for different locks, not.
func TestOFDLinesOfRanges(t *testing.T) {
	list := parseFileLocks([]byte(`1: OFDLCK ADVISORY  WRITE -1 08:01:79 0 9
1: -> OFDLCK ADVISORY  WRITE -1 08:01:79 0 9
2: OFDLCK ADVISORY  WRITE -1 08:01:79 10 19
2: -> OFDLCK ADVISORY  WRITE -1 08:01:79 10 19
3: OFDLCK ADVISORY  WRITE -1 08:01:80 0 EOF
3: -> OFDLCK ADVISORY  WRITE -1 08:01:80 0 EOF
`))
	for _, tt := range []struct {
		inode  uint64
		bytes  string
		number int
	}{{79, "0-9", 1}, {79, "10-19", 2}, {79, "", 0}, {80, "", 3}, {80, "0-EOF", 3}, {80, "0-4", 0}} {
		number := 0
		if w := waitingLine(list, graph.OFD, 900, tt.inode, tt.bytes); w != nil {
			number = w.number
		}
		if number != tt.number {
			t.Errorf("%d %q: waits in line %d, want %d", tt.inode, tt.bytes, number, tt.number)
		}
	}
	if !hasLine(parseFileLocks([]byte(procLocks)), graph.Flock, 902, 78) || hasLine(parseFileLocks([]byte(procLocks)), graph.Flock, 904, 78) {
		t.Error("902 has the flock, 904 waits for it")
	}
}

func FuzzFileLocks(f *testing.F) {
	f.Add([]byte(procLocks))
	f.Fuzz(func(_ *testing.T, b []byte) {
		for _, l := range parseFileLocks(b) {
			_, _ = l.inode(), l.region()
		}
	})
}
