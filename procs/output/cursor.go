package output

import (
	"bytes"
)

// cursor reads one slot's log. It trusts nothing that it finds there: whatever
// does not fit together counts as gone. It is not safe for concurrent use.
type cursor struct {
	find func(seq uint64) (place, bool) // see slotLog.find

	at  place   // the segment that is open
	vol *volume // nil if none is

	number int64  // of rec in the index
	rec    record // the record that was read last, if valid
	valid  bool
	loaded bool
	data   []byte // the record's bytes, if loaded, each line ended by a newline
	seq    uint64 // the line at off in data
	off    int
}

// span returns lines from number from on and before to, appending their text
// to dst[:0]; see ring.look.
func (c *cursor) span(dst []byte, from, to uint64, pid, limit int) span {
	if !c.valid || from < c.rec.first || from >= c.rec.end() {
		if until := c.seek(from, to); until > from {
			return span{kind: gone, seq: from, lines: until - from}
		}
	}
	until := min(to, c.rec.end())
	if pid != 0 && int(c.rec.pid) != pid {
		return span{kind: others, seq: from, lines: until - from}
	}
	if !c.loaded && !c.load() {
		c.valid = false
		return span{kind: gone, seq: from, lines: until - from}
	}
	if from < c.seq {
		c.seq, c.off = c.rec.first, 0
	}
	c.off += skipLines(c.data[c.off:], int(from-c.seq))
	text, n := c.data[c.off:], until-from
	if until < c.rec.end() {
		text = text[:skipLines(text, int(n))]
	}
	size, n := fitLines(text, n, limit)
	c.seq, c.off = from+n, c.off+size
	return span{
		seq: from, lines: n, writer: c.rec.writer, at: c.rec.at,
		cut: c.rec.flags&flagCut != 0, text: append(dst[:0], text[:size]...),
	}
}

// seek finds the record of line from. It returns from if there is one, else
// the number, at most to, up to which lines are gone.
func (c *cursor) seek(from, to uint64) (until uint64) {
	c.valid = false
	if c.vol == nil || from < c.at.first || !c.lookup(from) {
		p, ok := c.find(from)
		if !ok {
			return to
		}
		if !c.open(p) || !c.lookup(from) {
			return min(to, max(p.end, from+1))
		}
	}
	return max(from, min(to, c.rec.first))
}

// open turns to a segment.
func (c *cursor) open(p place) bool {
	if c.vol == nil || c.at.path != p.path {
		c.close()
		vol, err := openVolume(p.path)
		if err != nil {
			return false
		}
		c.vol, c.number = vol, -1
	}
	c.at, c.vol.bytes = p, p.bytes
	c.vol.grow(p.records)
	return true
}

// close gives the files back. The cursor can be used again.
func (c *cursor) close() {
	if c.vol != nil {
		c.vol.close()
	}
	*c = cursor{find: c.find, data: c.data[:0]}
}

// lookup finds, in the segment that is open, the first record that ends after
// line from: the next one, when reading on, or by binary search.
func (c *cursor) lookup(from uint64) bool {
	c.valid = false
	if next := c.number + 1; next < c.at.records && c.covers(next, from) {
		return c.choose(next, from)
	}
	return c.choose(c.vol.search(func(r record) bool { return r.end() > from }), from)
}

// covers reports whether record i holds line from.
func (c *cursor) covers(i int64, from uint64) bool {
	r, ok := c.vol.record(i)
	return ok && r.first <= from && r.end() > from
}

func (c *cursor) choose(i int64, from uint64) bool {
	if i >= c.at.records {
		return false
	}
	r, ok := c.vol.record(i)
	if !ok || r.end() <= from || !r.sane(c.at.bytes) {
		return false
	}
	c.number, c.rec, c.valid, c.loaded = i, r, true, false
	return true
}

// load reads the bytes of the record.
func (c *cursor) load() bool {
	if n := int(c.rec.bytes) + 1; cap(c.data) < n {
		c.data = make([]byte, 0, n+n/4)
	}
	data := c.data[:c.rec.bytes]
	if _, err := c.vol.log.ReadAt(data, c.rec.offset); err != nil {
		return false
	}
	if c.rec.flags&flagCut != 0 {
		data = append(data, '\n')
	}
	if data[len(data)-1] != '\n' || bytes.Count(data, newline) != int(c.rec.lines) {
		return false
	}
	c.data, c.seq, c.off, c.loaded = data, c.rec.first, 0, true
	return true
}
