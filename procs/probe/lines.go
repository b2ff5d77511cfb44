package probe

import (
	"bytes"
	"regexp"
	"sync"
	"sync/atomic"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
)

// Bounds of what is kept of lines that have no end yet. What is longer is
// matched as far as it is kept.
const (
	maxLine    = 64 << 10
	maxWriters = 64
)

// Lines watches what a run prints for a line that matches.
type Lines struct {
	found chan struct{}
	seen  atomic.Bool

	mu   sync.Mutex // stdout and stderr are read at the same time
	re   *regexp.Regexp
	rest map[writer][]byte // by writer, what has no newline yet
}

type writer struct {
	stream procs.Stream
	pid    int
}

// NewLines watches for a line that matches a regular expression (RE2). What is
// matched is what the line shows: without escape sequences and the carriage
// return before a newline.
func NewLines(expr string) (*Lines, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	return &Lines{found: make(chan struct{}), re: re, rest: map[writer][]byte{}}, nil
}

// Found is closed when a line has matched.
func (l *Lines) Found() <-chan struct{} { return l.found }

// Write takes what one read of a stream gave, and never waits for anybody. A
// line may come in any number of pieces.
func (l *Lines) Write(stream procs.Stream, pid int, p []byte) {
	if l.seen.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w := writer{stream, pid}
	for len(p) > 0 && !l.seen.Load() {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			l.keep(w, p)
			return
		}
		l.match(append(l.rest[w], p[:end]...))
		delete(l.rest, w)
		p = p[end+1:]
	}
}

// keep adds to a writer's unfinished line.
func (l *Lines) keep(w writer, p []byte) {
	had := l.rest[w]
	if had == nil && len(l.rest) >= maxWriters {
		return // its first line will be matched from its next piece on
	}
	l.rest[w] = append(had, p[:min(len(p), maxLine-len(had))]...)
}

func (l *Lines) match(line []byte) {
	if l.re.Match(output.Plain(line)) {
		l.seen.Store(true)
		l.rest = nil
		close(l.found)
	}
}
