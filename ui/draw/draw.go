// Package draw makes strings: cells of an exact width, sparklines, bars,
// numbers for people, and lines of a child's output that cannot hurt the
// terminal. It is pure: no clock, no terminal, no state.
//
// Start at [Sanitise] for untrusted text and at [Pad] for the cells of a
// table. Widths are in terminal cells, counted as
// github.com/charmbracelet/x/ansi does, which is what the renderer of the
// frame counts with.
package draw

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Ellipsis stands where a text was cut.
const Ellipsis = "…"

const blanks = "                                                                                                                                "

// Spaces returns n spaces; none if n is negative.
func Spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blanks) {
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// Width returns how many cells s takes; escape sequences take none.
func Width(s string) int {
	if printableASCII(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Truncate returns s in at most w cells, with an ellipsis if something was
// cut. Escape sequences are kept, also those after the cut.
func Truncate(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if printableASCII(s) {
		if len(s) <= w {
			return s
		}
		return s[:w-1] + Ellipsis
	}
	return cut(s, w, Ellipsis)
}

// cut returns the beginning of s in at most w cells. [ansi.Truncate] takes a printable character
// of ASCII for one cell, also before U+FE0F, which makes it an emoji of two: a keycap.
func cut(s string, w int, tail string) string {
	out := ansi.Truncate(s, w, tail)
	for n := w - 1; n >= 0 && strings.Contains(out, "\ufe0f") && Width(out) > w; n-- {
		out = ansi.Truncate(s, n, tail)
	}
	return out
}

// TruncateLeft returns the end of s in at most w cells, with an ellipsis
// before it if something was cut: for paths, whose end says more.
func TruncateLeft(s string, w int) string {
	have := Width(s)
	if have <= w {
		return s
	}
	if w <= 0 {
		return ""
	}
	out := ansi.TruncateLeft(s, have-w+1, Ellipsis)
	if Width(out) > w { // a wide character straddles the cut
		out = ansi.TruncateLeft(s, have-w+2, Ellipsis)
	}
	return out
}

// TruncateMiddle returns the beginning and the end of s in at most w cells, with an
// ellipsis between them if something was cut: for texts of which many begin alike,
// such as URLs, and whose beginning says something too. The end gets two thirds.
func TruncateMiddle(s string, w int) string {
	if Width(s) <= w {
		return s
	}
	return cutBehind(s, max(0, w-1)/3, w)
}

// cutBehind returns s, which is wider, in w cells: its beginning in head of them, an
// ellipsis, and its end.
func cutBehind(s string, head, w int) string {
	return cut(s, head, "") + TruncateLeft(s, w-head)
}

// CommonHead returns how many bytes all of some texts begin with alike, up to the last
// that is neither letter nor digit: of paths their common directory. It is 0 if they
// are not two at least that differ.
func CommonHead(texts []string) int {
	if len(texts) < 2 {
		return 0
	}
	first, n := texts[0], len(texts[0])
	differ := false
	for _, t := range texts[1:] {
		differ = differ || t != first
		n = min(n, len(t))
		for i := range n {
			if t[i] != first[i] {
				n = i
				break
			}
		}
	}
	if !differ {
		return 0
	}
	return 1 + strings.LastIndexFunc(first[:n], func(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// TruncateAlike returns s in at most w cells, one of several texts that have a
// [CommonHead] of so many bytes: that is cut first, as the others are told from it by
// what follows; and then the middle of the rest.
func TruncateAlike(s string, head, w int) string {
	switch {
	case Width(s) <= w:
		return s
	case head <= 0 || head >= len(s):
		return TruncateMiddle(s, w)
	case Width(s[head:])+1 <= w:
		return TruncateLeft(s, w)
	}
	return cutBehind(Ellipsis+s[head:], (w+1)/2, w)
}

// Pad returns s in exactly w cells: cut with an ellipsis, or followed by spaces.
func Pad(s string, w int) string {
	s = Truncate(s, w)
	return s + Spaces(w-Width(s))
}

// PadLeft is [Pad] with the spaces before s: for numbers.
func PadLeft(s string, w int) string {
	s = Truncate(s, w)
	return Spaces(w-Width(s)) + s
}

// Across is a line of n cells between two panes, heavy beside the one that has the focus:
// so that it shows without colours too. [Upright] is its like between two columns.
func Across(n int, heavy bool) string {
	if heavy {
		return strings.Repeat("━", max(0, n))
	}
	return strings.Repeat("─", max(0, n))
}

// Upright is one cell of a line between two columns.
func Upright(heavy bool) string {
	if heavy {
		return "┃"
	}
	return "│"
}

// Beside returns h lines of two columns with a bar between them: left in exactly
// w cells, right as it is. Missing lines are empty.
func Beside(left, right []string, w, h int, bar string) []string {
	lines := make([]string, h)
	for i := range lines {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		lines[i] = Pad(l, w) + bar + r
	}
	return lines
}

// Lines returns text as exactly h lines of at most w cells each, as a screen
// must: lines that are too long are cut, missing ones are empty.
func Lines(lines []string, w, h int) string {
	var b strings.Builder
	for i := range h {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i < len(lines) {
			b.WriteString(Truncate(lines[i], w))
		}
	}
	return b.String()
}

// Words breaks a plain text into lines of at most w cells, between words where
// it can. There is at least one line.
func Words(s string, w int) []string {
	w = max(w, 1)
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
		case Width(line)+1+Width(word) <= w:
			line += " " + word
			continue
		default:
			lines = append(lines, line)
		}
		parts := Wrap([]byte(word), w, maxCells, Options{Colours: NoColours})
		lines, line = append(lines, parts[:len(parts)-1]...), parts[len(parts)-1]
	}
	return append(lines, line)
}

// printableASCII reports whether each byte of s is one cell wide.
func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// Paragraph breaks a text, safe to show, for a body of w by h cells that has nothing else:
// below an empty line, if there is room for one. What has no room is cut with an ellipsis.
func Paragraph(text string, w, h int) []string {
	words, w, h := Words(text, w-2), max(1, w-2), max(1, h)
	var lines []string
	if len(words) < h {
		lines = []string{""}
	}
	if len(words) > h {
		words[h-1] = Truncate(strings.Join(words[h-1:], " "), w)
	}
	for _, l := range words[:min(h, len(words))] {
		lines = append(lines, " "+l)
	}
	return lines
}
