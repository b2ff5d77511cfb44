package output

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"example.com/muster/internal/named"
	"example.com/muster/procs"
)

// Beside each log file NAME.log that is being written may lie NAME.open: the
// lines that have not ended yet, such as a prompt. It is rewritten, at most
// every [FlushEvery], as they grow and end; whoever ends in good order removes
// it, and after a crash it is what is left of those lines. It is text, so that
// grep(1) finds what stands there:
//
//	open NEXT CRC BYTES
//	STREAM PID TIME BYTES
//	the line
//
// NEXT is the number that the slot's next line gets, CRC that of the BYTES
// that follow the first line (IEEE, hexadecimal), TIME when the line last grew
// (Unix nanoseconds). A line here is outdated once the log has one of the same
// writer from NEXT on.

// openLine is one line that has not ended.
type openLine struct {
	writer
	at   int64 // when it last grew, Unix nanoseconds
	text []byte
}

// openLines are those of a slot at one moment.
type openLines struct {
	next  uint64 // number that the slot's next line gets
	lines []openLine
}

// openHead is the first line of the file; all of them are of one length.
const openHead = "open %020d %08x %010d\n"

const openHeadLen = len("open ") + 20 + 1 + 8 + 1 + 10 + 1

// beginOpen makes room for the first line.
func beginOpen(dst []byte) []byte { return append(dst[:0], make([]byte, openHeadLen)...) }

// appendOpen adds an open line.
func appendOpen(dst []byte, w writer, at int64, text []byte) []byte {
	for i, n := range []int64{int64(w.stream), int64(w.pid), at, int64(len(text))} {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = strconv.AppendInt(dst, n, 10)
	}
	dst = append(append(dst, '\n'), text...)
	return append(dst, '\n')
}

// sealOpen writes the first line, now that the others are there.
func sealOpen(b []byte, next uint64) []byte {
	body := b[openHeadLen:]
	copy(b, fmt.Appendf(nil, openHead, next, crc32.ChecksumIEEE(body), len(body)))
	return b
}

// parseOpen reads what sealOpen wrote. It returns false for what is torn, as
// it is while it is rewritten.
func parseOpen(b []byte) (o openLines, ok bool) {
	head, body, _ := bytes.Cut(b, newline)
	var sum uint32
	var size int
	if n, err := fmt.Sscanf(string(head[:min(len(head), 100)]), "open %d %x %d", &o.next, &sum, &size); n != 3 || err != nil || size < 0 || size > len(body) {
		return openLines{}, false
	}
	body = body[:size]
	if crc32.ChecksumIEEE(body) != sum {
		return openLines{}, false
	}
	for len(body) > 0 {
		head, body, _ = bytes.Cut(body, newline)
		var l openLine
		var stream uint8
		if n, err := fmt.Sscanf(string(head[:min(len(head), 100)]), "%d %d %d %d", &stream, &l.pid, &l.at, &size); n != 4 || err != nil || size < 0 || size >= len(body) {
			return openLines{}, false
		}
		l.stream, l.text = procs.Stream(stream), body[:size:size]
		o.lines, body = append(o.lines, l), body[size+1:]
	}
	return o, true
}

// readOpen reads the open lines beside a segment. What is rewritten just now is
// read again; what stays torn, or is not there, is none.
func readOpen(path string) openLines {
	const tries = 5
	for range tries {
		b, err := os.ReadFile(path + ".open")
		if err != nil || len(b) == 0 {
			return openLines{}
		}
		if o, ok := parseOpen(b); ok {
			return o
		}
	}
	return openLines{}
}

// pageBytes is what write(2) puts into a file as a whole, whatever becomes of
// the process: a part of a page at its begin.
const pageBytes = 4 << 10

// replaceFile makes b the content of a file, which may not be there. A crash of
// this process leaves the old content or the new. No b removes the file.
func replaceFile(path string, b []byte) error {
	if len(b) == 0 {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	to := path
	if len(b) > pageBytes {
		to = path + "~"
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.WriteAt(b, 0); err == nil {
		err = f.Truncate(int64(len(b)))
	}
	err = errors.Join(err, f.Close())
	if err == nil && to != path {
		err = os.Rename(to, path)
	}
	return err
}

// openBuffers are for those who write open lines down, so that a line that
// grows for hours makes no garbage.
var openBuffers = sync.Pool{New: func() any { return new([]byte) }}

// writeOpen writes down the slot's open lines beside the segment that is being
// written. It is called with mu held, after all else has been written.
func (l *slotLog) writeOpen() {
	if l.opened == nil {
		return
	}
	buf := openBuffers.Get().(*[]byte)
	defer openBuffers.Put(buf)
	next, b := l.opened(*buf)
	if b != nil {
		*buf = b
	}
	if len(b) == 0 && !l.standing.Load() {
		return
	}
	seg := l.segment(next)
	if err := l.openFiles(seg); err != nil {
		l.fail(err)
		return
	}
	if !l.replaceOpen(seg.path, b) || l.left == "" {
		return
	}
	_ = l.disk.files.replace(l.left+".open", nil) // else it is outdated
	l.left = ""
}

// replaceOpen writes the file of open lines of a segment.
func (l *slotLog) replaceOpen(path string, b []byte) bool {
	err := l.disk.files.replace(path+".open", b)
	if named.Gone(err) { // so is the log
		l.lookedAt = 0
		l.queue()
		return false
	}
	if err != nil {
		why := reason(err)
		l.disk.notices.add("open: "+why, false, func() string { return "cannot write lines that have not ended to the log: " + why })
		return false
	}
	n := int64(len(b))
	l.disk.used.Add(n - l.openBytes)
	l.openBytes = n
	l.standing.Store(n > 0)
	return true
}

// endOpen removes the file of open lines: all have ended.
func (l *slotLog) endOpen() {
	path := l.left
	if path == "" && len(l.segments) > 0 {
		path = l.segments[len(l.segments)-1].path
	}
	if l.standing.Load() && path != "" {
		l.replaceOpen(path, nil)
	}
}

// formatOpen returns the number of the slot's next line and the lines that have
// not ended, those of a longer silence first, as they are on disk. The bytes are
// in buf if they fit.
func (s *Slot) formatOpen(buf []byte) (next uint64, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range s.writers.waiting() {
		if i == 0 {
			b = beginOpen(buf)
		}
		b = appendOpen(b, l.writer, l.at, l.rest)
	}
	if len(b) > 0 {
		b = sealOpen(b, s.ring.next)
	}
	return s.ring.next, b
}

// waiting returns the writers that have a line open, those of a longer silence
// first.
func (ws *writers) waiting() []*line {
	var open []*line
	for _, l := range ws.all {
		if len(l.rest) > 0 {
			open = append(open, l)
		}
	}
	slices.SortFunc(open, func(a, b *line) int {
		if a.turn < b.turn {
			return -1
		}
		return 1
	})
	return open
}
