package output

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.com/muster/internal/named"
)

// What is done where somebody removes the log's directory, or a file of it, while
// it is being written: what was in it is counted and told, and what comes next
// goes into a new segment, in a directory that is made anew.

// lookEvery is how long a log is written before it is looked for again, and how
// often the directory is.
const lookEvery = int64(time.Second)

// removal is what somebody has removed.
type removal struct {
	mu    sync.Mutex
	home  fs.FileInfo // the directory when it was last looked for; nil if it was not there
	whole bool        // the directory itself was removed
	file  string      // the name of a log file that was ...
	files int         // ... of so many
	bytes int64       // that were in them, or were to follow where they ended
}

// note remembers which directory it is, unless that is known.
func (r *removal) note(dir string) {
	r.mu.Lock()
	known := r.home != nil
	r.mu.Unlock()
	if !known {
		r.strayed(dir)
	}
}

// strayed reports whether the directory is not the one any more that it was.
func (r *removal) strayed(dir string) bool {
	now, err := os.Stat(dir)
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.home
	if err == nil || named.Gone(err) {
		r.home = now
	}
	strayed := was != nil && (named.Gone(err) || err == nil && !os.SameFile(was, now))
	r.whole = r.whole || strayed
	return strayed
}

// strays reports whether the directory is not known to be the one that it was.
func (r *removal) strays(dir string) bool {
	now, err := os.Stat(dir)
	r.mu.Lock()
	defer r.mu.Unlock()
	return err != nil || r.home == nil || !os.SameFile(r.home, now)
}

// add counts a segment, from which so many bytes are lost.
func (r *removal) add(dir, path string, bytes int64) {
	_, err := os.Stat(dir)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.whole = r.whole || named.Gone(err)
	r.file, r.files, r.bytes = filepath.Base(path)+".log", r.files+1, r.bytes+bytes
}

// text says what was removed, and how the log goes on if it does; "" if nothing was.
func (r *removal) text(dir string, goesOn bool) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.files == 0 {
		return ""
	}
	dir = filepath.Clean(dir)
	what, on := fmt.Sprintf("%d files were removed from the log in %s", r.files, dir), "; it goes on in others"
	switch {
	case r.whole:
		what, on = fmt.Sprintf("the log in %s was removed", dir), "; it is written anew"
	case r.files == 1:
		what, on = fmt.Sprintf("%s was removed from the log in %s", r.file, dir), "; it goes on in another file"
	}
	if !goesOn {
		on = ""
	}
	return fmt.Sprintf("%s: %d bytes are lost from it so far%s", what, r.bytes, on)
}

// Look looks at once whether the log is where it is written, which is done while
// there is output and every second anyway. It reports whether something was removed
// from it since the start, which has been told then.
func (s *Store) Look() (removed bool) {
	s.look(true)
	return s.disk.removed() != ""
}

// look looks for the directory, and for what is in it if it is another one, or must be.
func (s *Store) look(must bool) {
	if s.config.Dir == "" || s.closed.Load() {
		return
	}
	strayed := s.disk.removal.strayed(s.config.Dir)
	if !strayed && !must {
		return
	}
	for _, sl := range s.all() {
		sl.log.revisit(strayed)
	}
	s.settle()
}

// look looks for the segment being written, unless that was done a moment ago.
func (l *slotLog) look() {
	now := l.disk.now()
	if age := now - l.lookedAt; age >= 0 && age < lookEvery {
		return
	}
	l.lookedAt = now
	if !l.renew(false) {
		l.keepIndex()
	}
}

// keepIndex makes the index of the segment being written again, if that alone has been
// removed: what was in it can still be read, as it is open.
func (l *slotLog) keepIndex() {
	if !l.writing || l.idx == nil {
		return
	}
	seg := l.segments[len(l.segments)-1]
	if !named.Lost(seg.path+".idx", nil) {
		return
	}
	records := make([]byte, seg.records*recordBytes)
	if n, _ := l.idx.ReadAt(records, 0); n < len(records) {
		return
	}
	idx, err := l.disk.files.create(seg.path + ".idx")
	if err != nil { // the next look tries again
		return
	}
	_ = l.idx.Close() // nobody finds it
	l.idx, l.records = idx, append(records, l.records...)
	seg.records, seg.reserved = 0, 0
	l.disk.used.Add(-int64(len(records)))
	l.writeRecords(seg)
}

// revisit is look at once. strayed says that the directory is another one.
func (l *slotLog) revisit(strayed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.renew(strayed) {
		l.flushLocked()
	}
}

// renew goes on in a new segment if the one being written is gone, or any is and the
// directory with it, and says whether that was so. What has not been written yet is kept.
func (l *slotLog) renew(strayed bool) bool {
	if len(l.segments) == 0 || !strayed && (!l.writing || l.isThere(l.segments[len(l.segments)-1])) {
		return false
	}
	var kept []*segment
	var fresh *segment
	for i, seg := range l.segments {
		if l.isThere(seg) {
			kept = append(kept, seg)
			continue
		}
		if fresh == nil {
			fresh = &segment{first: seg.first, end: seg.first, anew: true}
		}
		if !strayed {
			l.sweep(seg)
		}
		lost := seg.bytes
		if l.writing && i == len(l.segments)-1 {
			lost += l.carry(seg, fresh)
			l.closeFiles()
			l.writing = false
		}
		if l.left == seg.path {
			l.left = ""
		}
		l.disk.used.Add(-seg.cost())
		l.disk.removal.add(l.disk.dir, seg.path, lost)
	}
	if fresh == nil {
		return false
	}
	if l.segments = kept; !l.writing {
		l.segments, l.writing = append(kept, fresh), true
		if l.left == "" {
			l.disk.used.Add(-l.openBytes)
			l.openBytes = 0
		}
	}
	l.first.Store(none)
	if seg := l.segments[0]; seg.end > seg.first {
		l.first.Store(seg.first)
	}
	l.disk.notices.add("files removed", false, l.disk.removed)
	if err := l.openFiles(l.segments[len(l.segments)-1]); err != nil {
		l.fail(err)
	}
	l.queue()
	return true
}

// sweep removes what lies beside a log file that is gone, which counts no more. Others may
// have put their own files there.
func (l *slotLog) sweep(seg *segment) {
	var ours fs.FileInfo
	if l.idx != nil && l.writing && seg == l.segments[len(l.segments)-1] {
		ours, _ = l.idx.Stat() // nil as for one that is closed if it cannot tell
	}
	log, idx := seg.path+".log", seg.path+".idx"
	known := ours != nil && !named.Lost(idx, ours)
	vacant := named.Lost(log, nil) && (ours == nil || named.Lost(idx, nil))
	if !known && !vacant || l.disk.removal.strays(l.disk.dir) {
		return
	}
	for _, ext := range []string{".idx", ".open"} {
		_ = os.Remove(seg.path + ext) // what cannot be removed does no harm but for its space
	}
}

// isThere reports whether the log file of a segment is where readers look for it,
// or has not been made yet.
func (l *slotLog) isThere(seg *segment) bool {
	if seg.path == "" {
		return true
	}
	var ours fs.FileInfo // of one that is closed any file is taken for it
	if l.log != nil && l.writing && seg == l.segments[len(l.segments)-1] {
		ours, _ = l.log.Stat() // likewise if it cannot tell
	}
	return !named.Lost(seg.path+".log", ours)
}

// carry has what waits for a segment that is gone wait for another one, but for a run of
// which the segment has a part. It returns how many bytes of that are lost.
func (l *slotLog) carry(seg, to *segment) (lost int64) {
	l.closeRecord()
	begin, old := seg.bytes+int64(len(l.pending)), l.records
	l.records = nil
	for ; len(old) > 0; old = old[recordBytes:] {
		r := parseRecord(old)
		if r.offset < seg.bytes {
			continue
		}
		if to.anew {
			begin, to.anew, to.first = r.offset, false, r.first
			r.flags = r.flags&^flagApart | flagAnew
		}
		r.offset -= begin
		r.holes++
		to.end, to.holes, to.writtenAt = r.end(), r.holes, r.at
		l.records = appendRecord(l.records, r)
	}
	lost = begin - seg.bytes
	l.pending = append([]byte(nil), l.pending[lost:]...)
	l.unended = l.unended && len(l.pending) > 0
	if l.stuck > 0 {
		l.stall()
	}
	return lost
}
