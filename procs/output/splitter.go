package output

import "bytes"

// keepStates is how much of an overlong line is kept when it redraws itself
// with carriage returns: at least the last state, and at most this if it is
// shorter than that.
const keepStates = 4 << 10

// step is what the splitter decides to do next. First pre+body is emitted, if
// lines or end say so; then the writer's rest loses drop bytes at its front
// and gains add.
type step struct {
	used  int // bytes of the input that this step consumed
	emit  bool
	pre   []byte // of the rest
	body  []byte // of the input
	lines int
	end   ending
	drop  int
	add   []byte
}

// maxPiece bounds the lines that one step yields, in bytes of the input.
const maxPiece = 256 << 10

// split decides what to do with input p, not empty, of a writer that has left
// rest unterminated. It takes as much of p as makes one piece, so it is called
// until p is used up. Where lines are cut does not depend on how the input was
// divided into reads.
func split(rest, p []byte) step {
	if len(rest) == maxLine && p[0] != '\n' {
		return overflow(rest)
	}
	p = p[:min(len(p), maxPiece)]
	first := bytes.IndexByte(p[:min(len(p), maxLine-len(rest)+1)], '\n')
	if first < 0 {
		n := min(len(p), maxLine-len(rest))
		return step{used: n, add: p[:n]}
	}
	end := first + 1 // of the lines of which none is too long
	for {
		n := bytes.LastIndexByte(p[end:min(len(p), end+maxLine+1)], '\n') + 1
		if n == 0 {
			break
		}
		end += n
	}
	used := min(len(p), end+maxLine)
	return step{
		used: used, emit: true,
		pre: rest, body: p[:end], lines: 1 + bytes.Count(p[first+1:end], newline),
		drop: len(rest), add: p[end:used],
	}
}

var newline = []byte{'\n'}

// overflow makes room in a rest that is full. A line that redraws itself loses
// its earlier states; any other is cut.
func overflow(rest []byte) step {
	if n := staleStates(rest); n > 0 {
		return step{emit: true, pre: rest[:n], end: states, drop: n}
	}
	return step{emit: true, pre: rest, lines: 1, end: cut, drop: len(rest)}
}

// staleStates returns how many bytes at the front of rest have been redrawn
// since: up to and including a carriage return, with something after it.
func staleStates(rest []byte) int {
	tail := len(rest) - keepStates
	if i := bytes.IndexByte(rest[tail:len(rest)-1], '\r'); i >= 0 {
		return tail + i + 1
	}
	return bytes.LastIndexByte(rest[:tail], '\r') + 1
}

// withoutCR removes the carriage return before each newline of p, what a
// terminal adds. held says that the previous input of this writer ended with
// one that could not be judged yet; the returned flag says the same of p. The
// result is p itself where there is nothing to do, else it is built in buf.
func withoutCR(buf, p []byte, held bool) (out []byte, keptBack bool) {
	if !held && bytes.IndexByte(p, '\r') < 0 {
		return p, false
	}
	buf = buf[:0]
	if held && p[0] != '\n' {
		buf = append(buf, '\r')
	}
	for {
		i := bytes.Index(p, crlf)
		if i < 0 {
			break
		}
		buf = append(buf, p[:i]...)
		buf = append(buf, '\n')
		p = p[i+2:]
	}
	if n := len(p); n > 0 && p[n-1] == '\r' {
		p, keptBack = p[:n-1], true
	}
	return append(buf, p...), keptBack
}

var crlf = []byte{'\r', '\n'}
