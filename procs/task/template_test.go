package task

import (
	"slices"
	"strings"
	"testing"
)

func TestReplacements(t *testing.T) {
	one := func(s string) Item { return Item{Seq: 7, Text: s} }
	two := Item{Seq: 7, Text: "x y", Args: []string{"x y", "d/e.tar.gz"}}
	for _, c := range []struct {
		command string // words apart by "|"
		item    Item
		want    string
	}{
		{"echo|{}", one("a b"), "echo|a b"},
		{"echo", one("a b"), "echo|a b"},
		{"echo|[{.}][{/}][{//}][{/.}]", one("a/b.c/d.e.f"), "echo|[a/b.c/d.e][d.e.f][a/b.c][d.e]"},
		{"echo|[{.}][{/}][{//}][{/.}]", one("x"), "echo|[x][x][.][x]"},
		{"echo|[{.}][{//}]", one("/r"), "echo|[/r][/]"},
		{"echo|{.}", one("a.b/"), "echo|a.b/"},
		{"echo|{#}|{%}", one("a"), "echo|7|3"},
		{"echo|{2}|{1}|{-1}|{3}|{2/}|{2//}|{2/.}", two, "echo|d/e.tar.gz|x y|d/e.tar.gz||e.tar.gz|d|e.tar"},
		{"echo|{}|<{}>", two, "echo|x y|d/e.tar.gz|<x y d/e.tar.gz>"},
		{"awk|{print $1}|{}", one("f"), "awk|{print $1}|f"}, // no replacement string
		{"echo {} | wc -c", one("it's $HOME\n"), `/bin/sh|-c|echo 'it'\''s $HOME` + "\n" + `' | wc -c`},
		{"echo -n", two, `/bin/sh|-c|echo -n 'x y' d/e.tar.gz`},
		{"echo {}", one(""), `/bin/sh|-c|echo ''`},
		{"echo {}", one("caf\xc3\xa9 \xff"), "/bin/sh|-c|echo 'caf\xc3\xa9 \xff'"},
		{"", one("echo a | wc"), "/bin/sh|-c|echo a | wc"},
	} {
		var words []string
		switch {
		case strings.Contains(c.command, " | "):
			words = []string{c.command}
		case c.command != "":
			words = strings.Split(c.command, "|")
		}
		got, err := ParseTemplate(words, TemplateOptions{}).Argv(&c.item, 2, nil)
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%q of %q: %q, %v; want %q", c.command, c.item.Parts(), got, err, c.want)
		}
	}
}

func TestFields(t *testing.T) {
	tmpl := ParseTemplate([]string{"echo", "{name}={n} {path/.} {nope"}, TemplateOptions{Fields: true})
	it := Item{Text: `{"name": "a b", "n": 1.5, "path": "/x/y.z"}`}
	got, err := tmpl.Argv(&it, 0, nil)
	if want := []string{"echo", "a b=1.5 y {nope"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for text, want := range map[string]string{
		`{"name": "a"}`: `the item has no field "n"`, `[1]`: "the item is no JSON object, but of the type array", "x": "the item is no JSON object: invalid character 'x'",
	} {
		if _, err := tmpl.Argv(&Item{Text: text}, 0, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	columns := Item{Text: "1", Args: []string{"1", "2"}}
	got, err = ParseTemplate([]string{"echo", "{b}{a}"}, TemplateOptions{Fields: true}).Argv(&columns, 0, []string{"a", "b"})
	if want := []string{"echo", "21"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestReplaceString(t *testing.T) {
	got, err := ParseTemplate([]string{"cp", "%", "{}", "%.bak"}, TemplateOptions{Replace: "%"}).Argv(&Item{Text: "f"}, 0, nil)
	if want := []string{"cp", "f", "{}", "f.bak"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("echo {} {.} {1//}", "a'b\\ c")
	f.Add("{{}}{", "\x00\xff")
	f.Fuzz(func(t *testing.T, command, item string) {
		tmpl := ParseTemplate([]string{command}, TemplateOptions{Fields: true})
		argv, err := tmpl.Argv(&Item{Text: item}, 0, nil)
		if err == nil && len(argv) == 0 {
			t.Errorf("nothing is run for %q", command)
		}
	})
}
