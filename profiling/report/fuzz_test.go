package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"testing"

	"github.com/google/pprof/profile"
)

// FuzzRead: whatever a file holds, it is refused in words or can be asked
// everything; and what google/pprof reads is read alike.
func FuzzRead(f *testing.F) {
	f.Add(kernelProfile(f))
	f.Add([]byte("\x0a\x04\x08\x01\x10\x02\x12\x04\x0a\x01\x01\x10\x05\x22\x02\x08\x01\x32\x00\x32\x01a\x32\x01b"))
	f.Add([]byte("heap profile: 1: 2 [1: 2] @ heap/1\n1: 2 [1: 2] @ 0x1 0x2\n"))
	p, err := profile.ParseData(kernelProfile(f))
	if err != nil {
		f.Fatal(err)
	}
	var plain bytes.Buffer
	if err := p.WriteUncompressed(&plain); err != nil {
		f.Fatal(err)
	}
	f.Add(plain.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(bytes.NewReader(data))
		if err != nil {
			if u, ok := errors.AsType[*Unreadable](err); !ok || u.Why == "" {
				t.Errorf("it is refused as %v", err)
			}
			return
		}
		askEverything(t, r)
		if p, err := profile.ParseData(data); err == nil && len(p.SampleType) == len(r.Values()) {
			for v := range r.Values() {
				check(t, rows(r.Top(Options{Value: v})), rows(New(p).Top(Options{Value: v})))
			}
		}
	})
}

// askEverything asks a report all that there is.
func askEverything(t *testing.T, r *Report) {
	t.Helper()
	re := regexp.MustCompile("a|b")
	for _, o := range []Options{{Value: r.Default()}, {Value: 0, By: ByLine, Focus: re, Hide: re}, {Value: -1, Ignore: re}, {Label: "process", LabelValue: "a"}} {
		table := r.Top(o)
		for _, row := range table.Rows[:min(len(table.Rows), 3)] {
			r.Source(row.Frame.File, o)
		}
		Flame(r.Tree(o), nil)
		r.Odd(o)
		for _, l := range r.Labels() {
			r.Groups(l, o)
		}
		var scope, picture bytes.Buffer
		err := errors.Join(WriteTop(io.Discard, r, o, 0), WriteTree(io.Discard, r, o, 0), WriteCollapsed(io.Discard, r, o),
			WriteSpeedscope(&scope, r, o, "a"), WriteSVG(&picture, r, o, "a"))
		if err != nil || !json.Valid(scope.Bytes()) {
			t.Errorf("%v: %s", err, scope.Bytes())
		}
		if err := xml.Unmarshal(picture.Bytes(), new(struct{})); err != nil {
			t.Errorf("%v: %s", err, picture.Bytes())
		}
		if d, err := Diff(r, r, DiffOptions{Options: o}); err == nil && len(d.Rows) > 0 {
			t.Errorf("a profile differs from itself: %+v", d.Rows)
		}
	}
}

// FuzzNames: whatever a function is called, each format keeps its form.
func FuzzNames(f *testing.F) {
	f.Add("main", "<b>&]]>", "/src/a.go")
	f.Add("\xff\x00\u202e", "\"};alert(1)", "\n")
	f.Fuzz(func(t *testing.T, a, b, file string) {
		p := folded(t, "x;y 3 process=p/0\nx 2 process=p/1\n")
		p.Function[0].Name, p.Function[1].Name, p.Function[0].Filename = a, b, file
		askEverything(t, New(p))
		var text bytes.Buffer
		if err := WriteCollapsed(&text, New(p), Options{}); err != nil || bytes.Count(text.Bytes(), []byte("\n")) != 2 {
			t.Errorf("two stacks are %q", text.Bytes())
		}
	})
}
