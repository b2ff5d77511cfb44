package cpython

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/profiling/peek"
)

// ram is a memory that a test writes words into; what it has not written is 0.
type ram map[uint64]byte

func (r ram) put(addr uint64, b ...byte) {
	for i, c := range b {
		r[addr+uint64(i)] = c
	}
}

func (r ram) words(addr uint64, words ...uint64) {
	for i, w := range words {
		r.put(addr+8*uint64(i), le.AppendUint64(nil, w)...)
	}
}

// text puts a str of ASCII characters.
func (r ram) text(addr, kind uint64, s string) uint64 {
	r.words(addr, 1, kind, uint64(len(s)), 0, 1<<2|1<<5|1<<6)
	r.put(addr+newText.ascii, []byte(s)...)
	return addr
}

// invented314 is a CPython 3.14 as its sources describe it, with offsets that
// no real one has. A frame of C and a function that was called by the module lie
// on the stack of its only thread.
func invented314(r ram) *fake {
	const runtime, interp, state, gil = 0x10000, 0x20000, 0x30000, 0x10800
	const shim, top, outer = 0x40000, 0x40100, 0x40200
	const code, module, strType, codeType, bytesType, lines = 0x50000, 0x51000, 0x60000, 0x61000, 0x62000, 0x63000
	r.put(runtime, []byte(debugCookie)...)
	r.words(runtime+8, 0x030e05f0)
	for word, offset := range map[int]uint64{
		5: 0x500, // interpreters.head
		8: 0x80, 9: 0x90, 15: 0xa0,
		23: 0x10, 24: 0x18, 25: 0x28, 26: 0x48, 27: 0x58, 28: 0x68,
		32: 0x10, 33: 0x08, 34: 0x30, 36: 0x45,
		40: 0x40, 41: 0x48, 43: 0x58, 44: 0x2c, 48: 0x70,
	} {
		r.words(runtime+8*uint64(word), offset)
	}
	r.words(runtime+0x500, interp)
	r.words(interp+0x90, state)
	r.words(interp+0xa0, gil)
	r.words(gil, 5000, state, 1)
	r.words(state+0x28, interp)
	r.words(state+0x48, shim)
	r.words(state+0x68, 77)
	for _, f := range []struct {
		at, back, code, offset uint64
		owner                  byte
	}{{shim, top, 0, 0, 3}, {top, outer, code | 1, 4, 0}, {outer, 0, module, 0, 2}} {
		r.words(f.at+0x10, f.back)
		r.words(f.at+0x08, f.code)
		r.words(f.at+0x30, f.code&^1+0x70+f.offset)
		r.put(f.at+0x45, f.owner)
	}
	for at, name := range map[uint64]string{strType: "str", codeType: "code", bytesType: "bytes"} {
		r.words(at+typeName, at+0x100)
		r.put(at+0x100, []byte(name)...)
	}
	// Two units of the first line, then two of the line after the next.
	r.words(lines, 1, bytesType, 4)
	r.put(lines+newText.bytes, 1<<7|10<<3|1, 0, 0, 1<<7|12<<3|1)
	for at, name := range map[uint64]string{code: "work", module: "<module>"} {
		r.words(at, 1, codeType)
		r.words(at+0x40, r.text(at+0x300, strType, "job.py"), r.text(at+0x400, strType, name))
		r.words(at+0x58, lines)
		r.put(at+0x2c, 10, 0, 0, 0)
	}
	return &fake{
		at:   func(addr uint64) (byte, bool) { return r[addr], addr >= 0x10000 && addr < 0x80000 },
		tids: map[int]int{77: 1077},
	}
}

// TestInvented314: 3.14 is read by its own table of offsets, with tags on
// pointers and frames of C among the others.
func TestInvented314(t *testing.T) {
	r := ram{}
	mem := invented314(r)
	found := located{start: 0x10000, end: 0x11000, version: Version{3, 14, 5}}
	in, err := reading(1, mem, found, nil)
	if err != nil {
		t.Fatal(err)
	}
	threads, err := in.stacks()
	want := []Thread{{TID: 1077, Frames: []Frame{{"job.py", "work", 12}, {"job.py", "<module>", 10}}}}
	if err != nil || !cmp.Equal(threads, want) {
		t.Errorf("%v\n%s", err, cmp.Diff(want, threads))
	}
	if tid, ok, err := in.gilHolder(); tid != 1077 || !ok || err != nil {
		t.Errorf("the GIL is held by %d, %t, %v", tid, ok, err)
	}
	// Flags in the upper half of the count of references mean nothing.
	const object, sem, kind = 0x70000, 0x71000, 0x72000
	r.words(object, 1|0x20<<48, kind, sem, 0, 1|1<<32, 1)
	r.words(kind+typeName, kind+0x100)
	r.put(kind+0x100, []byte(typeSemLock)...)
	maps := []peek.Mapping{{Start: sem, End: sem + 4096, Perm: peek.Read | peek.Write | peek.Shared, Path: "/dev/shm/sem.a", Dev: "00:1b", Inode: 5}}
	read, err := in.ReadSemLocks([]uint64{object}, maps)
	if want := (SemLock{Object: object, Sem: sem, Count: 1, MaxValue: 1, Dev: "00:1b", Inode: 5}); err != nil || len(read) != 1 || read[0] != want {
		t.Errorf("%+v, %v", read, err)
	}
	// A word of the table that is no offset.
	r.words(0x10000+8*26, 1<<40)
	if _, err := reading(1, mem, found, nil); err == nil {
		t.Error("an offset beyond all bounds was believed")
	}
}
