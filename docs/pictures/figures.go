package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Where what was measured decides what is shown at all, the large is compared.

// share is the part of a profile that a function has by itself.
var share = regexp.MustCompile(`^.? +\S+ +(\d+\.\d)%`)

// mostly leaves out the functions that have less than three tenths: which ones chance has
// seen, and in which order, differs. The rows begin at from and end with an empty row or
// one of another kind.
func mostly(rows []row, from int) []row {
	var most []row
	y := from
	for ; y < len(rows); y++ {
		found := share.FindStringSubmatch(rows[y].String())
		if found == nil {
			break
		}
		if percent, _ := strconv.ParseFloat(found[1], 64); percent >= 30 {
			most = append(most, rows[y])
		}
	}
	for len(most) < y-from {
		most = append(most, nothing(len(rows[0])))
	}
	return slices.Concat(rows[:from], most, rows[y:])
}

// box is one of a flame graph.
type box struct {
	label string
	fg    string
	bg    string
	width int
}

// edges are what a box begins with: an edge, or whether it is the chosen one, or has grown or shrunk.
const edges = "▏▶▲▼"

// boxes are those of a row of a flame graph; none if it is none.
func boxes(r row) []box {
	var all []box
	for _, c := range r {
		edge := strings.ContainsRune(edges, c.text)
		switch {
		case c.bg == background && !edge:
			continue
		case edge || len(all) == 0 || all[len(all)-1].bg != c.bg:
			all = append(all, box{fg: c.fg, bg: c.bg})
		}
		b := &all[len(all)-1]
		b.width++
		if !edge {
			b.label += string(c.text)
			b.fg, b.bg = c.fg, c.bg
		}
	}
	for i := range all {
		all[i].label, _, _ = strings.Cut(strings.TrimRight(all[i].label, "… "), "  ")
	}
	return all
}

// compareFlames compares the larger boxes of each row: what they are called, as far
// as there is room, and their order. Their colours are those of the other picture, but dealt
// by what was measured. Rows that it has looked at are told.
func compareFlames(old, now []row, v varying, told map[int]bool) []difference {
	var all []difference
	_, began := heading(old, "▶")
	if began < 0 {
		return nil
	}
	top, _ := heading(old, "[flame]")
	end := top + 1
	var before, after [][]box
	for ; end < len(old); end++ {
		a, b := boxes(old[end]), boxes(now[end])
		if len(a) == 0 && len(b) == 0 && old[end].String()+now[end].String() != "" {
			break
		}
		before, after = append(before, a), append(after, b)
	}
	for i := range before {
		y, a, b := top+1+i, before[i], after[i]
		if len(a)+len(b) == 0 {
			continue
		}
		told[y] = true
		if !v.within(a, b, after, len(old[y])) || !v.within(b, a, before, len(old[y])) {
			all = append(all, difference{y + 1, old[y].String(), now[y].String(), "boxes of the flame graph"})
		}
	}
	return all
}

// within tells whether the boxes of a sixth of the width are among others of at least a
// twelfth, in this order; in a graph of what differs the order varies too. Their colours must
// be among those of graph.
func (v varying) within(some, others []box, graph [][]box, width int) bool {
	at := 0
	for _, s := range some {
		if s.width < width/6 || s.chance() {
			continue
		}
		i := slices.IndexFunc(others[at:], func(o box) bool { return o.width >= width/12 && s.called(o) })
		if i < 0 || !v.delta && !slices.ContainsFunc(slices.Concat(graph...), func(b box) bool { return b.fg == s.fg && b.bg == s.bg }) {
			return false
		}
		if !v.delta {
			at += i + 1
		}
	}
	return true
}

// chance tells whether a box is of a part of Go's runtime that a look meets by chance.
func (b box) chance() bool { return strings.HasPrefix(b.label, "runt") && b.label != "runtime.main" }

// called tells whether two boxes have the same name, as far as both have room for it.
func (b box) called(c box) bool {
	n := min(len(b.label), len(c.label))
	return b.label[:n] == c.label[:n]
}
