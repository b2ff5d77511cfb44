package output

// The part of slotLog that touches files. All of it is called with mu held.

// write writes out what is pending: the log first, so that the index never
// tells of bytes that are not there.
func (l *slotLog) write() bool {
	if !l.writing {
		return true
	}
	seg := l.segments[len(l.segments)-1]
	written := l.writePending(seg)
	if !l.writeRecords(seg) || !written {
		l.stall()
		return false
	}
	l.filed.Store(seg.end)
	return true
}

// writePending writes the pending bytes. If it cannot, they stay pending.
func (l *slotLog) writePending(seg *segment) bool {
	if len(l.pending) == 0 {
		return true
	}
	if !l.writeBytes(seg, l.pending) {
		return false
	}
	l.pending = l.pending[:0]
	return true
}

// writeBytes appends b to the segment. If it cannot, the segment is as before.
func (l *slotLog) writeBytes(seg *segment, b []byte) bool {
	err := l.openFiles(seg)
	if err == nil {
		if _, err = l.log.WriteAt(b, seg.bytes); err != nil {
			_ = l.log.Truncate(seg.bytes) // tidier; the next try writes over it anyway
		}
	}
	if err != nil {
		l.fail(err)
		return false
	}
	seg.bytes += int64(len(b))
	l.disk.used.Add(int64(len(b)))
	if l.suspect {
		l.suspect = false
		l.disk.stuckBytes.Add(-l.stuck)
		l.stuck = 0
		l.disk.recovered()
	}
	return true
}

// writeRecords writes the pending records of what is in the log's file. What it
// cannot write stays pending.
func (l *slotLog) writeRecords(seg *segment) bool {
	l.closeRecord()
	b := l.filedRecords(seg)
	if len(b) == 0 {
		return true
	}
	n, err := 0, l.openFiles(seg)
	if err == nil {
		n, err = l.idx.WriteAt(b, seg.records*recordBytes)
		n -= n % recordBytes
	}
	seg.records += int64(n / recordBytes)
	l.disk.used.Add(int64(n))
	l.records = append(l.records[:0], l.records[n:]...)
	if err != nil {
		l.fail(err)
		return false
	}
	l.reserve(seg)
	return true
}

// filedRecords returns the pending records whose text is in the log's file.
func (l *slotLog) filedRecords(seg *segment) []byte {
	n := len(l.records)
	for ; n > 0; n -= recordBytes {
		if r := parseRecord(l.records[n-recordBytes:]); r.offset+int64(r.bytes) <= seg.bytes {
			break
		}
	}
	return l.records[:n]
}

// reserve has the disk keep room for the next records, so that the index of what
// is in a log, and how many lines are not, can be told when the disk is full.
func (l *slotLog) reserve(seg *segment) {
	const ahead = pageBytes / 2
	if size := seg.records * recordBytes; size+ahead > seg.reserved {
		seg.reserved = (size + ahead + pageBytes - 1) / pageBytes * pageBytes
		keepRoom(l.idx, size, seg.reserved-size)
	}
}

// tellLost writes down, behind the records, up to which number there were lines if not all
// of them are in the log. If it cannot, the next record tells.
func (l *slotLog) tellLost() {
	if !l.writing || l.idx == nil {
		return
	}
	seg := l.segments[len(l.segments)-1]
	if l.next == seg.end && len(l.pending) == 0 && len(l.records) == 0 {
		return
	}
	r := record{first: l.next, offset: seg.bytes, at: l.disk.now(), writer: nobody, flags: flagLost}
	if seg.anew {
		r.flags |= flagAnew
	}
	b := appendRecord(nil, r)
	_, _ = l.idx.WriteAt(b, seg.records*recordBytes)
}

// openFiles opens the files of the segment being written.
func (l *slotLog) openFiles(seg *segment) error {
	if l.log != nil {
		return nil
	}
	n, isNew := l.number, seg.path == ""
	if isNew {
		n++
	}
	log, idx, n, err := l.disk.files.open(l.disk.dir, l.base, n, seg)
	if err != nil {
		return err
	}
	l.log, l.idx, l.number = log, idx, n
	l.disk.open.Add(1)
	if isNew {
		l.reserve(seg)
		l.disk.removal.note(l.disk.dir)
	}
	return nil
}

// closeFiles closes the files of the segment being written; the next write
// opens them again.
func (l *slotLog) closeFiles() {
	if l.log == nil {
		return
	}
	for _, f := range []file{l.log, l.idx} {
		if err := f.Close(); err != nil {
			l.disk.failed(err, false) // a network file system may say only now that it is full
		}
	}
	l.log, l.idx = nil, nil
	l.disk.open.Add(-1)
}

// rotate closes the segment being written if n more bytes would make it too
// large. It waits for the end of a line, though not for ever.
func (l *slotLog) rotate(n int64) {
	if !l.writing {
		return
	}
	seg, limit := l.segments[len(l.segments)-1], l.disk.segmentBytes
	size := seg.bytes + int64(len(l.pending))
	if size == 0 || size+n <= limit || (l.unended && size <= 2*limit) {
		return
	}
	l.closeSegment()
}

// closeSegment ends the segment being written. It stays open if it cannot be
// written to its end; where it is gone, another one has begun.
func (l *slotLog) closeSegment() {
	if l.renew(false) || !l.write() {
		return
	}
	l.closeFiles()
	l.writing, l.unended = false, false
	if l.standing.Load() && l.left == "" {
		l.left = l.segments[len(l.segments)-1].path
	}
}

// fail notes that the disk refused.
func (l *slotLog) fail(err error) {
	l.failing, l.suspect, l.failedAt, l.refusal = true, true, l.disk.now(), err
	l.losses.Add(1)
	l.disk.fail(err)
}

// stall counts what is pending as what could not be written so far.
func (l *slotLog) stall() {
	n := int64(len(l.pending))
	l.disk.stuckBytes.Add(n - l.stuck)
	l.stuck = n
}

// retry tries again to write what is pending, once the last try is old enough.
// It reports whether new pieces are welcome.
func (l *slotLog) retry() bool {
	if age := l.disk.now() - l.failedAt; age >= 0 && age < retryEvery {
		return false
	}
	l.failing = false
	written := l.write()
	if l.suspect {
		l.disk.failed(l.refusal, false) // with what has been lost since, also if nothing was left to try
	}
	return written
}
