package output

import (
	"bytes"
	"time"
)

// The part of a shelfReader, and of a Scan, that reads lines that have not
// ended: see openfile.go.

// loadOpen reads the open lines beside the segment that has been read to its
// end. What the log has the end of is left out.
func (r *shelfReader) loadOpen() openLines {
	o := readOpen(r.shelf.parts[r.part].path)
	kept := o.lines[:0]
	for _, l := range o.lines {
		if !r.outdated(o.next, l) {
			kept = append(kept, l)
		}
	}
	o.lines = kept
	return o
}

// outdated reports whether the log has more of the writer of an open line,
// that was noted when line next was to come: in its index, or, of a process
// that was killed before it had written that, in the text behind it.
func (r *shelfReader) outdated(next uint64, l openLine) bool {
	for i := r.vol.search(func(rec record) bool { return rec.first >= next }); i < r.vol.records; i++ {
		if rec, ok := r.vol.record(i); ok && rec.writer == l.writer && rec.flags&flagStates == 0 {
			return true
		}
	}
	for at := r.indexed; at < r.vol.bytes; {
		text := r.read(at, tailBytes)
		if len(text) == 0 {
			break
		}
		if bytes.HasPrefix(text, l.text) || bytes.Contains(text, append([]byte{'\n'}, l.text...)) {
			return true
		}
		at += int64(len(text))
	}
	return false
}

// leave turns to the open lines of a segment that nobody writes any more, once
// it has been read to its end; it returns false if there are none, or they have
// been read.
func (r *shelfReader) leave() bool {
	if r.live && r.part+1 == len(r.shelf.parts) {
		return false
	}
	if !r.left {
		r.left, r.unended = true, r.loadOpen().lines
	}
	for len(r.unended) > 0 {
		l := r.unended[0]
		r.unended = r.unended[1:]
		if r.want.during(l.at) {
			r.head, r.headText = record{at: l.at, lines: 1, writer: l.writer}, append(l.text, '\n')
			r.full = true
			return true
		}
	}
	return false
}

// takeOpen is take for an open line.
func (r *shelfReader) takeOpen(dst []byte) span {
	sp := span{id: r.shelf.id, writer: r.head.writer, at: r.head.at}
	sp.text, sp.lines = r.want.lines(dst[:0], r.headText)
	r.headText = nil
	return sp
}

// Open returns the lines that have not ended, of a log that is being written
// and has been read as far as it goes: each as a chunk of its own, with a
// newline that was not printed. Where nobody writes any more [Scan.Next] has
// returned them.
func (s *Scan) Open() []Chunk {
	var open []Chunk
	for _, sh := range s.archive.shelves {
		r := s.known[sh]
		if r == nil || !r.live || r.vol == nil || r.full || r.part+1 != len(sh.parts) {
			continue
		}
		o := r.loadOpen()
		if last, ok := r.vol.record(r.vol.records - 1); ok && last.end() < o.next && r.lost.flags == 0 {
			continue // there are lines before them to be read
		}
		for _, l := range o.lines {
			if !r.want.during(l.at) {
				continue
			}
			if text, n := r.want.lines(nil, append(l.text, '\n')); n > 0 {
				open = append(open, Chunk{
					ID: sh.id, Stream: l.stream, PID: int(l.pid), At: time.Unix(0, l.at), Lines: 1, Text: text, Open: true,
				})
			}
		}
	}
	return open
}
