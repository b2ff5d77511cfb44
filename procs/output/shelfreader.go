package output

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
)

// shelfReader reads the log of one slot from its beginning, each line once and
// in order, as far as it is written. More may be written meanwhile.
type shelfReader struct {
	shelf *shelf
	want  *wanted

	part int     // which segment comes next, or is open
	vol  *volume // nil if none is open
	next int64   // the record of the index that comes next
	text int64   // where the text of the records before it ends
	sane int64   // records that can be true; those behind them are no guide

	number   int    // of the segment that was opened last
	removed  bool   // segments before it are gone
	fresh    bool   // nothing of it has been read
	expected uint64 // number of the line that comes next; none: whatever comes
	told     uint64 // up to which number lines have been told to be missing
	holes    uint16 // of the newest record
	at       int64  // when its lines came
	lost     record // what the index says of lines at its end that could not be written

	indexed  int64      // where the text of which the index tells ends
	left     bool       // the open lines of the segment have been looked for ...
	unended  []openLine // ... and these remain
	headText []byte     // the head, if it is one of these

	scouts  *scout // nil until there is a long text to sift
	clear   int64  // no line of interest begins in the text before this offset
	block   []byte
	blockAt int64

	head record // what comes next, if full
	full bool
	live bool // the newest segment is still being written
	size int  // how much of the text is read at a time
	err  error
}

const (
	// blockBytes is how much of a log is read at a time, minBlockBytes how
	// much where very many are read.
	blockBytes    = 512 << 10
	minBlockBytes = 16 << 10
	// allBlocks is about how much memory the blocks of all logs take.
	allBlocks = 16 << 20
	// patience is after how many blocks without a line of interest several are
	// sifted at a time.
	patience = 2
	// fewBytes is up to where it costs less to pass over records than to search.
	fewBytes = 64 << 10
	// tailBytes is how much text without an index makes one run.
	tailBytes = 256 << 10
)

// close gives the files back.
func (r *shelfReader) close() {
	if r.vol != nil {
		r.vol.close()
		r.vol = nil
	}
}

// peek finds the next run of lines that are wanted, as far as can be told
// without looking at each of them. It returns false if there is none yet.
func (r *shelfReader) peek() bool {
	for !r.full {
		if !r.ready() {
			return false
		}
		rec, ok := r.advance()
		if !ok {
			if !r.leave() && !r.turn() {
				return false
			}
			continue
		}
		r.head, r.full = rec, rec.lines > 0 && r.wants(rec)
	}
	return true
}

// ready opens the segment that comes next, if none is open. Those that are
// gone were removed to make room.
func (r *shelfReader) ready() bool {
	for r.vol == nil {
		if r.part == len(r.shelf.parts) {
			return false
		}
		if !r.open(r.part) {
			r.part++
		}
	}
	return true
}

// open turns to the beginning of a segment, unless it is gone.
func (r *shelfReader) open(part int) bool {
	r.close()
	vol, err := openVolume(r.shelf.parts[part].path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.err = err
		}
		return false
	}
	r.part, r.vol, r.next, r.text, r.clear, r.block = part, vol, 0, 0, 0, r.block[:0]
	r.indexed, r.left, r.unended = 0, false, nil
	number := r.shelf.parts[part].number
	r.removed, r.fresh, r.number, r.holes, r.lost = number > r.number+1, true, number, 0, record{}
	r.look()
	return true
}

// last turns to a line from which on there are n at least, if there are so
// many. Of what is missing before that nothing is told.
func (r *shelfReader) last(n int) {
	r.expected = none
	for part := len(r.shelf.parts) - 1; part >= 0; part-- {
		if !r.open(part) {
			continue
		}
		for i := r.sane - 1; i >= 0; i-- {
			rec, ok := r.vol.record(i)
			if !ok || !rec.sane(r.vol.bytes) {
				break // what is before it cannot be counted
			}
			if n -= int(rec.lines); n <= 0 {
				r.next, r.text = i, rec.offset
				return
			}
		}
	}
}

// look learns how far the open segment is written by now.
func (r *shelfReader) look() {
	if r.vol == nil {
		return
	}
	if r.lost.flags != 0 {
		r.vol.cached = r.vol.cached[:0] // another record may have taken its place
	}
	if err := r.vol.measure(); err != nil {
		return // nothing new can be read from it then
	}
	r.lost = record{}
	if rec, ok := r.vol.record(r.vol.records - 1); ok && rec.flags&flagLost != 0 {
		r.lost = rec
		r.vol.records--
		if r.live { // else there may be more text, and a crash came before its records
			r.vol.bytes = min(r.vol.bytes, rec.offset)
		}
	}
	r.sane = r.vol.records
}

// turn goes on to the segment after the one that has been read to its end,
// and returns false if there is none.
func (r *shelfReader) turn() bool {
	if r.part+1 >= len(r.shelf.parts) {
		return false
	}
	r.close()
	r.part++
	return true
}

// advance returns the next record of the segment, and makes one of text that
// the index does not know: a crash or a full disk came between the two. While
// the segment is being written its index is only late. Before lines that others are
// missing before comes a record of those, with flagLost.
func (r *shelfReader) advance() (record, bool) {
	if r.want.sifter != nil {
		r.sift()
	}
	if r.next < r.sane {
		rec, ok := r.vol.record(r.next)
		if ok && rec.sane(r.vol.bytes) && rec.offset >= r.indexed && rec.stream <= 3 {
			if rec = r.unread(rec); rec.bytes == 0 {
				r.next++
				return rec, true
			}
			if hole := r.hole(rec); hole.lines > 0 {
				return hole, true
			}
			r.next++
			r.text = rec.offset + int64(rec.bytes)
			r.indexed = r.text
			r.pass(rec)
			return rec, true
		}
		r.sane = r.next
	}
	grows := r.live && r.part+1 == len(r.shelf.parts)
	if r.text < r.vol.bytes && (!grows || r.lost.flags != 0) {
		if rec, ok := r.tail(); ok {
			return rec, true
		}
	}
	if grows && r.told > r.expected { // more of it is told with what comes after it
		return record{}, false
	}
	hole := r.hole(r.lost)
	return hole, hole.lines > 0
}

// unread leaves out what of a record has been read before the index had it.
func (r *shelfReader) unread(rec record) record {
	n := min(r.text-rec.offset, int64(rec.bytes))
	if n <= 0 {
		return rec
	}
	lines := rec.lines
	if n < int64(rec.bytes) {
		lines = uint32(bytes.Count(r.read(rec.offset, int(n)), newline))
	}
	rec.first, rec.lines = rec.first+uint64(lines), rec.lines-lines
	rec.offset, rec.bytes = rec.offset+n, rec.bytes-uint32(n)
	return rec
}

// pass notes that a record has been read, of lines that are there.
func (r *shelfReader) pass(rec record) {
	if r.fresh && rec.first < r.expected { // another session begins
		r.expected, r.told = 0, 0
	}
	r.expected = max(r.expected, rec.end()) // lines may have been read before the index had them
	r.fresh, r.at, r.holes = false, rec.at, rec.holes
}

// hole returns a record of the lines that are missing before those of another
// one, but for those that it has returned before. It has no lines if none are.
func (r *shelfReader) hole(next record) record {
	from := max(r.expected, r.told)
	if next.first <= from {
		return record{}
	}
	hole := record{first: from, at: next.at, lines: uint32(min(next.first-from, math.MaxUint32)), flags: flagLost}
	switch {
	case r.fresh && next.flags&flagAnew != 0:
		hole.flags |= flagAnew
	case r.fresh && r.removed:
		hole.flags |= flagRemoved
	}
	r.told = hole.end()
	return hole
}

// tail makes a record of the text behind the last one. When its lines came is
// not known; the file was written last at about that time. What has no newline
// at its end is no line if the index ends before it and it is too short to have
// been cut: the log is written in blocks, and the crash came before the block
// with the line's end.
func (r *shelfReader) tail() (record, bool) {
	text := r.read(r.text, tailBytes)
	if len(text) == 0 {
		return record{}, false
	}
	rec := record{offset: r.text, bytes: uint32(len(text)), holes: r.holes}
	switch n := bytes.LastIndexByte(text, '\n'); {
	case n >= 0:
		rec.bytes = uint32(n + 1)
		rec.lines = uint32(bytes.Count(text, newline))
	case len(text) < maxLine && r.next >= r.vol.records:
		return record{}, false
	default:
		rec.lines = 1
		if r.text+int64(len(text)) < r.vol.bytes {
			rec.flags = flagCut
		}
	}
	if info, err := r.vol.log.Stat(); err == nil {
		rec.at = info.ModTime().UnixNano()
	}
	r.text += int64(rec.bytes)
	if rec.first = r.expected; rec.first != none {
		r.pass(rec)
	}
	return rec, true
}

// sift passes over the records in whose text no line can match, up to the next hole.
func (r *shelfReader) sift() {
	if r.clear <= r.text {
		r.clear = r.find(r.text)
	}
	if r.clear-r.text < fewBytes {
		return // those few are passed over one by one
	}
	clear := r.clear
	n := r.vol.search(func(rec record) bool { return rec.offset+int64(rec.bytes) > clear || rec.holes != r.holes })
	if n <= r.next || n > r.sane {
		return
	}
	if last, ok := r.vol.record(n - 1); ok && last.sane(r.vol.bytes) && last.offset+int64(last.bytes) <= clear {
		r.next, r.text = n, max(r.text, last.offset+int64(last.bytes))
		r.indexed = r.text
		r.pass(last)
	}
}

// find returns the offset of the first line from there on that may match, or
// where the text ends.
func (r *shelfReader) find(from int64) int64 {
	for blocks := 0; from < r.vol.bytes; blocks++ {
		if blocks == patience && r.size == blockBytes {
			from = r.scout(from)
		}
		text := r.read(from, r.size)
		if len(text) == 0 {
			break
		}
		whole := len(text)
		if r.live || from+int64(whole) < r.vol.bytes { // else the last line is as long as it gets
			whole = bytes.LastIndexByte(text, '\n') + 1
			if whole == 0 {
				return from // too long to be ruled out in one go
			}
		}
		if i := r.want.sifter.first(text[:whole]); i >= 0 {
			return from + int64(i)
		}
		from += int64(whole)
	}
	return from
}

// scout does the same on several cores, for all but the end of a long text. It
// may stop before the first line that may match.
func (r *shelfReader) scout(from int64) int64 {
	until := r.vol.bytes - 2*blockBytes
	if until-from < 2*blockBytes {
		return from
	}
	if r.scouts == nil {
		r.scouts = &scout{sifter: r.want.sifter}
	}
	r.scouts.vol = r.vol
	clear, _ := r.scouts.sift(from, until)
	return clear
}

// wants reports whether a record is one to be read.
func (r *shelfReader) wants(rec record) bool {
	if rec.flags&flagLost != 0 {
		return r.want.overlaps(r.at, rec.at)
	}
	if r.want.sifter != nil && rec.offset+int64(rec.bytes) <= r.clear {
		return false
	}
	return r.want.during(rec.at)
}

// take appends the lines of the head that are wanted to dst, and returns the
// run; its lines are 0 if none is.
func (r *shelfReader) take(dst []byte) span {
	rec := r.head
	r.full = false
	switch {
	case rec.flags&flagLost != 0:
		return span{kind: gone, id: r.shelf.id, seq: rec.first, lines: uint64(rec.lines), at: rec.at}
	case r.headText != nil:
		return r.takeOpen(dst)
	}
	text := r.read(rec.offset, int(rec.bytes))
	if rec.flags&flagCut != 0 || len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text[:len(text):len(text)], '\n')
	}
	sp := span{id: r.shelf.id, writer: rec.writer, at: rec.at, cut: rec.flags&flagCut != 0}
	sp.text, sp.lines = r.want.lines(dst[:0], text)
	return sp
}

// read returns n bytes of text from an offset on, or as many as there are. They
// are good until the next call.
func (r *shelfReader) read(offset int64, n int) []byte {
	n = int(min(int64(n), r.vol.bytes-offset))
	if n <= 0 {
		return nil
	}
	if have := r.blockAt + int64(len(r.block)); offset < r.blockAt || offset+int64(n) > have {
		size := max(n, int(min(int64(r.size), r.vol.bytes-offset)))
		if cap(r.block) < size {
			r.block = make([]byte, 0, max(size, min(r.size, 4*cap(r.block))))
		}
		got, _ := r.vol.log.ReadAt(r.block[:size], offset) // what cannot be read is not there
		r.block, r.blockAt = r.block[:got], offset
	}
	text := r.block[offset-r.blockAt:]
	return text[:min(n, len(text))]
}
