package output

// The part of slotLog that touches files. All of it is called with mu held.

// write writes out what is pending: the log first, so that the index never
// tells of bytes that are not there.
func (l *slotLog) write() bool {
	if !l.writing {
		return true
	}
	seg := l.segments[len(l.segments)-1]
	if !l.writePending(seg) || !l.writeRecords(seg) {
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
		l.disk.recovered()
	}
	return true
}

// writeRecords writes the pending records. If it cannot, they stay pending.
func (l *slotLog) writeRecords(seg *segment) bool {
	l.closeRecord()
	if len(l.records) == 0 {
		return true
	}
	err := l.openFiles(seg)
	if err == nil {
		_, err = l.idx.WriteAt(l.records, seg.records*recordBytes)
	}
	if err != nil {
		l.fail(err)
		return false
	}
	seg.records += int64(len(l.records) / recordBytes)
	l.disk.used.Add(int64(len(l.records)))
	l.records = l.records[:0]
	return true
}

// openFiles opens the files of the segment being written.
func (l *slotLog) openFiles(seg *segment) error {
	if l.log != nil {
		return nil
	}
	n := l.number
	if seg.path == "" {
		n++
	}
	log, idx, n, err := l.disk.files.open(l.disk.dir, l.base, n, seg)
	if err != nil {
		return err
	}
	l.log, l.idx, l.number = log, idx, n
	l.disk.open.Add(1)
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
			l.disk.failed(err, 0) // a network file system may say only now that it is full
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
// written to its end.
func (l *slotLog) closeSegment() {
	if !l.write() {
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
	l.failing, l.suspect, l.failedAt = true, true, l.disk.now()
	l.losses.Add(1)
	l.disk.failed(err, len(l.pending))
}

// retry tries again to write what is pending, once the last try is old enough.
// It reports whether new pieces are welcome.
func (l *slotLog) retry() bool {
	if age := l.disk.now() - l.failedAt; age >= 0 && age < retryEvery {
		return false
	}
	l.failing = false
	return l.write()
}
