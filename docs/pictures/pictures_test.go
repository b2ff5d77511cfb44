package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFrame(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     [][]piece
	}{
		{"plain", "ab\nc\n", [][]piece{{{0, "ab", style{}}}, {{0, "c", style{}}}}},
		{"an empty line keeps its place", "a\n\nb\n", [][]piece{{{0, "a", style{}}}, nil, {{0, "b", style{}}}}},
		{"basic colours", "\x1b[31ma\x1b[39;1mb\x1b[mc", [][]piece{{{0, "a", style{fg: basic[1]}}, {1, "b", style{bold: true}}, {2, "c", style{}}}}},
		{"bright colours", "\x1b[92;101ma", [][]piece{{{0, "a", style{fg: basic[10], bg: basic[9]}}}}},
		{"256 colours", "\x1b[38;5;208;48;5;240ma", [][]piece{{{0, "a", style{fg: "#ff8700", bg: "#585858"}}}}},
		{"true colour", "\x1b[38;2;1;2;255;4ma", [][]piece{{{0, "a", style{fg: "#0102ff", underline: true}}}}},
		{"wide runes take two cells", "世界\x1b[7ma", [][]piece{{{0, "世界", style{}}, {4, "a", style{reverse: true}}}}},
		{"dim ends with bold", "\x1b[2ma\x1b[22mb", [][]piece{{{0, "a", style{dim: true}}, {1, "b", style{}}}}},
		{"a style goes on in the next line", "\x1b[3ma\nb", [][]piece{{{0, "a", style{italic: true}}}, {{0, "b", style{italic: true}}}}},
		{"hyperlinks are dropped", "\x1b]8;;http://x\x1b\\a\x1b]8;;\x1b\\", [][]piece{{{0, "a", style{}}}}},
		{"half a colour", "\x1b[38;5ma", [][]piece{{{0, "a", style{}}}}},
	} {
		if diff := cmp.Diff(c.want, parseFrame(c.in), cmp.AllowUnexported(piece{}, style{})); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestReverseSwapsTheTerminalsOwnColours(t *testing.T) {
	if fg, bg := (style{reverse: true}).colours(); fg != background || bg != foreground {
		t.Errorf("colours are %s on %s", fg, bg)
	}
}

func TestWordsKeepTheirColumn(t *testing.T) {
	got := words(piece{3, "  世 b   c ", style{bold: true}})
	want := []piece{{5, "世 b", style{bold: true}}, {12, "c", style{bold: true}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(piece{}, style{})); diff != "" {
		t.Error(diff)
	}
}

func TestSVGIsXML(t *testing.T) {
	svg := drawSVG(parseFrame("\x1b[1;31m<a & \"b\">\x01\x1b[7m  \n\nc"), size{20, 3}, "made -- by hand")
	wellFormed(t, svg)
	for _, want := range []string{"&lt;a &amp;", `font-weight="bold"`, `y="57.0"`} { // "c" is on the third line
		if !strings.Contains(svg, want) {
			t.Errorf("the picture lacks %q:\n%s", want, svg)
		}
	}
}
