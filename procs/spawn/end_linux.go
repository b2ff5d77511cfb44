package spawn

import (
	"os"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// living returns the processes in scope that have not ended, parents first.
func (s scope) living() []procs.PIDRef {
	var found []procs.PIDRef
	seen := map[int]bool{}
	threads := 0 // of this process: unknown
	for next := []int{os.Getpid()}; len(next) > 0; next = next[1:] {
		if seen[next[0]] { // a pid that went to somebody else meanwhile
			continue
		}
		seen[next[0]] = true
		if next[0] != os.Getpid() {
			stat, err := procfs.ReadStat(next[0])
			if err != nil {
				continue // it has just ended; its children are ours now, for the next walk
			}
			threads = stat.Threads
			if !stat.Ended() && !s.spares(stat.SID) {
				found = append(found, procs.PIDRef{PID: next[0], StartTime: stat.StartTime})
			}
		}
		next = procfs.Children(next[0], threads, next)
	}
	return found
}

func signalTarget(ref procs.PIDRef, sig unix.Signal) error { return signalRef(ref, sig) }

func (s scope) lives(ref procs.PIDRef) bool {
	stat, err := procfs.ReadStat(ref.PID)
	if err != nil {
		return !procfs.IsGone(err) // who cannot be looked at may live
	}
	return stat.StartTime == ref.StartTime && !stat.Ended()
}
