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

// edges are what a box begins with: an edge, or whether it is the chosen one, or has grown,
// shrunk or stayed the same.
const edges = "▏▶▲▼="

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
			b.bg = c.bg
			if c.text != ' ' { // a gap has no colour of its own
				b.fg = c.fg
			}
		}
	}
	for i := range all {
		all[i].label, _, _ = strings.Cut(strings.TrimRight(all[i].label, "… "), "  ")
	}
	return all
}

// graph is a flame graph: the boxes of its rows, from row top on.
type graph struct {
	top   int
	boxes [][]box
	lines []string
}

// readGraph reads a flame graph, which begins below the names of the views.
func readGraph(rows []row) graph {
	head, _ := heading(rows, "[flame]")
	g := graph{top: head + 1}
	for _, r := range rows[g.top:] {
		b := boxes(r)
		if len(b) == 0 && r.String() != "" {
			break
		}
		g.boxes, g.lines = append(g.boxes, b), append(g.lines, r.String())
	}
	return g
}

// chosen is the row of the box that is selected; -1 if it is out of sight.
func (g graph) chosen() int {
	return slices.IndexFunc(g.lines, func(l string) bool { return strings.Contains(l, "▶") })
}

// compareFlames compares the larger boxes of each row: what they are called, as far
// as there is room, their order and colours. How deep chance has seen it decides which
// rows are in sight: they are compared from the selected box on. Rows that it has looked
// at are told.
func compareFlames(old, now []row, v varying, told map[int]bool) []difference {
	a, b := readGraph(old), readGraph(now)
	if a.chosen() < 0 || b.chosen() < 0 {
		return nil
	}
	var all []difference
	down := b.chosen() - a.chosen()
	for y := range max(len(a.boxes), len(b.boxes)) {
		told[a.top+y] = true
		if y >= len(a.boxes) || y+down < 0 || y+down >= len(b.boxes) {
			continue // out of sight
		}
		if o, n := a.boxes[y], b.boxes[y+down]; !v.within(o, n, len(old[0])) || !v.within(n, o, len(old[0])) {
			all = append(all, difference{a.top + y + 1, a.lines[y], b.lines[y+down], "boxes of the flame graph"})
		}
	}
	return all
}

// within tells whether the boxes of a sixth of the width are among others of at least a
// twelfth, in this order and in their colours; in a graph of what differs order and colours vary.
func (v varying) within(some, others []box, width int) bool {
	at := 0
	for _, s := range some {
		if s.width < width/6 || s.chance() {
			continue
		}
		i := slices.IndexFunc(others[at:], func(o box) bool {
			return o.width >= width/12 && s.called(o) && (v.delta || s.fg == o.fg && s.bg == o.bg)
		})
		if i < 0 {
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
