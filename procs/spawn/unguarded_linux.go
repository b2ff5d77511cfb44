package spawn

import (
	"os"
	"slices"
	"time"

	"example.com/muster/procs/procfs"
)

// Unguarded returns the processes of a session that nobody ends any more, since its muster and
// its guard were both killed: those that have its name in their environment, have begun since
// it has, and have no guard above them. One that was started without that environment is not
// found.
func Unguarded(session string, since time.Time) []int {
	var left []int
	boot := procfs.BootTime()
	for _, pid := range procfs.Processes() {
		stat, err := procfs.ReadStat(pid)
		if err != nil || stat.Ended() || procfs.TickTime(boot, stat.StartTime).Before(since.Truncate(time.Second)) || pid == os.Getpid() {
			continue // most have begun before: the environment, which costs most, is read of few
		}
		if procfs.Environ(pid, "MUSTER_SESSION")["MUSTER_SESSION"] == session && !Guarded(stat.PPID) {
			left = append(left, pid)
		}
	}
	slices.Sort(left)
	return left
}

// Guarded reports whether a process is a guard or has one above it, which ends what is below.
func Guarded(pid int) bool {
	for range 100 { // pids may be used again meanwhile, in a ring
		if pid <= 1 {
			return false
		}
		if procfs.Comm(pid) == GuardName {
			return true
		}
		stat, err := procfs.ReadStat(pid)
		if err != nil {
			return false
		}
		pid = stat.PPID
	}
	return false
}
