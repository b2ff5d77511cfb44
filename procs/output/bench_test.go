package output

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"example.com/muster/procs"
)

// printed is 64 KiB of 100-byte lines that do not end where the block does.
var printed = bytes.Repeat([]byte(string(bytes.Repeat([]byte{'x'}, 99))+"\n"), 656)[:64<<10]

func benchmarkWrite(b *testing.B, c Config, p []byte, writers int) {
	s := New(c)
	sl := s.Slot(procs.ID{Pool: "p"})
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		sl.Write(procs.Stdout, i%writers, p)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkWrite64K(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmarkWrite(b, Config{}, printed, 1) })
	b.Run("log", func(b *testing.B) { benchmarkWrite(b, Config{Dir: b.TempDir(), DiskBytes: 256 << 20}, printed, 1) })
}

func BenchmarkWriteLine(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmarkWrite(b, Config{}, printed[:100], 1) })
	b.Run("log", func(b *testing.B) {
		benchmarkWrite(b, Config{Dir: b.TempDir(), DiskBytes: 256 << 20}, printed[:100], 1)
	})
	b.Run("8 writers", func(b *testing.B) {
		benchmarkWrite(b, Config{Dir: b.TempDir(), DiskBytes: 256 << 20}, printed[:100], 8)
	})
}

func benchmarkChunk(b *testing.B, c Config, src procs.Source, slots, total int, p []byte) {
	s := New(c)
	size := 0
	for i := 0; size < total; i++ {
		s.Slot(procs.ID{Pool: "p", Slot: i % slots}).Write(procs.Stdout, 0, p)
		size += len(p)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	buf := make([]byte, 0, 128<<10)
	for b.Loop() {
		r := s.Stream(src, 0)
		n := 0
		for {
			chunk, err := r.Chunk(context.Background(), buf)
			if errors.Is(err, io.EOF) {
				break
			}
			if chunk.Missed > 0 {
				b.Fatalf("missed %d lines", chunk.Missed)
			}
			n += len(chunk.Text)
		}
		r.Close()
		if n < size {
			b.Fatalf("read %d bytes, want %d", n, size)
		}
	}
}

// BenchmarkChunk reads what was written before: from rings that hold all of
// it, from disk, and where the writer changes with every line.
func BenchmarkChunk(b *testing.B) {
	all := Config{Lines: 1 << 30, Bytes: 1 << 30, TotalBytes: 1 << 30}
	b.Run("memory", func(b *testing.B) { benchmarkChunk(b, all, procs.Source{}, 1, 100<<20, printed) })
	b.Run("disk", func(b *testing.B) {
		benchmarkChunk(b, Config{Dir: b.TempDir()}, procs.Source{}, 1, 100<<20, printed)
	})
	b.Run("8 slots line by line", func(b *testing.B) {
		benchmarkChunk(b, all, procs.Source{}, 8, 6<<20, printed[:100])
	})
}

func BenchmarkQuery(b *testing.B) {
	s := New(Config{})
	sl := s.Slot(procs.ID{Pool: "p"})
	for range 100 {
		sl.Write(procs.Stdout, 0, printed)
	}
	query := func(b *testing.B, q procs.Query) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Query(q); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("newest 60 of a slot", func(b *testing.B) {
		query(b, procs.Query{Source: procs.SlotSource(sl.id), From: procs.NewestLine, Backward: true, Max: 60})
	})
	b.Run("newest 60 of all", func(b *testing.B) {
		query(b, procs.Query{From: procs.NewestLine, Backward: true, Max: 60})
	})
	b.Run("search 50000 in vain", func(b *testing.B) {
		query(b, procs.Query{From: procs.NewestLine, Backward: true, Max: 1, ScanLimit: 50_000, Match: "y+z"})
	})
}
