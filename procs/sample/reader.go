package sample

import (
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// reader measures processes. On Linux it reads the files of /proc itself;
// elsewhere, and as the measure in the tests of that one, it asks gopsutil.
type reader interface {
	// open prepares to measure a process again and again.
	open(pid int) (probe, error)
}

// probe measures one process. An error is errGone, or [procfs.IsGone] says so of it, if
// the process has been waited for; any other says nothing of the process.
type probe interface {
	// clock returns the CPU time of the process so far. It is cheap.
	clock() (time.Duration, error)
	// look reads what a row shows.
	look(*looked) error
	// runs reports whether a thread of the process runs or is ready to.
	runs() bool
	// queue returns for how long the main thread has had a CPU so far, and for how
	// long it has waited for one; zeros where the system does not tell.
	queue() (ran, waited time.Duration)
	// detail reads what is not worth reading each time: descriptors, bytes
	// and switches, and the memory if it can be had more exactly than in a
	// look. What cannot be read becomes Unknown.
	detail(threads int, u *procs.Usage) detailed
	close()
}

// looked is what a look finds.
type looked struct {
	state    procs.RunState
	rssBytes int64
	threads  int
	// stat is all of /proc/PID/stat, for the tree; hasStat says if there is one.
	stat    procfs.Stat
	hasStat bool
}

// detailed is what the details tell besides usage; 0 where the system does not tell.
type detailed struct {
	peakRSSBytes int64 // the most memory that the process has had so far
	tracer       int   // the pid of who traces it
}

// unknown is a usage of which nothing is known.
var unknown = procs.Usage{
	CPUPercent: procs.Unknown, RSSBytes: procs.Unknown, Threads: procs.Unknown, FDs: procs.Unknown,
	ReadBytes: procs.Unknown, WriteBytes: procs.Unknown,
	VoluntarySwitches: procs.Unknown, InvoluntarySwitches: procs.Unknown,
}
