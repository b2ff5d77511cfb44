package spawn

import (
	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// startTime is in microseconds since 1970 here.
func startTime(pid int) (uint64, error) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return 0, err
	}
	return uint64(info.Proc.P_starttime.Nano() / 1e3), nil
}

// ticks is not known: the kernel counts in microseconds there.
func ticks() uint64 { return 0 }

func signalRef(ref procs.PIDRef, sig unix.Signal) error {
	if now, err := startTime(ref.PID); err != nil || ref.StartTime != 0 && now != ref.StartTime {
		return unix.ESRCH
	}
	return unix.Kill(ref.PID, sig)
}
