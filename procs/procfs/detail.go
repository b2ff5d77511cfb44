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
	b, err := readInto(path(pid, "io"), buf[:])
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

// Switches counts how often threads gave up the CPU by themselves, and how
// often it was taken from them.
type Switches struct{ Voluntary, Involuntary int64 }

// ReadSwitches reads /proc/PID/status, which counts for the main thread only
// (fs/proc/array.c, task_context_switch_counts).
func ReadSwitches(pid int) (Switches, error) {
	return readSwitches(path(pid, "status"))
}

// ReadAllSwitches adds up what the status of every living thread says. What
// threads that have ended had counted is not in it.
func ReadAllSwitches(pid int) (Switches, error) {
	dir, err := os.Open(path(pid, "task"))
	if err != nil {
		return Switches{}, err
	}
	tids, err := dir.Readdirnames(-1)
	_ = dir.Close() // read only
	if len(tids) == 0 {
		return Switches{}, err
	}
	var sum Switches
	for _, tid := range tids {
		s, err := readSwitches(path(pid, "task/"+tid+"/status"))
		if err != nil {
			continue // the thread has just ended
		}
		sum.Voluntary += s.Voluntary
		sum.Involuntary += s.Involuntary
	}
	return sum, nil
}

func readSwitches(name string) (Switches, error) {
	var buf [16 << 10]byte // the counts come last, after lists of groups, CPUs and nodes
	b, err := readInto(name, buf[:])
	if err != nil {
		return Switches{}, err
	}
	return ParseSwitches(b)
}

// ParseSwitches reads the content of a status file. The name in it cannot
// forge a line: the kernel escapes newlines there.
func ParseSwitches(b []byte) (Switches, error) {
	v, okV := keyed(b, "\nvoluntary_ctxt_switches:\t")
	n, okN := keyed(b, "\nnonvoluntary_ctxt_switches:\t")
	if !okV || !okN {
		return Switches{}, errFormat
	}
	return Switches{Voluntary: v, Involuntary: n}, nil
}

// keyed finds the number that follows key.
func keyed(b []byte, key string) (int64, bool) {
	i := bytes.Index(b, []byte(key))
	if i < 0 || i+len(key) >= len(b) {
		return 0, false
	}
	n, _, ok := number(b, i+len(key))
	return n, ok
}
