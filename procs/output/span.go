package output

import (
	"bytes"
	"time"

	"example.com/muster/procs"
)

// spanKind says what became of the lines of a span.
type spanKind uint8

const (
	// here: the text holds the lines.
	here spanKind = iota
	// gone: they are neither in memory nor on disk any more.
	gone
	// others: they exist and were not asked for.
	others
)

// span is some consecutive lines of one writer, printed at one time; or as
// many that are gone or not asked for.
type span struct {
	kind  spanKind
	seq   uint64 // of the first line
	lines uint64 // at least one
	id    procs.ID
	writer
	at   int64
	cut  bool   // its only line is not the printed one's end
	text []byte // each line ends with a newline

	own   uint64 // the slot's number of the first line
	drawn drawings
}

// line returns a line of the span, its text not copied.
func (s *span) line(seq uint64, text []byte) procs.Line {
	l := procs.Line{
		Seq: seq, ID: s.id, At: time.Unix(0, s.at), Stream: s.stream, PID: int(s.pid),
		Text: text, Cut: s.cut,
	}
	if s.drawn != nil {
		s.drawn.mark(&l, s.own+seq-s.seq)
	}
	return l
}

// each calls f for the lines of the span in order, with texts that are parts
// of its own, until f returns false.
func (s *span) each(f func(procs.Line) bool) {
	text := s.text
	for i := uint64(0); i < s.lines; i++ {
		n := bytes.IndexByte(text, '\n')
		if n < 0 || !f(s.line(s.seq+i, text[:n:n])) {
			return
		}
		text = text[n+1:]
	}
}

// skipLines returns the offset in b after n newlines; len(b) if b has fewer.
func skipLines(b []byte, n int) int {
	const block = 4 << 10
	off := 0
	for n > 0 && len(b)-off > block {
		c := bytes.Count(b[off:off+block], newline)
		if c > n {
			break
		}
		n, off = n-c, off+block
		if n == 0 { // the last newline may lie before the block's end
			return bytes.LastIndexByte(b[:off], '\n') + 1
		}
	}
	for ; n > 0; n-- {
		i := bytes.IndexByte(b[off:], '\n')
		if i < 0 {
			return len(b)
		}
		off += i + 1
	}
	return off
}

// fitLines returns how many of the lines in b, and how many bytes, fit into
// limit bytes: at least one line. b ends with a newline and holds n lines.
func fitLines(b []byte, n uint64, limit int) (size int, lines uint64) {
	if len(b) <= limit {
		return len(b), n
	}
	size = bytes.LastIndexByte(b[:limit], '\n') + 1
	if size == 0 {
		return bytes.IndexByte(b, '\n') + 1, 1
	}
	return size, uint64(bytes.Count(b[:size], newline))
}
