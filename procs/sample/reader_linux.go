package sample

import (
	"errors"
	"os"
	"syscall"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"golang.org/x/sys/unix"
)

// procReader reads the files of /proc, with the stat of each process kept
// open: that takes one system call and no allocation, and a descriptor stays
// with its process even when the pid is used again.
type procReader struct {
	kept, most int // descriptors: open now, and at the most
	buf        [1024]byte
}

func newReader() reader {
	r := &procReader{}
	var limit syscall.Rlimit
	// The os package has raised the soft limit to the hard one (os/rlimit.go).
	// A quarter of it leaves room for what else a slot needs.
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
		r.most = int(min(limit.Cur, 1<<20) / 4)
	}
	return r
}

func (r *procReader) open(pid int) (probe, error) {
	p := &procProbe{r: r, pid: pid, fd: -1}
	if r.kept >= r.most {
		return p, nil
	}
	fd, err := procfs.OpenStat(pid)
	switch {
	case err == nil:
		p.fd = fd
		r.kept++
	case !errors.Is(err, unix.EMFILE) && !errors.Is(err, unix.ENFILE):
		return nil, err
	}
	return p, nil
}

// procProbe measures one process. Without a descriptor (fd < 0) it opens stat
// each time, and takes a new start time for the end of the process.
type procProbe struct {
	r     *procReader
	pid   int
	fd    int
	start uint64
	// ticks: the CPU clock cannot be read, so it counts in ticks.
	ticks bool
}

func (p *procProbe) clock() (time.Duration, error) {
	if !p.ticks {
		d, err := procfs.CPUClock(p.pid)
		if err == nil {
			return d, nil
		}
	}
	var l looked
	if err := p.look(&l); err != nil {
		return 0, err
	}
	p.ticks = true // it lives, so the clock is not to be had
	return time.Duration(l.stat.UserTime+l.stat.SysTime) * (time.Second / procfs.TicksPerSecond), nil
}

var pageSize = int64(os.Getpagesize())

func (p *procProbe) look(l *looked) error {
	if err := p.stat(&l.stat); err != nil {
		return err
	}
	l.hasStat = true
	l.state = procs.RunState(l.stat.State)
	l.rssBytes, l.threads = l.stat.RSSPages*pageSize, l.stat.Threads
	return nil
}

func (p *procProbe) runs() bool { return procfs.AnyRuns(p.pid, manyThreads) }

func (p *procProbe) queue() (ran, waited time.Duration) {
	ran, waited, _ = procfs.ReadQueue(p.pid) // both are 0 where it cannot be read
	return ran, waited
}

func (p *procProbe) stat(s *procfs.Stat) error {
	if p.fd >= 0 {
		return procfs.PreadStat(p.fd, p.r.buf[:], s)
	}
	read, err := procfs.ReadStat(p.pid)
	if err != nil {
		return err
	}
	if p.start == 0 {
		p.start = read.StartTime
	}
	if p.start != read.StartTime {
		return errGone
	}
	*s = read
	return nil
}

// manyThreads is how many threads a process may have for its context switches
// to be counted: each has a file of its own.
const manyThreads = 64

func (p *procProbe) detail(threads int, u *procs.Usage) detailed {
	u.FDs, u.ReadBytes, u.WriteBytes = procs.Unknown, procs.Unknown, procs.Unknown
	u.VoluntarySwitches, u.InvoluntarySwitches = procs.Unknown, procs.Unknown
	if n, err := procfs.CountFDs(p.pid); err == nil {
		u.FDs = n
	}
	if io, err := procfs.ReadIO(p.pid); err == nil {
		u.ReadBytes, u.WriteBytes = io.ReadBytes, io.WriteBytes
	}
	read := procfs.ReadStatus
	if threads > 1 && threads <= manyThreads {
		read = procfs.ReadAllStatus
	}
	s, err := read(p.pid)
	if err != nil {
		return detailed{}
	}
	if s.RSSBytes > 0 {
		u.RSSBytes = s.RSSBytes
	}
	if threads <= manyThreads {
		u.VoluntarySwitches, u.InvoluntarySwitches = s.Voluntary, s.Involuntary
	}
	return detailed{s.PeakRSSBytes, s.Tracer}
}

func (p *procProbe) close() {
	if p.fd >= 0 {
		_ = unix.Close(p.fd) // read only: nothing can be lost
		p.r.kept--
		p.fd = -1
	}
}
