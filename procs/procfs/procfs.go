// Package procfs reads what the Linux kernel says of one process in /proc:
// small parsers without allocation, and the few reads that tree and sample
// share. Start at [Stat], the line that holds almost everything.
//
// All of it is untrusted: a process chooses its name and arguments, and may
// vanish between two reads. The parsers accept any bytes and say no instead
// of guessing. The parsers work anywhere; the reads find nothing where there
// is no /proc.
package procfs

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// TicksPerSecond is the unit of the times in [Stat]: USER_HZ, which is 100 on
// every architecture that muster builds for (include/asm-generic/param.h).
const TicksPerSecond = 100

// maxArgv bounds how many bytes of a command line are read.
const maxArgv = 4 << 10

// errFormat is returned for bytes that the kernel would not have written.
var errFormat = errors.New("cannot read a file of /proc: unexpected format")

// TickTime returns the moment at which the given number of ticks since boot
// had passed. boot is what [BootTime] returned.
func TickTime(boot time.Time, ticks uint64) time.Time {
	return boot.Add(time.Duration(ticks) * (time.Second / TicksPerSecond))
}

// path builds /proc/PID/name.
func path(pid int, name string) string {
	return "/proc/" + strconv.Itoa(pid) + "/" + name
}

// IsGone reports whether the error of a read says that there is no such process any more:
// its files are gone, or belong to one that has been waited for (fs/proc/base.c,
// proc_single_show). Any other, such as too many open files, says nothing of the process.
func IsGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

// ReadStat reads /proc/PID/stat. It fails when there is no such process, see [IsGone].
func ReadStat(pid int) (Stat, error) {
	var buf [1024]byte
	var s Stat
	b, err := ReadInto(path(pid, "stat"), buf[:])
	if err != nil {
		return s, err
	}
	err = ParseStat(b, &s)
	return s, err
}

// Reading returns the file, as a link in /proc, that the main thread of a process
// reads from, in read(2), or read from when it was stopped; "" if it is in no read,
// or that may not be known (/proc/PID/syscall, proc(5)).
func Reading(pid int) string {
	var buf [256]byte
	b, err := ReadInto(path(pid, "syscall"), buf[:])
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 || fields[0] != strconv.Itoa(syscall.SYS_READ) {
		return ""
	}
	fd, err := strconv.ParseUint(fields[1], 0, 31)
	if err != nil {
		return ""
	}
	return path(pid, "fd/"+strconv.FormatUint(fd, 10))
}

// Comm returns the name of a process, at most 15 bytes of its own choice;
// "" when there is no such process.
func Comm(pid int) string {
	var buf [64]byte
	b, err := ReadInto(path(pid, "comm"), buf[:])
	if err != nil {
		return ""
	}
	return string(bytes.TrimSuffix(b, []byte{'\n'}))
}

// Argv returns the arguments of a process, cut after [maxArgv] bytes. They
// are any bytes at all: a process may overwrite them. It returns nil for a
// zombie and when there is no such process.
func Argv(pid int) []string {
	var buf [maxArgv]byte
	b, err := ReadInto(path(pid, "cmdline"), buf[:])
	if err != nil {
		return nil
	}
	return SplitArgv(b)
}

// SplitArgv splits the content of /proc/PID/cmdline. Each argument ends with
// a NUL; a process that wrote its own title often leaves many of them.
func SplitArgv(b []byte) []string {
	b = bytes.TrimRight(b, "\x00")
	if len(b) == 0 {
		return nil
	}
	return strings.Split(string(b), "\x00")
}

// Environ returns the values of the given variables in the environment that
// a process was exec'd with. It reads at most 256 KiB, and returns nothing
// for a process of another user.
func Environ(pid int, names ...string) map[string]string {
	b, err := ReadInto(path(pid, "environ"), make([]byte, 256<<10))
	if err != nil {
		return nil
	}
	found := make(map[string]string, len(names))
	for entry := range bytes.SplitSeq(b, []byte{0}) {
		key, value, ok := bytes.Cut(entry, []byte{'='})
		if !ok {
			continue
		}
		for _, name := range names {
			if string(key) == name {
				found[name] = string(value)
			}
		}
	}
	return found
}

// Children is [ReadChildren] for who takes what there is.
func Children(pid, threads int, pids []int) []int {
	pids, _ = ReadChildren(pid, threads, pids) // of a process that has ended there are none
	return pids
}

// ReadChildren appends the pids of a process's children to pids. Each thread has
// children of its own (proc(5), /proc/PID/task/TID/children; it needs
// CONFIG_PROC_CHILDREN); threads is how many the process has, as far as the
// caller knows: 1 saves listing them. With an error there may be more of them.
func ReadChildren(pid, threads int, pids []int) ([]int, error) {
	if threads == 1 {
		return taskChildren(pid, strconv.Itoa(pid), pids)
	}
	dir, err := os.Open(path(pid, "task"))
	if err != nil {
		return pids, err
	}
	tids, _ := dir.Readdirnames(-1) // of a process that ends meanwhile, what there was
	_ = dir.Close()                 // read only
	for _, tid := range tids {
		var failed error
		if pids, failed = taskChildren(pid, tid, pids); failed != nil && !IsGone(failed) {
			err = failed
		}
	}
	return pids, err
}

// taskChildren appends the children of one thread.
func taskChildren(pid int, tid string, pids []int) ([]int, error) {
	var buf [4096]byte
	f, err := openFile(path(pid, "task/"+tid+"/children"))
	if err != nil {
		return pids, err
	}
	defer f.close()
	n, carry := 0, false // a pid may be cut in two by the end of the buffer
	for {
		k, err := f.read(buf[:])
		for _, c := range buf[:max(k, 0)] {
			switch {
			case c >= '0' && c <= '9':
				n, carry = n*10+int(c-'0'), true
			case carry:
				pids, n, carry = append(pids, n), 0, false
			}
		}
		if k <= 0 || err != nil {
			break
		}
	}
	if carry {
		pids = append(pids, n)
	}
	return pids, nil
}

// ReadInto reads a file of /proc into buf and returns the part that it
// filled; what does not fit is left out.
func ReadInto(name string, buf []byte) ([]byte, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.close()
	n := 0
	for n < len(buf) {
		k, err := f.read(buf[n:])
		if err != nil {
			return nil, err
		}
		if k <= 0 {
			break
		}
		n += k
	}
	return buf[:n], nil
}
