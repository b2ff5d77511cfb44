package perf

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The rings, largest first, in pages of records: with the page before it the
// largest takes the 516 KiB a processor that a user may pin besides other memory
// (kernel.perf_event_mlock_kb). Who comes later gets a smaller one.
var ringPages = []int{128, 64, 32, 16, 8, 4}

// ring is what the kernel writes the records of one processor to.
type ring struct {
	cpu  int
	fd   int // the event that owns it, of nobody
	mem  []byte
	head *unix.PerfEventMmapPage
	data []byte
	buf  []byte // a record that was taken out
}

// openRing makes the ring of a processor. The event is a dummy of this program's
// own, to which those of others are redirected.
func openRing(cpu int) (*ring, error) {
	attr := unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_DUMMY, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Sample_type: sampleBase, Bits: unix.PerfBitDisabled | unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv | unix.PerfBitSampleIDAll,
	}
	fd, err := unix.PerfEventOpen(&attr, 0, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	r := &ring{cpu: cpu, fd: fd, buf: make([]byte, 1<<16)}
	page := unix.Getpagesize()
	for _, n := range ringPages {
		if r.mem, err = unix.Mmap(fd, 0, (1+n)*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != unix.EPERM {
			break
		}
	}
	if err != nil {
		_ = unix.Close(fd) // it has recorded nothing
		return nil, err
	}
	r.head, r.data = (*unix.PerfEventMmapPage)(unsafe.Pointer(&r.mem[0])), r.mem[page:]
	return r, nil
}

func (r *ring) close() {
	_ = unix.Munmap(r.mem) // nothing uses it any more
	_ = unix.Close(r.fd)
}

// end is up to where the kernel has written.
func (r *ring) end() uint64 { return atomic.LoadUint64(&r.head.Data_head) }

// read hands on what was written up to an end, and makes room for more. What
// cannot be understood is counted, and ends the reading.
func (r *ring) read(l *layout, end uint64, do func(Record)) (unknown int) {
	size := uint64(len(r.data))
	at := atomic.LoadUint64(&r.head.Data_tail)
	if end-at > size { // it cannot be
		at, unknown = end, 1
	}
	for at < end {
		n := copy(r.buf, r.data[at%size:])
		if uint64(n) < min(end-at, uint64(len(r.buf))) { // it goes on at the start of the ring
			n += copy(r.buf[n:], r.data)
		}
		rec, length, err := l.Parse(r.buf[:min(uint64(n), end-at)])
		if length == 0 {
			at, unknown = end, unknown+1
			break
		}
		if err != nil {
			unknown++
		}
		if rec != nil {
			do(rec)
		}
		at += uint64(length)
	}
	atomic.StoreUint64(&r.head.Data_tail, at)
	return unknown
}
