package locks

import (
	"bytes"
	"strconv"
	"strings"

	"example.com/muster/profiling/locks/graph"
)

// fileLock is one line of /proc/locks (fs/locks.c, lock_get_status):
//
//	1: FLOCK  ADVISORY  WRITE 4711 08:01:131090 0 EOF
//	1: -> FLOCK  ADVISORY  WRITE 4712 08:01:131090 0 EOF
//
// The second line waits for the first, whose number it has.
type fileLock struct {
	number  int
	waits   bool
	kind    graph.Kind
	write   bool
	pid     int    // -1 of an OFD lock, 0 of a process that is in another PID namespace
	file    string // "08:01:131090"
	from    string // first byte
	to      string // last byte, or EOF
	ordinal int    // place in the file
}

// parseFileLocks reads /proc/locks, or the "lock:" lines of an fdinfo.
func parseFileLocks(text []byte) []fileLock {
	var list []fileLock
	for line := range bytes.Lines(text) {
		if l, ok := parseFileLock(string(line)); ok {
			l.ordinal = len(list)
			list = append(list, l)
		}
	}
	return list
}

func parseFileLock(line string) (l fileLock, ok bool) {
	f := strings.Fields(line)
	if len(f) < 8 {
		return l, false
	}
	var err error
	if l.number, err = strconv.Atoi(strings.TrimSuffix(f[0], ":")); err != nil {
		return l, false
	}
	if f[1] == "->" {
		l.waits = true
		f = append(f[:1], f[2:]...)
		if len(f) < 8 {
			return l, false
		}
	}
	switch f[1] {
	case "FLOCK":
		l.kind = graph.Flock
	case "POSIX":
		l.kind = graph.POSIX
	case "OFDLCK":
		l.kind = graph.OFD
	default: // leases and delegations
		return l, false
	}
	l.write = f[3] == "WRITE"
	l.pid, err = strconv.Atoi(f[4])
	l.file, l.from, l.to = f[5], f[6], f[7]
	return l, err == nil && strings.Count(l.file, ":") == 2
}

// inode returns the file's number.
func (l *fileLock) inode() uint64 {
	n, _ := strconv.ParseUint(l.file[strings.LastIndexByte(l.file, ':')+1:], 10, 64)
	return n
}

// region says which bytes are meant, "" for all of a file.
func (l *fileLock) region() string {
	if l.from == "0" && l.to == "EOF" {
		return ""
	}
	return l.from + "-" + l.to
}

// waitingLine finds the line of who waits: by its pid, or for OFD locks, which
// have none, by the file and the bytes that it wants, as far as those are known.
// Where several lines are left that wait for different locks, it is none of them.
func waitingLine(locks []fileLock, kind graph.Kind, pid int, ino uint64, bytes string) *fileLock {
	var found *fileLock
	for i := range locks {
		w := &locks[i]
		if !w.waits || w.kind != kind || w.inode() != ino || w.pid != pid && kind != graph.OFD {
			continue
		}
		if kind == graph.OFD && bytes != "" && bytes != w.from+"-"+w.to {
			continue
		}
		if found != nil && kind == graph.OFD && w.number != found.number {
			return nil
		}
		if found == nil {
			found = w
		}
	}
	return found
}

// heldLines returns the line that a waiting one waits for. A shared flock may
// be had by several.
func heldLines(locks []fileLock, w *fileLock) (had []fileLock) {
	for _, l := range locks {
		if !l.waits && l.number == w.number {
			had = append(had, l)
		}
	}
	for _, l := range locks {
		if len(had) > 0 && !l.waits && l.number != w.number && l.kind == w.kind && l.file == w.file && !l.write && w.write && w.kind == graph.Flock {
			had = append(had, l)
		}
	}
	return had
}

// hasLine reports whether a process has a lock of a file.
func hasLine(locks []fileLock, kind graph.Kind, pid int, inode uint64) bool {
	for i := range locks {
		if l := &locks[i]; !l.waits && l.kind == kind && l.pid == pid && l.inode() == inode {
			return true
		}
	}
	return false
}
