package output

import (
	"bytes"
	"sort"
	"sync"
	"sync/atomic"

	"example.com/muster/procs"
)

const (
	// fileBlock is where a log is cut into writes, so that each but the last
	// fills whole blocks of the file: the kernel then caches it in large pieces
	// (mm/filemap.c, __filemap_get_folio), which takes two thirds of the time.
	fileBlock = 64 << 10
	// pendingRecords is how many bytes of index wait to be written.
	pendingRecords = 400 * recordBytes
	// smallBuffer is what a quiet log keeps of its buffer.
	smallBuffer = 4 << 10
)

// none stands for a line number where there is no line.
const none = ^uint64(0)

// slotLog is the log of one slot: all its lines, in the order of their
// numbers, in segments of plain text with an index beside each (index.go).
// When the disk refuses, it counts what is lost and tries again once a second.
type slotLog struct {
	disk  *disk
	base  string        // of its files' names
	first atomic.Uint64 // number of the oldest line that it holds, or none

	mu       sync.Mutex // held over writes to the files
	segments []*segment // oldest first
	writing  bool       // the last segment is being written
	number   int        // of the last file
	log, idx file       // of the last segment; nil while closed
	pending  []byte     // follows what the last segment has
	records  []byte     // of the index, likewise
	current  record     // the newest record, if bytes > 0; others may join it
	next     uint64     // number of the line after the newest, be that written or lost
	unended  bool       // the file's last line has no newline
	unendBy  writer     // whose line that is
	failing  bool
	failedAt int64
	refusal  error         // what the disk said then
	losses   atomic.Uint64 // how often something could not be written
	filed    atomic.Uint64 // up to which line readers find all that was taken
	suspect  bool          // has failed, and nothing was written since
	stuck    int64         // of what is pending, counted in disk.stuckBytes
	queued   atomic.Bool   // the flusher knows

	// opened returns what has not ended, see Slot.formatOpen; nil for nothing.
	opened    func(buf []byte) (next uint64, b []byte)
	standing  atomic.Bool // a file tells of open lines
	openBytes int64       // of that file
	left      string      // the closed segment beside which it still lies, or ""

	lookedAt int64 // when the segment being written was last looked for, see look
}

func newSlotLog(d *disk, id procs.ID) *slotLog {
	l := &slotLog{disk: d, base: baseName(id)}
	l.first.Store(none)
	return l
}

// nobody is a writer that is none.
var nobody = writer{stream: 255}

// append adds a piece, whose first line has number seq. It returns the lines of a
// large one that are in the files now, where readers find them whatever becomes
// of the disk.
func (l *slotLog) append(seq uint64, p *piece) (filed front) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = seq + uint64(p.lines)
	if l.failing && !l.retry() {
		l.lose(p)
		return front{}
	}
	l.rotate(int64(p.size()))
	seg := l.segment(seq)
	apart := l.unended && l.unendBy != p.writer
	offset, ok := l.put(seg, p, apart)
	if !ok {
		l.lose(p)
		return front{}
	}
	filed = l.file(seg, seq, offset, p, apart)
	l.unended, l.unendBy = p.end == cut || p.end == states, p.writer
	if l.left != "" && l.write() { // a crash from here on finds the open lines twice, not never
		l.writeOpen()
	}
	if len(l.records) >= pendingRecords {
		l.write()
	}
	l.queue()
	return filed
}

// lose counts a piece that is not in the log. What its writer prints next does
// not go on where the file ends.
func (l *slotLog) lose(p *piece) {
	l.disk.lose(p)
	l.stall()
	l.losses.Add(1)
	l.unendBy = nobody
	l.queue()
}

// queue tells the flusher that there is something to do.
func (l *slotLog) queue() {
	if !l.queued.Swap(true) {
		l.disk.flusher.mark(l)
	}
}

// grown says that an open line has changed.
func (l *slotLog) grown() {
	if !l.queued.Load() {
		l.mu.Lock()
		l.queue()
		l.mu.Unlock()
	}
}

// segment returns the segment being written, starting one at line seq if there
// is none.
func (l *slotLog) segment(seq uint64) *segment {
	if !l.writing {
		l.segments = append(l.segments, &segment{first: seq, end: seq})
		l.writing = true
	}
	return l.segments[len(l.segments)-1]
}

// put takes the bytes of a piece and returns their offset in the segment. If it
// cannot, nothing of the piece is in the log.
func (l *slotLog) put(seg *segment, p *piece, apart bool) (offset int64, ok bool) {
	written, before := seg.bytes, len(l.pending)
	offset, ok = written+int64(before), true
	if apart {
		ok = l.take(seg, newline)
		offset++
	}
	ok = ok && l.take(seg, p.pre) && l.take(seg, p.body)
	if ok && p.end == unterminated {
		ok = l.take(seg, newline)
	}
	switch {
	case ok:
	case seg.bytes == written:
		l.pending = l.pending[:before]
	default: // what was pending is written, and the start of the piece after it
		start := written + int64(before)
		_ = l.log.Truncate(start) // tidier; what is printed next is written over it anyway
		l.disk.used.Add(start - seg.bytes)
		seg.bytes, l.pending = start, l.pending[:0]
	}
	return offset, ok
}

// take adds b to what is pending, and writes out all whole blocks.
func (l *slotLog) take(seg *segment, b []byte) bool {
	room := fileBlock - int((seg.bytes+int64(len(l.pending)))%fileBlock)
	if len(b) >= room && len(l.pending) > 0 {
		l.pending = append(l.pending, b[:room]...)
		if !l.writePending(seg) {
			return false
		}
		b, room = b[room:], fileBlock
	}
	if len(b) >= room {
		n := room + (len(b)-room)/fileBlock*fileBlock
		if !l.writeBytes(seg, b[:n]) {
			return false
		}
		b = b[n:]
	}
	l.pending = append(l.pending, b...)
	return true
}

// file adds a piece to the index, and writes that out for what is in the log's file
// of a large one.
func (l *slotLog) file(seg *segment, seq uint64, offset int64, p *piece, apart bool) (filed front) {
	f := front{}
	if l.disk.leaps && l.losses.Load() == 0 { // a leap would pass over what is only in the ring
		f = p.front(max(len(l.pending), minLeft))
	}
	if f.lines == 0 {
		l.note(seg, seq, offset, p, apart)
		return front{}
	}
	a, b := p.divide(f)
	l.note(seg, seq, offset, &a, apart)
	if l.writeRecords(seg) {
		filed = f
		l.filed.Store(seq + uint64(f.lines))
	}
	l.note(seg, seq+uint64(a.lines), offset+int64(a.size()), &b, false)
	return filed
}

// note adds a piece to the index.
func (l *slotLog) note(seg *segment, seq uint64, offset int64, p *piece, apart bool) {
	size, c := p.size(), &l.current
	if p.end == unterminated {
		size++
	}
	if seq != seg.end {
		seg.holes++
	}
	seg.end, seg.writtenAt = seq+uint64(p.lines), p.at
	if l.first.Load() == none && p.lines > 0 {
		l.first.Store(seq)
	}
	if c.bytes > 0 && c.end() == seq && !apart && c.joins(p, size) {
		c.lines += uint32(p.lines)
		c.bytes += uint32(size)
		return
	}
	l.closeRecord()
	*c = record{
		first: seq, offset: offset, at: p.at, lines: uint32(p.lines), bytes: uint32(size),
		writer: p.writer, flags: flagsOf(p.end), holes: seg.holes,
	}
	if apart {
		c.flags |= flagApart
	}
	if seg.anew {
		seg.anew, seg.first = false, seq
		c.flags |= flagAnew
	}
}

// closeRecord moves the newest record to those that wait to be written.
func (l *slotLog) closeRecord() {
	if l.current.bytes > 0 {
		l.records = appendRecord(l.records, l.current)
		l.current = record{}
	}
}

// fileBefore writes out what is pending if more than so many lines are, and no
// reader finds them.
func (l *slotLog) fileBefore(next, most uint64) {
	if next-min(next, l.filed.Load()) <= most {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.failing {
		l.write()
	}
}

// flush writes out what is pending. The flusher calls it, and whoever is about
// to read the files.
func (l *slotLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look()
	l.flushLocked()
}

// flushLocked is flush for whoever holds mu.
func (l *slotLog) flushLocked() {
	l.queued.Store(false)
	written := (!l.failing || l.retry()) && l.write()
	l.tellLost()
	if !written {
		l.queue() // try again though nobody prints
		return
	}
	l.writeOpen()
	if cap(l.pending) > smallBuffer && len(l.pending) == 0 {
		l.pending = nil
	}
	if cap(l.records) > smallBuffer && len(l.records) == 0 {
		l.records = nil
	}
	if l.disk.open.Load() > l.disk.maxOpen {
		l.closeFiles()
	}
}

// end writes out what is pending and closes the files; what cannot be written
// is lost.
func (l *slotLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lookedAt = 0
	l.look()
	written := l.write()
	l.tellLost()
	if !written {
		l.disk.lostBytes.Add(int64(len(l.pending)))
		l.disk.lostLines.Add(int64(bytes.Count(l.pending, newline)))
		l.pending, l.records, l.current = nil, nil, record{}
		l.stall()
	}
	l.endOpen()
	l.closeFiles()
}

// place is where a reader finds a segment, as far as it is written.
type place struct {
	path       string
	first, end uint64
	bytes      int64
	records    int64
}

// find returns the segment that holds line seq, or else the first one after
// it, and false if there is none.
func (l *slotLog) find(seq uint64) (place, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := sort.Search(len(l.segments), func(i int) bool { return l.segments[i].end > seq })
	if i == len(l.segments) {
		return place{}, false
	}
	if l.writing && i == len(l.segments)-1 && !l.failing {
		l.write()
	}
	s := l.segments[i]
	return place{path: s.path, first: s.first, end: s.end, bytes: s.bytes, records: s.records}, s.path != ""
}
