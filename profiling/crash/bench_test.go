package crash

import (
	"bytes"
	"testing"

	"example.com/muster/procs"
)

// ordinary lines are what a flood is made of.
var ordinary = func() (lines [][]byte) {
	for _, s := range []string{
		"step 120/5000 loss=0.1234 acc=0.9876 lr=1e-4",
		"2026-11-25 22:00:00,123 INFO app.worker: resized a.jpg to 640x480 in 12 ms",
		`127.0.0.1 - - [25/Nov/2026:22:00:00 +0000] "GET /a.jpg HTTP/1.1" 200 5120`,
		"  indented detail of something",
		"[12:00:00] worker-3 took item 17",
		`{"level":"info","msg":"resized","file":"a.jpg","ms":12}`,
		"Processing a.jpg: 640x480, 3 channels",
		"cc -O2 -c -o build/resize.o src/resize.c",
	} {
		lines = append(lines, []byte(s))
	}
	return lines
}()

func BenchmarkBegins(b *testing.B) {
	for b.Loop() {
		for _, l := range ordinary {
			if Begins(l) {
				b.Fatalf("%q", l)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ordinary)), "ns/line")
}

func benchmarkParse(b *testing.B, lines []procs.Line) {
	size := 0
	for _, l := range lines {
		size += len(l.Text) + 1
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		Parse(lines)
	}
}

func BenchmarkParseOrdinary(b *testing.B) {
	var lines []procs.Line
	for i := range 100_000 {
		lines = append(lines, procs.Line{Seq: uint64(i), PID: 7, Text: ordinary[i%len(ordinary)]})
	}
	benchmarkParse(b, lines)
}

func BenchmarkParseRecorded(b *testing.B) {
	var all bytes.Buffer
	for _, text := range recorded(b, "*") {
		all.Write(text)
	}
	benchmarkParse(b, asLines(all.Bytes()))
}
