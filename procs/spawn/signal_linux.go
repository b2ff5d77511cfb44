package spawn

import (
	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

func startTime(pid int) (uint64, error) {
	s, err := procfs.ReadStat(pid)
	return s.StartTime, err
}

func ticks() uint64 { return procfs.Ticks() }

// signalRef opens a pidfd first and looks at the start time then: if the time
// is right the pidfd is of the process that is meant, or of one that has
// ended. See pidfd_open(2) and pidfd_send_signal(2).
func signalRef(ref procs.PIDRef, sig unix.Signal) error {
	fd, err := unix.PidfdOpen(ref.PID, 0)
	if err == unix.ENOSYS || err == unix.EMFILE || err == unix.ENFILE || err == unix.EPERM { // a sandbox, or none left
		return signalNumber(ref, sig)
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }() // nothing is written to it
	if err := verify(ref); err != nil {
		return err
	}
	return unix.PidfdSendSignal(fd, sig, nil, 0)
}

// signalNumber is for where there are no pidfds: between the look and the
// signal the pid could change hands.
func signalNumber(ref procs.PIDRef, sig unix.Signal) error {
	if err := verify(ref); err != nil {
		return err
	}
	return unix.Kill(ref.PID, sig)
}

// verify fails if the pid is not that of the process meant. A start time of 0
// is not known, and not looked at.
func verify(ref procs.PIDRef) error {
	if ref.StartTime == 0 {
		return nil
	}
	now, err := startTime(ref.PID)
	if err != nil || now != ref.StartTime {
		return unix.ESRCH
	}
	return nil
}
