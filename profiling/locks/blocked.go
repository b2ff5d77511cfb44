package locks

import (
	"bytes"
	"strconv"
)

// blocked is what /proc/PID/task/TID/syscall says of a thread.
type blocked struct {
	Running bool // it has a CPU, or is about to get one
	NR      int  // the system call it is in; -1 if it is blocked outside of one
	Args    [6]uint64
	SP, PC  uint64
}

// parseBlocked reads the file (fs/proc/base.c, proc_pid_syscall): "running",
// "-1 SP PC", or the number, six arguments, SP and PC in hexadecimal.
func parseBlocked(b []byte) (blocked, bool) {
	b = bytes.TrimSuffix(b, []byte{'\n'})
	if string(b) == "running" {
		return blocked{Running: true, NR: -1}, true
	}
	word, rest, _ := bytes.Cut(b, []byte{' '})
	nr, err := strconv.Atoi(string(word))
	if err != nil || nr < -1 {
		return blocked{}, false
	}
	s := blocked{NR: nr}
	into := []*uint64{&s.Args[0], &s.Args[1], &s.Args[2], &s.Args[3], &s.Args[4], &s.Args[5], &s.SP, &s.PC}
	if nr == -1 {
		into = into[6:]
	}
	for _, v := range into {
		word, rest, _ = bytes.Cut(rest, []byte{' '})
		hex, ok := bytes.CutPrefix(word, []byte("0x"))
		n, err := strconv.ParseUint(string(hex), 16, 64)
		if !ok || err != nil {
			return blocked{}, false
		}
		*v = n
	}
	return s, true
}

// parseRan reads how often a thread has got a CPU, the third number of
// /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst).
func parseRan(b []byte) uint64 {
	fields := bytes.Fields(b)
	if len(fields) < 3 {
		return 0
	}
	n, _ := strconv.ParseUint(string(fields[2]), 10, 64) // 0 is "not known"
	return n
}
