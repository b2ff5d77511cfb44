// Package vt is a terminal in memory: what a program writes to its terminal
// goes in, what that terminal would show comes out. It is pure, and it trusts
// nothing: whatever is written, it neither fails nor grows.
//
// It does what xterm-256color of terminfo(5) promises, and what full-screen
// programs use beyond that, as "XTerm Control Sequences" (ctlseqs) has it. It
// has no scrollback and rings no bell; titles, links and the clipboard are no
// business of a program in a pane.
//
// Start at [New], then [Screen.Write] and [Screen.Line]. Bytes become runes and
// sequences in parse.go, these act in csi.go, esc.go and mode.go on the cells of
// grid.go, and render.go makes lines of those.
package vt

// Screen is a terminal. It is for one goroutine.
type Screen struct {
	w, h   int
	parser parser

	grid, other grid // the one that is shown; the main or the alternate one, whichever is not
	cursor      cursor
	saved       [2]cursor // by DECSC, on the main and on the alternate screen
	top, bottom int       // the scroll region: from top, not including bottom
	tabs        []bool    // by column
	modes       Modes
	hidden      bool // the cursor
	fixed       bool // lines do not wrap
	inserts     bool // characters push those at their right
	returns     bool // a line feed returns the carriage too
	last        rune // what was put last, for REP

	replies []byte
}

// cursor is where the next character goes and how it will look: what DECSC saves.
type cursor struct {
	x, y   int
	wraps  bool // the last column has been written: the next character goes to the next line
	pen    pen
	origin bool    // lines are counted from the scroll region
	lines  [2]bool // G0 and G1 are the line-drawing set
	shift  int     // which of the two is in use
}

// New returns a terminal of w columns and h lines, each at least 1.
func New(w, h int) *Screen {
	s := &Screen{w: max(1, w), h: max(1, h)}
	s.reset()
	return s
}

// reset makes it a new one.
func (s *Screen) reset() {
	replies := s.replies
	*s = Screen{w: s.w, h: s.h, grid: newGrid(s.w, s.h), other: newGrid(s.w, s.h), bottom: s.h, tabs: make([]bool, s.w), replies: replies}
	for x := 8; x < s.w; x += 8 {
		s.tabs[x] = true
	}
}

// Cursor returns the cell of the cursor, from 0,0 at the top left, and whether it is shown.
func (s *Screen) Cursor() (x, y int, shown bool) { return s.cursor.x, s.cursor.y, !s.hidden }

// Modes returns what the program expects of the keyboard and the mouse.
func (s *Screen) Modes() Modes { return s.modes }

// maxReplies bounds what is kept for a program that asks and does not read, in bytes.
const maxReplies = 4 << 10

func (s *Screen) reply(text string) {
	if len(s.replies)+len(text) <= maxReplies {
		s.replies = append(s.replies, text...)
	}
}

// Replies returns the answers to what the program has asked of its terminal
// since the last call: they are to be typed.
func (s *Screen) Replies() []byte {
	r := s.replies
	s.replies = nil
	return r
}
