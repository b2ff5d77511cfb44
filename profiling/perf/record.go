package perf

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// The types of records and what their heads say (include/uapi/linux/perf_event.h).
const (
	recordLost        = 2
	recordComm        = 3
	recordExit        = 4
	recordFork        = 7
	recordSample      = 9
	recordMmap2       = 10
	recordLostSamples = 13

	modeMask   = 7
	modeKernel = 1
	miscExec   = 1 << 13 // of recordComm
	miscBuild  = 1 << 14 // of recordMmap2: a build ID stands where the inode would

	contextMax  = 1<<64 - 4095 // from here on a call is a mark
	contextUser = 1<<64 - 512
)

// What a sample holds: PERF_SAMPLE_IP, TID, TIME, CALLCHAIN, REGS_USER,
// STACK_USER. Without a stack to take, the last two are left out.
const (
	sampleBase  = 1 | 2 | 4 | 0x20
	sampleStack = 0x1000 | 0x2000
)

const (
	headSize = 8
	maxCalls = 1024 // sysctl kernel.perf_event_max_stack permits as many
	maxText  = 4096 // bytes of a name
)

// layout says how the records of a sampler are written.
type layout struct {
	stack bool // samples have registers and a piece of the stack
	// registers are DWARF's numbers of those that are in a sample, in the
	// order in which they are there; pcNumber is the program counter.
	registers []uint8
}

const pcNumber = 255

// Parse returns the first record of b and its length, 0 if b holds no whole one.
// A record that is of no interest is nil; one that is none the kernel would write
// is an error, behind which nothing can be read.
func (l *layout) Parse(b []byte) (Record, int, error) {
	if len(b) < headSize {
		return nil, 0, nil
	}
	kind, misc, size := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]), int(binary.LittleEndian.Uint16(b[6:]))
	if size < headSize || size%8 != 0 {
		return nil, 0, ErrRecord
	}
	if len(b) < size {
		return nil, 0, nil
	}
	f := fields{b: b[headSize:size]}
	r := l.record(kind, misc, &f)
	if f.bad {
		return nil, size, ErrRecord
	}
	return r, size, nil
}

func (l *layout) record(kind uint32, misc uint16, f *fields) Record {
	switch kind {
	case recordSample:
		return l.sample(misc, f)
	case recordLost:
		f.u64() // the event's number
		r := &Lost{N: f.u64()}
		r.Task = f.task()
		return r
	case recordLostSamples:
		r := &Lost{N: f.u64()}
		r.Task = f.task()
		return r
	case recordFork, recordExit:
		pid, parent, tid := f.u32(), f.u32(), f.u32()
		f.u32()
		t := Task{PID: pid, TID: tid, Time: f.u64()}
		if kind == recordExit {
			return &Exit{t}
		}
		return &Fork{t, parent}
	case recordComm:
		t := Task{PID: f.u32(), TID: f.u32()}
		name := f.text()
		t.Time = f.task().Time
		if misc&miscExec != 0 {
			return &Exec{t, name}
		}
		return &Name{t, name}
	case recordMmap2:
		return f.mapping(misc)
	}
	return nil
}

func (f *fields) mapping(misc uint16) Record {
	r := &Mapping{Task: Task{PID: f.u32(), TID: f.u32()}, Addr: f.u64(), Len: f.u64(), Offset: f.u64()}
	r.Major, r.Minor, r.Inode = uint32(f.u32()), uint32(f.u32()), f.u64()
	f.u64() // the inode's generation
	r.Prot = uint32(f.u32())
	f.u32() // flags
	r.Path = f.text()
	r.Time = f.task().Time
	if misc&miscBuild != 0 {
		return nil // it was not asked for
	}
	return r
}

func (l *layout) sample(misc uint16, f *fields) Record {
	s := &Sample{Kernel: misc&modeMask == modeKernel}
	f.u64() // where it was, also if that is in the kernel
	s.PID, s.TID, s.Time = f.u32(), f.u32(), f.u64()
	n := f.u64()
	if n > maxCalls+16 || n > uint64(len(f.b)/8) {
		f.bad = true
		return nil
	}
	user := false
	for range n {
		switch pc := f.u64(); {
		case pc >= contextMax:
			user = pc == contextUser
		case user:
			s.Calls = append(s.Calls, pc)
		}
	}
	if l.stack {
		l.registersOf(s, f)
		size := f.u64()
		if size > uint64(len(f.b)) {
			f.bad = true
			return nil
		}
		if size > 0 {
			piece := f.take(int(size))
			s.Stack = slices.Clone(piece[:min(f.u64(), size)])
		}
	}
	return s
}

// registersOf reads the registers; a kernel thread has none.
func (l *layout) registersOf(s *Sample, f *fields) {
	if f.u64() == 0 { // PERF_SAMPLE_REGS_ABI_NONE
		return
	}
	for _, n := range l.registers {
		v := f.u64()
		if n == pcNumber {
			s.PC = v
			continue
		}
		s.V[n] = v
		s.Known |= 1 << n
	}
}

// fields reads values one after the other. Beyond the end all is 0, and bad.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) take(n int) []byte {
	if n > len(f.b) {
		f.bad = true
		f.b = nil
		return make([]byte, min(n, 8))
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

func (f *fields) u64() uint64 { return binary.LittleEndian.Uint64(f.take(8)) }
func (f *fields) u32() int    { return int(int32(binary.LittleEndian.Uint32(f.take(4)))) }

// task reads what stands at the end of each record but samples
// (perf_event_attr.sample_id_all).
func (f *fields) task() Task { return Task{PID: f.u32(), TID: f.u32(), Time: f.u64()} }

// text reads what is left before the task as a name, filled up with NULs.
func (f *fields) text() string {
	if len(f.b) < 16 {
		f.bad = true
		return ""
	}
	b := f.take(len(f.b) - 16)
	b, _, _ = bytes.Cut(b[:min(len(b), maxText)], []byte{0})
	return strings.ToValidUTF8(string(b), "\uFFFD")
}
