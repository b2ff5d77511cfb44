package main

import (
	"strings"
	"testing"
)

const measured = `
{"case":"flood/CHILD | cat > log","wall_s":0.2}
{"case":"flood/muster pipe, headless","wall_s":0.25,"peak_mib":20,"guard_peak_mib":8}
{"case":"flood/muster pipe, headless","missing":0}
{"case":"flood/CHILD | cat > log","wall_s":0.4}
{"case":"flood/muster pipe, headless","wall_s":0.7,"peak_mib":30,"guard_peak_mib":9}
{"case":"keys/pipe","key_ms":[10,20,130]}
{"case":"keys/by-writer","key_ms":[10]}
{"case":"keys/pty","key_ms":[10]}
{"case":"idle/btop, 1000 processes","window":{"cpu_ms_per_s":20}}
{"case":"idle/muster, 1000 processes","window":{"cpu_ms_per_s":8,"guard_cpu_ms_per_s":1}}
{"case":"screen/50 idle processes","window":{"cpu_ms_per_s":3,"guard_cpu_ms_per_s":1,"bytes_per_s":12000}}
{"case":"screen/BenchmarkFrame500 of ui","draw_ms":0.25}
{"case":"screen/a search through them","key_ms":[1,2,900],"last_key_ms":900}
{"case":"attach/session, 0 attached","window":{"cpu_ms_per_s":3}}
{"case":"attach/session, 10 attached","window":{"cpu_ms_per_s":23}}
{"case":"attach/session, 0 attached","window":{"cpu_ms_per_s":4}}
{"case":"attach/session, 10 attached","window":{"cpu_ms_per_s":44}}
`

func page(t *testing.T) string {
	t.Helper()
	s, err := read(strings.NewReader(measured))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	writePage(&b, s, facts{})
	return b.String()
}

func TestPageJudgesPromises(t *testing.T) {
	got := page(t)
	for _, want := range []string{
		`| muster pipe, headless: time against CHILD \| cat > log | at most 1.5 x | 1.50 x | holds |`, // median of 1.25 and 1.75
		"| a key is answered during the flood (slowest key) | at most 100 ms | 130 ms | **does not hold** |",
		"| 1,000 idle processes: CPU of muster and guard against btop | at most 0.5 x | 0.450 x | holds |",
		"| written to the terminal with 50 idle processes | at most 10000 bytes/s | 12000 bytes/s | **does not hold** |",
		"| 50 idle processes: CPU of muster and guard | at most 5 ms/s | 4.00 ms/s | holds |",
		"over 500 processes, all of them measured anew | at most 0.5 ms | 0.250 ms | holds |",
		"what they cost the session | at most 30 ms/s | 30.0 ms/s | holds |", // median of 20 and 40
		"| first full frame against htop's | at most 1 x | - | not measured |",
		"peak RSS of muster and its guard (worst run) | at most 64 MiB | - | not measured |", // five of the six cases are missing
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestPageShowsEveryRepetition(t *testing.T) {
	got := page(t)
	for _, want := range []string{
		"| muster pipe, headless | wall | 0.475 s | 0.250 0.700 |",
		"| pipe | answer to a key | 20.0 ms | 10.0 20.0 130 |",
		"| BenchmarkFrame500 of ui | a frame | 0.250 ms | 0.250 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 2}, 2}} {
		if got := median(c.in); got != c.want {
			t.Errorf("median(%v) is %v, want %v", c.in, got, c.want)
		}
	}
}

func TestRatioOfUnequalNumbers(t *testing.T) {
	got := ratio([]float64{2, 4, 6}, []float64{2})
	if len(got) != 1 || got[0] != 2 {
		t.Errorf("got %v, want one ratio of medians: 2", got)
	}
	if got := ratio(nil, []float64{1}); got != nil {
		t.Errorf("got %v of nothing", got)
	}
}
