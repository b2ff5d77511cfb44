package procfs

import (
	"bytes"
	"os"
)

// IO is what /proc/PID/io says that reached the storage layer, in bytes.
type IO struct{ ReadBytes, WriteBytes int64 }

// ReadIO reads /proc/PID/io. It fails for processes of other users.
func ReadIO(pid int) (IO, error) {
	var buf [512]byte
	b, err := ReadInto(path(pid, "io"), buf[:])
	if err != nil {
		return IO{}, err
	}
	return ParseIO(b)
}

// ParseIO reads the content of /proc/PID/io.
func ParseIO(b []byte) (IO, error) {
	r, okR := keyed(b, "\nread_bytes: ")
	w, okW := keyed(b, "\nwrite_bytes: ")
	if !okR || !okW {
		return IO{}, errFormat
	}
	return IO{ReadBytes: r, WriteBytes: w}, nil
}

// Status is what a status file says, as far as muster uses it.
type Status struct {
	// Voluntary and Involuntary count how often the thread gave up the CPU
	// by itself, and how often it was taken from it.
	Voluntary, Involuntary int64
	// RSSBytes is exact since Linux 6.16, where the one of [Stat] is not:
	// fs/proc/task_mmu.c, task_mem. It is 0 for a zombie.
	RSSBytes int64
	// Tracer is the pid of who traces it by ptrace(2), such as a debugger; 0 if nobody does.
	Tracer int
	// PeakRSSBytes is the most that RSSBytes has been: VmHWM. It is 0 for a zombie.
	PeakRSSBytes int64
}

// ReadStatus reads /proc/PID/status, which counts switches for the main
// thread only (fs/proc/array.c, task_context_switch_counts).
func ReadStatus(pid int) (Status, error) {
	return readStatus(path(pid, "status"))
}

// ReadAllStatus adds up the switches of every living thread. What threads
// that have ended had counted is not in it.
func ReadAllStatus(pid int) (Status, error) {
	dir, err := os.Open(path(pid, "task"))
	if err != nil {
		return Status{}, err
	}
	tids, err := dir.Readdirnames(-1)
	_ = dir.Close() // read only
	if len(tids) == 0 {
		return Status{}, err
	}
	var sum Status
	for _, tid := range tids {
		s, err := readStatus(path(pid, "task/"+tid+"/status"))
		if err != nil {
			continue // the thread has just ended
		}
		sum.Voluntary += s.Voluntary
		sum.Involuntary += s.Involuntary
		sum.RSSBytes, sum.PeakRSSBytes = s.RSSBytes, s.PeakRSSBytes // all threads share them
		if s.Tracer != 0 {                                          // debuggers trace all threads, strace perhaps one
			sum.Tracer = s.Tracer
		}
	}
	return sum, nil
}

// Tracer returns who traces a process by ptrace(2), by its main thread; 0 if nobody
// does, or there is no such process.
func Tracer(pid int) int {
	s, err := ReadStatus(pid)
	if err != nil {
		return 0
	}
	return s.Tracer
}

// ThreadGroup returns the process that a thread belongs to, from "Tgid:" of
// /proc/TID/status, which is there for threads that the directory does not list.
func ThreadGroup(tid int) (pid int, err error) {
	var buf [2 << 10]byte // it is among the first lines
	b, err := ReadInto(path(tid, "status"), buf[:])
	if err != nil {
		return 0, err
	}
	n, ok := keyed(b, "\nTgid:\t")
	if !ok {
		return 0, errFormat
	}
	return int(n), nil
}

func readStatus(name string) (Status, error) {
	var buf [16 << 10]byte // the counts come last, after lists of groups, CPUs and nodes
	b, err := ReadInto(name, buf[:])
	if err != nil {
		return Status{}, err
	}
	return ParseStatus(b)
}

// ParseStatus reads the content of a status file. The name in it cannot
// forge a line: the kernel escapes newlines there.
func ParseStatus(b []byte) (Status, error) {
	v, okV := keyed(b, "\nvoluntary_ctxt_switches:\t")
	n, okN := keyed(b, "\nnonvoluntary_ctxt_switches:\t")
	if !okV || !okN {
		return Status{}, errFormat
	}
	rss, _ := keyed(b, "\nVmRSS:\t") // a zombie has none
	peak, _ := keyed(b, "\nVmHWM:\t")
	tracer, _ := keyed(b, "\nTracerPid:\t")
	return Status{Tracer: int(tracer), Voluntary: v, Involuntary: n, RSSBytes: rss << 10, PeakRSSBytes: peak << 10}, nil
}

// keyed finds the number that follows key.
func keyed(b []byte, key string) (int64, bool) {
	i := bytes.Index(b, []byte(key))
	if i < 0 || i+len(key) >= len(b) {
		return 0, false
	}
	i += len(key)
	for i < len(b)-1 && b[i] == ' ' {
		i++
	}
	n, _, ok := number(b, i)
	return n, ok
}
