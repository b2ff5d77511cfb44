package draw_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/ui/draw"
)

func TestPadIsExact(t *testing.T) {
	for _, s := range []string{"", "a", "hello world", "日本語テキスト", "e\u0301tude", "👩‍👩‍👧 family", "\x1b[31mred\x1b[m", "🇩🇪🇫🇷"} {
		for w := range 14 {
			for name, got := range map[string]string{"Pad": draw.Pad(s, w), "PadLeft": draw.PadLeft(s, w)} {
				if ansi.StringWidth(got) != w {
					t.Errorf("%s(%q, %d) = %q takes %d cells", name, s, w, got, ansi.StringWidth(got))
				}
			}
			if got := draw.TruncateLeft(s, w); ansi.StringWidth(got) > w {
				t.Errorf("TruncateLeft(%q, %d) = %q takes %d cells", s, w, got, ansi.StringWidth(got))
			}
			for head := range len(s) {
				if got := draw.TruncateAlike(s, head, w); s[head] < 0x80 && ansi.StringWidth(got) > w {
					t.Errorf("TruncateAlike(%q, %d, %d) = %q takes %d cells", s, head, w, got, ansi.StringWidth(got))
				}
			}
			if got := draw.TruncateMiddle(s, w); ansi.StringWidth(got) > w {
				t.Errorf("TruncateMiddle(%q, %d) = %q takes %d cells", s, w, got, ansi.StringWidth(got))
			}
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{
		{"hello", 5, "hello"},
		{"hello", 4, "hel…"},
		{"hello", 1, "…"},
		{"hello", 0, ""},
		{"hello", -3, ""},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"日本語", 6, "日本語"},
	} {
		if got := draw.Truncate(c.s, c.w); got != c.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", c.s, c.w, got, c.want)
		}
	}
	if got := draw.TruncateLeft("/var/log/train.log", 10); got != "…train.log" {
		t.Errorf("TruncateLeft keeps %q", got)
	}
	if got := draw.TruncateMiddle("https://example.org/photos/0041.jpg", 20); got != "https:…otos/0041.jpg" {
		t.Errorf("TruncateMiddle keeps %q", got)
	}
}

func TestTruncateAlike(t *testing.T) {
	for _, c := range []struct {
		texts []string
		w     int
		want  string // of the first
	}{
		{[]string{"https://example.org/a/0041/full.jpg", "https://example.org/a/0042/full.jpg"}, 40, "https://example.org/a/0041/full.jpg"},
		{[]string{"https://example.org/a/0041/full.jpg", "https://example.org/a/0042/full.jpg"}, 20, "…org/a/0041/full.jpg"},
		{[]string{"https://example.org/a/0041/full.jpg", "https://example.org/a/0042/full.jpg"}, 12, "…0041/…l.jpg"},
		{[]string{"https://example.org/a/0041/full.jpg"}, 20, "https:…0041/full.jpg"},
		{[]string{"abcdefgh", "abcdefgh"}, 5, "a…fgh"},
		{[]string{"abcdefgh", "xbcdefgh"}, 5, "a…fgh"},
		{[]string{"a b", "a b c"}, 2, "…b"},
	} {
		if got := draw.TruncateAlike(c.texts[0], draw.CommonHead(c.texts), c.w); got != c.want {
			t.Errorf("of %q in %d cells: %q, want %q", c.texts, c.w, got, c.want)
		}
	}
}

func TestLines(t *testing.T) {
	if got, want := draw.Lines([]string{"abcdef", "x"}, 4, 3), "abc…\nx\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := draw.Lines([]string{"a", "b", "c"}, 4, 2); got != "a\nb" {
		t.Errorf("more lines than fit: %q", got)
	}
	if n := len(draw.Spaces(500)); n != 500 {
		t.Errorf("Spaces(500) has %d", n)
	}
}

func TestSpark(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		top    float64
		width  int
		want   string
	}{
		{"all steps", []float64{0, 1, 2, 3, 4, 5, 6, 7}, 7, 8, "▁▂▃▄▅▆▇█"},
		{"the newest at the right", []float64{0, 0, 100}, 100, 2, "▁█"},
		{"fewer than fit", []float64{100}, 100, 4, "   █"},
		{"none", nil, 100, 3, "   "},
		{"more than the top", []float64{400}, 100, 1, "█"},
		{"not measured", []float64{-1, draw.Gap(), 50}, 100, 3, "  ▅"},
		{"own scale", []float64{1, 2}, 0, 2, "▅█"},
		{"own scale of nothing", []float64{0, 0}, 0, 2, "▁▁"},
		{"no room", []float64{1}, 1, 0, ""},
		{"infinite", []float64{math.Inf(1), 1, math.Inf(1)}, math.Inf(1), 3, "█▁█"},
		{"infinite, own scale", []float64{math.Inf(1), 1}, 0, 2, "██"},
	} {
		if got := draw.Spark(c.values, c.top, c.width); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		f    float64
		want string
	}{
		{0, "    "}, {1, "████"}, {2, "████"}, {0.5, "██  "}, {0.53125, "██▏ "}, {-1, "    "}, {math.NaN(), "    "}, {0.99, "████"},
	} {
		if got := draw.Bar(c.f, 4); got != c.want {
			t.Errorf("Bar(%v) = %q, want %q", c.f, got, c.want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "-", 0: "0 B", 999: "999 B", 1000: "1.0 KiB", 1023: "1.0 KiB", 310 << 20: "310 MiB", 1 << 30: "1.0 GiB", 1288490188: "1.2 GiB",
		1023 << 10: "1.0 MiB", 10 << 10: "10 KiB", 999 << 20: "999 MiB", 1000 << 20: "1.0 GiB", math.MaxInt64: "8.0 EiB",
	} {
		if got := draw.Bytes(n); got != want || len(got) > draw.BytesWidth {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "-", 0: "0µs", 350 * time.Millisecond: "350ms", 42*time.Second + 900*time.Millisecond: "42s", 192 * time.Second: "3:12",
		62 * time.Minute: "1h02", 51 * time.Hour: "2d03h", 240 * time.Hour: "10d", 120 * 24 * time.Hour: "120d", 700 * time.Microsecond: "700µs",
		math.MaxInt64: "106751d",
	} {
		if got := draw.Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

// What took 1.95 s took no second, wherever it is told; and not 2.0 s, as it was one of 1.9 s until it ended.
func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "-", 0: "0µs", 300: "300ns", 1500: "1µs", 400 * time.Millisecond: "400ms", time.Second: "1.0s", 1950 * time.Millisecond: "1.9s",
		9999 * time.Millisecond: "9.9s", 10 * time.Second: "10s", 59999 * time.Millisecond: "59s", 3 * time.Hour: "3h00",
	} {
		if got := draw.Took(d); got != want || len([]rune(got)) > draw.DurationWidth {
			t.Errorf("Took(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "-", 0: "0.0s", 36 * time.Microsecond: "0.0s", 586 * time.Millisecond: "0.5s", 9999 * time.Millisecond: "9.9s", 10 * time.Second: "10s", 192 * time.Second: "3:12",
	} {
		if got := draw.Age(d); got != want || len(got) > draw.DurationWidth {
			t.Errorf("Age(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestRanFor(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "under 1ms", 300 * time.Nanosecond: "under 1ms", 999 * time.Microsecond: "under 1ms", time.Millisecond: "1ms", 1950 * time.Millisecond: "1.9s",
	} {
		if got := draw.RanFor(d); got != want {
			t.Errorf("RanFor(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestPercentAndCount(t *testing.T) {
	for p, want := range map[float64]string{-1: "-", 0: "0%", 97.4: "97%", 187: "187%", 1600: "1600%", 1e9: ">9999"} {
		if got := draw.Percent(p); got != want || len(got) > draw.PercentWidth {
			t.Errorf("Percent(%v) = %q, want %q", p, got, want)
		}
	}
	for r, want := range map[float64]string{0: "0.0", 3.44: "3.4", 10: "10", 1204.9: "1,204"} {
		if got := draw.Rate(r); got != want {
			t.Errorf("Rate(%v) = %q, want %q", r, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1204: "1,204", -1204: "-1,204", 50000: "50,000", 1234567: "1,234,567"} {
		if got := draw.Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	if got := draw.Count(uint64(math.MaxUint64)); !strings.HasPrefix(got, "18,446,") {
		t.Errorf("the largest count is %q", got)
	}
	if got := draw.Plural(uint64(1), "line") + " " + draw.Plural(2000, "line") + " " + draw.Plural(2, "crash", "crashes"); got != "1 line 2,000 lines 2 crashes" {
		t.Errorf("Plural: %q", got)
	}
}

func TestScroll(t *testing.T) {
	for _, c := range []struct {
		name                  string
		top, at, rows, height int
		want                  int
	}{
		{"all are shown", 0, 2, 3, 5, 0},
		{"it is in sight", 2, 4, 10, 5, 2},
		{"up to it", 5, 3, 10, 5, 3},
		{"down to it", 0, 7, 10, 5, 3},
		{"no line is left empty", 8, 9, 10, 5, 5},
		{"fewer rows than before", 8, 0, 1, 5, 0},
		{"no rows", 0, 0, 0, 5, 0},
		{"one line", 0, 6, 10, 1, 6},
	} {
		if got := draw.Scroll(c.top, c.at, c.rows, c.height); got != c.want {
			t.Errorf("%s: from row %d, want %d", c.name, got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{
		{"", 5, ""}, {"one two three", 7, "one two|three"}, {"one two three", 3, "one|two|thr|ee"}, {"日本語 テキスト", 6, "日本語|テキス|ト"}, {"a  b", 9, "a b"},
	} {
		if got := strings.Join(draw.Words(c.s, c.w), "|"); got != c.want {
			t.Errorf("Words(%q, %d) = %q, want %q", c.s, c.w, got, c.want)
		}
	}
}

func TestParagraph(t *testing.T) {
	const text = "No crash so far. A process appears here."
	for _, tt := range []struct {
		w, h int
		want string
	}{
		{60, 3, "| No crash so far. A process appears here."},
		{60, 1, " No crash so far. A process appears here."},
		{20, 5, "| No crash so far. A| process appears| here."},
		{20, 3, " No crash so far. A| process appears| here."},
		{20, 2, " No crash so far. A| process appears h…"},
		{20, 1, " No crash so far. …"},
		{1, 0, " …"},
	} {
		if got := strings.Join(draw.Paragraph(text, tt.w, tt.h), "|"); got != tt.want {
			t.Errorf("%dx%d: %q, want %q", tt.w, tt.h, got, tt.want)
		}
	}
}
