package main

import (
	"fmt"
	"slices"
	"strings"
)

// difference is a line of two pictures that does not say the same in both.
type difference struct {
	line     int // from 1 on
	old, now string
	colour   string // what differs, if it is no text
}

func (d difference) String() string {
	s := fmt.Sprintf("  line %d\n  - %s\n  + %s", d.line, d.old, d.now)
	if d.colour != "" {
		s += "\n    " + d.colour
	}
	return s
}

// varying is how the pictures of a shot may differ.
type varying struct {
	masks []mask
	// prints is the heading of a column in which processes print what they like.
	prints string
	// flame says that there is a flame graph, whose boxes are as wide as was measured; delta that
	// their colours tell by how much they differ.
	flame, delta bool
	// functions is the heading of a column of functions, sorted by what was measured.
	functions string
}

// compare lists in which lines two pictures differ that were taken of the same shot.
func compare(old, now *canvas, v varying) []difference {
	if old.how != now.how {
		return []difference{{0, old.how, now.how, ""}}
	}
	if len(old.rows) != len(now.rows) || len(old.rows[0]) != len(now.rows[0]) {
		return []difference{{0, fmt.Sprintf("%d rows", len(old.rows)), fmt.Sprintf("%d rows", len(now.rows)), ""}}
	}
	v.masks = slices.Concat(v.masks, usual)
	o, n := old.still(v), now.still(v)
	var all []difference
	told := map[int]bool{}
	if v.flame {
		all = compareFlames(o, n, v, told)
	}
	for _, p := range parts(o, n) {
		for _, d := range p.compare(o, n, v.masks) {
			if y := d.line - 1; !told[y] {
				told[y] = true
				d.old, d.now = old.rows[y].String(), now.rows[y].String()
				all = append(all, d)
			}
		}
	}
	slices.SortFunc(all, func(a, b difference) int { return a.line - b.line })
	return all
}

// part is what lies between two upright lines that both pictures have, from row top
// to row bottom and from cell left to right.
type part struct{ top, bottom, left, right int }

func (p part) tokens(rows []row, y int, masks []mask) []token {
	return tokens(rows[y][p.left:p.right], masks)
}

// compare finds the lines that differ in a part. Where figures are longer or shorter, a
// word may stand in the next line, and all that follows a line further down.
func (p part) compare(old, now []row, masks []mask) (differ []difference) {
	down := 0 // by how many lines it stands further down now
	for y := p.top; y < p.bottom; y++ {
		at := y + down
		if at < p.top {
			continue
		}
		if at >= p.bottom {
			break // out of sight
		}
		a, b := p.tokens(old, y, masks), p.tokens(now, at, masks)
		if down > 0 && more(b) && !more(a) {
			continue // out of sight
		}
		if down != 0 && more(a) { // that is set to the bottom
			down, at = 0, y
			b = p.tokens(now, y, masks)
		}
		why, same := sameRow(a, b)
		if same {
			continue
		}
		oldNext, nowNext := p.next(old, y, masks), p.next(now, at, masks)
		switch {
		case wrapped(a, b, oldNext, nowNext):
			y++
		case wrapped(a, b, nil, nowNext):
			down++
		case wrapped(a, b, oldNext, nil):
			down--
			y++
		default:
			differ = append(differ, difference{line: y + 1, colour: why})
		}
	}
	return differ
}

// more tells whether a row says how many more there are, at the bottom of a part.
func more(r []token) bool {
	return slices.ContainsFunc(r, func(t token) bool { return t.mask != nil && t.mask.name == "rows" }) &&
		slices.ContainsFunc(r, func(t token) bool { return t.text == "rows" })
}

// next is the row after another one of a part; nil at its end.
func (p part) next(rows []row, y int, masks []mask) []token {
	if y+1 >= p.bottom {
		return nil
	}
	return p.tokens(rows, y+1, masks)
}

// parts cuts at the upright lines of both pictures.
func parts(old, now []row) []part {
	var all []part
	var before []int
	for y := 0; y <= len(old); y++ {
		var at []int
		if y < len(old) {
			at = uprights(old[y], now[y])
		}
		if y > 0 && y < len(old) && slices.Equal(at, before) {
			for i := range all[len(all)-len(at)-1:] {
				all[len(all)-1-i].bottom++
			}
			continue
		}
		if y < len(old) {
			left := 0
			for _, x := range append(slices.Clone(at), len(old[y])) {
				all = append(all, part{y, y + 1, left, x})
				left = x
			}
		}
		before = at
	}
	return all
}

func uprights(a, b row) []int {
	var at []int
	for x := range a {
		if strings.ContainsRune("│┃", a[x].text) && strings.ContainsRune("│┃", b[x].text) {
			at = append(at, x)
		}
	}
	return at
}

// sameRow tells whether two rows say the same, with the same colours and in the same
// columns. What differs in nothing but colour is named.
func sameRow(old, now []token) (colour string, same bool) {
	shift := 0 // of the word before
	for i := range old {
		if i == len(now) {
			return "", false
		}
		a, b := &old[i], &now[i]
		if shift != 0 && sameCut(old[i:], now[i:]) {
			return "", true
		}
		if !a.same(b) {
			if a.mask == nil && b.mask == nil && a.text == b.text {
				return fmt.Sprintf("colour of %q: %s, was %s", a.text, describe(b.style), describe(a.style)), false
			}
			return "", false
		}
		if a.mask == nil {
			inColumn, inText := b.from == a.from, b.from-a.from == shift
			behind := a.free && b.free && a.gap == b.gap // a chart
			if !inColumn && !inText && !behind && !toTheRight(old[i:], now[i:]) {
				return "", false
			}
		}
		shift = b.to - a.to
	}
	return "", len(old) == len(now)
}

// toTheRight tells whether words are set to the right, so that they end where they did
// and have the gaps between them that they had.
func toTheRight(old, now []token) bool {
	last := len(old) - 1
	if len(now) != len(old) || old[last].to != now[last].to {
		return false
	}
	for i := range last {
		a, b := old[i+1].from-old[i].to, now[i+1].from-now[i].to
		if a != b && !old[i+1].free && !now[i+1].free {
			return false
		}
	}
	return true
}

// sameCut tells whether two ends of rows say the same as far as both could be shown.
func sameCut(old, now []token) bool {
	if !old[len(old)-1].cut() || !now[len(now)-1].cut() || old[len(old)-1].to != now[len(now)-1].to {
		return false
	}
	a, b := plain(old), plain(now)
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// plain is the text of words with their colours, but for a last "…", and of masks their name.
func plain(all []token) []string {
	var text []string
	for i, t := range all {
		if t.mask != nil {
			text = append(text, "\x00"+t.mask.name)
			continue
		}
		for j, r := range []rune(t.text) {
			if i == len(all)-1 && r == '…' {
				break
			}
			text = append(text, string(r)+describe(t.style[j:j+1]))
		}
		if i < len(all)-1 {
			text = append(text, " ")
		}
	}
	return text
}

// wrapped tells whether two rows and the next ones say the same, where a figure in
// the first has made a word of it stand in the second, or the other way round.
func wrapped(old, now, oldNext, nowNext []token) bool {
	figures := slices.ContainsFunc(slices.Concat(old, oldNext), func(t token) bool { return t.mask != nil })
	return figures && len(old) != len(now) &&
		slices.EqualFunc(slices.Concat(old, oldNext), slices.Concat(now, nowNext), func(a, b token) bool { return a.same(&b) })
}

func describe(style []cell) string {
	s := style[0].fg + " on " + style[0].bg + style[0].marks
	for _, c := range style {
		if c != style[0] {
			return s + " and others"
		}
	}
	return s
}

// still returns the rows without what is no word of muster's.
func (c *canvas) still(v varying) []row {
	rows := slices.Clone(c.rows)
	if from, x := heading(rows, v.prints); x >= 0 {
		for y := from + 1; y < len(rows) && !strings.HasPrefix(rows[y].String(), "─"); y++ {
			rows[y] = slices.Clone(rows[y])
			for i := range rows[y][x:] {
				rows[y][x+i] = cell{' ', foreground, rows[y][0].bg, ""}
			}
		}
	}
	if from, x := heading(rows, v.functions); x >= 0 {
		rows = mostly(rows, from+1)
	}
	return rows
}

// heading finds a heading of a column.
func heading(rows []row, text string) (y, x int) {
	if text == "" {
		return 0, -1
	}
	for y, r := range rows {
		if before, _, found := strings.Cut(r.String(), text); found {
			return y, len([]rune(before))
		}
	}
	return 0, -1
}
