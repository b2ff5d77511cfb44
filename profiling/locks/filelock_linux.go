package locks

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// fileLocks is what /proc/locks said in this pass; it is read at the first
// thread that waits for a file lock.
type fileLocks struct {
	at   time.Time
	list []fileLock
}

func (f *fileLocks) read(now time.Time) ([]fileLock, error) {
	if f.at.Equal(now) {
		return f.list, nil
	}
	text, err := os.ReadFile("/proc/locks")
	if err != nil {
		return nil, err
	}
	f.at, f.list = now, parseFileLocks(text)
	return f.list, nil
}

// fileLock adds a wait for a lock of a file: flock(2), or fcntl(2) with one of
// the commands that wait.
func (l *looker) fileLock(p *process, t *thread) graph.Doing {
	var kind graph.Kind
	switch {
	case t.at.is == callFlock:
		kind = graph.Flock
	case t.at.op == unix.F_SETLKW:
		kind = graph.POSIX
	case t.at.op == unix.F_OFD_SETLKW:
		kind = graph.OFD
	default:
		return graph.InIO // other commands of fcntl wait for the disk at most
	}
	path := procfs.FDTarget(p.PID, t.at.fd)
	var st unix.Stat_t
	if err := unix.Stat(fmt.Sprintf("/proc/%d/fd/%d", p.PID, t.at.fd), &st); err != nil {
		l.out.coverage.add(ofFiles, fmt.Sprintf("the file that pid %d locks cannot be looked at: %v", p.PID, err))
		return graph.InLock
	}
	locks, err := l.files.read(l.now)
	if err != nil {
		l.out.coverage.add(ofFiles, fmt.Sprintf("/proc/locks cannot be read: %v", err))
		return graph.InLock
	}
	bytes := ""
	if kind == graph.OFD {
		bytes = p.wantedBytes(t.at.addr)
	}
	wanted := waitingLine(locks, kind, p.PID, st.Ino, bytes)
	if wanted == nil {
		if hasLine(locks, kind, p.PID, st.Ino) {
			return graph.Runnable // it has got it meanwhile
		}
		return graph.InLock // the kernel keeps no list of it, as of some network file systems
	}
	had := heldLines(locks, wanted)
	id := graph.ID(fmt.Sprintf("%s:%s", kind, wanted.file))
	if len(had) > 0 && had[0].region() != "" {
		id += graph.ID("+" + had[0].region())
	}
	l.wait(t, id, false, func() graph.Object { return l.describeFileLock(kind, path, had) })
	return graph.InLock
}

// wantedBytes reads which bytes of a file a struct flock asks for, as /proc/locks
// writes them; "" if that is not known, or relative to a place in the file. The
// type and the origin are 16 bits each, the start and the length 64, behind 4
// of padding (asm-generic/fcntl.h).
func (p *process) wantedBytes(addr uint64) string {
	var b [24]byte
	if p.mem.ReadAt(b[:], addr) != nil || binary.LittleEndian.Uint16(b[2:]) != unix.SEEK_SET {
		return ""
	}
	start, length := int64(binary.LittleEndian.Uint64(b[8:])), int64(binary.LittleEndian.Uint64(b[16:]))
	switch {
	case length == 0:
		return fmt.Sprintf("%d-EOF", start)
	case length < 0:
		return fmt.Sprintf("%d-%d", start+length, start-1)
	}
	return fmt.Sprintf("%d-%d", start, start+length-1)
}

// describeFileLock says who has a lock of a file.
func (l *looker) describeFileLock(kind graph.Kind, path string, had []fileLock) graph.Object {
	o := graph.Object{Kind: kind, Name: strings.TrimSuffix(path, " (deleted)"), Taken: true, Complete: true}
	for _, h := range had {
		if region := h.region(); region != "" {
			o.State = "bytes " + region
		}
		o.Holders = append(o.Holders, l.fileHolders(h)...)
	}
	o.Complete = len(o.Holders) > 0
	// Each that shares a description can let go of its lock; each of several
	// who have it for reading has to.
	o.Any = len(had) == 1 && len(o.Holders) > 1
	return o
}

// fileHolders finds the processes that have a lock. A POSIX lock belongs to the
// process; the others to the open file, which a child may have inherited and
// whoever took it have left.
func (l *looker) fileHolders(h fileLock) []graph.Holder {
	taker := l.byPID(h.pid)
	if taker != nil && h.kind == graph.POSIX {
		return []graph.Holder{taker.holder("pid in /proc/locks")}
	}
	var holders []graph.Holder
	if h.kind != graph.POSIX {
		for _, p := range l.order {
			if !p.hasFileLock(h) {
				continue
			}
			holders = append(holders, p.holder("lock in its fdinfo"))
			if last := len(holders) - 1; p.PID == h.pid { // who took it comes first
				holders[0], holders[last] = holders[last], holders[0]
			}
		}
	}
	if taker != nil && len(holders) == 0 { // its descriptors may not be looked at
		return []graph.Holder{taker.holder("pid in /proc/locks")}
	}
	if h.pid <= 0 || taker != nil {
		return holders
	}
	s, err := procfs.ReadStat(h.pid)
	if err != nil {
		return holders // it has ended, and left it to them
	}
	ref := procs.PIDRef{PID: h.pid, StartTime: s.StartTime}
	return append(holders, graph.Holder{Thread: graph.Thread{PIDRef: ref}, Evidence: profiling.Exact, Rule: "pid in /proc/locks", Outside: true})
}

// hasFileLock reports whether the process has an open file that has the lock,
// as the "lock:" lines of its fdinfo say (proc(5)).
func (p *process) hasFileLock(h fileLock) bool {
	dir, err := os.Open(fmt.Sprintf("/proc/%d/fd", p.PID))
	if err != nil {
		return false
	}
	defer dir.Close() // it was only read
	names, _ := dir.Readdirnames(maxFDs)
	for _, name := range names {
		var st unix.Stat_t
		if unix.Stat(fmt.Sprintf("/proc/%d/fd/%s", p.PID, name), &st) != nil || st.Ino != h.inode() {
			continue
		}
		info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%s", p.PID, name))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(info)) {
			text, ok := strings.CutPrefix(line, "lock:")
			if !ok {
				continue
			}
			if got, ok := parseFileLock(strings.TrimSpace(text)); ok && got.kind == h.kind && got.file == h.file && got.from == h.from && got.to == h.to && got.pid == h.pid {
				return true
			}
		}
	}
	return false
}
