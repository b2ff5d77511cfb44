package task

import (
	"bytes"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
)

// maxLine is where a line is cut that does not end.
const maxLine = 64 << 10

// pumpLines hands a process's output on line by line, until all who have it have
// closed it or the streams are closed.
func pumpLines(s *spawn.Streams, it *Item, line func(*Item, procs.Stream, []byte)) {
	var rest [2]lineCutter
	s.Pump(func(stream procs.Stream, _ int, p []byte) {
		rest[stream&1].cut(p, func(l []byte) { line(it, stream, l) })
	})
	for i := range rest {
		rest[i].end(func(l []byte) { line(it, procs.Stream(i), l) })
	}
}

// lineCutter cuts what comes into lines.
type lineCutter struct{ rest []byte }

func (c *lineCutter) cut(p []byte, line func([]byte)) {
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			break
		}
		if len(c.rest) > 0 {
			line(append(c.rest, p[:i]...))
			c.rest = c.rest[:0]
		} else {
			line(p[:i])
		}
		p = p[i+1:]
	}
	c.rest = append(c.rest, p...)
	for len(c.rest) > maxLine {
		line(c.rest[:maxLine])
		c.rest = append(c.rest[:0], c.rest[maxLine:]...)
	}
}

// end hands on what no newline has ended.
func (c *lineCutter) end(line func([]byte)) {
	if len(c.rest) > 0 {
		line(c.rest)
		c.rest = nil
	}
}
