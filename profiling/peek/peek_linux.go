package peek

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/procfs"
)

// ReadAt copies bytes out of the process (process_vm_readv(2)). Whoever has
// just ended fails with [ErrGone]; an address that is not mapped, with EFAULT.
func (p Process) ReadAt(b []byte, addr uint64) error {
	if len(b) == 0 {
		return nil
	}
	local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
	n, err := unix.ProcessVMReadv(p.Ref.PID, local, []unix.RemoteIovec{{Base: uintptr(addr), Len: len(b)}}, 0)
	switch {
	case err == nil && n < len(b):
		err = unix.EFAULT
	case err == nil:
		return nil
	}
	return p.wrap("memory", meaning(err))
}

// ReadSome is ReadAt that returns what could be read before a hole.
func (p Process) ReadSome(b []byte, addr uint64) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
	n, err := unix.ProcessVMReadv(p.Ref.PID, local, []unix.RemoteIovec{{Base: uintptr(addr), Len: len(b)}}, 0)
	if err != nil {
		return 0, p.wrap("memory", meaning(err))
	}
	return n, nil
}

// meaning makes the two refusals that callers tell apart from a system error.
func meaning(err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return ErrNotPermitted
	case errors.Is(err, unix.ESRCH), errors.Is(err, unix.ENOENT):
		return ErrGone
	}
	return err
}

// Alive reports whether the pid still means the process it meant. After a
// series of reads it says whether they were all of the same process.
func (p Process) Alive() bool {
	s, err := procfs.ReadStat(p.Ref.PID)
	return err == nil && (p.Ref.StartTime == 0 || s.StartTime == p.Ref.StartTime) && !s.Ended()
}

// Maps returns the process's mappings, in order of address. A program may
// have tens of thousands of them; [MaxMaps] are read.
func (p Process) Maps() ([]Mapping, error) {
	f, err := os.Open("/proc/" + strconv.Itoa(p.Ref.PID) + "/maps")
	if err != nil {
		return nil, p.wrap("the mappings", meaning(err))
	}
	defer f.Close() // it was only read
	maps, err := ParseMaps(f)
	if err != nil {
		return nil, p.wrap("the mappings", meaning(err))
	}
	return maps, nil
}

// maxParts is IOV_MAX, how many pieces the kernel takes in one call.
const maxParts = 1024

// ReadParts copies the parts, one behind the other, into b, which has room for
// all of them, and returns how many were read whole, up to the first one that
// is not mapped. One call costs little more than the read of one part.
func (p Process) ReadParts(b []byte, parts []Part) (int, error) {
	done := 0
	var few [16]unix.RemoteIovec // as many as most calls have: a profile makes thousands a second
	for done < len(parts) {
		batch := parts[done:min(len(parts), done+maxParts)]
		remote := few[:0]
		if len(batch) > len(few) {
			remote = make([]unix.RemoteIovec, 0, len(batch))
		}
		want := 0
		for _, part := range batch {
			remote = append(remote, unix.RemoteIovec{Base: uintptr(part.Addr), Len: part.Len})
			want += part.Len
		}
		if want == 0 {
			done += len(batch)
			continue
		}
		n, err := unix.ProcessVMReadv(p.Ref.PID, []unix.Iovec{{Base: &b[0], Len: uint64(want)}}, remote, 0)
		if errors.Is(err, unix.EFAULT) {
			return done, nil
		}
		if err != nil {
			return done, p.wrap("memory", meaning(err))
		}
		for _, part := range batch {
			if n < part.Len {
				return done, nil
			}
			n, done = n-part.Len, done+1
		}
		b = b[want:]
	}
	return done, nil
}

// TIDs lists the process's threads: the number that each has for the process
// itself (gettid(2) in its own PID namespace) and, as the value, the one that
// it has here. Outside of containers the two are the same.
func (p Process) TIDs() (map[int]int, error) {
	dir := "/proc/" + strconv.Itoa(p.Ref.PID) + "/task"
	f, err := os.Open(dir)
	if err != nil {
		return nil, p.wrap("the threads", meaning(err))
	}
	names, err := f.Readdirnames(-1)
	_ = f.Close() // it was only read
	if err != nil {
		return nil, p.wrap("the threads", meaning(err))
	}
	other := namespaced(dir + "/" + strconv.Itoa(p.Ref.PID))
	tids := make(map[int]int, len(names))
	for _, name := range names {
		tid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		inner := tid
		if other {
			inner = innerTID(dir+"/"+name, tid)
		}
		tids[inner] = tid
	}
	return tids, nil
}

// namespaced reports whether a thread has a number of its own in a PID
// namespace below ours.
func namespaced(task string) bool {
	return len(nsPIDs(task)) > 1
}

// InnerPID is the number that the process has for itself (getpid(2)).
func (p Process) InnerPID() int {
	return innerTID("/proc/"+strconv.Itoa(p.Ref.PID), p.Ref.PID)
}

// innerTID returns the number of a thread in its innermost namespace.
func innerTID(task string, tid int) int {
	list := nsPIDs(task)
	if len(list) == 0 {
		return tid
	}
	if n, err := strconv.Atoi(list[len(list)-1]); err == nil {
		return n
	}
	return tid
}

// nsPIDs returns the line NSpid of a status file, outermost first.
func nsPIDs(task string) []string {
	b, err := os.ReadFile(task + "/status")
	if err != nil {
		return nil // it has ended meanwhile
	}
	_, rest, _ := bytes.Cut(b, []byte("\nNSpid:"))
	line, _, _ := bytes.Cut(rest, []byte{'\n'})
	return strings.Fields(string(line))
}

// Bits of an entry of /proc/PID/pagemap, see pagemap in the kernel's admin
// guide.
const (
	pagePresent = 1 << 63
	pageSwapped = 1 << 62
)

// Touched returns the parts of a range that the process has ever written to or
// read from, by whole pages, in order. The rest reads as zeros, but costs the
// process page tables when somebody looks. It fails where the kernel shows no
// pagemap.
func (p Process) Touched(start, end uint64) ([]Part, error) {
	f, err := os.Open("/proc/" + strconv.Itoa(p.Ref.PID) + "/pagemap")
	if err != nil {
		return nil, p.wrap("the pages", meaning(err))
	}
	defer f.Close() // it was only read
	size := uint64(os.Getpagesize())
	var out []Part
	b := make([]byte, 8<<10)
	for page := start / size; page*size < end; {
		n, err := f.ReadAt(b[:min(uint64(len(b)), 8*((end-1)/size+1-page))], int64(8*page))
		if n < 8 {
			return nil, p.wrap("the pages", meaning(err))
		}
		for i := 0; i+8 <= n; i, page = i+8, page+1 {
			if binary.LittleEndian.Uint64(b[i:])&(pagePresent|pageSwapped) == 0 {
				continue
			}
			addr := page * size
			if last := len(out) - 1; last >= 0 && out[last].Addr+uint64(out[last].Len) == addr {
				out[last].Len += int(size)
			} else {
				out = append(out, Part{addr, int(size)})
			}
		}
	}
	return out, nil
}
