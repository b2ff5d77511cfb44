package procfs

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// Processes returns the pids of all processes that may be seen.
func Processes() []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	names, _ := dir.Readdirnames(-1) // what there was is enough
	_ = dir.Close()                  // read only
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// Identity is whose a process is.
type Identity struct {
	UID int // the effective one
	// PID is the process's; another than was asked for if that was the number
	// of one of its threads.
	PID int
}

// ReadIdentity reads it from /proc/PID/status.
func ReadIdentity(pid int) (Identity, error) {
	var buf [4096]byte // both stand near the beginning
	b, err := ReadInto(path(pid, "status"), buf[:])
	if err != nil {
		return Identity{}, err
	}
	return ParseIdentity(b)
}

// ParseIdentity reads the content of a status file.
func ParseIdentity(b []byte) (Identity, error) {
	tgid, uids := column(b, "\nTgid:\t", 0), column(b, "\nUid:\t", 1)
	pid, errPID := strconv.Atoi(tgid)
	uid, errUID := strconv.Atoi(uids)
	if errPID != nil || errUID != nil {
		return Identity{}, errFormat
	}
	return Identity{UID: uid, PID: pid}, nil
}

// column returns the n-th word of the line that begins with key, "" if there is none.
func column(b []byte, key string, n int) string {
	_, line, _ := bytes.Cut(b, []byte(key))
	line, _, _ = bytes.Cut(line, []byte{'\n'})
	words := bytes.Fields(line)
	if n >= len(words) {
		return ""
	}
	return string(words[n])
}

// Named reports whether a process goes by a name: the one that it gave itself,
// or the base name of what it was started as.
func Named(pid int, name string) bool {
	if Comm(pid) == name {
		return true
	}
	argv := Argv(pid)
	return len(argv) > 0 && filepath.Base(argv[0]) == name
}
