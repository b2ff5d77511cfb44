package output

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// trim makes the largest rings give way until all together are within bounds.
// A ring keeps its newest block.
func (s *Store) trim() {
	if !s.trimming.TryLock() {
		return // somebody is at it
	}
	defer s.trimming.Unlock()
	for s.ringBytes.Load() > s.config.TotalBytes {
		if largest := s.largestRing(); largest == nil || !largest.giveWay() {
			return
		}
	}
}

// largestRing returns the slot whose ring holds the most memory.
func (s *Store) largestRing() *Slot {
	var largest *Slot
	var most int64
	for _, sl := range s.all() {
		if n := sl.ringBytes(); n > most {
			largest, most = sl, n
		}
	}
	return largest
}

func (s *Slot) ringBytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ring.bytes
}

// giveWay drops the ring's oldest block, and says whether it had one to spare.
func (s *Slot) giveWay() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ring.blocks) < 2 {
		return false
	}
	before := s.ring.bytes
	s.ring.dropOldest()
	s.kept.Store(s.ring.oldest())
	s.store.ringBytes.Add(s.ring.bytes - before)
	return true
}

// enforce removes segments, those first that were written to longest ago,
// until the log is within its limit. One that is being written is never
// removed; if there are no others, the largest is closed and its slot starts a
// new one.
func (s *Store) enforce() {
	s.enforcing.Lock()
	defer s.enforcing.Unlock()
	defer s.merge.forget(func(slot uint32) uint64 { return s.all()[slot].oldest() })
	for s.disk.used.Load() > s.config.DiskBytes {
		l := s.oldestSegment()
		if l == nil {
			if l = s.largestSegment(); l == nil || !l.close() {
				return
			}
			continue
		}
		if !l.removeOldest() {
			return
		}
	}
}

// oldestSegment returns the log with the closed segment that was written to
// longest ago, or nil.
func (s *Store) oldestSegment() *slotLog {
	var found *slotLog
	var oldest int64
	for _, sl := range s.all() {
		if at, ok := sl.log.oldestClosed(); ok && (found == nil || at < oldest) {
			found, oldest = sl.log, at
		}
	}
	return found
}

// largestSegment returns the log with the largest segment being written, or
// nil.
func (s *Store) largestSegment() *slotLog {
	var found *slotLog
	var most int64
	for _, sl := range s.all() {
		if n := sl.log.writingBytes(); n > most {
			found, most = sl.log, n
		}
	}
	return found
}

func (l *slotLog) oldestClosed() (writtenAt int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.segments); n == 0 || (n == 1 && l.writing) {
		return 0, false
	}
	return l.segments[0].writtenAt, true
}

func (l *slotLog) writingBytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.writing || l.failing {
		return 0
	}
	return l.segments[len(l.segments)-1].bytes
}

// close ends the segment being written and says whether it could.
func (l *slotLog) close() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closeSegment()
	return !l.writing
}

// removeOldest removes the oldest segment, which must be closed.
func (l *slotLog) removeOldest() bool {
	seg := l.takeOldest()
	if seg == nil {
		return false
	}
	l.disk.used.Add(-seg.cost()) // also if it cannot be removed: once tried is enough
	if err := seg.remove(); err != nil {
		why := reason(err)
		l.disk.notices.add("remove: "+why, false, func() string { return "cannot remove the oldest output from the log: " + why })
	}
	l.disk.removedBytes.Add(seg.bytes)
	l.disk.removedLines.Add(int64(seg.end - seg.first))
	l.disk.notices.add("removed", false, func() string {
		return fmt.Sprintf("the log in %s has reached its limit; its oldest lines are being removed", l.disk.dir)
	})
	return true
}

func (l *slotLog) takeOldest() *segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.segments); n == 0 || (n == 1 && l.writing) {
		return nil
	}
	seg := l.segments[0]
	if seg.path == l.left {
		l.left = "" // what stood beside it is written down anew
		l.queue()
	}
	l.segments = append(l.segments[:0], l.segments[1:]...)
	if len(l.segments) > 0 {
		l.first.Store(l.segments[0].first)
	} else {
		l.first.Store(none)
	}
	return seg
}

// maxOpenLogs returns how many logs may keep their two files open: half of the
// descriptors that this process may have, see getrlimit(2).
func maxOpenLogs() int64 {
	const least, most = 64, 4096
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return least
	}
	return int64(min(max(lim.Cur/4, least), most))
}
