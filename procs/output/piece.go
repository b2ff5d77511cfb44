package output

import "example.com/muster/procs"

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
