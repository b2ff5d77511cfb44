package output

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestNeeds: words that every match holds, of which a sifter makes use.
func TestNeeds(t *testing.T) {
	for expr, want := range map[string]string{
		"word":               "word",
		"a.longer word$":     "longer word",
		"(?i)Some Words":     "fold some words",
		"x(abc)+y":           "abc",
		"(ab){2}":            "ab",
		"(ab)?":              "",
		"[0-9]+ms":           "ms",
		"[0-9]+":             "",
		"error|warning":      "error warning",
		"error|w.*":          "error w",
		"error|.*":           "",
		"a|b|c|d|e":          "",
		"abc|abd":            "ab",
		"(?i)Straße":         "fold stra",
		"größe":              "größe",
		"\ufffd":             "",
		"(?:(?i:abc)|defgh)": "",
		"":                   "",
		"(":                  "",
	} {
		words, fold := needs(expr)
		got := string(bytes.Join(words, []byte(" ")))
		if fold {
			got = "fold " + got
		}
		if got != want {
			t.Errorf("needs(%q) = %q, want %q", expr, got, want)
		}
	}
}

// linesOf returns the lines that match, as a search without a sifter finds them.
func linesOf(expr string, text []byte) (numbers []int) {
	m := &matcher{re: regexp.MustCompile(expr)}
	for i, line := range bytes.SplitAfter(text, newline) {
		if len(line) > 0 && m.match(bytes.TrimSuffix(line, newline)) {
			numbers = append(numbers, i)
		}
	}
	return numbers
}

// sifted returns the same, looking only at what a sifter lets through.
func sifted(f *sifter, expr string, text []byte) (numbers []int, looks int) {
	m := &matcher{re: regexp.MustCompile(expr)}
	for at := 0; at < len(text); {
		i := f.first(text[at:])
		if i < 0 {
			break
		}
		looks++
		start := at + i
		end := start + bytes.IndexByte(append(text[start:len(text):len(text)], '\n'), '\n')
		if m.match(text[start:end]) {
			numbers = append(numbers, bytes.Count(text[:start], newline))
		}
		at = min(end+1, len(text))
	}
	return numbers, looks
}

func TestSifter(t *testing.T) {
	var all strings.Builder
	for i := range 3000 {
		switch i % 7 {
		case 0:
			fmt.Fprintf(&all, "plain line %d of many\n", i)
		case 1:
			fmt.Fprintf(&all, "a \x1b[1mco\x1b[31mlou\x1b[0mred line %d\n", i)
		case 2:
			fmt.Fprintf(&all, " 10%%\r 20%%\r done %d\n", i)
		case 3:
			fmt.Fprintf(&all, "nul \x00 bell \a back\bspace %d\n", i)
		case 4:
			fmt.Fprintf(&all, "%s NEEDLE %d\n", strings.Repeat("x", i), i)
		case 5:
			fmt.Fprintf(&all, "\u212aelvin ma\u017fs %d\n", i)
		case 6:
			fmt.Fprintf(&all, "\n")
		}
	}
	text := []byte(all.String() + "unended coloured")
	for _, expr := range []string{
		"coloured", "(?i)COLOUred", "needle", "(?i)needle", "(?i)kelvin", "(?i)mass", "done 1[0-9]$", "20%", "10%", "line 7|done 9", "backpace", "bell  bac", "x{9}", "^a co", "1499", "zzz",
	} {
		f := newSifter(expr)
		if f == nil {
			t.Errorf("%q has no sifter", expr)
			continue
		}
		got, looks := sifted(f, expr, text)
		if want := linesOf(expr, text); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: got %d lines %v, want %d %v", expr, len(got), got, len(want), want)
		}
		if expr == "zzz" && looks > 0 {
			t.Errorf("%q is looked for in %d lines", expr, looks)
		}
	}
}

// FuzzSifter: a sifter never rules out a line that matches.
func FuzzSifter(f *testing.F) {
	f.Add("abc", []byte("x\nABC\n\x1b[1mab\x1b[mc\n"))
	f.Add("(?i)ask|z+", []byte("A\u017f\u212a\n\x7fz\r"))
	f.Fuzz(func(t *testing.T, expr string, text []byte) {
		if _, err := regexp.Compile(expr); err != nil || len(expr) > 50 {
			return
		}
		s := newSifter(expr)
		if s == nil {
			return
		}
		got, _ := sifted(s, expr, text)
		if want := linesOf(expr, text); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q in %q: got %v, want %v", expr, text, got, want)
		}
	})
}

func BenchmarkSifter(b *testing.B) {
	text := bytes.Repeat([]byte("2026-11-22T22:41:23Z INFO worker 17 handled request 123456 in 12 ms and went on with the next\n"), 4000)
	for _, expr := range []string{"needle", "(?i)needle", "timeout after [0-9]+", "(?i)kiss"} {
		b.Run(expr, func(b *testing.B) {
			f := newSifter(expr)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if f.first(text) >= 0 {
					b.Fatal("found")
				}
			}
		})
	}
}

// TestClean: of each byte, at each place of a word and behind the last whole one.
func TestClean(t *testing.T) {
	for c := range 256 {
		want := !isControl(byte(c)) || c == '\n'
		for at := range 77 {
			text := bytes.Repeat([]byte{'x'}, 77)
			text[at] = byte(c)
			if clean(text) != want {
				t.Fatalf("byte %#x at %d: clean %v", c, at, !want)
			}
		}
	}
}
