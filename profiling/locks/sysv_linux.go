package locks

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// Commands of semctl(2), include/uapi/linux/sem.h.
const (
	semGetPID   = 11
	semGetValue = 12
)

// sysvSem adds a wait for a semaphore of System V. Who has taken it is written
// nowhere; the kernel knows who operated on it last, which is a good guess for
// one that is used as a lock.
func (l *looker) sysvSem(p *process, t *thread) graph.Doing {
	num, op, err := p.waitingOp(t.at)
	if err != nil {
		l.out.coverage.memory(err)
		return graph.InLock
	}
	id := graph.ID(fmt.Sprintf("sysv:%d.%d", t.at.sem, num))
	l.wait(t, id, op == 0, func() graph.Object {
		o := graph.Object{Kind: graph.SysVSem, Name: fmt.Sprintf("semaphore %d of set %d", num, t.at.sem), Taken: op < 0}
		if value, err := semctl(t.at.sem, num, semGetValue); err == nil {
			o.State = fmt.Sprintf("value %d", value)
		}
		last, err := semctl(t.at.sem, num, semGetPID)
		if err != nil || last <= 0 || last == p.PID {
			return o
		}
		h := graph.Holder{Thread: graph.Thread{PIDRef: procs.PIDRef{PID: last}}, Evidence: profiling.Inferred, Rule: "the last to operate on it"}
		if q := l.byPID(last); q != nil {
			h.PIDRef = q.PIDRef
		} else if s, err := procfs.ReadStat(last); err == nil {
			h.StartTime, h.Outside = s.StartTime, true
		} else {
			h.Dead = true
		}
		o.Holders = []graph.Holder{h}
		return o
	})
	return graph.InLock
}

// waitingOp returns the operation of a semop that cannot be done: the first
// that takes from a semaphore, or waits for zero.
func (p *process) waitingOp(c call) (num, op int, err error) {
	b := make([]byte, 6*min(max(c.n, 1), maxPolled)) // struct sembuf: number, operation, flags, 16 bits each
	if err := p.mem.ReadAt(b, c.addr); err != nil {
		return 0, 0, err
	}
	for ; len(b) >= 6; b = b[6:] {
		num, op = int(binary.LittleEndian.Uint16(b)), int(int16(binary.LittleEndian.Uint16(b[2:])))
		if op > 0 {
			continue
		}
		if value, err := semctl(c.sem, num, semGetValue); err != nil || op < 0 && value < -op || op == 0 && value != 0 {
			return num, op, nil
		}
	}
	return num, op, nil
}

// semctl asks about one semaphore.
func semctl(set, num, command int) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_SEMCTL, uintptr(set), uintptr(num), uintptr(command), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
