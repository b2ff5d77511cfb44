package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// hostile has names that mean something to each of the formats; | stands for ;.
const hostile = `
main;<script>alert(1)</script>;]]>&amp|"' 3 process=a/0
main;a|b|c@/src/x.py:7;\ 2 process=a/1
main;<ESC>[31mred;bad<FF>utf8;"}],{ 1 process=a/1
main;<RLO>override 1 process=a/0
`

func hostileReport(t testing.TB) *Report {
	p := folded(t, hostile)
	for _, f := range p.Function {
		f.Name = strings.NewReplacer("<ESC>", "\x1b", "<FF>", "\xff", "<RLO>", "\u202e", "|", ";").Replace(f.Name)
	}
	return New(p)
}

func written(t *testing.T, write func(w io.Writer) error) string {
	t.Helper()
	var first, again bytes.Buffer
	if err := errors.Join(write(&first), write(&again)); err != nil {
		t.Fatal(err)
	}
	if first.String() != again.String() {
		t.Error("written twice, it differs")
	}
	return first.String()
}

func TestCollapsed(t *testing.T) {
	r := New(folded(t, someStacks))
	text := written(t, func(w io.Writer) error { return WriteCollapsed(w, r, Options{}) })
	check(t, text, `<no stack> 1
main;work 2
main;work;load 5
main;work;load;parse 3
main;fib;fib;fib 4
main;outer;inner 1
`)
	check(t, written(t, func(w io.Writer) error { return WriteCollapsed(w, hostileReport(t), Options{By: ByLine}) }),
		`main;<script>alert(1)</script>;]]>&amp:"' 3
main;a:b:c /src/x.py:7;\ 2
main;\x1b[31mred;bad\xffutf8;"}],{ 1
main;\u{202e}override 1
`)
}

// speedscopeFile is what the schema of speedscope demands of a file
// (github.com/jlfwong/speedscope, src/lib/file-format-spec.ts): unknown fields
// are permitted there, and not here.
type speedscopeFile struct {
	Schema string `json:"$schema"`
	Name   string `json:"name"`
	Export string `json:"exporter"`
	Shared struct {
		Frames []struct {
			Name string `json:"name"`
			File string `json:"file"`
			Line int    `json:"line"`
		} `json:"frames"`
	} `json:"shared"`
	Profiles []struct {
		Type    string  `json:"type"`
		Name    *string `json:"name"`
		Unit    string  `json:"unit"`
		Samples [][]int `json:"samples"`
		Weights []int64 `json:"weights"`
		Start   *int64  `json:"startValue"`
		End     *int64  `json:"endValue"`
	} `json:"profiles"`
}

// speedscope writes a report, checks the file's structure and returns its
// stacks as lines.
func speedscope(t *testing.T, r *Report, o Options) (lines []string) {
	t.Helper()
	var f speedscopeFile
	text := written(t, func(w io.Writer) error { return WriteSpeedscope(w, r, o, "test") })
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if f.Schema != "https://www.speedscope.app/file-format-schema.json" || len(f.Profiles) == 0 {
		t.Errorf("the head is %+v", f)
	}
	for _, p := range f.Profiles {
		units := []string{"none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"}
		sum := int64(0)
		if p.Type != "sampled" || p.Name == nil || !slices.Contains(units, p.Unit) || p.Start == nil || p.End == nil || len(p.Samples) != len(p.Weights) {
			t.Fatalf("this is none of speedscope's profiles: %+v", p)
		}
		for i, stack := range p.Samples {
			line := *p.Name + ":"
			for _, n := range stack {
				line += ";" + f.Shared.Frames[n].Name
			}
			sum += p.Weights[i]
			lines = append(lines, fmt.Sprintf("%s %d %s", line, p.Weights[i], p.Unit))
		}
		if *p.Start != 0 || *p.End != sum {
			t.Errorf("%s goes from %d to %d, and its weights are %d", *p.Name, *p.Start, *p.End, sum)
		}
	}
	return lines
}

func TestSpeedscope(t *testing.T) {
	check(t, speedscope(t, New(folded(t, someStacks)), Options{}), []string{
		"test: 1 none", "test:;main;work 2 none", "test:;main;work;load 5 none", "test:;main;work;load;parse 3 none",
		"test:;main;fib;fib;fib 4 none", "test:;main;outer;inner 1 none",
	})
	check(t, speedscope(t, New(folded(t, "")), Options{}), nil)
	check(t, speedscope(t, hostileReport(t), Options{Value: 1}), []string{
		`a/0:;main;<script>alert(1)</script>;]]>&amp;"' 30000000 nanoseconds`,
		`a/0:;main;\u{202e}override 10000000 nanoseconds`,
		`a/1:;main;a;b;c;\ 20000000 nanoseconds`,
		`a/1:;main;\x1b[31mred;bad\xffutf8;"}],{ 10000000 nanoseconds`,
	})
}

// svgFrame is a frame of a picture.
type svgFrame struct {
	Class string `xml:"class,attr"`
	Title string `xml:"title"`
	Text  string `xml:"text"`
	Rect  struct {
		X string `xml:"x,attr"`
		Y string `xml:"y,attr"`
		W string `xml:"width,attr"`
	} `xml:"rect"`
}

func svgFrames(t *testing.T, text string) []svgFrame {
	t.Helper()
	var picture struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		Script  string   `xml:"script"`
		Groups  []struct {
			ID     string     `xml:"id,attr"`
			Frames []svgFrame `xml:"g"`
		} `xml:"g"`
	}
	if err := xml.Unmarshal([]byte(text), &picture); err != nil {
		t.Fatalf("it is no XML: %v\n%s", err, text)
	}
	if len(picture.Groups) != 1 || picture.Groups[0].ID != "frames" || !strings.Contains(picture.Script, "zoom") {
		t.Fatalf("it is no flame graph: %.500s", text)
	}
	return picture.Groups[0].Frames
}

func TestSVG(t *testing.T) {
	r := New(folded(t, someStacks))
	text := written(t, func(w io.Writer) error { return WriteSVG(w, r, Options{Value: 1}, "test") })
	frames := svgFrames(t, text)
	var titles []string
	for _, f := range frames {
		titles = append(titles, f.Title)
	}
	check(t, titles, []string{
		"all\n160ms, 100%; itself 10ms, 6.25%", "main\n150ms, 93.75%", "work\n100ms, 62.50%; itself 20ms, 12.50%", "fib\n40ms, 25.00%",
		"outer\n10ms, 6.25%", "load\n80ms, 50.00%; itself 50ms, 31.25%", "fib\n40ms, 25.00%", "inner\n10ms, 6.25%; itself 10ms, 6.25%",
		"parse\n30ms, 18.75%; itself 30ms, 18.75%", "fib\n40ms, 25.00%; itself 40ms, 25.00%",
	})
	// work is 100 of 160, below main, at the left.
	if f := frames[2]; f.Rect.X != "10.00" || f.Rect.W != "737.50" || f.Rect.Y != "92" || f.Text != "work" {
		t.Errorf("work is drawn as %+v", f)
	}
	for _, external := range []string{"href", "http://", "https://", "@import", "url("} {
		if strings.Contains(strings.ReplaceAll(text, "http://www.w3.org/2000/svg", ""), external) {
			t.Errorf("the picture needs something else: it has %q", external)
		}
	}
}

func TestSVGHostile(t *testing.T) {
	text := written(t, func(w io.Writer) error {
		return WriteSVG(w, hostileReport(t), Options{}, "</title><script>alert(2)</script>")
	})
	if strings.Count(text, "<script") != 1 || strings.Contains(text, "<script>alert") {
		t.Error("a name became a script")
	}
	var titles []string
	for _, f := range svgFrames(t, text) {
		title, _, _ := strings.Cut(f.Title, "\n")
		titles = append(titles, title)
	}
	check(t, titles, []string{
		"all", "main", "<script>alert(1)</script>", "a;b;c", `\x1b[31mred`, `\u{202e}override`, `]]>&amp;"'`, `\`, `bad\xffutf8`, `"}],{`,
	})
}

// TestSVGDiff: what has become more or less is told by a sign, too.
func TestSVGDiff(t *testing.T) {
	d := diff(t, folded(t, "main;a 10\nmain;<b> 10\nmain;c 5\n"), folded(t, "main;a 20\nmain;<b> 2\nmain;c 5\n"), DiffOptions{})
	var lines []string
	for _, f := range svgFrames(t, written(t, func(w io.Writer) error { return WriteSVGDiff(w, d, ByFunction, "test") })) {
		lines = append(lines, f.Class+": "+strings.ReplaceAll(f.Title, "\n", ", "))
	}
	check(t, lines, []string{
		"more: + all, 25 before, 27 after, +8%", "more: + main, 25 before, 27 after, +8%", "more: + a, 10 before, 20 after, +100%",
		"less: - <b>, 10 before, 2 after, -80%", "same:   c, 5 before, 5 after, 0%",
	})
	check(t, written(t, func(w io.Writer) error { return WriteCollapsedDiff(w, d, ByFunction) }), "main;a 10 20\nmain;<b> 10 2\nmain;c 5 5\n")
}

// TestSVGNarrow: what cannot be seen is not drawn, and counted.
func TestSVGNarrow(t *testing.T) {
	var stacks strings.Builder
	for i := range 5000 {
		stacks.WriteString("main;f" + strconv.Itoa(i) + " 1\n")
	}
	stacks.WriteString("main;wide 1000\n")
	text := written(t, func(w io.Writer) error { return WriteSVG(w, New(folded(t, stacks.String())), Options{}, "test") })
	if n := len(svgFrames(t, text)); n != 3 || !strings.Contains(text, "; 5000 that are too narrow to be seen are left out") {
		t.Errorf("%d frames are drawn", n)
	}
}

func TestTreeText(t *testing.T) {
	r := New(folded(t, someStacks))
	check(t, written(t, func(w io.Writer) error { return WriteTree(w, r, Options{Value: 1}, 0.1) }), `cpu, 160ms in all
     total total%       self
     160ms   100%       10ms  all
     150ms 93.75%          0    main
     100ms 62.50%       20ms      work
      80ms 50.00%       50ms        load
      30ms 18.75%       30ms          parse
      40ms 25.00%          0      fib
      40ms 25.00%          0        fib
      40ms 25.00%       40ms          fib
      10ms  6.25%                 ...
`)
}

func TestTopText(t *testing.T) {
	p := folded(t, "main;work 3\nmain;\x1b[2Jgone 1\n")
	p.TimeNanos, p.DurationNanos = 1767225600e9, 1.5e9
	check(t, written(t, func(w io.Writer) error { return WriteTop(w, New(p), Options{Value: 1}, 2) }), `cpu, 40ms in all, in 1.50s, from 2026-01-01 00:00:00 UTC
      flat  flat%   sum%        cum   cum%
      30ms 75.00% 75.00%       30ms 75.00%  work
      10ms 25.00%   100%       10ms 25.00%  \x1b[2Jgone
1 more
`)
	check(t, written(t, func(w io.Writer) error { return WriteTop(w, New(folded(t, "")), Options{Value: -1}, 2) }), `a profile that counts nothing
      flat  flat%   sum%        cum   cum%
`)
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		value int64
		unit  string
		want  string
	}{
		{0, "nanoseconds", "0"},
		{999, "nanoseconds", "999ns"},
		{1500000000, "nanoseconds", "1.50s"},
		{-2e6, "nanoseconds", "-2ms"},
		{7200e9, "nanoseconds", "2hrs"},
		{1536, "bytes", "1.50kB"},
		{17, "count", "17"},
		{17, "goats", "17goats"},
		{5, "seconds", "5s"},
		{1 << 40, "bytes", "1TB"},
		{-1 << 63, "count", "-9223372036854775808"},
	} {
		if got := Format(c.value, c.unit); got != c.want {
			t.Errorf("%d %s is %s, not %s", c.value, c.unit, got, c.want)
		}
	}
}
