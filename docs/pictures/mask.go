package main

import (
	"regexp"
	"slices"
	"strings"
)

// Two pictures of one scene differ in what a living program must vary in:
// process numbers, times, what was measured. Masks are the rules for that; all
// else is compared, words and their colours and columns.

// mask is a rule for one thing that varies. Its groups are what does; without
// a group all of it does.
type mask struct {
	name string
	what *regexp.Regexp
	// measured is a figure whose colour tells how large it is, so that the colour varies too.
	measured bool
	// absent is what may be missing as well.
	absent bool
	// kept is the opposite of a mask: what looks like one and must not vary.
	kept bool
}

// usual are the masks of all pictures. The first one that fits has it.
var usual = []mask{
	{name: "choice", what: regexp.MustCompile(`‹ [^›]*›`), kept: true},
	{name: "column", what: regexp.MustCompile(`last 30s`), kept: true},
	{name: "arguments", what: regexp.MustCompile(`(\(\{?0x[0-9a-fx?.,{} ]*\)?)|^[┃│]? *!( ?[0-9a-fx?.,{} ]+\)) *$`)}, // of a Go trace, cut anywhere
	{name: "address", what: regexp.MustCompile(`0x[0-9a-f]+`)},
	{name: "date", what: regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`)},
	{name: "time", what: regexp.MustCompile(`\b\d\d:\d\d:\d\d(?:\.\d{3})?\b`)},
	{name: "duration", what: regexp.MustCompile(`\b\d+:\d\d(?::\d\d)?\b|\b\d+(?:\.\d+)?(?:ns|µs|ms|s)\b|\b\d+(?:\.\d+)? (?:ms|s)\b`)},
	{name: "rate", what: regexp.MustCompile(`\b(\d+(?:\.\d+)?)/s\b`)},
	{name: "share", what: regexp.MustCompile(`\d+(?:\.\d+)? ?%|\b\d+\.\d+…`), measured: true},
	{name: "size", what: regexp.MustCompile(`\b\d+(?:\.\d+)? (?:B|[KMGT]iB)(?:\b|$)`), measured: true},
	{name: "pid", what: regexp.MustCompile(`\bpid (\d+)\b|\bstarted by (\d+)\b|<- (\d+)\b`)},
	{name: "inode", what: regexp.MustCompile(`\b(?:flock|pthread_mutex):([0-9a-f]+:[0-9a-f]+:\d+)`)},
	{name: "line", what: regexp.MustCompile(`\.(?:go|s):(\d+)\b`)}, // of Go's sources and muster's own, as of today
	{name: "goroutine", what: regexp.MustCompile(`\bgoroutine (\d+)\b`)},
	{name: "usage", what: regexp.MustCompile(`\b(\d+) threads, (\d+) open descriptors`)},
	{name: "rows", what: regexp.MustCompile(`… (\d+) (?:rows )?more|\bline ([\d,]+) of ([\d,]+)\b`)},
	{name: "chart", what: regexp.MustCompile(`[▁▂▃▄▅▆▇█▉▊▋▌▍▎▏░▒]+·*(?: +[▁▂▃▄▅▆▇█▉▊▋▌▍▎▏░▒]+)*`), measured: true, absent: true},
}

// covered is a part of a row, in cells, that a mask covers; a kept one has no mask.
type covered struct {
	from, to int
	by       *mask
}

// cover finds what the masks cover of a row, from left to right.
func cover(text []rune, masks []mask) []covered {
	var all []covered
	line := string(text)
	at := cells(line)
	for i := range masks {
		m := &masks[i]
		for _, found := range m.what.FindAllStringSubmatchIndex(line, -1) {
			groups := found[2:]
			if len(groups) == 0 {
				groups = found
			}
			for ; len(groups) > 0; groups = groups[2:] {
				if groups[0] < 0 || groups[0] == groups[1] {
					continue
				}
				c := covered{at[groups[0]], at[groups[1]], m}
				if !slices.ContainsFunc(all, func(o covered) bool { return c.from < o.to && o.from < c.to }) {
					all = append(all, c)
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b covered) int { return a.from - b.from })
	return all
}

// cells tells for each byte of a line, and for its end, in which cell it is.
func cells(line string) []int {
	at := make([]int, len(line)+1)
	n := 0
	for i := range line {
		at[i] = n
		n++
	}
	at[len(line)] = n
	return at
}

// token is a word of a row, or what a mask covers.
type token struct {
	from, to int
	text     string
	style    []cell // of each of its cells, without their text
	mask     *mask  // nil for a word
	free     bool   // before it lies what may be missing
	gap      int    // how far before it that ends
}

// tokens cuts a row. Figures that stand alone are masked too: a number, or a "-"
// for one that is not known, with gaps or rims of tables at both sides.
func tokens(r row, masks []mask) []token {
	text := make([]rune, len(r))
	for i, c := range r {
		text[i] = c.text
	}
	var all []token
	free, ended := false, 0
	add := func(from, to int, by *mask) {
		t := token{from: from, to: to, text: string(text[from:to]), mask: by, free: free, gap: from - ended}
		free = false
		for _, c := range r[from:to] {
			t.style = append(t.style, cell{fg: c.fg, bg: c.bg, marks: c.marks})
		}
		all = append(all, t)
	}
	words := func(from, to int) {
		for at := from; at < to; at++ {
			if text[at] == ' ' {
				continue
			}
			begin := at
			for at < to && text[at] != ' ' {
				at++
			}
			add(begin, at, nil)
		}
	}
	at := 0
	for _, c := range cover(text, masks) {
		if c.by.kept {
			continue
		}
		words(at, c.from)
		if c.by.absent {
			free, ended = true, c.to
		} else {
			add(c.from, c.to, c.by)
		}
		at = c.to
	}
	words(at, len(text))
	maskLonely(all)
	return all
}

var (
	lonely = &mask{name: "figure", measured: true}
	figure = regexp.MustCompile(`^(?:[\d,]+|-)$`)
	rim    = regexp.MustCompile(`^[^\pL\pN]`)
)

// maskLonely masks figures that stand alone.
func maskLonely(all []token) {
	for i := range all {
		t := &all[i]
		if t.mask != nil || !figure.MatchString(t.text) {
			continue
		}
		before := i == 0 || t.from-all[i-1].to > 1 || rim.MatchString(all[i-1].text)
		after := i == len(all)-1 || all[i+1].from-t.to > 1 || all[i+1].mask != nil || rim.MatchString(all[i+1].text)
		if before && after {
			t.mask = lonely
		}
	}
}

// same tells whether two tokens say the same.
func (t *token) same(u *token) bool {
	if (t.mask == nil) != (u.mask == nil) {
		return false
	}
	if t.mask == nil {
		return t.text == u.text && slices.Equal(t.style, u.style)
	}
	if t.mask.name != u.mask.name && t.text != "-" && u.text != "-" { // a figure that is not known
		return false
	}
	return t.mask.measured || t.style[0] == u.style[0]
}

// cut tells whether a token is the end of what did not fit.
func (t *token) cut() bool { return strings.HasSuffix(t.text, "…") }
