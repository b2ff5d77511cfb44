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

// In a flood words are given up before they would have to be read from the disk, and
// counted as lines that were not looked through.
func TestWordsFarBehindAreGivenUp(t *testing.T) {
	store := output.New(output.Config{})
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	id := procs.ID{Pool: "p"}
	c := &scanner{session: &Session{cfg: Config{Store: store}}, buf: make([]byte, 0, 256<<10)}
	s := &scanned{begun: map[int]*mark{0: {from: 0, at: time.Now()}}, told: map[int]uint64{}}
	store.Slot(id).Write(procs.Stderr, 0, bytes.Repeat([]byte("an ordinary line\n"), farBehind))
	c.parse(id, s, time.Now())
	if len(s.begun) != 1 || c.passed.Load() != 0 {
		t.Fatal("given up too soon")
	}
	store.Slot(id).Write(procs.Stderr, 0, []byte("one more\n"))
	c.parse(id, s, time.Now())
	if len(s.begun) != 0 || c.passed.Load() != wordsLines {
		t.Errorf("%d wait, %d lines are counted", len(s.begun), c.passed.Load())
	}
}

// However much there is to parse, it takes a small part of the time.
func TestParsingIsRationed(t *testing.T) {
	c := &scanner{}
	now, spent := noon, time.Duration(0)
	for range 20 * 60 { // a minute of looks
		now = now.Add(scanEvery)
		for c.mayParse(now) {
			c.credit -= 2 * time.Millisecond
			spent += 2 * time.Millisecond
		}
	}
	if most := time.Minute/parseShare + parseBurst + 2*time.Millisecond; spent > most || spent < most/2 {
		t.Errorf("it takes %v of a minute", spent)
	}
}
