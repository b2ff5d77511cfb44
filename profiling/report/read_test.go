package report

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// same checks that two reports answer alike.
func same(t *testing.T, got, want *Report) {
	t.Helper()
	check(t, got.Values(), want.Values())
	check(t, got.Default(), want.Default())
	check(t, got.Labels(), want.Labels())
	for value := range want.Values() {
		for _, by := range []Granularity{ByFunction, ByLine} {
			o := Options{Value: value, By: by}
			check(t, got.Top(o), want.Top(o))
			check(t, outline(got.Tree(o)), outline(want.Tree(o)))
			for _, l := range want.Labels() {
				check(t, got.Groups(l, o), want.Groups(l, o))
			}
		}
	}
}

// TestReadAsParsed compares what is read with what google/pprof reads.
func TestReadAsParsed(t *testing.T) {
	all := map[string][]byte{"kernel": kernelProfile(t), "labels": labelled(t), "empty": encoded(t, &profile.Profile{})}
	for name, data := range realProfiles() {
		all[name] = data
	}
	for name, data := range all {
		t.Run(name, func(t *testing.T) {
			p, err := profile.ParseData(data)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Read(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			same(t, r, New(p))
			var plain bytes.Buffer
			if err := p.WriteUncompressed(&plain); err != nil {
				t.Fatal(err)
			}
			r, err = Read(&plain)
			if err != nil {
				t.Fatal(err)
			}
			same(t, r, New(p))
		})
	}
}

// labelled is a profile large enough to be decoded in parts, with labels of
// both kinds and ids that are not in order.
func labelled(t *testing.T) []byte {
	p := folded(t, "main;a:1;b:2 1 process=x/0 state=lock\nmain;a:2;c:3 2 process=x/1\nmain;b:3 3\n")
	for i := range 30000 {
		p.Sample = append(p.Sample, &profile.Sample{
			Location: p.Sample[i%3].Location[i%2:],
			Value:    []int64{1, int64(i)},
			Label:    map[string][]string{"process": {fmt.Sprint("x/", i%5)}, "two": {"b", "a"}},
			NumLabel: map[string][]int64{"bytes": {int64(i % 7), 8}, "n": {int64(i % 2)}},
			NumUnit:  map[string][]string{"bytes": {"bytes", "bytes"}},
		})
	}
	p.Location[1].ID, p.Function[2].ID = 1<<40, 77
	p.DefaultSampleType = "samples"
	return encoded(t, p)
}

// TestDropFrames compares what is left of a profile that wants frames dropped.
func TestDropFrames(t *testing.T) {
	p := folded(t, `
main;run;.alloc(int);inner 5
main;run+alloc;inner 3
main;run;(anonymous+namespace)::alloc;x 4
alloc;main;alloc 2
alloc 1
main;keep_alloc;alloc;keep_alloc;y 6
main;operator()(int);z 7
`)
	p.DropFrames, p.KeepFrames = ".*alloc|operator\\(\\)", "keep_alloc"
	r := New(p)
	q, err := profile.ParseData(encoded(t, p))
	if err != nil {
		t.Fatal(err)
	}
	if err := q.RemoveUninteresting(); err != nil {
		t.Fatal(err)
	}
	q.DropFrames = ""
	same(t, r, New(q))
	if table := rows(r.Top(Options{})); strings.Contains(strings.Join(table, "\n"), "inner") {
		t.Errorf("what a dropped frame calls is still there: %q", table)
	}
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// bomb packs n bytes, all alike, into a thousandth.
func bomb(t *testing.T, n int64) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte{0x12, 0x00}, 1<<19)
	for ; n > 0; n -= int64(len(block)) {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Close()
	return b.Bytes()
}

func TestUnreadable(t *testing.T) {
	whole := kernelProfile(t)
	p, err := profile.ParseData(whole)
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	if err := p.WriteUncompressed(&plain); err != nil {
		t.Fatal(err)
	}
	types := []byte{0x0a, 0x00} // one kind of value, without a name
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "it is empty"},
		{"empty, packed", packed(nil), "it is empty"},
		{"text", []byte("hello, world\n"), "it is no profile in pprof's format"},
		{"zeros", make([]byte, 4096), "it is no profile in pprof's format"},
		{"JSON", []byte(`{"a": 1}`), "it is no profile in pprof's format, but JSON"},
		{"perf", []byte("PERFILE2...."), "it is no profile in pprof's format, but a recording of perf"},
		{"collapsed", []byte("main;a;b 3\nmain;c 4\n"), "it is no profile in pprof's format"},
		{"packed and cut", whole[:len(whole)/2], "it is cut off: its end is missing"},
		{"packed and damaged", append(append([]byte{}, whole[:len(whole)-8]...), make([]byte, 8)...), "it is damaged: gzip: invalid checksum"},
		{"gzip's head only", whole[:6], "it is cut off: its end is missing"},
		{"plain and cut in a sample", plain.Bytes()[:plain.Len()/3], "it is cut off or damaged: it ends within a field"},
		{"samples only", types, "it is cut off: its names are missing"},
		{"huge count", append(types, 0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), "it is cut off or damaged: it ends within a field"},
		{"unknown name", append(types, 0x2a, 0x04, 0x08, 0x01, 0x10, 0x09, 0x32, 0x00), "it is damaged: it refers to name 9 of 1"},
		{"unknown location", append(types, 0x12, 0x04, 0x08, 0x05, 0x10, 0x01, 0x32, 0x00), "it is damaged: a sample is in location 5, which is not there"},
		{"too few values", append(types, 0x12, 0x00, 0x32, 0x00), "it is damaged: a sample has 0 values, and not 1"},
		{"too many kinds", append(bytes.Repeat(types, maxTypes+1), 0x32, 0x00), "it has more than 256 kinds of values, and muster reads no more"},
		{"twice", append(plain.Bytes(), plain.Bytes()...), "it is damaged: mapping 1 is there twice, or has no number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(c.data))
			u, ok := errors.AsType[*Unreadable](err)
			if !ok || u.Why != c.want {
				t.Errorf("it is said: %v\nwanted:     %s", err, c.want)
			}
			if _, err := Parse(bytes.NewReader(c.data)); err == nil || err.Error() != c.want {
				t.Errorf("Parse says: %v", err)
			}
		})
	}
}

// TestBombs: of what unpacks to more than the limit, no more is unpacked. The
// limit of files is tested by the command line's scripts.
func TestBombs(t *testing.T) {
	if _, err := Read(bytes.NewReader(packed(kernelProfile(t)))); err != nil {
		t.Error(err) // packed twice
	}
	for _, data := range [][]byte{bomb(t, 2<<20), packed(bomb(t, 2<<20)), make([]byte, 2<<20)} {
		_, err := unpacked(bytes.NewReader(data), 1<<20)
		if err == nil || err.Error() != "it has more than 1 MiB once unpacked, and muster reads no more" {
			t.Errorf("it is said: %v", err)
		}
	}
}

// TestDeepAndWide: what a hostile program may write into a profile is read, or
// refused, and never followed for ever.
func TestDeepAndWide(t *testing.T) {
	p := folded(t, "main;a 1\n")
	deep := make([]*profile.Location, 1<<17)
	for i := range deep {
		deep[i] = p.Location[i%2]
	}
	p.Sample[0].Location = deep
	r := New(p)
	check(t, rows(r.Top(Options{})), []string{"main 1 1", "a 0 1"})
	depth, n := 0, r.Tree(Options{})
	for ; len(n.Children) > 0; n = n.Children[0] {
		depth++
	}
	if n.Frame != deeper || depth > maxDepth+1 || n.Total != 1 {
		t.Errorf("at depth %d there is %+v", depth, n.Frame)
	}
	for range 1000 {
		p.Location[0].Line = append(p.Location[0].Line, p.Location[0].Line[0])
	}
	p.Function[0].Name = strings.Repeat("x", 1<<20)
	p.Sample[0].Location = deep[:100]
	r = New(p)
	check(t, r.Limits(), []string{inlinedLimit})
	for name, write := range map[string]func(io.Writer) error{
		"table":   func(w io.Writer) error { return WriteTop(w, r, Options{}, 0) },
		"tree":    func(w io.Writer) error { return WriteTree(w, r, Options{}, 0) },
		"picture": func(w io.Writer) error { return WriteSVG(w, r, Options{}, "test") },
		"difference": func(w io.Writer) error {
			return WriteDiff(w, diff(t, p, p, DiffOptions{}), ByFunction, 0, func(_ Sign, l string) string { return l })
		},
		"picture of a difference": func(w io.Writer) error {
			return WriteSVGDiff(w, diff(t, p, p, DiffOptions{}), ByFunction, "test")
		},
	} {
		if text := written(t, write); strings.Count(text, "left out: functions beyond 256 that were inlined at one place") != 1 {
			t.Errorf("the %s does not say what was left out", name)
		}
	}
	for _, row := range r.Top(Options{}).Rows {
		if len(row.Frame.Function) > maxName+4 {
			t.Errorf("a name has %d bytes", len(row.Frame.Function))
		}
	}
	if _, err := Read(bytes.NewReader(encoded(t, p))); err != nil {
		t.Fatal(err)
	}
	p.Sample[0].Location = make([]*profile.Location, 3<<20)
	for i := range p.Sample[0].Location {
		p.Sample[0].Location[i] = p.Location[0]
	}
	_, err := Read(bytes.NewReader(encoded(t, p)))
	if err == nil || !strings.HasPrefix(err.Error(), "its stacks have 805306368 frames, and muster reads no more") {
		t.Errorf("it is said: %v", err)
	}
}
