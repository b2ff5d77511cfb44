package report

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"
)

// folded makes a profile of lines such as "main;work:12;load 3 process=a/1 pid=7":
// a stack, root first, its value and its labels. Frames that are joined by "+"
// are one place, the later ones inlined; a frame "f@file.go" has a file, and
// "lib!" is a place in lib without a function.
func folded(t testing.TB, text string) *profile.Profile {
	t.Helper()
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType: &profile.ValueType{Type: "cpu", Unit: "nanoseconds"}, Period: 10e6,
	}
	b := builder{p, map[string]*profile.Function{}, map[string]*profile.Location{}, map[string]*profile.Mapping{}}
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		words := strings.Fields(l)
		n, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s := &profile.Sample{Value: []int64{n, n * 10e6}, Label: map[string][]string{}}
		for _, w := range words[2:] {
			key, value, _ := strings.Cut(w, "=")
			s.Label[key] = append(s.Label[key], value)
		}
		if words[0] != "-" {
			for call := range strings.SplitSeq(words[0], ";") {
				s.Location = append([]*profile.Location{b.location(call)}, s.Location...)
			}
		}
		p.Sample = append(p.Sample, s)
	}
	if err := p.CheckValid(); err != nil {
		t.Fatal(err)
	}
	return p
}

type builder struct {
	p         *profile.Profile
	functions map[string]*profile.Function
	locations map[string]*profile.Location
	mappings  map[string]*profile.Mapping
}

func (b *builder) location(call string) *profile.Location {
	l := b.locations[call]
	if l != nil {
		return l
	}
	l = &profile.Location{ID: uint64(len(b.p.Location) + 1)}
	b.locations[call] = l
	b.p.Location = append(b.p.Location, l)
	if object, bare := strings.CutSuffix(call, "!"); bare {
		l.Mapping, l.Address = b.mapping(object), uint64(0x1000*(len(b.p.Location)+1))
		return l
	}
	for frame := range strings.SplitSeq(call, "+") {
		name, line, _ := strings.Cut(frame, ":")
		n, _ := strconv.ParseInt(line, 10, 64) // 0 without a line
		l.Line = append([]profile.Line{{Function: b.function(name), Line: n}}, l.Line...)
	}
	return l
}

func (b *builder) mapping(file string) *profile.Mapping {
	m := b.mappings[file]
	if m == nil {
		m = &profile.Mapping{ID: uint64(len(b.p.Mapping) + 1), Start: uint64(len(b.p.Mapping)) << 32, Limit: uint64(len(b.p.Mapping)+1) << 32, File: file}
		b.mappings[file] = m
		b.p.Mapping = append(b.p.Mapping, m)
	}
	return m
}

func (b *builder) function(text string) *profile.Function {
	f := b.functions[text]
	if f == nil {
		name, file, _ := strings.Cut(text, "@")
		f = &profile.Function{ID: uint64(len(b.p.Function) + 1), Name: name, SystemName: name, Filename: file}
		b.functions[text] = f
		b.p.Function = append(b.p.Function, f)
	}
	return f
}

// rows writes a table as "function flat cum", in its order.
func rows(t Table) (lines []string) {
	for _, r := range t.Rows {
		lines = append(lines, fmt.Sprintf("%s %d %d", r.Frame, r.Flat, r.Cum))
	}
	return lines
}

// outline writes a tree, indented.
func outline(n *Node) (lines []string) {
	lines = append(lines, fmt.Sprintf("%s %d %d", n.Frame, n.Self, n.Total))
	for _, c := range n.Children {
		for _, l := range outline(c) {
			lines = append(lines, "  "+l)
		}
	}
	return lines
}

func check[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const someStacks = `
main;work;load 5
main;work;load;parse 3
main;work 2
main;fib;fib;fib 4
main;outer+inner 1
- 1
`

func TestTop(t *testing.T) {
	table := New(folded(t, someStacks)).Top(Options{})
	check(t, rows(table), []string{
		"load 5 8", "fib 4 4", "parse 3 3", "work 2 10", "inner 1 1", "main 0 15", "outer 0 1",
	})
	if table.Total != 16 {
		t.Errorf("the total is %d; a sample without a stack counts in it", table.Total)
	}
	if load := table.Rows[0]; load.FlatShare != 5.0/16 || load.CumShare != 8.0/16 {
		t.Errorf("load has shares %v and %v", load.FlatShare, load.CumShare)
	}
}

func TestTree(t *testing.T) {
	check(t, outline(New(folded(t, someStacks)).Tree(Options{Value: 1})), []string{
		"all 10000000 160000000",
		"  main 0 150000000",
		"    work 20000000 100000000",
		"      load 50000000 80000000",
		"        parse 30000000 30000000",
		"    fib 0 40000000",
		"      fib 0 40000000",
		"        fib 40000000 40000000",
		"    outer 0 10000000",
		"      inner 10000000 10000000",
	})
}

func TestByLine(t *testing.T) {
	r := New(folded(t, "main@m.py:3;work@w.py:10 5\nmain@m.py:4;work@w.py:10 2\nmain@m.py:4;work@w.py:11 1\n"))
	check(t, rows(r.Top(Options{By: ByLine})), []string{
		"work w.py:10 7 7", "work w.py:11 1 1", "main m.py:3 0 5", "main m.py:4 0 3",
	})
	check(t, r.Source("w.py", Options{}), []LineValue{{10, "work", 7, 7}, {11, "work", 1, 1}})
	check(t, r.Source("m.py", Options{}), []LineValue{{3, "main", 0, 5}, {4, "main", 0, 3}})
}

func TestFilters(t *testing.T) {
	r := New(folded(t, someStacks))
	is := regexp.MustCompile
	for _, c := range []struct {
		o    Options
		want []string
	}{
		{Options{Focus: is("load")}, []string{"load 5 8", "parse 3 3", "main 0 8", "work 0 8"}},
		{Options{Focus: is("load"), Ignore: is("parse")}, []string{"load 5 5", "main 0 5", "work 0 5"}},
		{Options{Hide: is("^(load|parse)$")}, []string{"work 10 10", "fib 4 4", "inner 1 1", "main 0 15", "outer 0 1"}},
		{Options{Hide: is("inner|work|load|parse|fib")}, []string{"main 14 15", "outer 1 1"}},
	} {
		table := r.Top(c.o)
		check(t, rows(table), c.want)
		if table.Total != 16 {
			t.Errorf("the total became %d", table.Total)
		}
	}
}

func TestLabel(t *testing.T) {
	r := New(folded(t, "main;a 3 process=t/0 state=lock\nmain;b 1 process=t/1\nmain;a 6 process=t/0\n"))
	table := r.Top(Options{Label: "process", LabelValue: "t/0"})
	check(t, rows(table), []string{"a 9 9", "main 0 9"})
	if table.Total != 9 {
		t.Errorf("the total is %d, and not that of the process", table.Total)
	}
	check(t, r.Groups("process", Options{}), []Group{{"t/0", 9, 0.9}, {"t/1", 1, 0.1}})
	check(t, r.Groups("state", Options{}), []Group{{"", 7, 0.7}, {"lock", 3, 0.3}})
	check(t, r.Labels(), []string{"process", "state"})
}

func TestFlame(t *testing.T) {
	tree := New(folded(t, someStacks)).Tree(Options{})
	var got []string
	for _, c := range Flame(tree, nil) {
		got = append(got, fmt.Sprintf("%d %s %.4f %.4f", c.Depth, c.Node.Frame, c.Start, c.Width))
	}
	check(t, got, []string{
		"0 all 0.0000 1.0000", "1 main 0.0000 0.9375", "2 work 0.0000 0.6250", "2 fib 0.6250 0.2500", "2 outer 0.8750 0.0625",
		"3 load 0.0000 0.5000", "3 fib 0.6250 0.2500", "3 inner 0.8750 0.0625", "4 parse 0.0000 0.1875", "4 fib 0.6250 0.2500",
	})
	zoomed := Flame(tree, []Frame{{Function: "main"}, {Function: "fib"}, {Function: "no such"}})
	if last := zoomed[len(zoomed)-1]; len(zoomed) != 5 || last.Depth != 4 || last.Width != 1 {
		t.Errorf("zoomed: %+v", zoomed)
	}
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

func keys[V any](m map[string]V) []string { return slices.Collect(maps.Keys(m)) }
