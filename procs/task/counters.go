package task

import (
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// counters are a few numbers that a worker and muster both see: how many items
// its processes have begun, and how many of those they have finished. By them an
// item that kills its worker is known from those that waited behind it.
type counters struct{ memory []byte }

// countersSize is that of worker.py's COUNTERS.
const countersSize = 64

// newCounters maps the beginning of a file.
func newCounters(f *os.File) (*counters, error) {
	m, err := unix.Mmap(int(f.Fd()), 0, countersSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &counters{m}, nil
}

func (c *counters) at(i int) uint64 {
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&c.memory[8*i])))
}

// read returns them; the worker has ended.
func (c *counters) read() (begun, finished uint64) { return c.at(0), c.at(1) }

func (c *counters) close() { _ = unix.Munmap(c.memory) } // nobody else has it
