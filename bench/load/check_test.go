//go:build linux

package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func lines(numbers ...int) string {
	var b strings.Builder
	for _, i := range numbers {
		b.Write(newLine().number(i))
	}
	return b.String()
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     verdict
	}{
		{"all", lines(0, 1, 2, 3), verdict{Whole: 4}},
		{"with a prefix", "[0] " + lines(0) + "[0] " + lines(1) + lines(2, 3), verdict{Whole: 4}},
		{"among other lines", "hello\n" + lines(0, 1) + "\n" + lines(2, 3), verdict{Whole: 4}},
		{"one is lost", lines(0, 1, 3), verdict{Whole: 3, Missing: 1}},
		{"one comes twice", lines(0, 1, 1, 2, 3), verdict{Whole: 4, Again: 1}},
		{"two change places", lines(0, 2, 1, 3), verdict{Whole: 4, Late: 1}},
		{"one is cut", lines(0, 1, 2) + lines(3)[:50], verdict{Whole: 3, Missing: 1, Torn: 1}},
		{"a letter is changed", strings.Replace(lines(0, 1, 2, 3), "z", "x", 1), verdict{Whole: 3, Missing: 1, Torn: 1}},
		{"a number of no line", lines(0, 1, 2, 3, 4), verdict{Whole: 4, Torn: 1}},
		{"nothing", "", verdict{Missing: 4}},
	} {
		got, err := judge(strings.NewReader(c.in), 4)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestLineDoesNotRememberLongerNumbers(t *testing.T) {
	l := newLine()
	first := slices.Clone(l.number(7))
	l.number(123456)
	if again := l.number(7); !bytes.Equal(first, again) {
		t.Errorf("line 7 is %q, then %q", first, again)
	}
	if len(first) != lineSize || !bytes.HasSuffix(first, []byte("\n")) {
		t.Errorf("a line is %q, want %d bytes with a newline", first, lineSize)
	}
}
