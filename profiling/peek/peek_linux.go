package peek

import (
	"errors"
	"os"
	"strconv"

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
