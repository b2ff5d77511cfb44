package output

import (
	"bytes"
	"fmt"
	"testing"

	"example.com/muster/procs"
)

// BenchmarkScan searches a log in vain, as muster logs --grep does.
func BenchmarkScan(b *testing.B) {
	dir := b.TempDir()
	s := New(Config{Dir: dir})
	const total = 256 << 20
	text := bytes.Repeat([]byte("2026-11-22T22:41:23Z INFO worker 17 handled request 123456 in 12 ms and went on with the next\n"), 600)
	for n := 0; n < total; n += len(text) {
		s.Slot(procs.ID{Pool: "p"}).Write(procs.Stdout, 0, text)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for _, expr := range []string{"needle", "timeout after [0-9]+", "(?i)needle", "[0-9]{7}", "handled request 123456"} {
		b.Run(expr, func(b *testing.B) {
			b.SetBytes(total)
			for b.Loop() {
				sc := scan(b, dir, ScanOptions{Match: expr})
				for n := 0; ; {
					c, ok := sc.Next(nil)
					if !ok {
						break
					}
					n += c.Lines
				}
			}
		})
	}
}

// BenchmarkQueryDisk searches a log in vain, as the screen does: backward, so
// many lines at a time.
func BenchmarkQueryDisk(b *testing.B) {
	s := New(Config{Dir: b.TempDir()})
	const total = 256 << 20
	text := bytes.Repeat([]byte("2026-11-22T22:41:23Z INFO worker 17 handled request 123456 in 12 ms and went on with the next\n"), 600)
	for n := 0; n < total; n += len(text) {
		s.Slot(procs.ID{Pool: "p"}).Write(procs.Stdout, 0, text)
	}
	for _, src := range []procs.Source{{}, {Pool: "p", OneSlot: true}} {
		for _, expr := range []string{"needle", "timeout after [0-9]+", "(?i)needle"} {
			for _, scan := range []int{10_000, 1_000_000} {
				b.Run(fmt.Sprint(src.OneSlot, expr, scan), func(b *testing.B) {
					b.SetBytes(total)
					for b.Loop() {
						for q := (procs.Query{Source: src, From: procs.NewestLine, Backward: true, Max: 1, ScanLimit: scan, Match: expr}); ; {
							page := query(b, s, q)
							if q.From = page.Next; page.Next <= page.Oldest {
								break
							}
						}
					}
				})
			}
		}
	}
}
