package tree

import (
	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// maxFamily bounds how many processes [Family] finds.
const maxFamily = 1 << 16

// Family returns the processes of some pids and all their descendants that live
// at this moment: each once, and before those that it started. It needs no
// tracker, and misses who has lost its parent.
func Family(pids []int) []procs.PIDRef {
	var refs []procs.PIDRef
	seen := map[int]bool{}
	queue := append([]int(nil), pids...)
	for len(queue) > 0 && len(refs) < maxFamily {
		pid := queue[0]
		queue = queue[1:]
		if seen[pid] {
			continue
		}
		seen[pid] = true
		s, err := procfs.ReadStat(pid)
		if err != nil || s.Ended() {
			continue
		}
		refs = append(refs, procs.PIDRef{PID: pid, StartTime: s.StartTime})
		queue = procfs.Children(pid, s.Threads, queue)
	}
	return refs
}
