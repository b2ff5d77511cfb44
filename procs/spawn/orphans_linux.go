package spawn

import (
	"os"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/procfs"
)

// becomeSubreaper makes this process the new parent of all descendants whose
// own parent ends, see prctl(2).
func becomeSubreaper() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// sweepOrphans reaps the children that have ended and that nobody owns, each
// by its pid: waiting for any child would take the exits that others wait
// for. It reports whether somebody is left to be reaped, now or soon.
func sweepOrphans(owned func(pid int) bool) (more bool) {
	if _, ended := hasChildren(); !ended {
		return false
	}
	for _, pid := range procfs.Children(os.Getpid(), 0, nil) {
		if owned(pid) {
			continue
		}
		if stat, err := procfs.ReadStat(pid); err == nil && stat.Ended() {
			_, _ = wait4(pid, nil, nil) // if it is gone already, all the better
		}
	}
	_, ended := hasChildren()
	return ended
}
