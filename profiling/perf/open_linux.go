package perf

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sampler samples processes. It has one owner, who reads the records often:
// about [Sampler.Every].
type Sampler struct {
	layout
	attr  unix.PerfEventAttr
	rings []*ring
	fds   []int
	known map[int]bool // threads that are sampled

	records []Record
	unknown uint64 // records that could not be read
	threads int
}

// StackBytes is how much of a stack is taken with a sample: the faster they come,
// the less, since what is taken has to be read and a ring is small.
func StackBytes(rate int) int {
	switch {
	case rate <= 250:
		return 16 << 10
	case rate <= 500:
		return 8 << 10
	}
	return 4 << 10
}

// Open makes ready to take so many samples a second of each thread's processor
// time. With a stack each sample has the registers and [StackBytes] of the stack.
// Where the kernel may not be looked into, samples come only of user code: see
// [Sampler.UserOnly].
func Open(rate int, stack bool) (*Sampler, error) {
	s := &Sampler{known: map[int]bool{}}
	s.attr = unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Sample: uint64(time.Second) / uint64(rate), Sample_type: sampleBase,
		Bits: unix.PerfBitInherit | unix.PerfBitExcludeHv | unix.PerfBitMmap | unix.PerfBitMmap2 | unix.PerfBitComm | unix.PerfBitCommExec |
			unix.PerfBitTask | unix.PerfBitSampleIDAll | unix.PerfBitExcludeCallchainKernel,
	}
	if stack {
		mask, numbers := userRegisters()
		s.layout = layout{stack: true, registers: numbers}
		s.attr.Sample_type |= sampleStack
		s.attr.Sample_regs_user, s.attr.Sample_stack_user = mask, uint32(StackBytes(rate))
	}
	cpus, err := online()
	if err != nil {
		return nil, err
	}
	for _, cpu := range cpus {
		r, err := openRing(cpu)
		if err == unix.ENODEV { // it was taken away meanwhile
			continue
		}
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("perf_event_open: %w", err)
		}
		s.rings = append(s.rings, r)
	}
	if len(s.rings) == 0 {
		return nil, errors.New("there is no processor")
	}
	return s, nil
}

// online lists the processors: "0-3,8".
func online() (cpus []int, err error) {
	b, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return nil, err
	}
	for part := range strings.SplitSeq(strings.TrimSpace(string(b)), ",") {
		from, to, ok := strings.Cut(part, "-")
		if !ok {
			to = from
		}
		a, err := strconv.Atoi(from)
		z, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil || z-a > 1<<14 {
			return nil, fmt.Errorf("unexpected list of processors %q", part)
		}
		for ; a <= z; a++ {
			cpus = append(cpus, a)
		}
	}
	return cpus, nil
}

// Period is the processor time that a sample stands for.
func (s *Sampler) Period() time.Duration { return time.Duration(s.attr.Sample) }

// Every is how often records have to be read, so that a ring that is written by
// a busy processor is not half full.
func (s *Sampler) Every() time.Duration {
	size, most := 512, 50*time.Millisecond
	size += int(s.attr.Sample_stack_user)
	room := len(s.rings[0].data)
	for _, r := range s.rings {
		room = min(room, len(r.data))
	}
	return min(most, max(2*time.Millisecond, s.Period()*time.Duration(room/2/size)))
}

// UserOnly reports that the kernel may not be looked into: the time that threads
// spend in it has no samples.
func (s *Sampler) UserOnly() bool { return s.attr.Bits&unix.PerfBitExcludeKernel != 0 }

// Attach samples all threads of a process, and whatever they start. One that is
// sampled already, since it was started by such a thread, stays as it is.
func (s *Sampler) Attach(pid int) error {
	for range 8 { // threads that are born meanwhile are found in the next round
		s.fetch() // those of sampled threads are known then
		names, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
		if err != nil {
			return unix.ESRCH
		}
		added, last := 0, error(nil)
		for _, name := range names {
			tid, err := strconv.Atoi(name.Name())
			if err != nil || s.known[tid] {
				continue
			}
			switch err := s.thread(tid); {
			case err == nil:
				added++
			case err != unix.ESRCH: // or it has ended
				last = err
			}
		}
		if last != nil {
			return last
		}
		if added == 0 {
			return nil
		}
	}
	return nil
}

// thread samples one thread, on whichever processor it runs.
func (s *Sampler) thread(tid int) error {
	from := len(s.fds)
	for _, r := range s.rings {
		fd, err := s.event(tid, r)
		if err == unix.ENODEV {
			continue
		}
		if err != nil {
			for _, fd := range s.fds[from:] {
				_ = unix.Close(fd) // what it recorded is counted by nobody
			}
			s.fds = s.fds[:from]
			return err
		}
		s.fds = append(s.fds, fd)
	}
	s.known[tid] = true
	s.threads++
	return nil
}

// event opens the event of a thread on one processor.
func (s *Sampler) event(tid int, r *ring) (int, error) {
	fd, err := unix.PerfEventOpen(&s.attr, tid, r.cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err == unix.EACCES && !s.UserOnly() { // kernel.perf_event_paranoid is 2
		s.attr.Bits |= unix.PerfBitExcludeKernel
		fd, err = unix.PerfEventOpen(&s.attr, tid, r.cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
	}
	if err != nil {
		return -1, err
	}
	if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_OUTPUT, r.fd); err != nil {
		_ = unix.Close(fd) // it has recorded nothing
		return -1, fmt.Errorf("PERF_EVENT_IOC_SET_OUTPUT: %w", err)
	}
	return fd, nil
}

// Sampled reports whether a thread is sampled, as far as records have been read.
func (s *Sampler) Sampled(tid int) bool { return s.known[tid] }

// fetch takes over what is in the rings.
func (s *Sampler) fetch() {
	ends := make([]uint64, len(s.rings))
	for i, r := range s.rings {
		ends[i] = r.end()
	}
	for i, r := range s.rings {
		s.unknown += uint64(r.read(&s.layout, ends[i], func(rec Record) {
			switch rec := rec.(type) {
			case *Fork:
				s.known[rec.TID] = true
			case *Exit:
				delete(s.known, rec.TID)
			}
			s.records = append(s.records, rec)
		}))
	}
}

// Read hands on what has been recorded since the last time, in order of time.
func (s *Sampler) Read(do func(Record)) {
	s.fetch()
	slices.SortStableFunc(s.records, func(a, b Record) int { return cmp.Compare(a.at(), b.at()) })
	list := s.records
	s.records = nil
	for _, rec := range list {
		do(rec)
	}
}

// Unknown is how many records could not be read.
func (s *Sampler) Unknown() uint64 { return s.unknown }

// Stop ends the sampling. What was recorded can still be read.
func (s *Sampler) Stop() {
	for _, fd := range s.fds {
		_ = unix.Close(fd) // its records are in the rings
	}
	s.fds = nil
}

// Close ends the sampling, and forgets what was not read.
func (s *Sampler) Close() {
	s.Stop()
	for _, r := range s.rings {
		r.close()
	}
	s.rings = nil
}
