package perf

import (
	"testing"

	"golang.org/x/sys/unix"
)

// made is a ring of this test's own, of 256 bytes.
func made(at uint64, records ...[]byte) *ring {
	r := &ring{head: &unix.PerfEventMmapPage{Data_tail: at, Data_head: at}, data: make([]byte, 256), buf: make([]byte, 1<<16)}
	for _, b := range records {
		for _, c := range b {
			r.data[r.head.Data_head%256] = c
			r.head.Data_head++
		}
	}
	return r
}

// TestRing: records that go on at the start of the ring are whole, and what the
// kernel would not write ends the reading without an end of the program.
func TestRing(t *testing.T) {
	lost := records["lost"].b
	for at := uint64(0); at < 512; at += 8 {
		r := made(at, lost, records["fork"].b, lost)
		n := 0
		if unknown := r.read(&two, r.end(), func(Record) { n++ }); unknown != 0 || n != 3 || r.head.Data_tail != r.head.Data_head {
			t.Fatalf("from %d: %d records, %d unknown", at, n, unknown)
		}
	}
	for name, r := range map[string]*ring{
		"zeros":          made(0, make([]byte, 64)),
		"cut":            made(0, lost[:16]),
		"more than fits": {head: &unix.PerfEventMmapPage{Data_head: 1 << 40}, data: make([]byte, 256), buf: make([]byte, 1<<16)},
		"backwards":      {head: &unix.PerfEventMmapPage{Data_head: 8, Data_tail: 16}, data: make([]byte, 256), buf: make([]byte, 1<<16)},
	} {
		if unknown := r.read(&two, r.end(), func(Record) { t.Error("a record") }); unknown != 1 || r.head.Data_tail != r.end() {
			t.Errorf("%s: %d unknown, tail %d of %d", name, unknown, r.head.Data_tail, r.end())
		}
	}
}
