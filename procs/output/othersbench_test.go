package output

import (
	"testing"

	"example.com/muster/procs"
)

// BenchmarkQueryPastOthers is a look at a pool that has printed one line long before a
// million of another pool's.
func BenchmarkQueryPastOthers(b *testing.B) {
	s := New(Config{Dir: b.TempDir(), DiskBytes: 256 << 20})
	s.Slot(procs.ID{Pool: "quiet"}).Write(procs.Stdout, 0, []byte("x\n"))
	for range 1_000_000 {
		s.Slot(procs.ID{Pool: "loud"}).Write(procs.Stdout, 0, []byte("chat\n"))
	}
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		page, err := s.Query(procs.Query{Source: procs.Source{Pool: "quiet"}, From: procs.NewestLine, Backward: true, Max: 2000, ScanLimit: 10_000})
		if err != nil || len(page.Lines) != 1 {
			b.Fatal(page, err)
		}
	}
}
