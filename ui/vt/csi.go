package vt

import (
	"bytes"
	"strconv"
)

// maxNumber bounds the parameters of a sequence: no screen is larger.
const maxNumber = 1 << 16

// numbers reads parameters: "1;;3" is 1, 0, 3.
func numbers(text []byte) []int {
	list := make([]int, 1, 4)
	for _, c := range text {
		last := &list[len(list)-1]
		switch {
		case c >= '0' && c <= '9':
			*last = min(*last*10+int(c-'0'), maxNumber)
		default:
			list = append(list, 0)
		}
	}
	return list
}

// dispatchControl carries out CSI, parameters and intermediate bytes, and a last byte.
func (s *Screen) dispatchControl(seq []byte, c byte) {
	between := bytes.IndexFunc(seq, func(r rune) bool { return r < '0' })
	marked := len(seq) > 0 && seq[0] >= '<' && seq[0] <= '?'
	switch {
	case between >= 0:
		s.dispatchBetween(seq[:between], seq[between:], c)
	case marked:
		s.dispatchMarked(seq[0], numbers(seq[1:]), c)
	case c == 'm':
		s.cursor.pen.Apply(seq)
	default:
		s.dispatchPlain(numbers(seq), c)
	}
}

// dispatchBetween carries out sequences with intermediate bytes.
func (s *Screen) dispatchBetween(params, between []byte, c byte) {
	switch {
	case string(between) == "!" && c == 'p': // DECSTR
		s.softReset()
	case string(between) == "$" && c == 'p' && bytes.HasPrefix(params, []byte("?")): // DECRQM
		s.reply("\x1b[?" + strconv.Itoa(numbers(params[1:])[0]) + ";0$y") // it is not known
	}
}

// dispatchMarked carries out sequences that begin with <, =, > or ?.
func (s *Screen) dispatchMarked(mark byte, n []int, c byte) {
	if mark != '?' {
		return
	}
	switch c {
	case 'h', 'l':
		for _, mode := range n {
			s.setPrivate(mode, c == 'h')
		}
	case 'J', 'K': // DECSED, DECSEL: nothing is protected
		s.dispatchPlain(n, c)
	}
}

// dispatchPlain carries out the others: those that move first.
func (s *Screen) dispatchPlain(n []int, c byte) {
	first := max(1, n[0]) // of most sequences: how many
	second := 1
	if len(n) > 1 {
		second = max(1, n[1])
	}
	switch c {
	case 'A':
		s.moveTo(s.cursor.x, s.above(first))
	case 'B', 'e':
		s.moveTo(s.cursor.x, s.below(first))
	case 'C', 'a':
		s.moveTo(s.cursor.x+first, s.cursor.y)
	case 'D':
		s.moveTo(s.cursor.x-first, s.cursor.y)
	case 'E':
		s.moveTo(0, s.below(first))
	case 'F':
		s.moveTo(0, s.above(first))
	case 'G', '`':
		s.moveTo(first-1, s.cursor.y)
	case 'H', 'f':
		s.goTo(second-1, first-1)
	case 'd':
		s.goTo(s.cursor.x, first-1)
	case 'I':
		s.tab(min(first, s.w))
	case 'Z':
		s.tab(-min(first, s.w))
	case 's':
		s.save()
	case 'u':
		s.restore()
	case 'r':
		s.setRegion(first-1, n)
	default:
		s.edit(n[0], first, c)
	}
}

// edit carries out the sequences that change cells, modes or ask something.
func (s *Screen) edit(n, count int, c byte) {
	row, blank := &s.grid[s.cursor.y], cell{width: 1, pen: s.cursor.pen.Blank()}
	x := s.cursor.x
	switch c {
	case '@':
		row.insert(x, count, blank)
	case 'P':
		row.remove(x, count, blank)
	case 'X':
		row.fill(x, min(s.w, x+count), blank)
	case 'J':
		s.eraseScreen(n, blank)
	case 'K':
		s.eraseLine(n, blank)
	case 'L', 'M':
		s.insertLines(count, c == 'M')
	case 'S':
		s.scrollUp(s.top, count)
	case 'T':
		s.scrollDown(s.top, count)
	case 'b':
		s.repeat(min(count, s.w-x))
	case 'g':
		s.clearTabs(n)
	case 'h', 'l':
		s.setPublic(n, c == 'h')
	case 'c':
		if n == 0 {
			s.reply("\x1b[?1;2c")
		}
	case 'n':
		s.report(n)
	}
	if c == '@' || c == 'P' || c == 'X' || c == 'J' || c == 'K' {
		s.cursor.wraps = false
	}
}

// repeat puts the last character again, on this line only.
func (s *Screen) repeat(n int) {
	for range n {
		if s.last != 0 {
			s.put(s.last)
		}
	}
}

// above is n lines above the cursor, not beyond the region that it is in.
func (s *Screen) above(n int) int {
	limit := 0
	if s.cursor.y >= s.top {
		limit = s.top
	}
	return max(limit, s.cursor.y-n)
}

// below is n lines below the cursor, not beyond the region that it is in.
func (s *Screen) below(n int) int {
	limit := s.h - 1
	if s.cursor.y < s.bottom {
		limit = s.bottom - 1
	}
	return min(limit, s.cursor.y+n)
}

// moveTo moves the cursor to a cell, or to the nearest there is.
func (s *Screen) moveTo(x, y int) {
	s.cursor.x, s.cursor.y = max(0, min(x, s.w-1)), max(0, min(y, s.h-1))
	s.cursor.wraps = false
}

// goTo is moveTo with lines counted from the region if that is so.
func (s *Screen) goTo(x, y int) {
	if s.cursor.origin {
		s.moveTo(x, min(s.top+y, s.bottom-1))
		return
	}
	s.moveTo(x, y)
}

// setRegion is DECSTBM. A region has two lines at least.
func (s *Screen) setRegion(top int, n []int) {
	bottom := s.h
	if len(n) > 1 && n[1] > 0 {
		bottom = min(s.h, n[1])
	}
	if bottom-top < 2 && s.h > 1 {
		return
	}
	s.top, s.bottom = min(top, s.h-1), bottom
	s.goTo(0, 0)
}

func (s *Screen) eraseScreen(n int, blank cell) {
	from, to := 0, s.h
	switch n {
	case 0:
		s.eraseLine(0, blank)
		from = s.cursor.y + 1
	case 1:
		s.eraseLine(1, blank)
		to = s.cursor.y
	case 2:
	default:
		return
	}
	s.eraseRows(s.grid[from:to])
}

func (s *Screen) eraseLine(n int, blank cell) {
	row := &s.grid[s.cursor.y]
	switch n {
	case 0:
		row.fill(s.cursor.x, s.w, blank)
	case 1:
		row.fill(0, s.cursor.x+1, blank)
	case 2:
		row.fill(0, s.w, blank)
	}
}

// insertLines inserts lines at the cursor, or removes them; the rest of the region moves.
func (s *Screen) insertLines(n int, removes bool) {
	if s.cursor.y < s.top || s.cursor.y >= s.bottom {
		return
	}
	s.cursor.wraps = false
	if removes {
		s.scrollUp(s.cursor.y, n)
	} else {
		s.scrollDown(s.cursor.y, n)
	}
}

func (s *Screen) clearTabs(n int) {
	switch n {
	case 0:
		s.tabs[s.cursor.x] = false
	case 3:
		clear(s.tabs)
	}
}

// report is DSR: all is well, or where the cursor is.
func (s *Screen) report(n int) {
	switch n {
	case 5:
		s.reply("\x1b[0n")
	case 6:
		y := s.cursor.y
		if s.cursor.origin {
			y -= s.top
		}
		s.reply("\x1b[" + strconv.Itoa(y+1) + ";" + strconv.Itoa(s.cursor.x+1) + "R")
	}
}
