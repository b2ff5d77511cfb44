package session

import (
	"os"
	"slices"
	"time"

	"example.com/muster/procs/procfs"
	"example.com/muster/procs/spawn"
)

// survivors returns the processes of a session that has been killed which nobody
// ends any more, since its guard was killed too: those that have its name in their
// environment, have begun after it, and have no guard above them. One that was started
// without that environment is not found.
func (r *Record) survivors() []int {
	var left []int
	boot, began := procfs.BootTime(), time.Time(r.StartedAt).Truncate(time.Second)
	for _, pid := range procfs.Processes() {
		stat, err := procfs.ReadStat(pid)
		if err != nil || stat.Ended() || procfs.TickTime(boot, stat.StartTime).Before(began) || pid == os.Getpid() {
			continue // most have begun before: the environment, which costs most, is read of few
		}
		if procfs.Environ(pid, "MUSTER_SESSION")["MUSTER_SESSION"] == r.Session && !guarded(stat) {
			left = append(left, pid)
		}
	}
	slices.Sort(left)
	return left
}

// guarded reports whether a process has a guard above it, which ends it.
func guarded(stat procfs.Stat) bool {
	for range 100 { // pids may be used again meanwhile, in a ring
		if stat.PPID <= 1 {
			return false
		}
		if procfs.Comm(stat.PPID) == spawn.GuardName {
			return true
		}
		above, err := procfs.ReadStat(stat.PPID)
		if err != nil {
			return false
		}
		stat = above
	}
	return false
}
