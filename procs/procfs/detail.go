package procfs

import (
	"bytes"
	"os"
	"strconv"
	"time"
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

// AnyRuns reports whether one of the first threads of a process, so many at most, runs or
// is ready to run.
func AnyRuns(pid, threads int) bool {
	dir, err := os.Open(path(pid, "task"))
	if err != nil {
		return false
	}
	tids, _ := dir.Readdirnames(threads) // of one that has ended there are none
	_ = dir.Close()                      // read only
	for _, tid := range tids {
		var buf [1024]byte
		var s Stat
		if b, err := ReadInto(path(pid, "task/"+tid+"/stat"), buf[:]); err == nil && ParseStat(b, &s) == nil && s.State == 'R' {
			return true
		}
	}
	return false
}

// ReadQueue reads /proc/PID/schedstat: for how long the main thread of a process has had
// a processor, and for how long it was ready to run and had none
// (Documentation/scheduler/sched-stats.rst).
func ReadQueue(pid int) (ran, waited time.Duration, err error) {
	var buf [128]byte
	b, err := ReadInto(path(pid, "schedstat"), buf[:])
	if err != nil {
		return 0, 0, err
	}
	n, next, ok := number(b, 0)
	if !ok || next >= len(b) {
		return 0, 0, errFormat
	}
	w, _, ok := number(b, next+1)
	if !ok {
		return 0, 0, errFormat
	}
	return time.Duration(n), time.Duration(w), nil
}

// SignalSet is a set of signals: bit n-1 stands for signal n.
type SignalSet uint64

// Has reports whether a signal is in the set.
func (s SignalSet) Has(sig int) bool { return sig > 0 && s>>(sig-1)&1 == 1 }

// Signals are the sets of one thread, and what is pending for its whole process.
type Signals struct{ Pending, Blocked, Ignored, Caught SignalSet }

// ReadSignals reads the sets of a thread, or of the main thread of a process, from its
// status (proc_pid_status(5)).
func ReadSignals(tid int) (Signals, error) {
	var buf [16 << 10]byte
	b, err := ReadInto(path(tid, "status"), buf[:])
	if err != nil {
		return Signals{}, err
	}
	return ParseSignals(b)
}

// ParseSignals reads the sets in the content of a status file.
func ParseSignals(b []byte) (Signals, error) {
	thread, okT := mask(b, "\nSigPnd:\t")
	process, okP := mask(b, "\nShdPnd:\t")
	blocked, okB := mask(b, "\nSigBlk:\t")
	ignored, okI := mask(b, "\nSigIgn:\t")
	caught, okC := mask(b, "\nSigCgt:\t")
	if !okT || !okP || !okB || !okI || !okC {
		return Signals{}, errFormat
	}
	return Signals{Pending: thread | process, Blocked: blocked, Ignored: ignored, Caught: caught}, nil
}

// mask finds the set that follows key.
func mask(b []byte, key string) (SignalSet, bool) {
	_, rest, _ := bytes.Cut(b, []byte(key))
	digits, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.ParseUint(string(digits), 16, 64)
	return SignalSet(n), err == nil
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
