package cpython

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/muster/profiling/peek"
)

// fake is the memory of an invented process.
type fake struct {
	at   func(addr uint64) (byte, bool)
	maps []peek.Mapping
	tids map[int]int
}

var errHole = errors.New("nothing is mapped there")

func (f *fake) ReadSome(b []byte, addr uint64) (int, error) {
	for i := range b {
		c, ok := f.at(addr + uint64(i))
		if !ok {
			if i == 0 {
				return 0, errHole
			}
			return i, nil
		}
		b[i] = c
	}
	return len(b), nil
}

func (f *fake) ReadAt(b []byte, addr uint64) error {
	if n, err := f.ReadSome(b, addr); err != nil || n < len(b) {
		return cmp.Or(err, errHole)
	}
	return nil
}

func (f *fake) ReadParts(b []byte, parts []peek.Part) (int, error) {
	for i, p := range parts {
		if f.ReadAt(b[:p.Len], p.Addr) != nil {
			return i, nil
		}
		b = b[p.Len:]
	}
	return len(parts), nil
}

func (f *fake) Maps() ([]peek.Mapping, error) { return f.maps, nil }
func (f *fake) TIDs() (map[int]int, error)    { return f.tids, nil }

func (f *fake) Touched(uint64, uint64) ([]peek.Part, error) { return nil, errHole }

func (f *fake) Alive() bool { return true }

// everywhere is a process in which every address is mapped, and shows the same
// few bytes over and over: each pointer leads somewhere, and each chain is long.
func everywhere(data []byte) *fake {
	return &fake{
		at:   func(addr uint64) (byte, bool) { return data[addr%uint64(len(data))], true },
		tids: map[int]int{1: 1, 7: 7, 0x30303030: 12},
		maps: []peek.Mapping{
			{Start: 0x10000, End: 0x12000, Perm: peek.Read | peek.Write},
			{Start: 0x30303030303000, End: 0x30303030304000, Perm: peek.Read | peek.Write | peek.Shared, Path: "/dev/shm/sem.x", Inode: 3},
		},
	}
}

// reader of a hostile memory: everything that there is to ask.
func askAll(t *testing.T, in *Interpreter) {
	began := time.Now()
	threads, _ := in.stacks()
	frames := 0
	for _, th := range threads {
		frames += len(th.Frames)
		if len(th.Frames) > MaxFrames {
			t.Errorf("%d frames", len(th.Frames))
		}
	}
	if frames > maxSteps {
		t.Errorf("%d frames in all", frames)
	}
	_, _, _ = in.Stack(7)
	for range 2 { // the second one begins where the first has ended
		if g, _ := in.Glance(7); len(g.Calls) > MaxFrames {
			t.Errorf("%d calls", len(g.Calls))
		} else {
			_ = in.Plain(&g)
		}
	}
	_, _ = in.GILs()
	_, _ = in.readSemLock(0x10008)
	if locks, _, err := in.FindSemLocks(context.Background(), Budget{Locks: 100}); len(locks) > 100 || err != nil {
		t.Errorf("%d locks, %v", len(locks), err)
	}
	// It is a matter of bounds; a minute is far beyond all of them.
	if d := time.Since(began); d > time.Minute {
		t.Errorf("it took %v", d)
	}
}

// trusting returns an interpreter of a version in a memory, without asking
// whether there is one.
func trusting(mem process, minor int) *Interpreter {
	l := layouts[minor]
	if minor == 14 { // it has no offsets of its own here
		tagged, bits := l.frame.tagged, l.refcountBits
		l = layouts[13]
		l.frame.tagged, l.refcountBits = tagged, bits
	}
	in := &Interpreter{
		mem: mem, found: located{start: 0x1000, end: 0x2000, version: Version{3, minor, 0}}, layout: &l,
		tidAt: -1, types: map[uint64]string{}, threads: map[int]uint64{}, trails: map[int]trail{},
	}
	in.pages.mem = mem
	in.codes.init()
	return in
}

// FuzzHostile: whatever the memory of a process says, every question ends.
func FuzzHostile(f *testing.F) {
	f.Add(uint8(12), []byte("\a\x00\x00\x00"))
	for minor := range layouts {
		f.Add(uint8(minor), []byte("0"))
		f.Add(uint8(minor), []byte("\x00\x10\x00\x00\x00\x00\x00\x00"))
		f.Add(uint8(minor), []byte("\x01\x00\x00\x00\x00\x00\x00\x00code\x00str\x00bytes\x00"))
	}
	f.Fuzz(func(t *testing.T, minor uint8, data []byte) {
		if len(data) == 0 || layouts[int(minor)].text.ascii == 0 {
			return
		}
		askAll(t, trusting(everywhere(data), int(minor)))
	})
}

// FuzzOpen: nor does a hostile program file do harm.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		mem := &fake{
			at: func(addr uint64) (byte, bool) {
				i := addr - 0x400000
				if i >= uint64(len(data)) {
					return 0, i < 1<<20
				}
				return data[i], true
			},
			maps: []peek.Mapping{{Start: 0x400000, End: 0x500000, Perm: peek.Read, Path: "/bin/x", Inode: 9}},
		}
		in, err := open(1, mem, func(*peek.Mapping) file { return noClose{slices.Clone(data)} })
		if err == nil {
			t.Errorf("%q was taken for an interpreter: %+v", data, in.found)
		}
	})
}

// noClose is a file in memory.
type noClose struct{ b []byte }

func (f noClose) Close() error { return nil }

func (f noClose) ReadAt(b []byte, at int64) (int, error) {
	if at < 0 || at > int64(len(f.b)) {
		return 0, errHole
	}
	if n := copy(b, f.b[at:]); n < len(b) {
		return n, errHole
	}
	return len(b), nil
}

// closed is a process whose mappings may be seen, but not its memory: what
// Yama makes of a process that is no descendant.
type closed struct{ *fake }

func (closed) ReadAt([]byte, uint64) error          { return peek.ErrNotPermitted }
func (closed) ReadSome([]byte, uint64) (int, error) { return 0, peek.ErrNotPermitted }

// TestClosed: it is not said to be no Python.
func TestClosed(t *testing.T) {
	mem := closed{&fake{maps: []peek.Mapping{{Start: 0x400000, End: 0x500000, Perm: peek.Read, Path: "/bin/python3.12", Inode: 9}}}}
	if _, err := open(1, mem, func(*peek.Mapping) file { return nil }); !errors.Is(err, peek.ErrNotPermitted) {
		t.Error(err)
	}
}
