package paint

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

// fresh is a terminal on which a frame was painted from nothing.
func fresh(t testing.TB, w, h int, frame string) *model {
	m := newModel(t, w, h)
	var p picture
	m.write(string(p.update(nil, frame)))
	return m
}

// follows paints frames one after the other, and checks each against a
// terminal that shows nothing else. It returns the bytes of the last change.
func follows(t testing.TB, w, h int, frames ...string) string {
	t.Helper()
	m := newModel(t, w, h)
	var p picture
	var out string
	for _, f := range frames {
		out = string(p.update(nil, f))
		m.write(out)
		if d := cmp.Diff(fresh(t, w, h, f).String(), m.String()); d != "" {
			t.Fatalf("after %q the terminal shows (-want +got):\n%s", frames, d)
		}
		if len(m.style) != 0 {
			t.Fatalf("after %q the style is %v", frames, m.style)
		}
		if again := p.update(nil, f); len(again) != 0 {
			t.Fatalf("the same frame again writes %q", again)
		}
	}
	return out
}

// TestAFreshPaintIsTheFrame: the oracle of the other tests.
func TestAFreshPaintIsTheFrame(t *testing.T) {
	m := fresh(t, 8, 3, "a\x1b[31mb\x1b[1mc\x1b[md\n\n漢字é")
	want := `0,0 "a" 
0,1 "b" 31
0,2 "c" 1 31
0,3 "d" 
2,0 "漢" 
2,1 "" 
2,2 "字" 
2,3 "" 
2,4 "é" 
`
	if d := cmp.Diff(want, m.String()); d != "" {
		t.Errorf("the terminal shows (-want +got):\n%s", d)
	}
}

func TestChanges(t *testing.T) {
	long := strings.Repeat("x", 60)
	for name, c := range map[string]struct {
		old, new string
		atMost   int // bytes, the 16 around a frame among them
	}{
		"a digit in the middle":       {long + " 0:23 " + long, long + " 0:24 " + long, 30},
		"a digit in colour":           {long + " \x1b[38;5;245m0:23\x1b[m " + long, long + " \x1b[38;5;245m0:24\x1b[m " + long, 50},
		"only the colour":             {"\x1b[31mred\x1b[m " + long, "\x1b[32mred\x1b[m " + long, 40},
		"two ends of a line":          {"1 " + long + " 1", "2 " + long + " 2", 40},
		"the last cell":               {long + long + "1", long + long + "2", 30},
		"shorter":                     {long, "xx", 30},
		"longer":                      {"xx", "xxx", 30},
		"empty":                       {long, "", 30},
		"full, then wide at the edge": {strings.Repeat("x", 130), strings.Repeat("x", 128) + "漢", 60},
		"wide at the edge, then full": {strings.Repeat("x", 128) + "漢", strings.Repeat("x", 130), 60},
		"one half of a wide one":      {"ab漢字cd", "a漢字bcd", 60},
		"an accent joins":             {"cafe au lait", "cafe\u0301 au lait", 60},
		"an accent goes":              {"cafe\u0301 au lait", "cafe au lait", 60},
		"left of an emoji":            {"0:23 👩‍💻 " + long, "0:24 👩‍💻 " + long, 30},
		"right of an emoji":           {"👩‍💻 " + long + "1", "👩‍💻 " + long + "2", 120},
		"a style that never ends":     {"\x1b[1mbold", "\x1b[1mbolder", 50},
		"a style over the gap":        {"\x1b[1m1" + long + "1\x1b[m", "\x1b[1m2" + long + "2\x1b[m", 60},
		"reset and colour in one":     {"\x1b[1ma\x1b[0;31mb\x1b[m", "\x1b[1ma\x1b[0;31mc\x1b[m", 50},
		"a cluster that is no UTF-8":  {"ab\xffcd", "ab\xffce", 40},
	} {
		t.Run(name, func(t *testing.T) {
			out := follows(t, 130, 4, "head\n"+c.old+"\nfoot", "head\n"+c.new+"\nfoot")
			if len(out) > c.atMost {
				t.Errorf("%d bytes, want at most %d: %q", len(out), c.atMost, out)
			}
		})
	}
}

func TestLinesComeAndGo(t *testing.T) {
	follows(t, 10, 6, "a\nb\nc\nd", "a\nb", "a\nb\nc\nd\ne\nf", "", "x\n\n\ny")
}

func TestForgetWritesAllAnew(t *testing.T) {
	var p picture
	m := newModel(t, 10, 2)
	p.update(nil, "one\ntwo")
	p.forget()
	m.write(string(p.update(nil, "one\ntwo"))) // a terminal that has seen nothing of the first
	if d := cmp.Diff(fresh(t, 10, 2, "one\ntwo").String(), m.String()); d != "" {
		t.Error(d)
	}
}

// pieces are what random lines are made of.
var pieces = []string{
	"a", "b", "  ", "0:23", "0:24", "█", "›", "…", "漢", "字", "é", "e\u0301", "👩‍💻", "🇩🇪", "☺", "☺\ufe0f", "ا", "\u200d", "\xff", "\u00ad",
	"\x1b[m", "\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[38;5;245m", "\x1b[48;2;1;2;3m", "\x1b[0;32m", "\x1b[1;33m", "\x1b[7m",
}

// line is a random line of at most w cells.
func line(r *rand.Rand, w int) string {
	s := ""
	for range r.IntN(12) {
		next := s + pieces[r.IntN(len(pieces))]
		if ansi.StringWidth(next) > w {
			break
		}
		s = next
	}
	return s
}

// frames are n random frames, each like the one before in some lines.
func frames(r *rand.Rand, w, h, n int) []string {
	lines := make([]string, h)
	all := make([]string, n)
	for i := range all {
		for y := range lines {
			switch r.IntN(3) {
			case 0:
				lines[y] = line(r, w)
			case 1: // the same with another end
				lines[y] = ansi.Truncate(lines[y], r.IntN(w), "") + "\x1b[m"
			}
		}
		all[i] = strings.Join(lines[:1+r.IntN(h)], "\n")
	}
	return all
}

func TestRandomFrames(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := 2 + r.IntN(20)
		follows(t, w, 4, frames(r, w, 4, 4)...)
	}
}

func FuzzTwoFrames(f *testing.F) {
	f.Add("a\nb", "a\x1b[1mc\nb")
	f.Add("漢字", "a字")
	f.Add("e", "e\u0301x")
	f.Fuzz(func(t *testing.T, a, b string) {
		follows(t, 40, 5, lawful(a), lawful(b))
	})
}

// lawful makes a frame of any text: what the screens promise of theirs.
func lawful(s string) string {
	lines := strings.Split(s, "\n")
	lines = lines[:min(len(lines), 5)]
	for i, l := range lines {
		var b strings.Builder
		for l != "" {
			seq, width, n, _ := ansi.DecodeSequence(l, ansi.NormalState, nil)
			l = l[n:]
			if _, sgr := colours(seq); width > 0 && !strings.ContainsFunc(seq, unicode.IsControl) || sgr && len(seq) < 12 && !strings.Contains(seq, ":") {
				b.WriteString(seq)
			}
		}
		lines[i] = ansi.Truncate(b.String(), 40, "")
	}
	return strings.Join(lines, "\n")
}

func BenchmarkUpdate(b *testing.B) {
	var rows [2]strings.Builder
	for i := range rows {
		for range 50 {
			rows[i].WriteString("\x1b[38;5;245mworker/12\x1b[m  4121 running  " + strings.Repeat("▁▂", 20) + " 0:2" + string(rune('3'+i)) + strings.Repeat(" word", 20) + "\n")
		}
	}
	var p picture
	var buf []byte
	for i := 0; b.Loop(); i++ {
		buf = p.update(buf[:0], rows[i%2].String())
	}
	b.ReportMetric(float64(len(buf)), "bytes/frame")
}

func TestTheCursorIsWhereItIsSaidToBe(t *testing.T) {
	const painted = beginFrame
	var p picture
	for i, tt := range []struct {
		frame string
		at    cursor
		want  string // "" for nothing; what comes first and last otherwise
		end   string
	}{
		{"a", cursor{}, painted, endFrame},
		{"a", cursor{2, 1, true}, "\x1b[2;3H", showCursor},
		{"a", cursor{2, 1, true}, "", ""},
		{"ab", cursor{2, 1, true}, hideCursor + painted, endFrame + "\x1b[2;3H" + showCursor},
		{"ab", cursor{0, 0, true}, hideCursor + "\x1b[1H", showCursor},
		{"ab", cursor{}, hideCursor, hideCursor},
		{"ab", cursor{}, "", ""},
		{"b", cursor{}, painted, endFrame},
	} {
		got := string(p.show(nil, tt.frame, tt.at))
		if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) || !strings.HasSuffix(got, tt.end) {
			t.Errorf("%d: %q with the cursor %+v writes %q", i, tt.frame, tt.at, got)
		}
	}
}
