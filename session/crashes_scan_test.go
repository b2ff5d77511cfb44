package session

import (
	"bytes"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
)

// BenchmarkScan is one look at a slot in a flood: what a look costs is spent
// twenty times a second at the most.
func BenchmarkScan(b *testing.B) {
	store := output.New(output.Config{})
	id := procs.ID{Pool: "p"}
	store.Slot(id).Write(procs.Stderr, 0, bytes.Repeat([]byte("2026-11-22 12:00:00 INFO an ordinary line of a program that prints much, as many do\n"), 4*scanLines))
	s := &Session{cfg: Config{Store: store}}
	c := &scanner{session: s, buf: make([]byte, 0, 256<<10)}
	b.ReportAllocs()
	for b.Loop() {
		one := &scanned{reader: store.Stream(procs.SlotSource(id), 0), begun: map[int]*mark{}, told: map[int]uint64{}}
		c.read(id, one, time.Now())
		one.reader.Close()
	}
	b.ReportMetric(100*float64(b.Elapsed())/float64(b.N)/float64(scanEvery), "%-of-a-core")
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}
