package output

import (
	"bytes"

	"example.com/muster/procs"
)

// maxLine is how long a line can be, in bytes; a longer one is cut.
const maxLine = 64 << 10

// writer names who printed: lines are joined per stream and process.
type writer struct {
	stream procs.Stream
	pid    int32
}

// ending says what follows the last byte of a piece.
type ending uint8

const (
	// whole: the piece ends with the newline that was printed.
	whole ending = iota
	// cut: one line, not its end; the writer's next line goes on with it.
	cut
	// unterminated: one line that was given up without a newline.
	unterminated
	// states: no line at all, but earlier states of one that redraws itself
	// with carriage returns. The log keeps them, the ring does not.
	states
)

// piece is what one step of the splitter yields: lines of one writer, printed
// at one time. Its bytes are pre followed by body; both belong to others and
// are copied by whoever keeps them.
type piece struct {
	writer
	at        int64 // Unix nanoseconds
	pre, body []byte
	lines     int
	end       ending
}

func (p *piece) size() int { return len(p.pre) + len(p.body) }

const (
	// flood is the size of a piece that only a program which floods makes.
	flood = 64 << 10
	// minLeft is how much of it a ring holds at the least: what a screen shows.
	minLeft = 16 << 10
)

// front is the lines at the front of a piece.
type front struct{ bytes, lines int } // bytes of the body

// front returns all lines of a large piece but those in its last left bytes; none of
// any other.
func (p *piece) front(left int) front {
	if len(p.body) < flood || left >= len(p.body) || p.end != whole {
		return front{}
	}
	n := bytes.LastIndexByte(p.body[:len(p.body)-left], '\n') + 1
	if n == 0 {
		return front{}
	}
	return front{bytes: n, lines: p.lines - bytes.Count(p.body[n:], newline)}
}

// divide returns the lines at the front, and the others.
func (p *piece) divide(f front) (first, others piece) {
	first, others = *p, *p
	first.body, first.lines = p.body[:f.bytes], f.lines
	others.pre, others.body, others.lines = nil, p.body[f.bytes:], p.lines-f.lines
	return first, others
}
