package output

import (
	"strconv"
	"testing"

	"example.com/muster/procs"
)

// BenchmarkQueryPastOthers is a look at a pool that has printed one line long before a
// million of others: of one process, or of two in turns.
func BenchmarkQueryPastOthers(b *testing.B) {
	for _, n := range []int{1, 2} {
		b.Run(strconv.Itoa(n), func(b *testing.B) { benchmarkPastOthers(b, n) })
	}
}

func benchmarkPastOthers(b *testing.B, processes int) {
	s := New(Config{Dir: b.TempDir(), DiskBytes: 256 << 20})
	s.Slot(procs.ID{Pool: "quiet"}).Write(procs.Stdout, 0, []byte("x\n"))
	for i := range 1_000_000 {
		s.Slot(procs.ID{Pool: "loud", Slot: i % processes}).Write(procs.Stdout, 0, []byte("chat\n"))
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

// TestPassLimit: who passes over others' lines goes on where it stopped, and what is read on
// the way is looked at.
func TestPassLimit(t *testing.T) {
	s := New(Config{})
	defer s.Close()
	sl := s.Slot(procs.ID{Pool: "p"})
	sl.Write(procs.Stdout, 7, []byte("old\n"))
	for range 5000 {
		sl.Write(procs.Stdout, 8, []byte("chat\n"))
	}
	q := procs.Query{Source: procs.Source{Pool: "p", OneSlot: true, PID: 7}, From: procs.NewestLine, Backward: true, Max: 1, PassLimit: 100}
	asked := 0
	for {
		page, err := s.Query(q)
		if err != nil {
			t.Fatal(err)
		}
		asked++
		if len(page.Lines) == 1 {
			break
		}
		if page.Next >= min(q.From, 5001) || q.From-page.Next > 2000 && asked > 1 {
			t.Fatalf("from %d it goes on at %d", q.From, page.Next)
		}
		q.From = page.Next
	}
	if asked < 3 {
		t.Errorf("5,000 lines were passed over in %d queries of 100", asked)
	}
	sl.Write(procs.Stdout, 7, []byte("new\n"))
	q.From, q.PassLimit = procs.NewestLine, 1
	if page, err := s.Query(q); err != nil || len(page.Lines) != 1 || string(page.Lines[0].Text) != "new" {
		t.Errorf("the newest line is not found: %+v, %v", page, err)
	}
}
