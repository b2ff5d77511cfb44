package locks

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/procfs"
)

// fdTable is what descriptors of a process lead to, as far as others can be at
// the other end.
type fdTable struct {
	at    time.Time
	ran   uint64 // of the process when it was read: who has not run has opened nothing
	ends  []end
	valid bool
}

// end is a descriptor of a pipe, a socket, or something without a name.
type end struct {
	fd          int
	target      string // "pipe:[4711]"
	read, write bool
}

// fdsEvery is how often the descriptors of a process that runs are listed.
const fdsEvery = time.Second

// maxFDs bounds how many descriptors of a process are looked at.
const maxFDs = 4096

// ends returns the pipes and sockets that the process has open.
func (p *process) ends(now time.Time) []end {
	t := &p.fds
	if t.valid && (t.ran == p.ran && !p.running || now.Sub(t.at) < fdsEvery) {
		return t.ends
	}
	*t = fdTable{at: now, ran: p.ran, ends: listEnds(p.PID), valid: true}
	return t.ends
}

func listEnds(pid int) []end {
	dir, err := os.Open(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return nil
	}
	defer dir.Close() // it was only read
	names, _ := dir.Readdirnames(maxFDs)
	var ends []end
	for _, name := range names {
		fd, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		target := procfs.FDTarget(pid, fd)
		if !strings.HasPrefix(target, "pipe:[") && !strings.HasPrefix(target, "socket:[") && !strings.HasPrefix(target, "anon_inode:") {
			continue
		}
		e := end{fd: fd, target: target, read: true, write: true}
		var st unix.Stat_t
		if unix.Lstat(fmt.Sprintf("/proc/%d/fd/%d", pid, fd), &st) == nil { // its permissions are how it was opened
			e.read, e.write = st.Mode&0o400 != 0, st.Mode&0o200 != 0
		}
		ends = append(ends, e)
	}
	return ends
}

// endIndex finds who has a pipe or a socket open. It is made at the first
// question of a pass.
type endIndex struct {
	at time.Time
	by map[string][]ownedEnd
}

type ownedEnd struct {
	of *process
	end
}

// whoHas returns the processes that have it open, each once for reading and
// writing taken together.
func (l *looker) whoHas(target string) []ownedEnd {
	if !l.index.at.Equal(l.now) {
		l.indexEnds()
	}
	closed := false
	for _, e := range l.index.by[target] {
		if !e.of.stillHas(target) {
			e.of.fds.valid, closed = false, true
		}
	}
	if closed {
		l.indexEnds()
	}
	return l.index.by[target]
}

func (l *looker) indexEnds() {
	l.index = endIndex{at: l.now, by: map[string][]ownedEnd{}}
	for _, p := range l.order {
		for _, e := range p.ends(l.now) {
			l.index.add(p, e)
		}
	}
}

// stillHas reports whether what a process is known to have open of a target is so
// now: a process that has run since may have closed it.
func (p *process) stillHas(target string) bool {
	if p.fds.ran == p.ran && !p.running {
		return true
	}
	for _, e := range p.fds.ends {
		if e.target == target && procfs.FDTarget(p.PID, e.fd) != target {
			return false
		}
	}
	return true
}

// add notes a descriptor. Event counters share one name, so that each counts.
func (x *endIndex) add(p *process, e end) {
	list := x.by[e.target]
	if n := len(list); n > 0 && list[n-1].of == p && !strings.HasPrefix(e.target, "anon_inode:") {
		list[n-1].read, list[n-1].write = list[n-1].read || e.read, list[n-1].write || e.write
		return
	}
	x.by[e.target] = append(list, ownedEnd{p, e})
}

// inode returns the number in "pipe:[4711]".
func inode(target string) uint64 {
	_, rest, _ := strings.Cut(target, ":[")
	n, _ := strconv.ParseUint(strings.TrimSuffix(rest, "]"), 10, 64)
	return n
}

// fdInfo returns /proc/PID/fdinfo/FD, at most 16 KiB of it.
func fdInfo(pid, fd int) string {
	f, err := os.Open(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, fd))
	if err != nil {
		return ""
	}
	defer f.Close() // it was only read
	buf := make([]byte, 16<<10)
	n, _ := f.Read(buf)
	return string(buf[:n])
}
