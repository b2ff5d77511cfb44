package native

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/muster/profiling/peek"
)

// invented is the memory of a program that does not exist.
type invented map[uint64][]byte

func (m invented) ReadAt(b []byte, addr uint64) error {
	for at, have := range m {
		if addr >= at && addr-at <= uint64(len(have)) && uint64(len(b)) <= uint64(len(have))-(addr-at) {
			copy(b, have[addr-at:])
			return nil
		}
	}
	return errors.New("nothing is there")
}

func words(v ...uint64) (b []byte) {
	for _, w := range v {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

// ehFrame writes a section: a common part and one function.
func ehFrame(at uint64, augmentation string, codeAlign, ra byte, initial []byte, start, size uint64, program []byte) []byte {
	entry := func(id uint32, body []byte) []byte {
		for (len(body)+4)%8 != 4 {
			body = append(body, 0)
		}
		b := binary.LittleEndian.AppendUint32(nil, uint32(len(body)+4))
		return append(binary.LittleEndian.AppendUint32(b, id), body...)
	}
	// The data alignment is -8, the pointers are pc-relative with 4 bytes.
	c := append([]byte{1}, append([]byte(augmentation), 0, codeAlign, 0x78, ra)...)
	data := []byte{}
	for _, l := range augmentation[1:] {
		switch l {
		case 'R', 'L':
			data = append(data, 0x1b)
		case 'P':
			data = append(data, 0x9b, 1, 2, 3, 4)
		}
	}
	c = append(append(append(c, byte(len(data))), data...), initial...)
	out := entry(0, c)
	here := at + uint64(len(out))
	f := binary.LittleEndian.AppendUint32(nil, uint32(start-(here+8)))
	f = binary.LittleEndian.AppendUint32(f, uint32(size))
	if strings.Contains(augmentation, "L") {
		f = append(f, 4, 0, 0, 0, 0)
	} else {
		f = append(f, 0)
	}
	out = append(out, entry(uint32(len(out)+4), append(f, program...))...)
	return append(out, 0, 0, 0, 0)
}

var amd64Start = []byte{0x0c, 7, 8, 0x90, 1} // the frame is at rsp+8, the return address below it

// TestRows: what compilers write is understood.
func TestRows(t *testing.T) {
	const at, start = 0x2000, 0x1000
	pushes := []byte{
		0x41, 0x0e, 16, 0x86, 2, // 1: push rbp
		0x43, 0x0d, 6, // 4: mov rsp, rbp
		0x02, 0x20, 0x0a, 0x0c, 7, 8, 0xc6, // 36: remember; leave
		0x41, 0x0b, // 37: ret; restore
		0x2e, 16, 0x0f, 2, 0x77, 8, // 37: an expression
	}
	type want struct {
		pc  uint64
		reg uint8
		off int64
		rbp bool
	}
	for _, letters := range []string{"zR", "zPLR", "zRS"} {
		m := invented{at: ehFrame(at, letters, 1, 16, amd64Start, start, 50, pushes)}
		for _, w := range []want{{start, 7, 8, false}, {start + 1, 7, 16, true}, {start + 3, 7, 16, true}, {start + 4, 6, 16, true}, {start + 36, 7, 8, false}} {
			f, err := scan(m, at, uint64(len(m[at])), w.pc)
			if err != nil {
				t.Fatalf("%s: %v", letters, err)
			}
			r, err := f.row(w.pc)
			if err != nil || r.cfaReg != w.reg || r.cfaOff != w.off || r.signal != (letters == "zRS") {
				t.Errorf("%s at %#x: %+v, %v", letters, w.pc, r, err)
				continue
			}
			if saved := slices.ContainsFunc(r.rules, func(r rule) bool { return r.target == 6 && r.kind == atOffset && r.off == -16 }); saved != w.rbp {
				t.Errorf("%s at %#x: rbp saved %v, want %v", letters, w.pc, saved, w.rbp)
			}
		}
		f, err := scan(m, at, uint64(len(m[at])), start+37)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := f.row(start + 37); err != nil || string(r.cfaExpr) != "\x77\x08" {
			t.Errorf("%+v, %v", r, err)
		}
		if _, err := scan(m, at, uint64(len(m[at])), start+50); !errors.Is(err, errNoEntry) {
			t.Errorf("behind the function: %v", err)
		}
	}
	for _, bad := range [][]byte{{0x0b}, {0x3f}, {0x0f, 200}, slices.Repeat([]byte{0x0a}, 100)} {
		m := invented{at: ehFrame(at, "zR", 1, 16, amd64Start, start, 50, bad)}
		f, err := scan(m, at, 1000, start)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := f.row(start); err == nil {
			t.Errorf("% x was understood: %+v", bad, r)
		}
	}
}

// TestExpressions: the two that compilers write, and what may not be believed.
func TestExpressions(t *testing.T) {
	reg := func(n uint8) (uint64, bool) {
		return map[uint8]uint64{7: 0x100, 16: 0x100b}[n], n == 7 || n == 16
	}
	mem := invented{0x1a0: words(0xabc)}
	for name, c := range map[string]struct {
		expr string
		want uint64
	}{
		"plt: rsp+8+((rip&15)>=11)*8": {"\x77\x08\x80\x00\x3f\x1a\x3b\x2a\x33\x24\x22", 0x110},
		"signal: *(rsp+160)":          {"\x77\xa0\x01\x06", 0xabc},
		"arithmetic":                  {"\x3a\x33\x1b\x33\x1e\x31\x21\x12\x1f\x19\x22\x23\x05", 23},
		"constants":                   {"\x08\xff\x09\xff\x0a\x01\x01\x22\x22\x10\x80\x01\x11\x7f\x22\x22", 0xff - 1 + 0x101 + 128 - 1},
		"stack":                       {"\x31\x32\x33\x17\x16\x14\x15\x03\x22\x22\x22\x22\x13\x35", 5},
		"jump":                        {"\x31\x31\x28\x01\x00\x00\x2f\x00\x00", 1},
	} {
		if got, err := evaluate([]byte(c.expr), reg, mem, nil); err != nil || got != c.want {
			t.Errorf("%s: %d, %v, want %d", name, got, err, c.want)
		}
	}
	for name, expr := range map[string]string{
		"endless": "\x2f\xfd\xff", "empty": "", "division by 0": "\x31\x30\x1b", "unknown": "\xe0", "underflow": "\x22", "far jump": "\x2f\xff\x7f\x31", "cut": "\x0a\x01",
		"huge": strings.Repeat("\x31", 100), "no memory": "\x31\x06", "pick": "\x31\x15\x09",
	} {
		if v, err := evaluate([]byte(expr), reg, mem, nil); err == nil {
			t.Errorf("%s: %d", name, v)
		}
	}
	var u unknown
	if _, err := evaluate([]byte("\x76\x00"), reg, mem, nil); !errors.As(err, &u) || u != 6 {
		t.Errorf("an unknown register: %v", err)
	}
}

// TestCalls: what precedes a return address is a call, or it is none.
func TestCalls(t *testing.T) {
	for text, want := range map[string]callKind{
		"\x90\x90\x90\xe8\x10\x00\x00\x00": direct,
		"\x90\x90\xff\x15\x10\x00\x00\x00": slot,
		"\x90\x90\x90\x90\x90\x90\xff\xd0": other, // call *%rax
		"\x90\x90\x90\x90\x90\x41\xff\xd4": other, // call *%r12
		"\x90\x90\x90\x90\x90\xff\x50\x18": other, // call *24(%rax)
		"\x90\x90\x90\x90\xff\x54\x24\x08": other, // call *8(%rsp)
		"\x90\x90\xff\x90\x00\x01\x00\x00": other, // call *256(%rax)
		"\x90\xff\x94\x24\x00\x01\x00\x00": other, // call *256(%rsp)
		"\x90\xff\x14\xc5\x00\x01\x00\x00": other, // call *256(,%rax,8)
		"\x90\x90\x90\x90\x90\x90\x90\x90": noCall,
		"\x90\x90\x90\x90\x90\x90\xff\xe0": noCall, // jmp *%rax
		"\x90\x90\xff\x25\x10\x00\x00\x00": noCall, // jmp *16(%rip)
		"\x90\x90\x90\xe9\x10\x00\x00\x00": noCall,
	} {
		if got := calledAMD64([]byte(text), 0x1000); got.kind != want || want < other && want > noCall && got.target != 0x1010 {
			t.Errorf("% x: %+v, want kind %d", text, got, want)
		}
	}
	bl := binary.LittleEndian.AppendUint32(nil, 0x97ffffff) // bl -4
	if got := calledARM64(bl, 0x1004); got != (call{direct, 0xffc}) {
		t.Errorf("bl: %+v", got)
	}
	for op, want := range map[uint32]callKind{0xd63f0100: other, 0xd73f0900: other, 0xd63f081f: other, 0xd61f0100: noCall, 0xd503201f: noCall} {
		if got := calledARM64(binary.LittleEndian.AppendUint32(nil, op), 0x1004); got.kind != want {
			t.Errorf("%#x: %+v", op, got)
		}
	}
}

// TestPrologue: where variables begin is told from the first instructions.
func TestPrologue(t *testing.T) {
	for text, want := range map[string]opening{
		"\xf3\x0f\x1e\xfa\x55\x48\x89\xe5\x53\x48\x83\xec\x18\x89":                         {16 + 8 + 24, 1, true, true},
		"\x55\x48\x89\xe5\x41\x54\x53\x48\x81\xec\x00\x10\x00\x00\x48\x83\x0c\x24\x00\xc7": {16 + 16 + 4096, 2, true, true},
		"\x55\x48\x89\xe5\xe8":                 {16, 0, false, true},
		"\x55\x48\x89\xe5\x41\x57\x89\xf8\x53": {24, 1, false, true},
		"\x41\x57\x55":                         {8, 0, false, false},
		"\x55\x48\x89\xe5\x48\x83":             {16, 0, false, true},
		"":                                     {8, 0, false, false},
	} {
		if got := prologue([]byte(text)); got != want {
			t.Errorf("% x: %+v, want %+v", text, got, want)
		}
	}
}

// elfFile writes a program: one segment with everything at its file offset,
// and the search table of the unwind section that is put into it.
func elfFile(machine uint16, code map[uint64][]byte, frames []byte, start uint64) []byte {
	const hdr, eh = 0x300, 0x400
	b := make([]byte, 0x1000)
	le := binary.LittleEndian
	copy(b, "\x7fELF\x02\x01\x01")
	le.PutUint16(b[18:], machine)
	le.PutUint64(b[32:], 64)
	le.PutUint16(b[54:], 56)
	le.PutUint16(b[56:], 2)
	le.PutUint32(b[64:], 1) // PT_LOAD
	le.PutUint32(b[68:], 5)
	le.PutUint64(b[64+32:], 0x1000)
	le.PutUint32(b[120:], 0x6474e550) // PT_GNU_EH_FRAME
	le.PutUint64(b[120+16:], hdr)
	copy(b[hdr:], []byte{1, 0x1b, 3, 0x3b})
	le.PutUint32(b[hdr+8:], 1)
	le.PutUint32(b[hdr+12:], uint32(start-hdr))
	first := le.Uint32(frames) + 4 // the function follows the common part
	le.PutUint32(b[hdr+16:], uint32(eh-hdr)+first)
	copy(b[eh:], frames)
	for at, c := range code {
		copy(b[at:], c)
	}
	return b
}

// TestARM64: a stack of that processor, by hand: its return addresses are in a
// register first, and may be signed.
func TestARM64(t *testing.T) {
	bl := []byte{0, 0, 0, 0x94}
	// stp x29, x30, [sp, -32]! and paciasp: the frame is at sp+32.
	frames := ehFrame(0x400, "zR", 4, 30, []byte{0x0c, 31, 0}, 0x800, 0x100, []byte{0x2d, 0x41, 0x0e, 32, 0x9d, 4, 0x9e, 3})
	b := elfFile(183, map[uint64][]byte{0x84c: bl, 0x88c: bl}, frames, 0x800)
	im, err := parse(loaded(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	stack := words(0x7020, 0x0025000000000000+0x400850, 0, 0, 0x7040, 0x400890, 0, 0, 0, 0, 0, 0)
	w := walk{
		mem: invented{0x7000: stack}, text: invented{0x400000: b},
		maps:  []peek.Mapping{{Start: 0x400000, End: 0x401000, Perm: peek.Read | peek.Exec, Inode: 1, Path: "/a"}},
		image: func(*peek.Mapping) (*image, error) { return im, nil },
	}
	got, note := w.run(Registers{PC: 0x400820, SP: 0x7000})
	if len(got) != 3 || got[1].PC != 0x400850 || got[2].PC != 0x400890 || note == "" {
		t.Errorf("note %q\n%s", note, show(got))
	}
	w.arch = nil
	if got, note = w.run(Registers{PC: 0x400800, SP: 0x7000}); len(got) != 1 || note != "needs x30, which is not known at a+0x800" {
		t.Errorf("a function that has saved nothing: %q\n%s", note, show(got))
	}
}

func FuzzELF(f *testing.F) {
	small := ehFrame(0x400, "zR", 1, 16, amd64Start, 0x800, 0x100, []byte{0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6})
	f.Add(elfFile(62, map[uint64][]byte{0x84b: {0xe8, 0xb0, 0xff, 0xff, 0xff}}, small, 0x800), words(0x7020, 0x400850, 1, 2, 3, 4, 5), uint64(0x400820))
	f.Add(elfFile(183, nil, small, 0x800), words(1), uint64(0x400800))
	f.Fuzz(func(t *testing.T, b, stack []byte, pc uint64) {
		im, err := parse(loaded(b), int64(len(b)))
		if err != nil {
			return
		}
		defer im.close()
		w := walk{
			mem: invented{0x7000: stack}, text: invented{0x400000: b},
			maps:  []peek.Mapping{{Start: 0x400000, End: 0x500000, Perm: peek.Read | peek.Exec, Inode: 1, Path: "/a"}},
			image: func(*peek.Mapping) (*image, error) { return im, nil },
		}
		frames, note := w.run(Registers{PC: pc, SP: 0x7000, FP: 0x7010, HasFP: pc&1 == 0})
		if len(frames) > MaxFrames || len(frames) == 0 && note == "" {
			t.Fatalf("%d frames, note %q", len(frames), note)
		}
	})
}

func FuzzEHFrame(f *testing.F) {
	f.Add(ehFrame(0x400, "zPLR", 1, 16, amd64Start, 0x800, 0x100, []byte{0x41, 0x0e, 16, 0x86, 2, 0x0a, 0x43, 0x0d, 6, 0x0b, 0x0f, 2, 0x77, 8}), uint64(0x820))
	f.Add(ehFrame(0x400, "zRS", 4, 30, nil, 0x800, 0x100, []byte{0x2d, 0x10, 3, 2, 0x77, 8, 0x16, 3, 2, 0x77, 8}), uint64(0x820))
	f.Fuzz(func(t *testing.T, section []byte, pc uint64) {
		m := invented{0x400: section}
		fn, err := scan(m, 0x400, uint64(len(section)), pc)
		if err != nil {
			return
		}
		if pc < fn.start || pc >= fn.end {
			t.Fatalf("%#x is said to lie in %#x-%#x", pc, fn.start, fn.end)
		}
		r, err := fn.row(pc)
		if err != nil {
			return
		}
		w := walk{arch: amd64, mem: m, pc: pc}
		w.start(amd64, Registers{SP: 0x400, FP: 0x408, HasFP: true})
		if cfa, err := w.cfa(r); err == nil {
			w.apply(r, cfa)
		}
	})
}

func show(frames []Frame) string {
	var b strings.Builder
	for _, f := range frames {
		fmt.Fprintf(&b, "%#x %s %s:%d %s inferred=%v\n", f.PC, f.Function, f.File, f.Line, f.Module, f.Inferred)
	}
	return b.String()
}

// TestGuess: the caller of a function with a frame pointer that nobody saved is
// found by the call that leads to it, and what earlier calls have left on the
// stack is not taken for it.
func TestGuess(t *testing.T) {
	// push %rbp and mov %rsp,%rbp; then the frame ends at rbp+16.
	pointer := []byte{0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6}
	pushed := append(slices.Clone(pointer), 0x42, 0x83, 3) // and rbx
	const (
		function  = 0x400800
		right     = 0x400920 // behind call function
		stale     = 0x400940 // behind call of another function
		indirect  = 0x400960 // behind call *%rax
		plt       = 0x400980 // behind a call of the stub at 0x4009a0
		elsewhere = 0x400a40 // behind a call of another stub
	)
	callTo := func(from, to uint64) []byte {
		return binary.LittleEndian.AppendUint32([]byte{0xe8}, uint32(to-from))
	}
	code := map[uint64][]byte{
		0x91b: callTo(right, function), 0x93b: callTo(stale, 0x400a00), 0x95e: {0xff, 0xd0},
		0x97b: callTo(plt, 0x4009a0), 0x9a0: {0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25, 0x56, 0, 0, 0}, // the slot is at 0x400a00
		0xa00: words(function, 0x400b00),
		0xa3b: callTo(elsewhere, 0x4009c0), 0x9c0: {0xff, 0x25, 0x42, 0, 0, 0}, // the slot is at 0x400a08
	}
	for name, c := range map[string]struct {
		opening string
		program []byte
		stack   []uint64 // from the stack pointer on; the frame's end is a multiple of 16
		want    uint64
	}{
		"exact, direct":            {"\x55\x48\x89\xe5\x48\x83\xec\x10\x90", pointer, []uint64{stale, stale, 0x7800, right}, right},
		"exact, indirect":          {"\x55\x48\x89\xe5\x48\x83\xec\x10\x90", pointer, []uint64{1, stale, 0x7800, indirect}, indirect},
		"exact, by a stub":         {"\x55\x48\x89\xe5\x48\x83\xec\x10\x90", pointer, []uint64{1, 2, 0x7800, plt}, plt},
		"arguments below":          {"\x55\x48\x89\xe5\x48\x83\xec\x10\x90", pointer, []uint64{1, 2, 3, 4, 5, 6, 0x7800, right}, right},
		"not decoded to its end":   {"\x55\x48\x89\xe5\x89\xf8\x53\x48\x83\xec\x18", pushed, []uint64{1, 2, 3, stale, 5, stale, 0x7800, right}, right},
		"no room for variables":    {"\x55\x48\x89\xe5\x90", pointer, []uint64{0x7030, indirect, 3, 4, 5, 6, 7, right}, indirect},
		"room taken later":         {"\x55\x48\x89\xe5\x90\x48\x83\xec\x10", pointer, []uint64{1, stale, 0x7800, right}, right},
		"only what others left":    {"\x55\x48\x89\xe5\x90", pointer, []uint64{1, stale, 3, stale, 5, indirect}, 0},
		"a stub of something else": {"\x55\x48\x89\xe5\x90", pointer, []uint64{1, 2, 3, elsewhere}, 0},
	} {
		code[0x800] = []byte(c.opening)
		b := elfFile(62, code, ehFrame(0x400, "zR", 1, 16, amd64Start, 0x800, 0x100, c.program), 0x800)
		im, err := parse(loaded(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		w := walk{
			mem: invented{0x7000: words(c.stack...)}, text: invented{0x400000: b},
			maps:  []peek.Mapping{{Start: 0x400000, End: 0x401000, Perm: peek.Read | peek.Exec, Inode: 1, Path: "/a"}},
			image: func(*peek.Mapping) (*image, error) { return im, nil },
		}
		got, note := w.run(Registers{PC: function + 0x40, SP: 0x7000})
		if c.want == 0 && (len(got) != 1 || note != "needs rbp, which is not known at a+0x840") {
			t.Errorf("%s: note %q\n%s", name, note, show(got))
		}
		if c.want != 0 && (len(got) < 2 || got[1].PC != c.want || !got[1].Inferred || got[0].Inferred) {
			t.Errorf("%s: want %#x, note %q\n%s", name, c.want, note, show(got))
		}
	}
}

// TestNoCall: a return address that no call can have put there ends the stack.
func TestNoCall(t *testing.T) {
	b := elfFile(62, map[uint64][]byte{0x84b: {0xe8, 0, 0, 0, 0}}, ehFrame(0x400, "zR", 1, 16, amd64Start, 0x800, 0x100, nil), 0x800)
	im, err := parse(loaded(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	w := walk{
		mem: invented{0x7000: words(0x400850, 0x400851, 0x400850)}, text: invented{0x400000: b},
		maps:  []peek.Mapping{{Start: 0x400000, End: 0x401000, Perm: peek.Read | peek.Exec, Inode: 1, Path: "/a"}},
		image: func(*peek.Mapping) (*image, error) { return im, nil },
	}
	got, note := w.run(Registers{PC: 0x400820, SP: 0x7000})
	if len(got) != 2 || !strings.HasPrefix(note, "no call leads to a+0x851: ") {
		t.Errorf("note %q\n%s", note, show(got))
	}
}

// TestNames: what compilers make of names is undone, and what is no such name,
// or one without end, does no harm.
func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"main":                                 "main",
		"_ZN4pool6Worker4waitEii":              "pool::Worker::wait",
		"_ZN3app3run17h0123456789abcdefE":      "app::run",
		"_RNvCs1234_7mycrate3foo":              "mycrate::foo",
		"__libc_start_main@@GLIBC_2.34":        "__libc_start_main",
		"_Z" + strings.Repeat("P", 4000) + "i": "",
		strings.Repeat("x", 1<<20):             strings.Repeat("x", maxName) + "...",
		"_ZN":                                  "_ZN",
	} {
		if got := demangled(in); want != "" && got != want || len(got) > maxName+3 {
			t.Errorf("%.40q becomes %.80q, want %.80q", in, got, want)
		}
	}
}
