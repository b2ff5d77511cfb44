package task

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// all reads a source to its end: items apart by " ", parts by ",".
func all(t *testing.T, s Source) string {
	t.Helper()
	var out []string
	for {
		items, err := s.Next()
		for i := range items {
			out = append(out, strings.Join(items[i].Parts(), ","))
		}
		if errors.Is(err, io.EOF) {
			return strings.Join(out, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func list(words ...string) *List { l := List(words); return &l }

func lines(text string) *Lines { return NewLines(strings.NewReader(text), '\n', "text") }

func TestSources(t *testing.T) {
	for name, c := range map[string]struct {
		source Source
		want   string
	}{
		"words":            {NewProduct(NewGroup(false, list("a", "b"))), "a b"},
		"no words":         {NewProduct(NewGroup(false, list())), ""},
		"lines":            {NewProduct(NewGroup(false, lines("a\nb\n"))), "a b"},
		"last not ended":   {NewProduct(NewGroup(false, lines("a\nb"))), "a b"},
		"empty lines":      {NewProduct(NewGroup(false, lines("a\n\nb\n"))), "a  b"},
		"NUL":              {NewProduct(NewGroup(false, NewLines(strings.NewReader("a\nb\x00c\x00"), 0, ""))), "a\nb c"},
		"combinations":     {NewProduct(NewGroup(false, lines("a\nb\n")), NewGroup(false, list("1", "2")), NewGroup(false, list("x"))), "a,1,x a,2,x b,1,x b,2,x"},
		"with an empty":    {NewProduct(NewGroup(false, list("a")), NewGroup(false, list())), ""},
		"linked":           {NewProduct(NewGroup(false, list("a", "b", "c"), lines("1\n2\n"))), "a,1 b,2"},
		"recycled":         {NewProduct(NewGroup(true, list("a", "b", "c"), list("1", "2"))), "a,1 b,2 c,1"},
		"columns":          {&Columns{Source: NewProduct(NewGroup(false, lines("a\tb\nc\n"))), At: regexp.MustCompile(`\t`)}, "a,b c"},
		"several":          {&Several{Source: NewProduct(NewGroup(false, list("a", "b", "c"))), N: 2}, "a,b c"},
		"several of lines": {&Several{Source: NewProduct(NewGroup(false, lines("a\nb\nc\nd\n"))), N: 2}, "a,b c,d"},
	} {
		if got := all(t, c.source); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The combinations of many lists are more than can be kept; the first are there at once.
func TestManyCombinations(t *testing.T) {
	var groups []*Group
	for range 200 {
		groups = append(groups, NewGroup(false, list("a", "b")))
	}
	p := NewProduct(groups...)
	if n, known := p.size(); known {
		t.Errorf("there are %d", n)
	}
	for want := 0; want < 5000; {
		items, err := p.Next()
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			n := 0
			for _, part := range it.Parts() {
				n = n<<1 | strings.Index("ab", part)
			}
			if n != want || len(it.Parts()) != 200 {
				t.Fatalf("number %d is %d, of %d parts", want, n, len(it.Parts()))
			}
			want++
		}
	}
}

func TestHeader(t *testing.T) {
	h := &Header{Source: &Columns{Source: NewProduct(NewGroup(false, lines("n,m\n1,2\n"))), At: regexp.MustCompile(",")}}
	if got := all(t, h); got != "1,2" || strings.Join(h.Names(), " ") != "n m" {
		t.Errorf("%q, names %q", got, h.Names())
	}
}

// Of several lists the first item of each is a name, and is in no combination.
func TestHeaderOfSeveralLists(t *testing.T) {
	lists := func() []*Group {
		return []*Group{NewGroup(false, lines("x,y\n1,2\n3,4\n")), NewGroup(false, lines("z\n5\n6\n"))}
	}
	groups := lists()
	h := &Header{Source: &Columns{Source: NewProduct(groups...), At: regexp.MustCompile(",")}, Groups: groups}
	var got []string
	for {
		items, err := h.Next()
		for _, it := range items {
			got = append(got, strings.Join(it.Parts(), "-"))
		}
		if err != nil {
			break
		}
	}
	if s := strings.Join(got, " "); s != "1-2-5 1-2-6 3-4-5 3-4-6" || strings.Join(h.Names(), " ") != "x y z" {
		t.Errorf("%s, names %q", s, h.Names())
	}
	groups = []*Group{NewGroup(false, lines("x\n1\n")), NewGroup(false, lines(""))}
	if items, err := (&Header{Source: NewProduct(groups...), Groups: groups}).Next(); len(items) > 0 || !errors.Is(err, io.EOF) {
		t.Errorf("a list without anything: %v, %v", items, err)
	}
}

// What is there is handed on at once, also when more may come.
func TestLinesAreNotWaitedFor(t *testing.T) {
	r, w := io.Pipe()
	go func() { _, _ = io.WriteString(w, "a\nb\nc") }()
	items, err := NewProduct(NewGroup(false, NewLines(r, '\n', "pipe"))).Next()
	if err != nil || len(items) != 2 {
		t.Errorf("%d items, %v", len(items), err)
	}
	_ = r.Close()
}

func TestUnreadableItems(t *testing.T) {
	_, err := OpenLines(filepath.Join(t.TempDir(), "none"), nil, '\n')
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
	dir, err := OpenLines(t.TempDir(), nil, '\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dir.next(); err == nil || !strings.HasPrefix(err.Error(), "cannot read ") {
		t.Errorf("a directory: %v", err)
	}
}

func TestKeys(t *testing.T) {
	k := newKeyer([]string{"echo", "{}"})
	a, b := k.key(&Item{Text: "a"}), k.key(&Item{Text: "a", Seq: 9})
	if a != b {
		t.Error("the number of an item is part of its key")
	}
	for what, other := range map[string][2]Item{
		"another item":        {{Text: "a"}, {Text: "b"}},
		"parts cut elsewhere": {{Text: "a", Args: []string{"a", "bc"}}, {Text: "ab", Args: []string{"ab", "c"}}},
	} {
		if k.key(&other[0]) == k.key(&other[1]) {
			t.Errorf("%s has the same key", what)
		}
	}
	if newKeyer([]string{"echo {}"}).key(&Item{Text: "a"}) == a {
		t.Error("another command has the same key")
	}
}

// TestSizesAreThoseOfWhatComes: what is known beforehand is true.
func TestSizesAreThoseOfWhatComes(t *testing.T) {
	list := func(n int) *List { l := make(List, n); return &l }
	for _, c := range []struct {
		name   string
		source func() Source
		known  bool
	}{
		{"a list", func() Source { return NewProduct(NewGroup(false, list(3))) }, true},
		{"none", func() Source { return NewProduct(NewGroup(false, list(0))) }, true},
		{"a product", func() Source { return NewProduct(NewGroup(false, list(3)), NewGroup(false, list(2))) }, true},
		{"side by side", func() Source { return NewProduct(NewGroup(false, list(3), list(2))) }, true},
		{"side by side, again", func() Source { return NewProduct(NewGroup(true, list(3), list(2))) }, true},
		{"several", func() Source { return &Several{Source: NewProduct(NewGroup(false, list(5))), N: 2} }, true},
		{"a header", func() Source { return &Header{Source: NewProduct(NewGroup(false, list(5)))} }, true},
		{"a header alone", func() Source { return &Header{Source: NewProduct(NewGroup(false, list(0)))} }, true},
		{"headers", func() Source {
			groups := []*Group{NewGroup(false, list(3)), NewGroup(false, list(4))}
			return &Header{Source: NewProduct(groups...), Groups: groups}
		}, true},
		{"lines", func() Source {
			return NewProduct(NewGroup(false, list(2)), NewGroup(false, NewLines(strings.NewReader("a\nb\n"), '\n', "")))
		}, false},
	} {
		size, known := sizeOf(c.source())
		if known != c.known {
			t.Errorf("%s: the size is known: %v", c.name, known)
		}
		n, s := uint64(0), c.source()
		for {
			items, err := s.Next()
			n += uint64(len(items))
			if err != nil {
				break
			}
		}
		if known && n != size {
			t.Errorf("%s: %d items came, %d were said", c.name, n, size)
		}
	}
}
