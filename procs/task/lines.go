package task

import (
	"bytes"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
)

// maxLine is where a line is cut that does not end.
const maxLine = 64 << 10

// pumpLines hands a process's output on line by line, and keeps it if that is wanted,
// until all who have it have closed it or the streams are closed.
func (s *commandLane) pumpLines(streams *spawn.Streams, it *Item) {
	var rest [2]lineCutter
	line := func(stream procs.Stream) func([]byte) {
		return func(l []byte) {
			s.crew.work.Line(PrintedLine{Item: it, Worker: s.worker, PID: int(s.pid.Load()), Stream: stream, Text: l})
		}
	}
	streams.Pump(func(stream procs.Stream, _ int, p []byte) {
		stream &= 1
		if s.out[stream] != nil {
			_, _ = s.out[stream].Write(p) // where there is no room, collect finds out
		}
		rest[stream].cut(p, line(stream))
	})
	for i := range rest {
		rest[i].end(line(procs.Stream(i)))
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
