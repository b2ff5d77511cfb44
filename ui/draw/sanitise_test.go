package draw_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/ui/draw"
)

func TestSanitiseKeepsColours(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                                "plain",
		"\x1b[31mred\x1b[0m.":                  "\x1b[31mred\x1b[m.",
		"\x1b[31mred":                          "\x1b[31mred\x1b[m",
		"\x1b[1;4;38;5;208mo\x1b[22mp":         "\x1b[1;4;38;5;208mo\x1b[m\x1b[4;38;5;208mp\x1b[m",
		"\x1b[38;2;1;2;3;48;5;9mx":             "\x1b[38;2;1;2;3;101mx\x1b[m",
		"\x1b[38:2::1:2:3mx\x1b[39my":          "\x1b[38;2;1;2;3mx\x1b[my",
		"\x1b[4:3mcurly\x1b[4:0m":              "\x1b[4mcurly\x1b[m",
		"\x1b[5mblink\x1b[8mhidden":            "blinkhidden",
		"\x1b[31m\x1b[32m\x1b[33mlast":         "\x1b[33mlast\x1b[m",
		"\x1b[31ma\x1b[31mb":                   "\x1b[31mab\x1b[m",
		"\x1b[mx":                              "x",
		"\x1b[58;5;3;31mred, underline colour": "\x1b[31mred, underline colour\x1b[m",
		"\x1b[38mx":                            "x",
		"\x1b[>4;2mx\x1b[?1mx":                 "xx",
	} {
		if got := draw.Sanitise([]byte(in), draw.Options{}); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestSanitiseReplaysOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"10%\r50%\r100%":              "100%",
		"downloading\rdone":           "doneloading",
		"downloading\r\x1b[Kdone":     "done",
		"100%\r\n"[:5]:                "100%",
		"abc\b\bX":                    "aXc",
		"\b\babc":                     "abc",
		"a\tb\tc":                     "a       b       c",
		"12345678\tx":                 "12345678        x",
		"x\x1b[10Gy":                  "x        y",
		"abc\x1b[2Dx":                 "axc",
		"abc\x1b[2K":                  "",
		"abc\x1b[1Gx\x1b[1K":          "  c",
		"日本\rx":                       "x 本",
		"日本\b\b\bx":                   "日x"[:0] + " x本"[:0] + "日"[:0] + " x本",
		"ab\r日":                       "日",
		"e\u0301te\u0301\rE":          "Ete\u0301",
		"\x1b[31mred\x1b[m\rR":        "R\x1b[31med\x1b[m",
		"done.   \r":                  "done.   ",
		strings.Repeat("x", 9) + "\r": "xxxxxxxxx",
	} {
		if got := draw.Sanitise([]byte(in), draw.Options{}); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestSanitiseTakesAwayWhatHurts(t *testing.T) {
	for name, c := range map[string][2]string{
		"title":                    {"\x1b]0;evil\x07ok", "ok"},
		"title, ST":                {"\x1b]2;evil\x1b\\ok", "ok"},
		"title, C1":                {"\u009d2;evil\u009cok", "ok"},
		"hyperlink":                {"\x1b]8;;http://x/\x1b\\text\x1b]8;;\x1b\\", "text"},
		"clipboard":                {"\x1b]52;c;ZXZpbA==\x07ok", "ok"},
		"OSC that does not end":    {"\x1b]52;c;ZXZpbA== and more", "52;c;ZXZpbA== and more"},
		"OSC cancelled":            {"\x1b]0;evil\x18ok", "␘ok"},
		"DCS":                      {"\x1bPq#0;2;0;0;0\x1b\\ok", "ok"},
		"APC, PM, SOS":             {"\x1b_a\x1b\\\x1b^b\x1b\\\x1bXc\x1b\\ok", "ok"},
		"alternate screen":         {"\x1b[?1049hok\x1b[?1049l", "ok"},
		"mouse, paste":             {"\x1b[?1000h\x1b[?2004hok\x1b[200~", "ok"},
		"cursor moves":             {"\x1b[2J\x1b[H\x1b[5A\x1b[10;10Hok\x1b7\x1b8\x1bM\x1bD\x1bE", "ok"},
		"CSI as C1":                {"\u009b2Jok\u009b31mred", "ok\x1b[31mred\x1b[m"},
		"raw C1 bytes":             {"a\x9b31mb", "a\uFFFD31mb"},
		"full reset":               {"\x1bcok", "ok"},
		"charset":                  {"\x1b(0ok\x1b(B", "ok"},
		"keypad":                   {"\x1b=\x1b>ok", "ok"},
		"soft reset":               {"\x1b[!pok", "ok"},
		"report":                   {"\x1b[6n\x1b[c\x1b[>cok", "ok"},
		"window size":              {"\x1b[8;5;5tok", "ok"},
		"lone escape":              {"a\x1b", "a␛"},
		"escape twice":             {"\x1b\x1b[31mx", "␛\x1b[31mx\x1b[m"},
		"CSI that does not end":    {"ok\x1b[31", "ok"},
		"CSI broken by text":       {"\x1b[31\x01mok", "␁mok"},
		"CSI broken by an accent":  {"\x1b[3\u00e9", "é"},
		"C0":                       {"a\x00b\x07c\x0bd\x0ee\x1f", "a␀b␇c␋d␎e␟"},
		"newline inside":           {"a\nb", "a␊b"},
		"DEL":                      {"a\x7fb", "a␡b"},
		"C1":                       {"a\u0085b\u0080c", "abc"},
		"bad UTF-8":                {"a\xffb\xc3(\xe2\x82", "a\uFFFDb\uFFFD(\uFFFD\uFFFD"},
		"surrogates and overlong":  {"\xed\xa0\x80\xc0\xaf", strings.Repeat("\uFFFD", 5)},
		"bidi override":            {"a\u202eb\u2066c", "a<U+202E>b<U+2066>c"},
		"invisible":                {"a\u200bb\ufeffc\u00add\u200ee\u2060f", "abcdef"},
		"tags":                     {"x\U000e0061y", "xy"},
		"line separators":          {"a\u2028b", "a␤b"},
		"lone accent":              {"\u0301x", "x"},
		"joiners are kept":         {"👩\u200d💻 نمی\u200cخواهم", "👩\u200d💻 نمی\u200cخواهم"},
		"a flag in two writes":     {"🇩\x1b[0m🇪", "🇩\uFFFD\uFFFD"},
		"an accent after a colour": {"e\x1b[31m\u0301x", "e\x1b[31mx\x1b[m"},
	} {
		if got := draw.Sanitise([]byte(c[0]), draw.Options{}); got != c[1] {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c[1])
		}
	}
}

func TestSanitiseWindow(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		o    draw.Options
		want string
	}{
		"the begin":             {"hello world", draw.Options{Width: 5}, "hello"},
		"the middle":            {"hello world", draw.Options{Offset: 3, Width: 5}, "lo wo"},
		"beyond the end":        {"hello", draw.Options{Offset: 9, Width: 5}, ""},
		"ellipsis":              {"hello world", draw.Options{Width: 5, Ellipsis: true}, "hell…"},
		"no need of one":        {"hello", draw.Options{Width: 5, Ellipsis: true}, "hello"},
		"ellipsis in colours":   {"\x1b[31mhello world", draw.Options{Width: 5, Ellipsis: true}, "\x1b[31mhell\x1b[m…"},
		"half a wide one, left": {"日本語", draw.Options{Offset: 1, Width: 4}, " 本 "},
		"wide with an ellipsis": {"日本語", draw.Options{Width: 4, Ellipsis: true}, "日 …"},
		"colours from the left": {"\x1b[32mhello", draw.Options{Offset: 2, Width: 2}, "\x1b[32mll\x1b[m"},
		"fill":                  {"ab", draw.Options{Width: 4, Fill: true}, "ab  "},
		"fill in a base style":  {"a\x1b[31mb", draw.Options{Width: 4, Fill: true, Base: "\x1b[7m"}, "\x1b[7ma\x1b[m\x1b[7m\x1b[31mb\x1b[m\x1b[7m  \x1b[m"},
		"base":                  {"ab", draw.Options{Base: "\x1b[7m"}, "\x1b[7mab\x1b[m"},
		"no colours":            {"\x1b[1;31mab", draw.Options{Colours: draw.NoColours}, "ab"},
		"attributes only":       {"\x1b[1;31mab\x1b[22mc", draw.Options{Colours: draw.AttributesOnly}, "\x1b[1mab\x1b[mc"},
		"highlights": {
			"\x1b[31mhello",
			draw.Options{Highlights: []draw.Span{{From: 1, To: 3, Style: "\x1b[7m"}}},
			"\x1b[31mh\x1b[m\x1b[7mel\x1b[m\x1b[31mlo\x1b[m",
		},
		"highlights, scrolled": {
			"hello",
			draw.Options{Offset: 2, Width: 2, Highlights: []draw.Span{{From: 0, To: 1, Style: "\x1b[1m"}, {From: 1, To: 3, Style: "\x1b[7m"}}},
			"\x1b[7ml\x1b[ml",
		},
		"rewritten beyond the edge":     {"0123456789\rX", draw.Options{Width: 4}, "X123"},
		"erased beyond the edge":        {"0123456789\r\x1b[Kab", draw.Options{Width: 4, Ellipsis: true}, "ab"},
		"coloured beyond, then back":    {"0123456789\x1b[31m\rX", draw.Options{Width: 4}, "\x1b[31mX\x1b[m123"},
		"a tab that leads to the right": {"a\tb", draw.Options{Offset: 8, Width: 3}, "b"},
	} {
		if got := draw.Sanitise([]byte(c.in), c.o); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

// TestSanitiseFarToTheRight: what is left of the window is passed over once. It would take
// hours if each of its characters led to a look at all that follow.
func TestSanitiseFarToTheRight(t *testing.T) {
	const n = 4 << 20
	text := []byte(strings.Repeat("abcdefgh", n/8) + "needle")
	got := draw.Sanitise(text, draw.Options{Offset: n - 2, Width: 20, Colours: draw.NoColours, Highlights: []draw.Span{{From: n, To: n + 6}}})
	if plain := ansi.Strip(got); plain != "ghneedle" {
		t.Errorf("got %q", got)
	}
}

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		in          string
		width, rows int
		want        []string
	}{
		"nothing":         {"", 4, 3, []string{""}},
		"fits":            {"abcd", 4, 3, []string{"abcd"}},
		"two rows":        {"abcdef", 4, 3, []string{"abcd", "ef"}},
		"styles go on":    {"\x1b[31mabcdef", 4, 3, []string{"\x1b[31mabcd\x1b[m", "\x1b[31mef\x1b[m"}},
		"wide at an edge": {"abc日本", 4, 3, []string{"abc", "日本"}},
		"too many rows":   {"abcdefghijkl", 4, 2, []string{"abcd", "efg…"}},
		"one cell":        {"a日b", 1, 9, []string{"a", " ", "", "b"}},
		"rewritten":       {"abcdef\rX", 4, 3, []string{"Xbcd", "ef"}},
	} {
		got := draw.Wrap([]byte(c.in), c.width, c.rows, draw.Options{})
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestBreaks(t *testing.T) {
	for _, c := range []struct {
		in   string
		rows int
		want []int
	}{
		{"", 3, []int{0}},
		{"abcd", 3, []int{0}},
		{"\x1b[31mabcdefghi", 3, []int{0, 4, 8}},
		{"abc日本e", 3, []int{0, 3, 7}},
		{"abcdefghijkl", 2, []int{0, 4}},
	} {
		if got := draw.Breaks([]byte(c.in), 4, c.rows); !slices.Equal(got, c.want) {
			t.Errorf("the rows of %q begin with the cells %v, want %v", c.in, got, c.want)
		}
	}
}

func TestPlain(t *testing.T) {
	if got := draw.Plain([]byte("\x1b]0;t\x07\x1b[31mna\x00me\x1b[m that is long"), 8); got != "na␀me th" {
		t.Errorf("got %q", got)
	}
}

// A line is bounded, the number of lines in a frame too; together they must
// not take long whatever the bytes are.
func TestSanitiseLongLines(t *testing.T) {
	long := func(s string) []byte { return []byte(strings.Repeat(s, 1+(64<<10)/len(s)))[:64<<10] }
	for _, s := range []string{"x", "\x1b[31m", "\r", "ab\r", "\u0301", "日", "\x1b]", "\u009d", "\x1b[", "\xff", "\t", "\x1b[1Gx", "x\b", "x\x1b[31m", "🇩", "👩\u200d"} {
		got := draw.Sanitise(long(s), draw.Options{Width: 80})
		if w := ansi.StringWidth(got); w > 80 {
			t.Errorf("64 KiB of %q take %d cells", s, w)
		}
	}
	progress := []byte(strings.Repeat("\r  0%", 20000) + "\r100%")
	if got := draw.Sanitise(progress, draw.Options{Width: 80}); got != "100%" {
		t.Errorf("the last state of a long progress bar is %q", got)
	}
}

var safe = regexp.MustCompile(`^(\x1b\[[0-9;]*m|[^\x00-\x1f\x7f-\x{9f}])*$`)

func FuzzSanitise(f *testing.F) {
	for _, s := range []string{
		"hello \x1b[31mred\x1b[m", "a\rb\b\tc", "\x1b]52;c;x\x07", "日本\x1b[3Dx", "🇩\x1b[m🇪🇫", "e\u0301\u202e", "\xff\xc3", "\u009b31m\u009d",
		"👩\u200d👩\u200d👧", "क\u094dषि", "\u1100\u1161\x1b[m\u11a8", "1\ufe0f\u20e3", "x\u0903\x1b[1K", strings.Repeat("a\u0301\u0302", 40) + "\u0903",
	} {
		f.Add([]byte(s), uint8(0), uint8(10), uint8(0))
		f.Add([]byte(s), uint8(2), uint8(3), uint8(255))
	}
	f.Fuzz(func(t *testing.T, text []byte, offset, width, flags uint8) {
		o := draw.Options{Offset: int(offset), Width: int(width), Fill: flags&1 != 0, Ellipsis: flags&2 != 0, Colours: draw.Colours(flags >> 2 % 3)}
		if flags&16 != 0 {
			o.Base = "\x1b[7m"
		}
		if flags&32 != 0 {
			o.Highlights = []draw.Span{{From: 1, To: 3, Style: "\x1b[1m"}, {From: 5, To: 6, Style: "\x1b[4m"}}
		}
		var b strings.Builder
		cells := draw.SanitiseTo(&b, text, o)
		checkSafe(t, b.String(), o)
		if w := ansi.StringWidth(b.String()); w != cells || (width > 0 && w > int(width)) || (o.Fill && width > 0 && w != int(width)) {
			t.Fatalf("says %d cells, takes %d, of at most %d: %q", cells, w, width, b.String())
		}
		rows := draw.Wrap(text, int(width), int(offset), o)
		if n := len(draw.Breaks(text, int(width), int(offset))); n != len(rows) {
			t.Fatalf("%d rows begin, and there are %d", n, len(rows))
		}
		for i, row := range rows {
			checkSafe(t, row, o)
			if w := ansi.StringWidth(row); w > max(int(width), 1) || i > max(int(offset), 1) {
				t.Fatalf("row %d takes %d cells of %d: %q", i, w, width, row)
			}
		}
		checkWindow(t, text, int(offset), int(width))
	})
}

func checkSafe(t *testing.T, s string, o draw.Options) {
	t.Helper()
	if !utf8.ValidString(s) || !safe.MatchString(s) {
		t.Fatalf("not safe: %q", s)
	}
	if i := strings.LastIndex(s, "\x1b["); i >= 0 && !strings.HasPrefix(s[i:], "\x1b[m") {
		t.Fatalf("no reset after the last colour: %q", s)
	}
	if o.Colours == draw.NoColours && strings.Contains(s, "\x1b") {
		t.Fatalf("an escape sequence where none may be: %q", s)
	}
	for _, r := range s {
		if unicode.Is(unicode.Bidi_Control, r) {
			t.Fatalf("a bidi control %U in %q", r, s)
		}
	}
}

// checkWindow compares the part of a line that is in sight with the same part
// of the whole line.
func checkWindow(t *testing.T, text []byte, offset, width int) {
	t.Helper()
	if width == 0 || len(text) > 4096 {
		return
	}
	whole := columns(draw.Plain(text, 0))
	got := columns(draw.Sanitise(text, draw.Options{Offset: offset, Width: width, Colours: draw.NoColours}))
	for i := range min(width, max(len(whole)-offset, 0)) {
		want, have := whole[offset+i], " "
		if i < len(got) {
			have = got[i]
		}
		edge := i == 0 || i == width-1 // where a wide character may have been cut
		if want != have && (!edge || have != " ") && have != "\uFFFD" && want != "\uFFFD" {
			t.Fatalf("column %d of %q is %q, in the window from %d it is %q", offset+i, text, want, offset, have)
		}
	}
}

// columns returns what stands in each cell; the second cell of a wide
// character holds the same as the first.
func columns(s string) []string {
	var out []string
	for len(s) > 0 {
		c, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		for range w {
			out = append(out, c)
		}
		s = s[len(c):]
	}
	return out
}

func BenchmarkSanitise(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":    strings.Repeat("2026-01-01 12:00:00 INFO epoch 3 loss 0.12 ", 5),
		"coloured": strings.Repeat("\x1b[32mINFO\x1b[0m epoch \x1b[1m3\x1b[0m loss 0.12 ", 8),
		"wide":     strings.Repeat("日本語テキスト ", 14),
		"64KiB":    strings.Repeat("x", 64<<10),
		"64KiBmix": strings.Repeat("x\x1b[31m", (64<<10)/6),
		"64KiBCSI": strings.Repeat("\x1b[31m", (64<<10)/5),
	} {
		text := []byte(s)
		b.Run(name, func(b *testing.B) {
			var out strings.Builder
			for b.Loop() {
				out.Reset()
				draw.SanitiseTo(&out, text, draw.Options{Width: 200})
			}
		})
	}
}
