package procfs

import "bytes"

// Stat is what /proc/PID/stat says, as far as muster uses it. See proc(5),
// and fs/proc/array.c for what a zombie still shows.
type Stat struct {
	State byte // R, S, D, T, t, Z, X, I
	PPID  int
	PGID  int
	SID   int
	// Forked says that it has not called exec since it was forked: PF_FORKNOEXEC.
	Forked bool
	// Exiting says that the main thread is on its way out: PF_EXITING of
	// include/linux/sched.h, which do_exit in the kernel's kernel/exit.c sets
	// before it closes the thread's files.
	Exiting  bool
	MinFault uint64 // minor faults, of all threads
	UserTime uint64 // ticks, of all threads
	SysTime  uint64 // ticks
	// ChildTime is the time in ticks of all children that were waited for,
	// and of those that they had waited for.
	ChildTime uint64
	Threads   int
	// StartTime is in ticks since boot; with the pid it names a process.
	StartTime uint64
	// RSSPages is inexact, as proc(5) says: the kernel sums per-CPU counters
	// only now and then.
	RSSPages int64
	// ExitStatus is the wait status of a zombie, as wait(2) would give it.
	// It reads as 0 for whoever may not trace the process, so a 0 alone is
	// no proof of a good end.
	ExitStatus uint32
}

// Ended reports whether the whole process has ended. A process whose main
// thread alone has ended shows the state Z as well, but lives on in its
// other threads.
func (s *Stat) Ended() bool {
	return s.State == 'X' || s.State == 'x' || s.State == 'Z' && s.Threads <= 1
}

// ParseStat reads one line of /proc/PID/stat into s. The name in it is the
// process's own choice and may hold blanks, parentheses and newlines, so the
// fields are counted from the last parenthesis on. It does not allocate.
func ParseStat(line []byte, s *Stat) error {
	*s = Stat{}
	end := bytes.LastIndexByte(line, ')')
	if end < 0 || end+3 >= len(line) || line[end+1] != ' ' {
		return errFormat
	}
	s.State = line[end+2]
	rest := line[end+3:]
	field, pos := 3, 0
	for pos < len(rest) {
		if rest[pos] == ' ' || rest[pos] == '\n' {
			pos++
			continue
		}
		n, next, ok := number(rest, pos)
		if !ok {
			return errFormat
		}
		field, pos = field+1, next
		s.set(field, n)
	}
	if field < 24 || s.PPID < 0 {
		return errFormat
	}
	return nil
}

// set stores a field under its number in proc(5).
func (s *Stat) set(field int, n int64) {
	switch field {
	case 4:
		s.PPID = int(n)
	case 5:
		s.PGID = int(n)
	case 6:
		s.SID = int(n)
	case 9:
		s.Exiting, s.Forked = n&0x4 != 0, n&0x40 != 0
	case 10:
		s.MinFault = uint64(n)
	case 14:
		s.UserTime = uint64(n)
	case 15:
		s.SysTime = uint64(n)
	case 16, 17:
		s.ChildTime += uint64(n)
	case 20:
		s.Threads = int(n)
	case 22:
		s.StartTime = uint64(n)
	case 24:
		s.RSSPages = n
	case 52:
		s.ExitStatus = uint32(n)
	}
}

// number reads the decimal at pos, which ends at a blank or with the line.
// Values over 64 bits, such as a limit of a resource, wrap around; muster
// uses none of those.
func number(b []byte, pos int) (n int64, next int, ok bool) {
	negative := b[pos] == '-'
	if negative {
		pos++
	}
	start := pos
	for pos < len(b) && b[pos] >= '0' && b[pos] <= '9' {
		n = n*10 + int64(b[pos]-'0')
		pos++
	}
	if pos == start || pos < len(b) && b[pos] != ' ' && b[pos] != '\n' {
		return 0, pos, false
	}
	if negative {
		n = -n
	}
	return n, pos, true
}
