package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// style is how a piece of text looks. Colours are "#rrggbb"; "" is the
// terminal's own.
type style struct {
	fg, bg                                        string
	bold, dim, italic, underline, reverse, struck bool
}

// colours returns the colours to draw with.
func (s style) colours() (fg, bg string) {
	fg, bg = s.fg, s.bg
	if s.reverse {
		if fg == "" {
			fg = foreground
		}
		if bg == "" {
			bg = background
		}
		return bg, fg
	}
	if fg == "" {
		fg = foreground
	}
	return fg, bg
}

// piece is text of one style, x cells from the left.
type piece struct {
	x     int
	text  string
	style style
}

func (p piece) width() int { return ansi.StringWidth(p.text) }

// sequence matches what tmux writes between texts: SGR in the first group;
// else hyperlinks and changes of the character set, which are dropped.
var sequence = regexp.MustCompile(`\x1b\[([0-9;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|[\x0e\x0f]`)

// parseFrame reads the output of tmux capture-pane -e -N: the pieces of each line.
func parseFrame(captured string) [][]piece {
	var lines [][]piece
	var now style
	for line := range strings.SplitSeq(strings.TrimSuffix(captured, "\n"), "\n") {
		var pieces []piece
		x := 0
		add := func(text string) {
			if text != "" {
				p := piece{x, text, now}
				pieces = append(pieces, p)
				x += p.width()
			}
		}
		at := 0
		for _, m := range sequence.FindAllStringSubmatchIndex(line, -1) {
			add(line[at:m[0]])
			if m[2] >= 0 {
				now.apply(line[m[2]:m[3]])
			}
			at = m[1]
		}
		add(line[at:])
		lines = append(lines, pieces)
	}
	return lines
}

// apply changes the style by the parameters of one SGR sequence (ECMA-48,
// 8.3.117; 38 and 48 as xterm reads them).
func (s *style) apply(parameters string) {
	var codes []int
	for f := range strings.FieldsFuncSeq(parameters+";", func(r rune) bool { return r == ';' || r == ':' }) {
		n, _ := strconv.Atoi(f) // the pattern lets only digits through
		codes = append(codes, n)
	}
	if len(codes) == 0 {
		codes = []int{0}
	}
	for i := 0; i < len(codes); i++ {
		c := codes[i]
		if c != 38 && c != 48 {
			s.applyOne(c)
			continue
		}
		colour, used := extended(codes[i+1:])
		i += used
		if c == 38 {
			s.fg = colour
		} else {
			s.bg = colour
		}
	}
}

func (s *style) applyOne(c int) {
	switch {
	case c == 0:
		*s = style{}
	case c == 1:
		s.bold = true
	case c == 2:
		s.dim = true
	case c == 3:
		s.italic = true
	case c == 4:
		s.underline = true
	case c == 7:
		s.reverse = true
	case c == 9:
		s.struck = true
	case c == 22:
		s.bold, s.dim = false, false
	case c == 23:
		s.italic = false
	case c == 24:
		s.underline = false
	case c == 27:
		s.reverse = false
	case c == 29:
		s.struck = false
	case c >= 30 && c <= 37:
		s.fg = basic[c-30]
	case c == 39:
		s.fg = ""
	case c >= 40 && c <= 47:
		s.bg = basic[c-40]
	case c == 49:
		s.bg = ""
	case c >= 90 && c <= 97:
		s.fg = basic[c-90+8]
	case c >= 100 && c <= 107:
		s.bg = basic[c-100+8]
	}
}

// extended reads a colour after 38 or 48, and tells how many codes it took.
func extended(codes []int) (colour string, used int) {
	switch {
	case len(codes) >= 2 && codes[0] == 5 && codes[1] < 256:
		return indexed(codes[1]), 2
	case len(codes) >= 4 && codes[0] == 2:
		return fmt.Sprintf("#%02x%02x%02x", codes[1]&255, codes[2]&255, codes[3]&255), 4
	}
	return "", len(codes) // nothing after it can be understood
}

// indexed returns colour n of xterm's 256.
func indexed(n int) string {
	switch {
	case n < 16:
		return basic[n]
	case n < 232:
		level := func(i int) int { return []int{0, 95, 135, 175, 215, 255}[i] }
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	}
	grey := 8 + 10*(n-232)
	return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
}
