package locks

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/peek"
)

// file adds a wait for bytes from a descriptor, or for room in one.
func (l *looker) file(p *process, t *thread, fd int, write bool) graph.Doing {
	target := procfs.FDTarget(p.PID, fd)
	switch {
	case strings.HasPrefix(target, "pipe:["):
		l.wait(t, l.pipeID(target, write), !write, func() graph.Object { return l.pipe(target, write) })
		return graph.InPipe
	case strings.HasPrefix(target, "socket:["):
		return l.socket(p, t, target, write)
	case target == "anon_inode:[eventfd]":
		return l.eventFD(p, t, fd)
	case strings.HasPrefix(target, "/dev/tty"), strings.HasPrefix(target, "/dev/pts/"), target == "/dev/console":
		return graph.InTTY
	case strings.HasPrefix(target, "anon_inode:"): // a timer, signals, inotify
		return graph.Idle
	case isFIFO(p.PID, fd):
		return l.fifo(p, t, fd, target, write)
	}
	return graph.InIO
}

// pipeID names one direction of waiting for a pipe: those who wait for bytes
// wait for others than those who wait for room.
func (l *looker) pipeID(target string, write bool) graph.ID {
	if write {
		return graph.ID(fmt.Sprintf("pipe:%d:full", inode(target)))
	}
	return graph.ID(fmt.Sprintf("pipe:%d", inode(target)))
}

// pipe says who is at the other end of a pipe. Who waits for bytes finds it
// empty, and who waits for room finds it full.
func (l *looker) pipe(target string, write bool) graph.Object {
	o := graph.Object{Kind: graph.Pipe, Name: fmt.Sprintf("pipe %d", inode(target)), State: "empty", Any: true}
	rule := "has its write end open"
	if write {
		o.State, rule = "full", "has its read end open"
	}
	if name := l.pipeMade(inode(target), "pipe"); name != "" {
		o.Name = name
	}
	for _, e := range l.whoHas(target) {
		if write && e.read || !write && e.write {
			o.Holders = append(o.Holders, e.of.holder(rule))
		}
	}
	o.Complete = !l.ends.hold(l, target)
	return o
}

func isFIFO(pid, fd int) bool {
	var st unix.Stat_t
	return unix.Stat(fmt.Sprintf("/proc/%d/fd/%d", pid, fd), &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO
}

// fifo adds a wait for a named pipe, which anybody may open, so that its ends
// are never all known.
func (l *looker) fifo(p *process, t *thread, fd int, path string, write bool) graph.Doing {
	var st unix.Stat_t
	if unix.Stat(fmt.Sprintf("/proc/%d/fd/%d", p.PID, fd), &st) != nil {
		return graph.InPipe
	}
	id := graph.ID(fmt.Sprintf("pipe:%x:%d", st.Dev, st.Ino))
	state, rule := "empty", "has its write end open"
	if write {
		id += ":full"
		state, rule = "full", "has its read end open"
	}
	l.wait(t, id, !write, func() graph.Object {
		o := graph.Object{Kind: graph.Pipe, Name: path, State: state, Any: true}
		for _, q := range l.order {
			if q.hasFIFO(st.Dev, st.Ino, !write) {
				o.Holders = append(o.Holders, q.holder(rule))
			}
		}
		return o
	})
	return graph.InPipe
}

// opens adds a wait for somebody to open the other end of a named pipe (fifo(7)). Who opens
// anything else waits for the disk.
func (l *looker) opens(p *process, t *thread) graph.Doing {
	name, err := peek.CString(p.mem, t.at.addr, unix.PathMax)
	if err != nil {
		l.out.coverage.memory(err)
		return graph.InIO
	}
	at := fmt.Sprintf("/proc/%d/root", p.PID)
	switch {
	case filepath.IsAbs(name):
	case t.at.fd == unix.AT_FDCWD:
		at = fmt.Sprintf("/proc/%d/cwd", p.PID)
	default:
		at = fmt.Sprintf("/proc/%d/fd/%d", p.PID, t.at.fd)
	}
	var st unix.Stat_t
	if unix.Stat(at+"/"+name, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return graph.InIO
	}
	write := t.at.op&unix.O_ACCMODE == unix.O_WRONLY
	id, state := graph.ID(fmt.Sprintf("pipe:%x:%d:open", st.Dev, st.Ino)), "nobody has opened it to write"
	if write {
		id, state = id+":full", "nobody has opened it to read"
	}
	l.wait(t, id, !write, func() graph.Object { return graph.Object{Kind: graph.Pipe, Name: name, State: state, Any: true} })
	return graph.InPipe
}

// hasFIFO reports whether the process has a named pipe open for writing, or for
// reading.
func (p *process) hasFIFO(dev, ino uint64, write bool) bool {
	dir, err := os.Open(fmt.Sprintf("/proc/%d/fd", p.PID))
	if err != nil {
		return false
	}
	defer dir.Close() // it was only read
	names, _ := dir.Readdirnames(maxFDs)
	for _, name := range names {
		var st, link unix.Stat_t
		at := fmt.Sprintf("/proc/%d/fd/%s", p.PID, name)
		if unix.Stat(at, &st) != nil || st.Dev != dev || st.Ino != ino || unix.Lstat(at, &link) != nil {
			continue
		}
		if write && link.Mode&0o200 != 0 || !write && link.Mode&0o400 != 0 {
			return true
		}
	}
	return false
}

// eventFD adds a wait for an event counter.
func (l *looker) eventFD(p *process, t *thread, fd int) graph.Doing {
	number := infoLine(fdInfo(p.PID, fd), "eventfd-id:")
	if number == "" { // before Linux 5.2
		return graph.Idle
	}
	l.wait(t, graph.ID("eventfd:"+number), true, func() graph.Object {
		o := graph.Object{Kind: graph.EventFD, Name: "eventfd " + number, State: "count 0", Any: true}
		for _, e := range l.whoHas("anon_inode:[eventfd]") {
			if infoLine(fdInfo(e.of.PID, e.fd), "eventfd-id:") == number {
				o.Holders = append(o.Holders, e.of.holder("has it open"))
			}
		}
		return o
	})
	return graph.InPipe
}

// infoLine returns the value of a line of fdinfo.
func infoLine(info, key string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, key); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// poll adds a wait for any of several descriptors, as far as they are pipes
// and sockets, all of them.
func (l *looker) poll(p *process, t *thread) graph.Doing {
	if t.at.n == 0 {
		return graph.Sleeping
	}
	if t.at.n > maxPolled {
		return graph.Idle
	}
	b := make([]byte, 8*t.at.n) // struct pollfd: descriptor, events, 32 and 2 x 16 bits
	if err := p.mem.ReadAt(b, t.at.addr); err != nil {
		l.out.coverage.memory(err)
		return graph.Idle
	}
	fds := pollFDs(b)
	if len(fds) == 1 {
		return l.file(p, t, fds[0].fd, fds[0].write)
	}
	id := graph.ID(fmt.Sprintf("poll:%d.%d", t.PID, t.TID))
	l.wait(t, id, true, func() graph.Object {
		o := graph.Object{Kind: graph.Pipe, Name: fmt.Sprintf("any of %d descriptors", len(fds)), Any: true, Complete: len(fds) > 0}
		for _, f := range fds {
			one := l.polled(p, f)
			o.Complete = o.Complete && one.Complete
			for _, h := range one.Holders {
				if !slices.ContainsFunc(o.Holders, func(g graph.Holder) bool { return g.Thread == h.Thread }) {
					o.Holders = append(o.Holders, h)
				}
			}
		}
		return o
	})
	return graph.InPipe
}

// polled is the object that one descriptor of a poll waits for.
func (l *looker) polled(p *process, f pollFD) graph.Object {
	if target := procfs.FDTarget(p.PID, f.fd); strings.HasPrefix(target, "pipe:[") {
		return l.pipe(target, f.write)
	}
	return graph.Object{}
}

// pollFD is one descriptor of a poll.
type pollFD struct {
	fd    int
	write bool // it is for room only
}

const (
	pollIn  = 0x1
	pollOut = 0x4
)

func pollFDs(b []byte) (fds []pollFD) {
	for ; len(b) >= 8; b = b[8:] {
		fd := int(int32(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24))
		if fd >= 0 {
			fds = append(fds, pollFD{fd, b[4]&(pollIn|pollOut) == pollOut})
		}
	}
	return fds
}

// others knows whether processes that are not looked at have a pipe or a
// socket open. That takes a walk over all of /proc, so that one walk answers
// for all that was asked since the last.
type others struct {
	at      time.Time
	took    time.Duration
	known   map[string]answer
	pending map[string]bool
}

type answer struct {
	held bool
	at   time.Time
}

// An answer holds for a while: who has no end of a pipe can get one only from
// somebody who has.
const (
	othersEvery   = 200 * time.Millisecond
	othersShare   = 50 // times what the last walk took are waited before the next,
	othersLongest = time.Second
	othersHold    = 20 * time.Second
	maxAnswers    = 4096
)

// hold reports whether somebody else has it open, or that is not known yet.
func (o *others) hold(l *looker, target string) bool {
	a, ok := o.known[target]
	if !ok || l.now.Sub(a.at) > othersHold {
		if o.pending == nil {
			o.pending = map[string]bool{}
		}
		o.pending[target] = true
	}
	return !ok || a.held
}

// walk answers what was asked since the last walk, if anything was.
func (o *others) walk(l *looker) {
	if len(o.pending) == 0 || l.now.Sub(o.at) < max(othersEvery, min(othersLongest, othersShare*o.took)) {
		return
	}
	began := time.Now()
	held := map[string]bool{}
	for _, pid := range allPIDs() {
		if l.byPID(pid) != nil {
			continue
		}
		for _, target := range o.openBy(pid) {
			held[target] = true
		}
	}
	if o.known == nil || len(o.known) > maxAnswers {
		o.known = map[string]answer{}
	}
	for target := range o.pending {
		o.known[target] = answer{held[target], l.now}
	}
	o.at, o.took, o.pending = l.now, time.Since(began), nil
	l.kept = nil // they were described without these answers
}

// joined forgets who was said to be somebody else, as one more process is
// looked at now.
func (o *others) joined() {
	maps.DeleteFunc(o.known, func(_ string, a answer) bool { return a.held })
}

// openBy returns what a process has of what was asked: pipes and sockets that
// it has open, "map:" and a file that it has mapped.
func (o *others) openBy(pid int) (targets []string) {
	for _, e := range listEnds(pid) {
		if o.pending[e.target] {
			targets = append(targets, e.target)
		}
	}
	return append(targets, o.mapped(pid)...)
}

// mapped returns the files among what was asked that a process has mapped.
func (o *others) mapped(pid int) (targets []string) {
	var maps []byte
	for target := range o.pending {
		file, ok := strings.CutPrefix(target, "map:")
		if !ok {
			continue
		}
		if maps == nil {
			maps, _ = os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid)) // of another user's, nothing
		}
		if bytes.Contains(maps, []byte(" "+file+" ")) {
			targets = append(targets, target)
		}
	}
	return targets
}

// allPIDs returns the processes of the machine.
func allPIDs() []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close() // it was only read
	names, _ := dir.Readdirnames(-1)
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
